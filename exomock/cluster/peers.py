"""The living processes as they were last seen, and which of them an account names."""

from collections.abc import Callable

from exomock.cluster.hashing import named
from exomock.cluster.membership import Membership
from exomock.cluster.where import There
from exomock.storage.processes import KeptProcesses, Process

_UNSEEN = 2
"""Looks after which a process that was not seen in them is dead: one may have begun before it."""


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
    """

    def __init__(self, processes: KeptProcesses, member: Membership) -> None:
        self._processes = processes
        self._member = member
        self._living: dict[str, Process] = {}
        self._ids: frozenset[int] = frozenset()
        self._looks = 0
        self._strange: dict[int, int] = {}
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
        self._see(frozenset(each.id for each in living.values()))
        if changed:
            self.changes += 1
            self.changed(self.others())

    def _see(self, ids: frozenset[int]) -> None:
        self._looks += 1
        # A copy first, because others note strangers meanwhile.
        strange = dict(self._strange) | dict.fromkeys(self._ids - ids, -_UNSEEN)
        self._strange = {each: looks for each, looks in strange.items() if each not in ids}
        self._ids = ids

    def lives(self, process: int) -> bool:
        """
        Whether a process may be alive, as far as the last look says; never reads the database.

        One that was never seen may have joined since that look began. So it counts as alive for two
        looks. Otherwise a request that waits there would be given up in its first second.
        """
        if process in self._ids:
            return True
        return self._looks - self._strange.setdefault(process, self._looks) < _UNSEEN

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
