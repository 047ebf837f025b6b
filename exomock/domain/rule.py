"""One rule of a scenario: when it applies, and what it then decides."""

from dataclasses import dataclass, field

from exomock.domain.counts import Counts
from exomock.domain.order import Order, Shape
from exomock.domain.script import Choice, Script
from exomock.domain.when import When


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

    def choice(self, order: Order, counts: Counts, index: int) -> Choice:
        """Decide an order; this takes a step of the rule's attempts."""
        if not self.attempts:
            return Choice(self.script, self.place)
        number = order.to if order.shape is Shape.TWO_LEGS else order.from_
        step = min(counts.take(f"step:{index}:{number.e164}"), len(self.attempts))
        by = f"{self.place}, attempt {step} of {len(self.attempts)}"
        return Choice(self.attempts[step - 1], by)
