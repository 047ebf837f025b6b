"""What the front asks of the cluster that its process belongs to."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from exomock.cluster.where import Here, There, Unsettled, Where


class Sharing(Protocol):
    """A process's part in a cluster; `exomock.cluster.directory.Directory` is it."""

    @property
    def me(self) -> str:
        """The URL of this process, or its name among workers: what X-Exomock-Owner says."""

    @property
    def holds(self) -> bool:
        """Whether this process holds its lease."""

    @property
    def lapse(self) -> str:
        """Why this process may not answer while it does not hold its lease, in one line."""

    @property
    def tenure(self) -> int | None:
        """The id under which it holds its lease, None while it does not; no id comes twice."""

    def term(self, sid: str) -> int | None:
        """The term under which an account is played here, None if it is not; never waits."""

    def stays(self, sid: str, term: int) -> Callable[[], bool]:
        """What says later whether it stayed here under that term, or was deleted here."""

    def where(self, sid: str) -> Where:
        """Where an account is played; takes one that nobody plays. May read the database."""

    def home(self, sid: str) -> Here | There | Unsettled:
        """Who is to have an account that there is not yet; never waits."""

    def lives(self, process: int) -> bool:
        """Whether the lease of another process holds; never waits."""

    def others(self) -> Sequence[There]:
        """The other living processes; never waits."""

    def view(self, account: str | None = None) -> dict[str, Any]:
        """The processes, and who plays what: all accounts, or one."""
