"""The overlays of one account: callbacks that misbehave whatever decides their calls."""

from collections.abc import Iterable
from dataclasses import replace

from exomock.domain.order import Order
from exomock.domain.overlay import ArmedOverlay
from exomock.domain.script import Choice
from exomock.engine.laid import TWIST, count_of, counted


class Overlays(list[ArmedOverlay]):
    """The overlays of one account, the newest first; its `state` guards them."""

    __slots__ = ("made",)

    def __init__(self, found: Iterable[ArmedOverlay] = ()) -> None:
        super().__init__(found)
        self.made = 0

    def over(
        self, order: Order, choice: Choice, now: int, unsaved: dict[str, str | None]
    ) -> Choice:
        """
        What becomes of a call, with all overlays that strike it; the newest has the last word.

        Args:
            order: What was asked for.
            choice: What becomes of it without them.
            now: The account's time, microseconds.
            unsaved: Where it is noted what they have counted.
        """
        for each in reversed(self):
            asked = each.asked
            choice = each.over(order, choice, now)
            if each.asked != asked:
                unsaved[count_of(TWIST, each.id)] = counted(each)
        return choice

    def kept(self) -> list[ArmedOverlay]:
        """Copies, for a snapshot."""
        return [replace(each) for each in self]
