"""Any legal flow with any answers makes only legal plans that end: the law of the walk."""

import os
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import NOON
from exomock.domain.changes import Leave, Press
from exomock.domain.clock import SECOND
from exomock.domain.errors import NotGathering, NotOnTheLine
from exomock.domain.fate import Fate, Outcome
from exomock.domain.flows.inputs import TIMEOUT, Answered, Silent
from exomock.domain.flows.people import Agents, Caller, HangsUp, Where
from exomock.domain.flows.steps import Applet, Canned, Exit, Flow, Interval, Prompt
from exomock.domain.flows.walked import Asks
from exomock.domain.leg import Event, LegState
from exomock.domain.recording import LEAST, has_recording, recording_of
from exomock.domain.script import Party, Script
from exomock.domain.span import Span, seconds
from flows.flowing import INBOUND, ORDER, URL, Flowing, step

MANY = 1000 if os.environ.get("EXOMOCK_SOAK") else 60
law = settings(deadline=None, max_examples=MANY)

lengths = st.integers(0, 40).map(seconds) | st.tuples(st.integers(0, 5), st.integers(5, 40)).map(
    lambda ends: Span(ends[0] * SECOND, ends[1] * SECOND)
)
outcomes = st.builds(Outcome, st.sampled_from(tuple(Fate)), st.none() | lengths)
keys = st.text("0123456789*#", max_size=4)
callers = st.builds(
    Caller,
    presses=st.lists(st.none() | keys, max_size=4).map(tuple),
    hangs_up=st.none() | st.builds(HangsUp, lengths, st.none() | st.sampled_from(Where)),
    message=lengths,
)
scripts = st.builds(
    Script,
    leg1=st.builds(Outcome, st.sampled_from([Fate.ANSWER, Fate.ANSWER, Fate.BUSY]), st.none()),
    leg2=outcomes,
    talk=lengths,
    hangup_by=st.sampled_from(Party),
    record=st.booleans(),
    stuck=st.sampled_from([False, False, False, True]),
    caller=callers,
    agents=st.builds(Agents, in_order=st.lists(outcomes, max_size=3).map(tuple)),
)
AUDIO = "http://x/a.wav"
PARALLEL = (
    '{"destination": {"numbers": ["09811100001", "+919811100002", "09811100003"]},'
    ' "parallel_ringing": {"activate": true, "max_parallel_attempts": 2}}'
)
bodies = st.sampled_from(
    [
        "", "09811100001,+919811100002", "nobody", "hello", AUDIO, f"{AUDIO}\nhttp://x/b.mp3",
        f'{{"gather_prompt": {{"audio_url": "{AUDIO}"}}, "repeat_menu": 1}}',
        '{"select": "one"}', "[1", "{}",
        '{"gather_prompt": {"text": "Your PIN"}, "max_input_digits": "4", "repeat_menu": 1}',
        '{"destination": {"numbers": ["09811100001", "sip:a@b"]}, "record": true}',
        '{"destination": {"numbers": ["09811100001"]}, "fetch_after_attempt": true}',
        PARALLEL,
    ]
)  # fmt: skip
types = st.sampled_from([None, "text/plain", "application/json", "text/html"])
answers = st.builds(Answered, st.sampled_from([200, 201, 302, 404, 500]), types, bodies)
replies = answers | st.sampled_from([Silent(TIMEOUT), Silent("refused")])
spoken = st.text("ab ", max_size=90) | st.just(AUDIO)
hours = st.builds(Interval, st.integers(0, 6), st.integers(0, 43_200), st.integers(43_200, 86_400))


@st.composite
def flows(draw, app="926"):
    """A flow: any steps, whose exits lead anywhere."""
    count = draw(st.integers(1, 6))
    targets = st.none() | st.integers(0, count - 1)
    steps = [draw(steps_to(targets)) for _ in range(count)]
    return Flow(
        app=app, steps=tuple(steps), exophone="+918047112233",
        record=draw(st.booleans()), hangs=draw(st.booleans()),
    )  # fmt: skip


@st.composite
def steps_to(draw, targets):
    """A step of any applet."""
    exits = st.sampled_from([*Exit, "1", "12", "one"]).map(str)
    return step(
        draw(st.sampled_from(tuple(Applet))),
        following=draw(targets),
        exits=draw(st.dictionaries(exits, targets, max_size=4)),
        url=draw(st.sampled_from([None, URL, URL])),
        dynamic=draw(st.booleans()),
        fallback=draw(st.sampled_from([None, URL])),
        answer=draw(st.none() | st.none() | st.builds(Canned, st.just(200), bodies, types)),
        asynchronous=draw(st.booleans()),
        takes=draw(st.just(seconds(0)) | lengths),
        prompt=draw(st.builds(Prompt, spoken, st.sampled_from([None, URL]))),
        repeat=draw(st.integers(0, 2)),
        numbers=draw(st.sampled_from([(), ("09811100001",), ("09811100001", "09811100002")])),
        parallel=draw(st.integers(1, 3)),
        popup=draw(st.sampled_from([None, URL])),
        hours=draw(st.lists(hours, max_size=3).map(tuple)),
        app=draw(st.sampled_from(["926", "927", "nowhere"])),
    )


