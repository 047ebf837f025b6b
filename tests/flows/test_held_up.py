"""A slow customer's server holds up its own calls, and nothing else."""

import threading
from dataclasses import replace

from conftest import Receiver
from exomock.domain.callback import QUESTION

FLOWS = """
"926":
  exophone: "08047112233"
  steps: [{passthru: "{url}/slow"}, hangup]
"""


def test_a_slow_customer_holds_up_no_callback(flowing, customer):
    """Sixty calls wait for their answers, more than callbacks have places; a callback goes out."""
    held, receiver = customer.holds("/slow"), Receiver()
    driver = flowing(FLOWS, "- {leg1: {busy: 0s}}", rate=1)
    for _ in range(60):
        driver.comes_in()
    customer.wait_for(60)
    driver.connect(StatusCallback=f"http://127.0.0.1:{receiver.server.server_port}/")
    told = receiver.wait_for(1)
    held.set()
    driver.mock.wait()
    receiver.close()

    assert 1 == len(told)
    assert {"completed"} == {each.status for each in driver.mock.calls[:60]}


def test_the_questions_of_one_moment_go_out_together(flowing, customer):
    """Forty calls ask in one moment of a frozen clock: all are asked before any is answered."""
    everybody = threading.Barrier(40)

    def answer(handler):
        everybody.wait(30)
        handler.give(302)

    customer.says("/slow", answer)
    driver = flowing(FLOWS, question_timeout=30)
    for _ in range(40):
        driver.places()
    driver.advance(60)

    assert {"delivered"} == {each.state for each in driver.mock.callbacks}


def test_a_question_that_hangs_leaves_its_call_to_be_hung_up(flowing, customer):
    """The caller leaves while it is asked: the call ends, and the late answer changes nothing."""
    held = customer.holds("/slow")
    driver = flowing(FLOWS, rate=1)
    line = driver.comes_in()
    customer.wait_for(1)
    driver.mock.hangup(line.sid)
    ended = driver.mock.call(line.sid).legs[0].state
    held.set()
    driver.mock.wait(callback="passthru")

    assert ("missed", "completed") == (ended, driver.mock.call(line.sid).status)


class TestAServerThatTimesOutThreeTimesInARow:
    # The greeting, because the advance must be what sends all of them.
    STEPS = ", ".join(["{greeting: Hello}"] + ['{passthru: "{url}/slow"}'] * 5)

    def test_is_asked_no_more_in_this_advance_and_the_call_says_so(self, flowing, customer):
        """Five questions, three requests; path and news tell the two apart, the time is the same."""
        held = customer.holds("/slow")
        steps = f'"926": {{exophone: "08047112233", steps: [{self.STEPS}]}}'
        driver = flowing(steps, question_timeout=0.1)
        line = driver.comes_in()
        driver.advance(60)
        tried = [each for each in driver.control("GET", "/news")["news"] if each["kind"] == "try"]
        held.set()

        late = "no good answer came, because no answer within 5 s"
        given_up = (
            "no good answer came, because its server had timed out three times in a row, and was "
            "asked no more"
        )
        assert ([late] * 3 + [given_up] * 2, 3) == (line.whys[1:], len(customer.asked))
        assert ["no answer within 0.1 s"] * 3 + [
            "given up for the rest of this advance: timed out 3 times in a row"
        ] * 2 == [each["data"]["error"] for each in tried]
        asked = [each["at"] for each in line.call["plan"] if each["event"] == "asked"]
        assert [0, 5, 10, 15, 20] == [round(_second(each) - _second(asked[0])) for each in asked]

    def test_is_asked_again_in_the_next(self, flowing, customer):
        """Whoever is there again answers, whatever was before."""
        held = customer.holds("/slow")
        steps = f'"926": {{exophone: "08047112233", steps: [{self.STEPS}]}}'
        driver = flowing(steps, question_timeout=0.1)
        driver.comes_in()
        driver.advance(60)
        held.set()
        customer.says("/slow", 200)
        have_patience(driver)
        line = driver.comes_in()
        driver.advance(60)

        assert [("passthru", "200")] * 5 == line.exits[1:]


def have_patience(driver):
    """Wait for answers from now on as long as a busy machine takes."""
    kinds = driver.mock.exchange.courier.kinds
    kinds[QUESTION] = replace(kinds[QUESTION], timeout=30)


def _second(moment):
    minutes, seconds = moment.partition("+")[0].split(":")[1:]
    return int(minutes) * 60 + float(seconds)
