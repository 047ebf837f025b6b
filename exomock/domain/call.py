"""A call: its whole plan, how far it has been played, and what follows from both."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from exomock.domain.clock import SECOND
from exomock.domain.errors import IllegalTransition
from exomock.domain.leg import NEXT, Event, Leg, LegState
from exomock.domain.order import Order
from exomock.domain.price import Price
from exomock.domain.status import Status, final_status
from exomock.domain.twist import STRAIGHT, Twists


class Transition(NamedTuple):
    """One thing that happens: when (microseconds), to which leg (0 or 1; 0 for the call), what."""

    at: int
    leg: int
    event: Event


class Story(NamedTuple):
    """The state of a call so far; times in microseconds, None where not yet."""

    legs: tuple[Leg, Leg]
    changed_at: int
    ended_at: int | None
    filled: bool


def story_of(created: int, transitions: Iterable[Transition]) -> Story:
    """
    The state of a call after these transitions, from nothing else.

    Raises:
        IllegalTransition: One of them cannot happen in the state before it.
    """
    legs = [Leg(), Leg()]
    changed, ended, filled = created, None, False
    for at, index, event in transitions:
        changed = at
        if event is Event.ENDED:
            ended = at
        elif event is Event.FILLED:
            filled = True
        else:
            legs[index] = _after(legs[index], index, event, at)
    return Story((legs[0], legs[1]), changed, ended, filled)


def _after(leg: Leg, index: int, event: Event, at: int) -> Leg:
    state = NEXT[leg.state].get(event)
    if state is None:
        raise IllegalTransition(f"leg {index + 1} is {leg.state}: {event} cannot happen")
    if state is LegState.TALKING:
        return Leg(state, answered_at=at)
    return leg if state is leg.state else Leg(state, leg.answered_at, _end(state, at))


def _end(state: LegState, at: int) -> int | None:
    return None if NEXT[state] else at


@dataclass(frozen=True)
class Call:
    """
    One call of one account.

    Args:
        account: The account's Sid.
        sid: The call's Sid, 32 characters.
        order: What the client asked for.
        created: When it was placed, microseconds since the epoch.
        plan: Everything that happens to it, in order; what is past never changes.
        done: How many transitions of the plan have happened.
        record: Whether a conversation is recorded, as request and scenario decided.
        price: What a conversation costs.
        rule: What decided its fate: `file:line name` of a scenario rule, or a magic number.
        ends_as: The status it has at its end (a stuck one: always), where a scenario says so.
        twists: How its callbacks misbehave, all lengths drawn.
        own: Whether a client asked for it, else it came in by itself.
    """

    account: str
    sid: str
    order: Order
    created: int
    plan: tuple[Transition, ...]
    done: int
    record: bool
    price: Price
    rule: str
    ends_as: Status | None = None
    twists: Twists = STRAIGHT
    own: bool = True

    @cached_property
    def story(self) -> Story:
        """The state of the call so far."""
        return story_of(self.created, self.plan[: self.done])

    @property
    def next_at(self) -> int | None:
        """When the next transition is due, microseconds; None when the plan has been played."""
        return self.plan[self.done].at if self.done < len(self.plan) else None

    def step(self) -> "Call":
        """
        The call after the next transition of its plan; the plan itself never changes.

        Raises:
            IllegalTransition: The leg's state does not allow it.
        """
        return self.played_to(self.done + 1)

    def played_to(self, done: int) -> "Call":
        """
        The call after so many transitions of its plan.

        Raises:
            IllegalTransition: A leg's state does not allow one of them.
        """
        after = self.as_of(done)
        try:
            _ = after.story
        except IllegalTransition as error:
            raise IllegalTransition(f"call {self.sid}: {error}") from None
        return after

    def as_of(self, done: int) -> "Call":
        """The call as it was when `done` transitions had happened."""
        # Not `dataclasses.replace`, which costs three times as much: each call played pays it.
        return Call(
            self.account, self.sid, self.order, self.created, self.plan, done, self.record,
            self.price, self.rule, self.ends_as, self.twists, self.own,
        )  # fmt: skip

    @property
    def ended(self) -> bool:
        """Whether the last leg has ended."""
        return self.story.ended_at is not None

    @property
    def ends_at(self) -> int | None:
        """When it ends by its plan, microseconds; None if it never does."""
        return next((each.at for each in self.plan if each.event is Event.ENDED), None)

    @property
    def stuck(self) -> bool:
        """Whether it never ends by itself."""
        return self.plan[-1].event is not Event.FILLED

    @property
    def status(self) -> Status:
        """
        In progress until the end, then the row of the status table, unless a rule says otherwise.

        Source: exotel-v1.md section 3 ("A GET shows in-progress from connect to the end", C;
        `queued`, `ringing` and `canceled` only where a scenario asks for them).
        """
        if self.ends_as is not None and (self.ended or self.stuck):
            return self.ends_as
        if not self.ended:
            return Status.IN_PROGRESS
        leg1, leg2 = self.story.legs
        return final_status(self.order.shape, leg1.state, leg2.state)

    @property
    def duration(self) -> int:
        """
        Seconds from start to end, ringing included; 0 while it lasts.

        Source: the documentation's diagram of durations; exotel-v1.md section 3.
        """
        end = self.story.ended_at
        return 0 if end is None else end // SECOND - self.created // SECOND

    @property
    def conversation(self) -> int:
        """Seconds both parties talked: leg 2's time on the call. Source: exotel-v1.md section 3."""
        return self.story.legs[1].on_call

    @property
    def cost(self) -> int:
        """The price of the call, in thousandths of the currency; 0 when nobody talked."""
        return self.price.of(self.conversation)

    @property
    def recorded(self) -> bool:
        """Whether a recording exists: asked for, and a conversation happened. Source: section 3."""
        return self.record and self.story.legs[1].state is LegState.COMPLETED
