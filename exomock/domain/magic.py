"""Magic numbers: a client chooses a call's outcome by the number it dials, without a scenario."""

from dataclasses import dataclass, replace

from exomock.domain.fate import Fate, Outcome
from exomock.domain.number import from_shown
from exomock.domain.order import Order
from exomock.domain.refusals import REFUSALS
from exomock.domain.script import Choice, Party, Refusal, Script
from exomock.domain.span import Span, seconds


@dataclass(frozen=True, slots=True)
class Magic:
    """
    The effect of a magic number on the leg where it stands.

    Args:
        says: The line of the README's table.
        leg: The fate of the leg on which it stands.
        leg2: The fate of leg 2 whichever leg it stands on.
        talk: How long the parties talk.
        refuse: The refusal of the whole order.
    """

    says: str
    leg: Outcome | None = None
    leg2: Outcome | None = None
    talk: Span | None = None
    refuse: Refusal | None = None

    def on(self, script: Script, leg: int) -> Script:
        """The script with this number on leg 1 or 2."""
        changes: dict[str, object] = {}
        if self.leg is not None:
            changes[f"leg{leg}"] = self.leg
        if self.leg2 is not None:
            changes["leg2"] = self.leg2
        if self.talk is not None:
            changes["talk"] = self.talk
        if self.refuse is not None:
            changes["refuse"] = self.refuse
        return replace(script, **changes)  # type: ignore[arg-type]


MAGIC: dict[str, Magic] = {
    "09000000001": Magic("is busy", leg=Outcome(Fate.BUSY, seconds(2))),
    "09000000002": Magic("never answers: rings until TimeOut", leg=Outcome(Fate.NO_ANSWER)),
    "09000000003": Magic("cannot be reached", leg=Outcome(Fate.UNREACHABLE, seconds(2))),
    "09000000004": Magic("From hangs up while To rings", leg2=Outcome(Fate.CANCEL, seconds(3))),
    "09000000005": Magic("is on the do-not-disturb list: 403", refuse=REFUSALS["dnd"]),
    "09000000006": Magic("the account has no KYC: 403", refuse=REFUSALS["kyc"]),
    "09000000007": Magic(
        "answers after 1 s, and they talk for 3 s",
        leg=Outcome(Fate.ANSWER, seconds(1)),
        talk=seconds(3),
    ),
    "09000000008": Magic("too many requests: 429", refuse=REFUSALS["rate-limited"]),
    "09000000009": Magic("service unavailable: 503", refuse=REFUSALS["service-unavailable"]),
}
"""By the `0` + 10 digits form; the README's table is this one (a test compares them)."""


_E164 = frozenset(from_shown(number).e164 for number in MAGIC)


def touched(order: Order) -> Choice | None:
    """The script of the order's magic numbers, None if it has none; a rule of their own."""
    if order.from_.e164 not in _E164 and order.to.e164 not in _E164:  # most often
        return None
    caller, called = order.from_.shown, order.to.shown
    script, found, party = Script(), [], Party.TO
    for leg, number in ((1, caller), (2, called)):
        magic = MAGIC.get(number)
        if magic is not None and (leg == 1 or order.flow is None):
            script = magic.on(script, leg)
            found.append(number)
            if magic.refuse is not None:
                party = Party.FROM if leg == 1 else Party.TO
    by = f"magic number {' and '.join(found)}"
    return Choice(script, by, party=party) if found else None
