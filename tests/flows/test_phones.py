"""People at the telephones of a call in a flow."""

from dataclasses import replace

import pytest

from exomock.domain.errors import PhoneCannot
from exomock.domain.fate import BY_PERSON, Does
from exomock.domain.flows.people import Agents, Caller, HangsUp
from exomock.domain.phone import Decide, by_people
from exomock.domain.script import Party, Script
from exomock.domain.span import seconds
from flows.flowing import INBOUND, ORDER, Flowing, flow, step

ONE, OTHER = "09811100003", "09811100004"
CONNECT = flow(step("connect", numbers=(ONE, OTHER), parallel=2, ring=20), step("hangup"))
GREETING = flow(step("greeting"), step("connect", numbers=(ONE,), ring=20), step("hangup"))
PEOPLE = by_people(Script())


class Peopled(Flowing):
    """A call in a flow, and what people do."""

    def does(self, who, what):
        """A person decides now."""
        return self.changed(Decide(Party(who), Does(what)))


class TestFrom:
    def test_who_answers_goes_through_the_flow(self):
        """At the moment of the decision."""
        call = Peopled(GREETING, script=PEOPLE).after(7).does("from", "answer")
        assert (7.0, 0, "answered") == call.events[1]
        assert (7.0, 1, "dialed") == call.events[2]

    @pytest.mark.parametrize(
        ("what", "event", "status"),
        [("reject", "rejected", "busy"), ("no_answer", "rang-out", "no-answer")],
    )
    def test_who_does_not_never_comes_to_it(self, what, event, status):
        """The flow does not begin."""
        call = Peopled(GREETING, script=PEOPLE).after(7).does("from", what)
        assert ([(0.0, 0, "dialed"), (7.0, 0, event)], status) == (call.events, call.status)

    def test_who_lets_it_ring_out_is_dialled_again(self):
        """As MaxRetries says; then it can be answered."""
        call = Peopled(GREETING, script=PEOPLE, order=replace(ORDER, max_retries=1))
        call.after(3).does("from", "no_answer").after(2).does("from", "answer")
        assert [(3.0, 0, "rang-out"), (3.0, 0, "dialed"), (5.0, 0, "answered")] == call.events[1:4]

    def test_who_answered_hangs_up_when_it_likes(self):
        """What the scenario says of the caller's hanging up does not count then."""
        script = replace(PEOPLE, caller=Caller(hangs_up=HangsUp(seconds(2))))
        call = Peopled(GREETING, script=script).does("from", "answer").after(10)
        assert (20.0, 1, "rang-out") in call.events

    def test_who_has_called_in_can_only_hang_up(self):
        """Its leg rings until somebody picks up, its telephone does not."""
        call = Peopled(CONNECT, script=PEOPLE, order=INBOUND).after(1)
        with pytest.raises(PhoneCannot, match="it can do hangup"):
            call.does("from", "answer")
        assert (1.0, 0, "released") in call.does("from", "hangup").events


class TestAgents:
    def test_the_first_who_was_dialled_answers(self):
        """The other stops ringing; they talk until one hangs up."""
        call = Peopled(CONNECT, script=PEOPLE, order=INBOUND).after(4).does("to", "answer")
        assert [(4.0, 1, "answered"), (4.0, 0, "answered"), (4.0, 2, "canceled")] == call.events[
            3:6
        ]
        call.after(200).does("to", "hangup")
        assert (204.0, 1, "hung-up") in call.events
        assert ["talked"] == call.exits[:1]

    def test_the_longest_conversation_ends_a_talk(self):
        """900 s where the connect has none: `talk` does not count."""
        call = Peopled(CONNECT, script=PEOPLE, order=INBOUND).does("to", "answer")
        assert (900.0, 1, "hung-up") in call.events

    @pytest.mark.parametrize(("what", "event"), [("reject", "rejected"), ("no_answer", "rang-out")])
    def test_all_of_them_let_it_be(self, what, event):
        """The flow goes on at the exit of nobody."""
        call = Peopled(CONNECT, script=PEOPLE, order=INBOUND).after(4).does("to", what)
        assert [(4.0, 1, event), (4.0, 2, event)] == call.events[3:5]
        assert ["nobody"] == call.exits[:1]

    def test_one_of_them_may_be_a_person(self):
        """The other does what the scenario says."""
        script = Script(agents=Agents(in_order=(BY_PERSON,)), leg2=BY_PERSON)
        call = Peopled(CONNECT, script=script, order=INBOUND)
        assert [(20.0, 1, "rang-out"), (20.0, 2, "rang-out")] == call.events[3:5]
