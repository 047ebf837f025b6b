"""A call and how it is played, step by step: exotel-v1.md section 3."""

from dataclasses import replace

import pytest

from conftest import EXOPHONE, FROM, NOON, TO
from exomock.domain.call import Call
from exomock.domain.clock import SECOND
from exomock.domain.errors import IllegalTransition
from exomock.domain.leg import Event, Leg, LegState
from exomock.domain.order import Order
from exomock.domain.price import Price
from exomock.domain.recording import has_recording
from exomock.domain.script import Script
from exomock.domain.status import Status
from exomock.domain.story import Transition, story_of
from exomock.numbering import read_number

ORDER = Order(*map(read_number, (FROM, TO, EXOPHONE)))
TARIFF = Price(30 * SECOND, 250)


def transitions(*rows):
    """(seconds after NOON, leg, event) rows as a plan."""
    return tuple(Transition(NOON + round(at * SECOND), leg, event) for at, leg, event in rows)


# From answers after 3 s, To 5 s later, they talk 40 s, and the fields fill two minutes late.
TALK = transitions(
    (0, 0, Event.DIALED),
    (3, 0, Event.ANSWERED),
    (3, 1, Event.DIALED),
    (8, 1, Event.ANSWERED),
    (48, 0, Event.HUNG_UP),
    (48, 1, Event.HUNG_UP),
    (48, 0, Event.ENDED),
    (168, 0, Event.FILLED),
)

BUSY = transitions(
    (0, 0, Event.DIALED),
    (3, 0, Event.ANSWERED),
    (3, 1, Event.DIALED),
    (5, 1, Event.REJECTED),
    (5, 0, Event.HUNG_UP),
    (5, 0, Event.ENDED),
    (5, 0, Event.FILLED),
)


def placed(plan=TALK, *, record=True, created=NOON, done=0, order=ORDER):
    """A call with that plan."""
    script = Script(record=record, price=TARIFF)
    return Call(
        account="exomock",
        sid="a" * 32,
        order=order,
        script=script,
        key="key",
        created=created,
        plan=plan,
        done=done,
        rule="rule",
    )


def finished(plan=TALK, **fields):
    """A call whose plan has been played."""
    return placed(plan, done=len(plan), **fields)


class TestStepByStep:
    @pytest.mark.parametrize(
        ("done", "status", "legs", "changed"),
        [
            pytest.param(0, "in-progress", (None, None), 0, id="placed"),
            pytest.param(1, "in-progress", (None, None), 0, id="From rings"),
            pytest.param(2, "in-progress", ("in-progress", None), 3, id="From has answered"),
            pytest.param(3, "in-progress", ("in-progress", None), 3, id="To rings"),
            pytest.param(4, "in-progress", ("in-progress", "in-progress"), 8, id="they talk"),
            pytest.param(5, "in-progress", ("completed", "in-progress"), 48, id="From hung up"),
            pytest.param(6, "in-progress", ("completed", "completed"), 48, id="both hung up"),
            pytest.param(7, "completed", ("completed", "completed"), 48, id="ended"),
            pytest.param(8, "completed", ("completed", "completed"), 168, id="filled in"),
        ],
    )
    def test_a_call_is_in_progress_until_its_end(self, done, status, legs, changed):
        """Status, both legs' and the seconds to DateUpdated after so many steps."""
        call = placed()
        for _ in range(done):
            call = call.step()

        assert status == call.status
        assert legs == tuple(leg.status for leg in call.story.legs)
        assert NOON + changed * SECOND == call.story.changed_at

    def test_each_step_is_due_at_its_moment_and_nothing_after_the_last(self):
        """`next_at` walks the plan; a played plan has no next."""
        moments, call = [], placed()
        while call.next_at is not None:
            moments.append(call.next_at)
            call = call.step()

        assert [event.at for event in TALK] == moments
        assert len(TALK) == call.done

    def test_a_step_changes_nothing_but_how_many_are_done(self):
        """A new value; the old call and the plan stay as they were."""
        before = placed()
        after = before.step()

        assert placed() == before
        assert replace(before, done=1) == after

    def test_the_end_and_the_late_fields_are_two_moments(self):
        """At its end a call has its status; its fields are filled in 120 s later."""
        ended, filled = placed(done=7).story, placed(done=8).story

        assert (NOON + 48 * SECOND, False) == (ended.ended_at, ended.filled)
        assert (NOON + 48 * SECOND, True) == (filled.ended_at, filled.filled)

    def test_an_illegal_step_names_the_call_and_leaves_it_as_it_was(self):
        """To is rejected before it is dialled: a plan that cannot be."""
        call = placed(transitions((0, 0, Event.DIALED), (1, 1, Event.REJECTED))).step()

        with pytest.raises(IllegalTransition) as caught:
            call.step()

        assert f"call {'a' * 32}: leg 2 is idle: rejected cannot happen" == str(caught.value)
        assert LegState.RINGING is call.story.legs[0].state


