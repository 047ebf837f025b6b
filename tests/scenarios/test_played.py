"""Calls that were played become rules that play them again."""

import os

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from exomock.domain.changes import Leave
from exomock.domain.choosing import choose
from exomock.domain.counts import FreshCounts
from exomock.domain.errors import NotOnTheLine
from exomock.domain.fate import Fate, Outcome
from exomock.domain.number import NOBODY, from_e164
from exomock.domain.order import Direction, Order
from exomock.domain.recording import wants_recording
from exomock.domain.script import Choice, Party, Script
from exomock.domain.span import Span
from exomock.domain.status import Status
from exomock.domain.twist import STRAIGHT, Twists
from exomock.engine.placing import planned
from exomock.engine.replanning import replan
from exomock.scenarios import read_scenario
from exomock.scenarios.played import played
from exomock.scenarios.rules import LEG1_FATES, LEG2_FATES

MANY = 2_000 if os.environ.get("EXOMOCK_SOAK") else 60
law = settings(max_examples=MANY, deadline=None)

NOON = 1_772_346_600_000_000
PEOPLE = [from_e164(f"+91981110000{digit}") for digit in range(3)]
EXOPHONE = from_e164("+918047112233")

LENGTHS = st.tuples(st.integers(0, 40_000_000), st.integers(0, 20_000_000)).map(
    lambda pair: Span(pair[0], sum(pair))
)


def outcomes(fates):
    return st.builds(Outcome, st.sampled_from(fates), st.none() | LENGTHS)


SCRIPTS = st.builds(
    Script,
    leg1=outcomes(LEG1_FATES),
    leg2=outcomes(LEG2_FATES),
    talk=LENGTHS,
    hangup_by=st.sampled_from(Party),
    status=st.none() | st.sampled_from([Status.CANCELED, Status.QUEUED]),
    twists=st.sampled_from([STRAIGHT, STRAIGHT, Twists(before_answer=True)]),
)


@st.composite
def orders(draw):
    """An order of one or two legs, or a call that comes in."""
    from_, kind = draw(st.sampled_from(PEOPLE)), draw(st.sampled_from(["two", "in", "stream"]))
    limits = {
        "time_limit": draw(st.none() | st.integers(1, 60)),
        "time_out": draw(st.none() | st.integers(1, 60)),
    }
    if kind == "in":
        return Order(from_, EXOPHONE, EXOPHONE, direction=Direction.INBOUND)
    if kind == "stream":
        return Order(from_, NOBODY, EXOPHONE, stream="wss://127.0.0.1/audio", **limits)
    retries = draw(st.integers(0, 2))
    return Order(from_, draw(st.sampled_from(PEOPLE)), EXOPHONE, max_retries=retries, **limits)


@st.composite
def calls(draw):
    """Ended calls of one account; of some of them a party hung up by hand."""
    found = []
    for number in range(draw(st.integers(1, 6))):
        choice = Choice(draw(SCRIPTS), "a rule")
        now = NOON + number * 60_000_000 + draw(st.integers(0, 999_999))
        call = planned("acc", draw(orders()), choice, f"key-{number}", now, 0)
        call = call.played_to(draw(st.integers(1, len(call.plan))))
        last = call.plan[call.done - 1].at
        while call.next_at == last:  # nobody acts between the events of one moment
            call = call.step()
        try:
            by = draw(st.none() | st.sampled_from(Party))
            early = call.script.twists.before_answer  # such a call is over once it is placed
            if by is not None and not call.ended and not early:
                call = replan(call, Leave(by), last + draw(st.integers(0, 900_000)))
        except NotOnTheLine:
            pass
        found.append(call.played_to(len(call.plan)))
    return found


def course(call):
    """All that happened to a call, by when after it was placed."""
    return [(each.at - call.created, each.leg, each.event) for each in call.plan]


@law
@given(calls())
def test_the_rules_of_played_calls_make_the_same_calls_of_the_same_orders(ended):
    """Each event at the same moment, the same status and length; what no rule can is left out."""
    made = played(ended)
    scenario, counts = read_scenario("played", made.text.encode()), FreshCounts()
    for call in ended:
        if f"# Call {call.sid} is left out" in made.text:
            continue
        choice = choose(scenario, call.order, counts=counts)
        again = planned("other", call.order, choice, "another key", call.created, 0)
        again = again.played_to(len(again.plan))
        assert course(call) == course(again), made.text
        assert (call.status, call.duration) == (again.status, again.duration)
        assert wants_recording(call) == wants_recording(again)


@law
@given(calls())
def test_only_calls_whose_retries_differ_are_left_out(ended):
    """From who did not do the same each time cannot be written as one word."""
    made = played(ended)
    left_out = [call for call in ended if f"# Call {call.sid}" in made.text]
    assert len(ended) - len(left_out) == made.calls
    assert all(call.order.max_retries for call in left_out)


def test_several_calls_to_one_number_are_attempts_unless_they_went_alike():
    """As somebody would write it by hand."""
    order = Order(PEOPLE[0], PEOPLE[1], EXOPHONE)
    busy = Script(leg2=Outcome(Fate.BUSY))
    ended = [
        planned("acc", order, Choice(script, ""), f"{place}", NOON, 0)
        for place, script in enumerate([busy, Script(talk=Span(5_500_000, 5_500_000))])
    ]
    ended = [call.played_to(len(call.plan)) for call in ended]
    (rule,) = yaml.safe_load(played(ended).text)["rules"]
    assert {"from": PEOPLE[0].shown, "to": PEOPLE[1].shown} == rule["when"]
    assert [{"busy": "2s"}, {"answer": "6s"}] == [each["leg2"] for each in rule["attempts"]]
    assert "5.5s" == rule["attempts"][1]["talk"]
    (alike,) = yaml.safe_load(played([ended[0], ended[0]]).text)["rules"]
    assert "attempts" not in alike
