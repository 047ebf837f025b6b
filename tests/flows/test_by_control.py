"""What a test does to a call in a flow: answers in place of a server, keys, agents."""

import re

import pytest

from exomock.client import ControlError
from flows.conftest import EXOPHONE, Line

ASKS = """
"926":
  exophone: "08047112233"
  steps:
    - passthru: "{url}/one"
      200: {passthru: "{url}/two"}
      302: hangup
"""
IVR = """
"927":
  - menu: Press 1 for orders, 2 for support
    2: {connect: "09811100001", popup: "{url}/popup"}
    wrong: hangup
  - gather: Key in your code
    timeout: 30s
  - passthru: "{url}/city"
"""
ROUTED = """
"931":
  - passthru: "{url}/route"
  - switch:
    sales: {greeting: Sales}
    support: {greeting: Support}
    otherwise: hangup
"""


class TestAnAccountThatCollects:
    def test_takes_at_once_what_a_timeout_takes(self, flowing, customer):
        """Nobody is asked; the Passthru takes exit B after 5 s of the account's time."""
        driver = flowing(ASKS, collect=True)
        line = driver.comes_in()
        driver.advance(4.9)
        open_still = line.exits
        driver.advance(0.2)

        assert ([("passthru", None)], [("passthru", "302"), ("hangup", "")]) == (
            open_still, line.exits,
        )  # fmt: skip
        assert [("passthru", "collected")] == line.rows
        assert [] == customer.asked

    def test_takes_the_answers_that_were_laid_down(self, flowing, customer):
        """Two answers before the call asks: the first and the second question get them."""
        driver = flowing(ASKS, collect=True)
        line = driver.places()
        for status in (200, 200):
            driver.control("POST", f"/calls/{line.sid}/reply", {"status": status})
        driver.advance(60)

        assert [("passthru", "200"), ("passthru", "200")] == line.exits
        assert [("passthru", "collected")] * 2 == line.rows
        assert [] == customer.asked

    def test_takes_the_answers_that_come_with_a_caller(self, flowing, customer):
        """An inbound call asks in its first moment: its answers come with it."""
        driver = flowing(ASKS, collect=True)
        line = Line(driver, driver.mock.inbound("09900001111", EXOPHONE, replies=[200, 302]).sid)

        assert [("passthru", "200"), ("passthru", "302")] == line.exits
        assert [] == customer.asked

    def test_says_what_is_wrong_with_an_answer(self, flowing):
        """The place in the list, and the rule."""
        driver = flowing(ASKS, collect=True)
        for wrong, says in [
            ([200, 99], "replies.1.status: 99 is not valid; expected a whole number"),
            ([{"boddy": ""}], "replies.0.boddy: unknown; did you mean 'body'?"),
            (200, "replies: 200 is not valid; expected a list"),
        ]:
            with pytest.raises(ValueError, match=re.escape(says)):
                driver.mock.inbound("09900001111", EXOPHONE, replies=wrong)


class TestAReply:
    def test_is_kept_for_the_next_question_and_nobody_is_asked_it(self, flowing, customer):
        """The first question is the reply's, the second one the customer's."""
        driver = flowing(ASKS)
        line = driver.places()
        driver.mock.reply(line.sid)
        driver.advance(60)

        assert ["GET /two"] == customer.paths
        assert [("passthru", "collected"), ("passthru", "delivered")] == line.rows

    def test_answers_the_open_question_before_the_server_does(self, flowing, customer):
        """The server thinks; a test answers 302; what the server says later changes nothing."""
        held = customer.holds("/one")
        driver = flowing(ASKS, rate=1)
        line = driver.comes_in()
        customer.wait_for(1)
        driver.mock.reply(line.sid, 302)
        exits = line.exits
        held.set()
        driver.mock.wait(callback="passthru", call=line.sid)

        assert [("passthru", "302"), ("hangup", "")] == exits == line.exits

    @pytest.mark.parametrize(
        ("answer", "exits"),
        [
            ({"body": {"select": "support"}, "content_type": "text/plain"}, ("support", "Support")),
            ({"body": '{"select": "sales"}'}, ("sales", "Sales")),
            ({"body": "nonsense"}, ("otherwise", None)),
        ],
    )
    def test_has_a_body_that_a_switch_reads(self, flowing, answer, exits):
        """A text, or what is written as JSON."""
        driver = flowing(ROUTED, collect=True)
        line = driver.places("931")
        driver.control("POST", f"/calls/{line.sid}/reply", answer)
        driver.advance(60)

        assert ("switch", exits[0]) == line.exits[1]

    def test_that_is_wrong_says_what_was_expected(self, flowing):
        """A status, a body, a call: each error names the field and the rule."""
        driver = flowing(ASKS)
        line, plain = driver.places(), driver.connect()
        wrong = [
            (line.sid, {"status": 99}, 400, "status: 99 is not valid; expected a whole number"),
            (line.sid, {"body": 7}, 400, "body: 7 is not valid; expected a text, or JSON"),
            (line.sid, {"stauts": 200}, 400, "stauts: unknown; did you mean 'status'?"),
            (plain, {}, 409, f"call {plain} walks through no flow of its scenario"),
            ("nobody", {}, 404, "there is no call 'nobody'"),
        ]
        for sid, given, status, says in wrong:
            with pytest.raises(ControlError) as error:
                driver.control("POST", f"/calls/{sid}/reply", given)
            assert (status, True) == (error.value.status, str(error.value).startswith(says)), error


class TestKeys:
    def test_are_pressed_in_a_running_menu_and_gather(self, flowing, customer):
        """A frozen clock: at the account's now; `#` ends the code."""
        driver = flowing(IVR)
        line = driver.places("927")
        driver.advance(4)
        driver.mock.press(line.sid, "1")
        driver.advance(1)
        driver.mock.press(line.sid, "42#")
        driver.advance(60)

        assert [("gather", "digits"), ("passthru", "200")] == line.exits[1:]
        assert '"42"' == customer.asked[0].says["digits"]

    def test_for_a_call_that_gathers_nothing_are_refused(self, flowing):
        """409 that says where the call is: before its flow, in another step, or over."""
        driver = flowing(IVR)
        line = driver.places("927")
        said = []
        for seconds in (0, 4, 60):
            driver.advance(seconds)
            if seconds == 4:
                driver.mock.press(line.sid, "2")
            with pytest.raises(ControlError) as error:
                driver.mock.press(line.sid, "1")
            said.append((error.value.status, str(error.value)))

        assert [
            (409, f"call {line.sid} takes no keys now: it is before its flow"),
            (409, f"call {line.sid} takes no keys now: it is in connect"),
            (409, f"call {line.sid} has ended: nothing can happen to it"),
        ] == said


class TestAgents:
    def test_are_busy_while_they_ring_and_talk(self, flowing):
        """One agent, from its first ringing to its end, with its pop-up events."""
        driver = flowing(IVR, "- {leg1: {answer: 3s}, leg2: {answer: 5s}, talk: 10s}")
        line = driver.places("927")
        driver.advance(4)
        assert [] == driver.mock.agents
        driver.mock.press(line.sid, "2")
        driver.advance(6)
        (busy,) = driver.mock.agents
        driver.advance(60)
        (free,) = driver.mock.agents

        assert ("09811100001", "busy", line.sid) == (busy.number, busy.state, busy.call)
        assert ("free", None) == (free.state, free.call)
        assert [("Dial", "busy"), ("Answered", "busy"), ("Terminal", "free")] == [
            (each.event, each.status) for each in free.events
        ]
