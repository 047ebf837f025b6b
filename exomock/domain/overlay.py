"""Overlays: misbehaviour that is laid over the callbacks of calls, whatever decides the calls."""

from dataclasses import dataclass, field, replace

from exomock.domain.order import Order
from exomock.domain.script import Choice
from exomock.domain.twist import Twists
from exomock.domain.when import When, luck_of, texts_of


@dataclass(frozen=True, slots=True)
class Overlay:
    """
    One misbehaviour, and the calls over whose own it is laid when they are placed.

    Args:
        place: What messages call it.
        twists: The misbehaviour.
        when: Which calls it strikes.
        times: How many before it strikes no more; None is for ever.
    """

    place: str
    twists: Twists
    when: When = field(default_factory=When)
    times: int | None = None


@dataclass
class ArmedOverlay:
    """
    An overlay in an account, with what it has counted; guarded by the account's lock.

    Args:
        id: Names it in the control API.
        overlay: What it does.
        since: Account time when it was laid down, microseconds.
        key: What its chance is drawn from.
        said: The words that it was laid down in.
    """

    id: str
    overlay: Overlay
    since: int
    key: str
    asked: int = 0
    fitting: int = 0
    struck: int = 0
    said: str = ""

    @property
    def spent(self) -> bool:
        """Whether it strikes no more."""
        return self.overlay.times is not None and self.struck >= self.overlay.times

    def over(self, order: Order, choice: Choice, now: int) -> Choice:
        """
        What becomes of a call, with this laid over it where it strikes; the call is counted.

        Args:
            order: What was asked for.
            choice: What becomes of it without this.
            now: The account's time, microseconds.
        """
        if self.spent or not self._strikes(order, now):
            return choice
        self.struck += 1
        script = choice.script
        twists = self.overlay.twists.over(script.twists)
        if script.stuck:
            # A call that never ends can neither be over before the answer nor tell its end first.
            twists = replace(twists, swap=script.twists.swap, before_answer=False)
        near = "; ".join(filter(None, (choice.near, self.overlay.place)))
        return replace(choice, script=replace(script, twists=twists), near=near)

    def _strikes(self, order: Order, now: int) -> bool:
        self.asked += 1
        when = self.overlay.when
        if not when.fits(texts_of(order), now, lambda: luck_of(self.key, str(self.asked))):
            return False
        self.fitting += 1
        return when.its_turn(self.fitting)
