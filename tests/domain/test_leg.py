"""One leg: what may happen to it, and what it is called outside. exotel-v1.md sections 3 and 8."""

import itertools

import pytest

from conftest import NOON
from exomock.domain.clock import SECOND
from exomock.domain.errors import IllegalTransition
from exomock.domain.leg import NEXT, Event, Leg, LegState
from exomock.domain.story import story_of

S, E = LegState, Event

LEGAL = {
    (S.IDLE, E.DIALED): S.RINGING,
    (S.RINGING, E.ANSWERED): S.TALKING,
    (S.RINGING, E.REJECTED): S.BUSY,
    (S.RINGING, E.RANG_OUT): S.NO_ANSWER,
    (S.RINGING, E.DROPPED): S.FAILED,
    (S.RINGING, E.CANCELED): S.CANCELED,
    (S.RINGING, E.MISSED): S.MISSED,
    (S.RINGING, E.RELEASED): S.COMPLETED,
    (S.TALKING, E.HUNG_UP): S.COMPLETED,
}

# How a leg comes to be in each state.
WAY_TO = {
    S.IDLE: [],
    S.RINGING: [E.DIALED],
    S.TALKING: [E.DIALED, E.ANSWERED],
    S.COMPLETED: [E.DIALED, E.ANSWERED, E.HUNG_UP],
    S.BUSY: [E.DIALED, E.REJECTED],
    S.NO_ANSWER: [E.DIALED, E.RANG_OUT],
    S.FAILED: [E.DIALED, E.DROPPED],
    S.CANCELED: [E.DIALED, E.CANCELED],
    S.MISSED: [E.DIALED, E.MISSED],
}

LEG_EVENTS = [event for event in Event if not event.of_the_call]

ILLEGAL = [pair for pair in itertools.product(LegState, LEG_EVENTS) if pair not in LEGAL]


def after(events, leg=0):
    """Both legs after these events of one of them, a second apart."""
    return story_of(NOON, [(NOON + i * SECOND, leg, event) for i, event in enumerate(events)]).legs


def ids(pairs):
    return [f"{state.value}, {event.value}" for state, event in pairs]


class TestWhatMayHappen:
    @pytest.mark.parametrize("leg", [0, 1])
    @pytest.mark.parametrize(("state", "event"), LEGAL, ids=ids(LEGAL))
    def test_a_legal_event_moves_the_leg_it_names(self, state, event, leg):
        """The nine moves there are; the other leg stays where it is."""
        legs = after([*WAY_TO[state], event], leg)

        assert LEGAL[state, event] is legs[leg].state
        assert Leg() == legs[1 - leg]

    @pytest.mark.parametrize(("state", "event"), ILLEGAL, ids=ids(ILLEGAL))
    def test_any_other_event_is_refused_by_name(self, state, event):
        """The message names the leg, its state and the event: a wrong plan can be found by it."""
        with pytest.raises(IllegalTransition) as caught:
            after([*WAY_TO[state], event], leg=1)

        assert f"leg 2 is {state.value}: {event.value} cannot happen" == str(caught.value)

    @pytest.mark.parametrize("state", [LegState.NO_ANSWER, LegState.FAILED])
    def test_only_the_caller_is_dialled_again(self, state):
        """MaxRetries is about From; a leg that was called keeps its end."""
        assert LegState.RINGING is after([*WAY_TO[state], Event.DIALED])[0].state

    def test_every_state_has_an_entry(self):
        """A look-up never fails: states that are final have an empty one."""
        assert set(LegState) == NEXT.keys()

    @pytest.mark.parametrize("state", LegState)
    def test_a_leg_ends_where_nothing_more_may_happen(self, state):
        """Only the six final states have a moment of their end, that of their last event."""
        leg = after(WAY_TO[state])[0]

        last = NOON + (len(WAY_TO[state]) - 1) * SECOND
        assert (None if NEXT[state] else last) == leg.ended_at


class TestWords:
    @pytest.mark.parametrize(
        ("state", "word"),
        [
            pytest.param(S.IDLE, None, id="never dialled"),
            pytest.param(S.RINGING, None, id="ringing"),
            pytest.param(S.TALKING, "in-progress", id="talking"),
            pytest.param(S.COMPLETED, "completed", id="completed"),
            pytest.param(S.BUSY, "busy", id="busy"),
            pytest.param(S.NO_ANSWER, "no-answer", id="no answer"),
            pytest.param(S.FAILED, "failed", id="failed"),
            pytest.param(S.CANCELED, "canceled", id="canceled"),
            pytest.param(S.MISSED, None, id="missed"),
        ],
    )
    def test_a_leg_is_called(self, state, word):
        """Leg1Status and Legs[].Status of section 3; null until it answers or ends."""
        assert word == Leg(state).status


class TestOnCallDuration:
    @pytest.mark.parametrize(
        ("answered", "ended", "seconds"),
        [
            pytest.param(None, None, 0, id="never answered, not ended"),
            pytest.param(None, 9.0, 0, id="never answered"),
            pytest.param(3.0, None, 0, id="still talks"),
            pytest.param(3.0, 45.0, 42, id="whole seconds"),
            pytest.param(3.9, 45.1, 42, id="as the second hands show: 45 - 3"),
            pytest.param(3.1, 3.9, 0, id="within one second"),
            pytest.param(0.0, 0.0, 0, id="no time at all"),
        ],
    )
    def test_it_runs_from_the_answer_to_the_end(self, answered, ended, seconds):
        """Section 3: leg OnCallDuration is the difference of the two times that are shown."""
        at, end = (
            None if second is None else NOON + round(second * SECOND)
            for second in (answered, ended)
        )

        assert seconds == Leg(S.COMPLETED, at, end).on_call

    def test_ringing_is_not_on_the_call(self):
        """A leg that rings for 20 s and is rejected was on the call for none."""
        legs = story_of(NOON, [(NOON, 0, E.DIALED), (NOON + 20 * SECOND, 0, E.REJECTED)]).legs

        assert 0 == legs[0].on_call
