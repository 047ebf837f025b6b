"""What a test lays down for the next calls of an account, which beats the scenario."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from exomock.domain.errors import BoundReached
from exomock.domain.script import Script
from exomock.storage.trouble import DatabaseFault

MOST_NEXTS = 1000
"""How many fates may be laid down in one account at once."""


@dataclass
class NextFate:
    """
    A script for the next calls, which beats the scenario.

    Args:
        script: Their script.
        calls: For how many calls it still holds, 1 or more.
    """

    script: Script
    calls: int


class Nexts(list[NextFate]):
    """The fates of the next calls of one account, the first one first; its `state` guards them."""

    __slots__ = ()

    def lay_down(self, fate: NextFate) -> int:
        """
        Lay down what becomes of the next calls, after what was laid down before; how many.

        Raises:
            BoundReached: So much is laid down already.
        """
        if len(self) >= MOST_NEXTS:
            raise BoundReached(f"next: {MOST_NEXTS} wait already; reset, or place some calls")
        self.append(fate)
        return sum(each.calls for each in self)

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """Give back what `take` took, where the database fails."""
        before = [replace(each) for each in self]
        try:
            yield
        except DatabaseFault:
            self[:] = before
            raise

    def take(self) -> Script | None:
        """The script that was laid down for the next call, None if none was."""
        if not self:
            return None
        first = self[0]
        first.calls -= 1
        if first.calls == 0:
            del self[0]
        return first.script
