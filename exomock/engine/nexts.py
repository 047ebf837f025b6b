"""What a test lays down for the next calls or messages of an account: it beats the scenario."""

from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from exomock.domain.errors import BoundReached
from exomock.engine.laid import NEXT, count_of, name_of

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
        said: The words that it was laid down in.
        number: Its place among all of its kind; set where it is laid down.
    """

    script: Laid
    calls: int
    said: str = ""
    number: int = 0


class Nexts(list[NextFate[Laid]]):
    """
    The next fates of one account, the first one first; its `state` guards them.

    Args:
        kind: What they are kept under.
    """

    __slots__ = ("kind",)

    def __init__(self, kind: str = NEXT) -> None:
        super().__init__()
        self.kind = kind

    def numbered(self, fate: NextFate[Laid]) -> dict[str, str | None]:
        """
        Give a fate its place after what was laid down before; the texts that keep it.

        Raises:
            BoundReached: So much is laid down already.
        """
        if len(self) >= MOST_NEXTS:
            raise BoundReached(f"next: {MOST_NEXTS} wait already; reset, or place some calls")
        fate.number = self[-1].number + 1 if self else 1
        said, left = name_of(self.kind, fate.number), count_of(self.kind, fate.number)
        return {said: fate.said, left: str(fate.calls)}

    def copies(self) -> list[NextFate[Laid]]:
        """Copies of them, for who may have to give back what he takes."""
        return [replace(each) for each in self]

    @property
    def waiting(self) -> int:
        """For how many the fates hold together."""
        return sum(each.calls for each in self)

    def take(self, unsaved: dict[str, str | None]) -> Laid | None:
        """
        The script that was laid down for the next one, None if none was.

        Args:
            unsaved: Where it is noted what is to be written of it.
        """
        if not self:
            return None
        first = self[0]
        first.calls -= 1
        unsaved[count_of(self.kind, first.number)] = str(first.calls) if first.calls else None
        if first.calls == 0:
            unsaved[name_of(self.kind, first.number)] = None
            del self[0]
        return first.script
