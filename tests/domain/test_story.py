"""A story is a fold over what has happened, an event and a leg at a time."""

import os
from itertools import accumulate

from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import NOON
from exomock.domain.errors import IllegalTransition
from exomock.domain.leg import ASIDE, CALLER, NEXT, REDIALLED, Event, Leg, LegState
from exomock.domain.story import Story, Transition, story_of

MANY = 5000 if os.environ.get("EXOMOCK_SOAK") else 200

OVER = {state for state, following in NEXT.items() if not following}


def after(story, happened):
    """The story with one thing more, by the table of what a leg may do; None if it may not."""
    at, index, event = happened
    if event is Event.ENDED:
        return story._replace(changed_at=at, ended_at=at)
    if event is Event.FILLED:
        return story._replace(changed_at=at, filled=True)
    if event in ASIDE:
        return story._replace(recorded=story.recorded or event is Event.RECORDED)
    legs = [*story.legs, *[Leg()] * (index + 1 - len(story.legs))]
    before = legs[index]
    state = NEXT[before.state].get(event)
    if state is None and index == CALLER and before.state in REDIALLED and event is Event.DIALED:
        state = LegState.RINGING
    if state is None:
        return None
    answered = at if state is LegState.TALKING else before.answered_at
    legs[index] = Leg(state, answered, at if state in OVER else None)
    return story._replace(legs=tuple(legs), changed_at=at)


def possible(story, index):
    """The events that a leg may meet next, and those of the call."""
    state = story.legs[index].state if index < len(story.legs) else LegState.IDLE
    again = [Event.DIALED] if index == CALLER and state in REDIALLED else []
    return [*NEXT[state], *again, *sorted(ASIDE), Event.ENDED, Event.FILLED]


NOTHING = Story((Leg(), Leg()), NOON, None, filled=False)


@settings(max_examples=MANY, deadline=None)
@given(st.data())
def test_is_what_each_event_in_turn_makes_of_it(data):
    """Up to four legs, any events that may come, and at last any one: it comes or is refused."""
    story, events = NOTHING, []
    moments = accumulate(data.draw(st.lists(st.integers(0, 9), min_size=1, max_size=14)))
    *before, last = [NOON + each for each in moments]
    for at in before:
        index = data.draw(st.integers(0, 3))
        events.append(Transition(at, index, data.draw(st.sampled_from(possible(story, index)))))
        story = after(story, events[-1])
    events.append(Transition(last, data.draw(st.integers(0, 3)), data.draw(st.sampled_from(Event))))
    whole = after(story, events[-1])

    assert story == story_of(NOON, events[:-1])
    try:
        assert whole == story_of(NOON, events)
    except IllegalTransition:
        assert whole is None
