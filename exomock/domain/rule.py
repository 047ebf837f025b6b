"""One rule of a scenario: when it applies, and what it then decides."""

from dataclasses import dataclass, field

from exomock.domain.counts import Counts
from exomock.domain.order import Order, Shape
from exomock.domain.refusals import ON_THE_LIST
from exomock.domain.script import Choice, Party, Script
from exomock.domain.when import When


def party_named(when: When) -> Party:
    """The party that conditions are about: From if they name it and not To."""
    return Party.FROM if when.from_ is not None and when.to is None else Party.TO


@dataclass(frozen=True, slots=True)
class Rule:
    """
    One rule of a scenario.

    Args:
        place: Its `file:line name` for messages.
        when: When it applies.
        script: What then becomes of the call.
        attempts: What becomes of the first, second, … call to one number instead; the last one's
            holds for all after it.
    """

    place: str
    when: When
    script: Script = field(default_factory=Script)
    attempts: tuple[Script, ...] = ()
    lists: bool = field(init=False, repr=False, compare=False)
    """Whether it may say that a number is on the do-not-disturb list."""
    refuses: bool = field(init=False, repr=False, compare=False)
    """Whether it may refuse an order."""
    _choices: tuple[Choice, Choice] = field(init=False, repr=False, compare=False)
    """What it decides without `attempts`: of other orders, and of those with two legs."""

    def __post_init__(self) -> None:
        """Find once what it may refuse and decide: each order is compared with many rules."""
        refusals = [script.refuse for script in self.scripts if script.refuse is not None]
        object.__setattr__(self, "lists", ON_THE_LIST in refusals)
        object.__setattr__(self, "refuses", bool(refusals))
        parties = Party.FROM, party_named(self.when)
        choices = tuple(Choice(self.script, self.place, party=party) for party in parties)
        object.__setattr__(self, "_choices", choices)

    @property
    def scripts(self) -> tuple[Script, ...]:
        """What may become of the calls that it decides."""
        return self.attempts or (self.script,)

    def party(self, order: Order) -> Party:
        """Whom it is about, where it refuses; To of a flow call is an ExoPhone, so it is From."""
        return party_named(self.when) if order.shape is Shape.TWO_LEGS else Party.FROM

    def choice(self, order: Order, counts: Counts, index: int) -> Choice:
        """Decide an order; this takes a step of the rule's attempts."""
        two_legs = order.shape is Shape.TWO_LEGS
        usual = self._choices[two_legs]
        if not self.attempts:
            return usual
        number = order.to if two_legs else order.from_
        step = min(counts.take(f"step:{index}:{number.e164}"), len(self.attempts))
        by = f"{self.place}, attempt {step} of {len(self.attempts)}"
        return Choice(self.attempts[step - 1], by, party=usual.party)
