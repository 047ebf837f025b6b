"""Whom to tell what: exotel-v1.md section 8, before any wire format."""

from dataclasses import replace

import pytest

from conftest import EXOPHONE, FROM, NOON, TO
from exomock.domain.call import Call, Transition
from exomock.domain.callback import EVENTS, SILENT_EVENTS, notice
from exomock.domain.clock import SECOND
from exomock.domain.leg import Event
from exomock.domain.order import Direction, Order
from exomock.domain.script import Script
from exomock.numbering import read_number

TOLD = Order(*map(read_number, (FROM, TO, EXOPHONE)), callback="http://127.0.0.1/hook")
FLOW = replace(TOLD, flow="926")
BOTH = ("terminal", "answered")


def transitions(*rows):
    return tuple(Transition(NOON + at * SECOND, leg, event) for at, leg, event in rows)


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
SILENT = transitions(
    (0, 0, Event.DIALED), (30, 0, Event.RANG_OUT), (30, 0, Event.ENDED), (30, 0, Event.FILLED)
)
ALONE = transitions(
    (0, 0, Event.DIALED),
    (3, 0, Event.ANSWERED),
    (9, 0, Event.HUNG_UP),
    (9, 0, Event.ENDED),
    (9, 0, Event.FILLED),
)


def notices(order, plan):
    """(seconds after the start, what about) of everything the client is told of a call."""
    call = Call(
        account="exomock",
        sid="0" * 32,
        order=order,
        script=Script(),
        key="key",
        created=NOON,
        plan=plan,
        rule="",
    )
    told = []
    for transition in plan:
        call = call.step()
        about = notice(call.order, transition)
        if about is not None:
            told.append(((transition.at - NOON) // SECOND, about.value))
    return told


class TestTwoLegs:
    @pytest.mark.parametrize(
        ("events", "plan", "told"),
        [
            pytest.param((), TALK, [(48, "brief")], id="no events: once at the end"),
            pytest.param((), BUSY, [(5, "brief")], id="no events, busy"),
            pytest.param(("terminal",), TALK, [(48, "terminal")], id="terminal"),
            pytest.param(
                ("answered",), TALK, [(3, "answered"), (8, "answered")], id="answered, each leg"
            ),
            pytest.param(
                BOTH, TALK, [(3, "answered"), (8, "answered"), (48, "terminal")], id="both events"
            ),
            pytest.param(BOTH, BUSY, [(3, "answered"), (5, "terminal")], id="To is busy"),
            pytest.param(BOTH, SILENT, [(30, "terminal")], id="From never answers"),
            pytest.param(("answered",), SILENT, [], id="nobody answers, nothing else asked"),
            pytest.param(("ringing", "dial"), TALK, [], id="events that are never sent"),
            pytest.param(("dial", "terminal"), TALK, [(48, "terminal")], id="one of them is sent"),
        ],
    )
    def test_the_client_is_told(self, events, plan, told):
        """Only subscribed events, each at the moment it happens; four fields without any."""
        assert told == notices(replace(TOLD, events=events), plan)

    @pytest.mark.parametrize("events", [(), BOTH], ids=["no events", "both events"])
    def test_nobody_is_told_without_a_status_callback(self, events):
        """Events alone are no address."""
        assert [] == notices(replace(TOLD, callback=None, events=events), TALK)


class TestFlows:
    @pytest.mark.parametrize("lost", [False, True], ids=["a flow", "no such flow"])
    @pytest.mark.parametrize(
        ("plan", "end"),
        [pytest.param(ALONE, 9, id="answers"), pytest.param(SILENT, 30, id="silent")],
    )
    @pytest.mark.parametrize("events", [(), ("answered",), BOTH], ids=["no", "answered", "both"])
    def test_a_flow_call_is_told_briefly_and_once_whatever_was_asked(self, events, plan, end, lost):
        """Section 8: "Flow calls: those four, always"."""
        assert [(end, "brief")] == notices(replace(FLOW, events=events, lost=lost), plan)


class TestInbound:
    def test_an_inbound_call_has_no_answered_event(self):
        """`answered` tells the two parties of Calls/connect apart; nobody connected this one."""
        order = replace(TOLD, direction=Direction.INBOUND, events=BOTH)

        assert [(48, "terminal")] == notices(order, TALK)


def test_the_words_of_status_callback_events():
    """Two that are sent, two that are accepted and never sent (section 2)."""
    assert ({"terminal", "answered"}, {"ringing", "dial"}) == (set(EVENTS), set(SILENT_EVENTS))
