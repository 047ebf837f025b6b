"""A call: its whole plan, how far it has been played, and what follows from both."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from random import Random

from exomock.domain.clock import SECOND
from exomock.domain.errors import IllegalTransition
from exomock.domain.flows.inputs import Answered, Inputs
from exomock.domain.flows.steps import NO_FLOWS, Flows
from exomock.domain.flows.walk import walk
from exomock.domain.flows.walked import Walked
from exomock.domain.leg import Event, LegState
from exomock.domain.order import ONE_LEG, Order, Shape
from exomock.domain.script import Script
from exomock.domain.status import Status, final_status
from exomock.domain.story import Story, Transition, story_of


def end_told_at(ended: int, late: int) -> int:
    """
    When a GET has the EndTime of a call (microseconds): before the other late fields.

    Source: exotel-v1.md section 3 (C: captured with Duration, Price and RecordingUrl still empty).
    UNVERIFIED: that it comes half-way; polling a live call through its two minutes would settle it.

    Args:
        ended: When it ended, microseconds.
        late: Microseconds from its end until all late fields are there.
    """
    return ended + late // 2


@dataclass(frozen=True, kw_only=True)
class Call:
    """
    One call of one account.

    Args:
        account: The account's Sid.
        sid: The call's Sid, 32 characters.
        order: What the client asked for.
        script: Its fate, with all that chance decides beside the times drawn.
        key: What its chance is drawn from (`sid.call_key`), that of a new plan too.
        created: When it was placed, microseconds since the epoch.
        late: Microseconds from its end until Duration, Price and EndTime are filled in.
        plan: Everything that happens to it, in order; only `replan` changes it, and never its past.
        done: How many transitions of the plan have happened.
        rule: What decided its fate: `file:line name` of a scenario rule, or a magic number.
        stuck: Whether it never ends by itself.
        own: Whether a client asked for it, else it came in by itself.
        flows: The flows there are, where it walks through one of them; else none.
        inputs: What the world has done to it in its flow so far.
        kept: Answers to the questions that it asks next, in order; nobody else is asked.
    """

    account: str
    sid: str
    order: Order
    script: Script
    key: str
    created: int
    late: int = 0
    plan: tuple[Transition, ...]
    done: int = 0
    rule: str
    stuck: bool = False
    own: bool = True
    flows: Flows = field(default_factory=lambda: NO_FLOWS)
    inputs: Inputs = ()
    kept: tuple[Answered, ...] = ()

    def walked(self, chance: Callable[[], Random]) -> Walked:
        """
        Its walk through its flow: its requests and its way, those of what is to come too.

        Args:
            chance: Gives its own chance, as it was at its beginning.
        """
        # Kept like a cached property: a page of what a call has asked looks at it for each row.
        found: Walked | None = self.__dict__.get("_walked")
        if found is None:
            order, inputs = self.order, self.inputs
            found = walk(self.flows, order, self.script, self.created, inputs, chance())
            self.__dict__["_walked"] = found
        return found

    def replanned(self, plan: tuple[Transition, ...], *, stuck: bool) -> "Call":
        """It with another plan; its walk, which does not depend on the plan, stays known."""
        after = self.as_of(self.done)
        after.__dict__.update(plan=plan, stuck=stuck)
        return after

    def to_be(self, order: Order) -> "Call":
        """It with another order, on which its walk does not depend: another To."""
        after = self.as_of(self.done)
        after.__dict__.update(order=order)
        return after

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
        # Not `dataclasses.replace`, which costs ten times as much: each call played pays it.
        then = object.__new__(Call)
        then.__dict__.update(self.__dict__, done=done)
        then.__dict__.pop("story", None)
        return then

    @property
    def ended(self) -> bool:
        """Whether the last leg has ended."""
        return self.story.ended_at is not None

    @property
    def ends_at(self) -> int | None:
        """When it ends by its plan, microseconds; None if it never does."""
        return next((each.at for each in self.plan if each.event is Event.ENDED), None)

    @property
    def status(self) -> Status:
        """
        In progress until the end, then the row of the status table, unless a rule says otherwise.

        Source: exotel-v1.md section 3 ("A GET shows in-progress from connect to the end", C;
        `queued`, `ringing` and `canceled` only where a scenario asks for them).
        """
        ends_as, story = self.script.status, self.story
        ended = story.ended_at is not None
        if ends_as is not None and (ended or self.stuck):
            return ends_as
        return status_at_end(self.order, story) if ended else Status.IN_PROGRESS

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
        """Seconds both parties talked. Source: exotel-v1.md section 3."""
        return self.story.conversation

    @property
    def cost(self) -> int:
        """
        The price of the call, in thousandths of the currency; 0 when nobody talked.

        UNVERIFIED: that a call through a flow costs the time of leg 1 (issue 12); a bill of a live
        account would settle it.
        """
        if self.flows and self.order.shape is Shape.FLOW:
            return self.script.price.of(self.story.caller.on_call)
        return self.script.price.of(self.conversation)


def status_at_end(order: Order, story: Story) -> Status:
    """
    The status of a call whose legs have come to this end.

    Source: the status table. Of a flow call only From's leg counts, whoever the flow has dialled
    (exotel-flows.md section 5).
    """
    shape = order.shape
    called = LegState.IDLE if shape in ONE_LEG else story.reached.state
    return final_status(shape, story.caller.state, called)
