"""The living processes as they were last seen, and which of them an account names."""

from collections.abc import Callable

from exomock.cluster.hashing import named
from exomock.cluster.membership import Membership
from exomock.cluster.where import There
from exomock.storage.processes import KeptProcesses, Process


class Peers:
    """
    The living processes; looked for once a second, by one thread, and read by all.

    Args:
        processes: Where they are kept.
        member: This process.

    Attributes:
        leaving: Whether this process is about to leave, so that no account names it.
        changes: Rises when another process has joined or gone.
        changed: Called then, with the others.
        ids: Ids of the processes that lived at the last look.
    """

    def __init__(self, processes: KeptProcesses, member: Membership) -> None:
        self._processes = processes
        self._member = member
        self._living: dict[str, Process] = {}
        self.ids: frozenset[int] = frozenset()
        self.leaving = False
        self.changes = 0
        self.changed: Callable[[list[There]], None] = lambda _others: None

    def look(self) -> None:
        """
        Read which processes live.

        Raises:
            DatabaseFault: The database could not be read.
        """
        living = {_key(each.url, each.name): each for each in self._processes.living()}
        changed, self._living = living.keys() != self._living.keys(), living
        self.ids = frozenset(each.id for each in living.values())
        if changed:
            self.changes += 1
            self.changed(self.others())

    def named(self, sid: str) -> There | None:
        """The process that an account names; None if there is none, or it is this one."""
        mine, living = self._mine, self._living
        among = set(living) - {mine} if self.leaving else set(living) | {mine}
        found = named(sid, among)
        if found is None or found == mine:
            return None
        process = living[found]
        return There(process.url, process.reach, process.id, process.name)

    def others(self) -> list[There]:
        """The other processes that lived at the last look, the oldest first."""
        found = [each for key, each in self._living.items() if key != self._mine]
        return [
            There(each.url, each.reach, each.id, each.name)
            for each in sorted(found, key=lambda each: each.id)
        ]

    def names_me(self, sid: str) -> bool:
        """Whether an account names this process."""
        return not self.leaving and self.named(sid) is None

    @property
    def _mine(self) -> str:
        return _key(self._member.me.url, self._member.me.name)


def _key(url: str, name: str) -> str:
    return f"{url} {name}"