class TestAsOf:
    @pytest.mark.parametrize("done", range(len(TALK) + 1))
    def test_the_past_of_a_call_is_what_it_was_then(self, done):
        """A callback that waits is written from the call as it was, however far it is by now."""
        then = placed()
        for _ in range(done):
            then = then.step()

        assert then == finished().as_of(done)
        assert then.story == finished().as_of(done).story

    def test_a_look_back_leaves_the_call_where_it_is(self):
        """as_of is a question, not a move."""
        call = finished()
        call.as_of(1)

        assert Status.COMPLETED is call.status


class TestTold:
    def test_nothing_has_happened(self):
        """Two idle legs, last changed when it was placed, not ended, not filled."""
        assert ((Leg(), Leg()), NOON, None, False, False) == story_of(NOON, ())

    def test_the_story_of_a_conversation(self):
        """Each leg from its answer to its end, in microseconds."""
        story = story_of(NOON, TALK)

        assert (
            Leg(LegState.COMPLETED, NOON + 3 * SECOND, NOON + 48 * SECOND),
            Leg(LegState.COMPLETED, NOON + 8 * SECOND, NOON + 48 * SECOND),
        ) == story.legs

    def test_the_story_of_a_rejection(self):
        """A leg that never answered has an end and no answer."""
        assert Leg(LegState.BUSY, None, NOON + 5 * SECOND) == story_of(NOON, BUSY).legs[1]


class TestFigures:
    def test_of_a_conversation(self):
        """48 s in all, leg 1 on the call for 45, both talked for 40: two started pulses."""
        call = finished()

        assert (48, 45, 40, 500) == (
            call.duration,
            call.story.legs[0].on_call,
            call.conversation,
            call.cost,
        )

    def test_of_a_rejection(self):
        """5 s in all, From on the line for 2, nobody talked, nothing to pay."""
        call = finished(BUSY)

        assert ("busy", 5, 2, 0, 0) == (
            call.status,
            call.duration,
            call.story.legs[0].on_call,
            call.conversation,
            call.cost,
        )

    @pytest.mark.parametrize("done", range(7))
    def test_there_is_no_duration_before_the_end(self, done):
        """Seconds from start to end, of a call that has none yet: 0."""
        assert 0 == placed(done=done).duration

    def test_a_duration_is_the_difference_of_the_times_that_are_shown(self):
        """Placed at 0.9 s, ended at 48.0 s: the second hands show 48 s, 47.1 s have passed."""
        call = finished(created=NOON + 900_000)

        assert 48 == call.duration

    @pytest.mark.parametrize(
        ("plan", "asked", "recorded"),
        [
            pytest.param(TALK, True, True, id="asked for, and they talked"),
            pytest.param(TALK, False, False, id="not asked for"),
            pytest.param(BUSY, True, False, id="asked for, and nobody talked"),
        ],
    )
    def test_a_recording_needs_both_the_wish_and_a_conversation(self, plan, asked, recorded):
        """Section 3: RecordingUrl only if Record was true and a conversation happened."""
        assert recorded is has_recording(finished(plan, record=asked))

    def test_nothing_is_recorded_while_they_still_talk(self):
        """The recording of a call is there once the conversation is over."""
        assert has_recording(placed(done=4)) is False

    def test_a_flow_call_completes_by_its_own_row(self):
        """The same single leg: completed for a flow, failed for a two-leg call (section 3)."""
        alone = transitions(
            (0, 0, Event.DIALED), (3, 0, Event.ANSWERED), (9, 0, Event.HUNG_UP), (9, 0, Event.ENDED)
        )

        assert "completed" == finished(alone, order=replace(ORDER, flow="926")).status
        assert "failed" == finished(alone).status
