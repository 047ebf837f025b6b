"""What a test lays down for the next calls or messages of an account: it beats the scenario."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from exomock.domain.errors import BoundReached
from exomock.storage.trouble import DatabaseFault

MOST_NEXTS = 1000
"""How many fates may be laid down in one account at once."""

Laid = TypeVar("Laid")
"""A script: of calls, or of messages."""


@dataclass
class NextFate(Generic[Laid]):
    """
    A script for the next calls, or the next messages, which beats the scenario.

    Args:
        script: Their script.
        calls: For how many of them it still holds, 1 or more.
    """

    script: Laid
    calls: int


class Nexts(list[NextFate[Laid]]):
    """The next fates of one account, the first one first; its `state` guards them."""

    __slots__ = ()

    def lay_down(self, fate: NextFate[Laid]) -> int:
        """
        Lay down what becomes of the next ones, after what was laid down before; how many.

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

    def take(self) -> Laid | None:
        """The script that was laid down for the next one, None if none was."""
        if not self:
            return None
        first = self[0]
        first.calls -= 1
        if first.calls == 0:
            del self[0]
        return first.script
