"""What the front asks of the cluster that its process belongs to."""

from collections.abc import Sequence
from typing import Any, Protocol

from exomock.cluster.where import Here, There, Where


class Sharing(Protocol):
    """A process's part in a cluster; `exomock.cluster.cluster.Cluster` is it."""

    @property
    def me(self) -> str:
        """The URL of this process, or its name among workers: what X-Exomock-Owner says."""

    @property
    def holds(self) -> bool:
        """Whether this process holds its lease."""

    @property
    def tenure(self) -> int:
        """The id under which it holds its lease; a new one after each loss."""

    def here(self, sid: str) -> bool:
        """Whether this process plays an account; never waits."""

    def where(self, sid: str) -> Where:
        """Where an account is played; takes one that nobody plays. May read the database."""

    def home(self, sid: str) -> Here | There:
        """Who is to have an account that there is not yet."""

    def lives(self, process: int) -> bool:
        """Whether the lease of a process holds. May read the database."""

    def others(self) -> Sequence[There]:
        """The other living processes. May read the database."""

    def lost(self, sid: str) -> None:
        """Let go of an account that the fence has found to be another's."""

    def view(self, account: str | None = None) -> dict[str, Any]:
        """The processes, and who plays what: all accounts, or one."""