orders = st.sampled_from([ORDER, INBOUND, replace(ORDER, time_limit=20)])
# None waits for the very moment of the next event: an input then meets what has just happened.
moves = st.tuples(
    st.none() | st.integers(0, 30),
    st.sampled_from(["reply", "press", "left", "agent", "wait"]),
    replies,
    keys,
)


def moved(flowing, move):
    """The call after one thing that the world did, where it could happen."""
    wait, what, reply, digits = move
    if flowing.question is not None and what != "left":
        return flowing.replied(reply)
    following = flowing.call.next_at
    if wait is not None:
        flowing.after(wait)
    elif following is not None:
        flowing.to(following)
    changes = {"press": Press(digits), "left": Leave(Party.FROM), "agent": Leave(Party.TO)}
    if what not in changes or flowing.call.ended:
        return flowing
    try:
        return flowing.changed(changes[what])
    except (NotOnTheLine, NotGathering):
        return flowing


class TestEveryWalk:
    @law
    @given(flows(), flows("927"), scripts, orders, st.lists(moves, max_size=12), st.integers(0, 99))
    def test_is_legal_whatever_the_world_does_to_it(self, one, other, script, order, does, seed):
        """
        After each input: time never runs back, each leg's events are legal, all requests are named.

        That the past stays is asked by `replan` itself, each time.
        """
        flowing = Flowing(one, other, script=script, order=order, seed=seed)
        legal(flowing)
        for move in does:
            legal(moved(flowing, move))

    @law
    @given(flows(), flows("927"), scripts, orders, st.lists(replies, max_size=40))
    def test_ends_with_nobody_on_the_line(self, one, other, script, order, given):
        """However its questions are answered; one that is stuck waits for somebody to hang up."""
        flowing = Flowing(one, other, script=script, order=order)
        for reply in given:
            if any(each.event is Event.SILENCE for each in flowing.call.plan[flowing.call.done :]):
                flowing.until_asked()
                flowing.replied(reply)
        if flowing.call.stuck:
            flowing.to(flowing.call.plan[-1].at)
            flowing.leave()
        over = flowing.call.played_to(len(flowing.call.plan))

        assert over.ended
        assert not any(leg.on_line for leg in over.story.legs)
        assert over.status
        assert recorded(over)
        assert LegState.MISSED not in [leg.state for leg in over.story.called]

    @law
    @given(flows(), scripts, orders, st.lists(st.tuples(replies, st.integers(0, 300)), max_size=9))
    def test_does_not_depend_on_how_long_a_reply_takes(self, one, script, order, given):
        """What a reply decides counts from the question: a clock may run, or stand still."""
        quick, slow = (Flowing(one, script=script, order=order) for _ in range(2))
        for reply, seconds_ in given:
            for each in (quick, slow):
                if Event.SILENCE in [
                    event for _at, _leg, event in each.call.plan[each.call.done :]
                ]:
                    each.until_asked()
                    if each is slow:
                        each.after(seconds_)
                    each.replied(reply)

        assert quick.call.plan == slow.call.plan
        assert quick.walked == slow.walked

    @law
    @given(flows(), scripts, orders, st.lists(moves, max_size=6), st.integers(0, 99))
    def test_is_the_same_for_the_same_inputs(self, one, script, order, does, seed):
        """A call keeps its flows, its script, its key and its inputs, and nothing else."""
        first, second = (Flowing(one, script=script, order=order, seed=seed) for _ in range(2))
        for move in does:
            moved(first, move)
            moved(second, move)

        assert first.call == second.call
        assert first.walked == second.walked


def recorded(over):
    """Whether a call has audio where it says that it is recorded, and no more than there was."""
    found = recording_of(over)
    if found is None:
        return not has_recording(over)
    return has_recording(over) and 0 < found.seconds <= max(LEAST, over.duration + 1)


def legal(flowing):
    """Check a plan: in time order, legal for each leg, at most 100 steps, each request known."""
    call, walk = flowing.call, flowing.walked
    moments = [each.at for each in call.plan]
    tells = [each.at for each in call.plan if each.event in (Event.ASKED, Event.TOLD)]

    assert sorted(moments) == moments
    assert NOON == moments[0]
    call.played_to(len(call.plan))
    assert 100 >= len(walk.path)
    assert tells == [each.at for each in walk.enquiries]
    assert [*range(1, len(tells) + 1)] == [each.number for each in walk.enquiries]
    assert call.stuck == (Event.ENDED not in [each.event for each in call.plan])
    for each in walk.enquiries:
        says_who = None if each.kind is Asks.AUDIO else call.sid  # a file has its own URL alone
        assert says_who == flowing.says(each.number).get("CallSid")
