"""Questions are told of: in the news, in the terminal's lines, the transcript and the story."""

import json

import pytest

from exomock.domain.telling import Move, verdict
from exomock.lines import lines

FLOW = """
"926":
  exophone: "08047112233"
  steps:
    - passthru: "{url}/missed"
      302: hangup
    - greeting: Hello
"""


def test_the_terminal_says_who_was_asked_and_what_came(flowing, customer):
    """A line that begins with `question`: call, who asks, URL, status."""
    customer.says("/missed", 302)
    driver = flowing(FLOW)
    driver.comes_in()
    driver.advance(60)
    news = driver.control("GET", "/news")["news"]

    (told,) = [each for each in news if each["kind"] == "try"]
    assert (True, "passthru", 302) == tuple(
        told["data"][key] for key in ("asks", "event", "status")
    )
    (line,) = [each for each in lines(news) if " question " in each]
    assert f"passthru → {customer.url}/missed  302 in" in line


def test_the_transcript_has_each_step_and_each_question_and_is_the_same_in_each_run(
    flowing, customer
):
    """Two exomocks of one seed: the same bytes; a step says exit and why."""
    customer.says("/missed", 404)
    texts = []
    for _ in range(2):
        driver = flowing(FLOW)
        driver.comes_in()
        driver.advance(60)
        texts.append([each for each in driver.mock.transcript() if each["kind"] != "request"])

    assert texts[0] == texts[1]
    steps = [each for each in texts[0] if each["kind"] == "step"]
    assert [("passthru", "302", "the answer was 404"), ("hangup", "")] == [
        (steps[0]["applet"], steps[0]["exit"], steps[0]["why"]),
        (steps[1]["applet"], steps[1]["exit"]),
    ]
    (sent,) = [each for each in texts[0] if each["kind"] == "sent"]
    assert ("passthru", "delivered", "926") == (
        sent["event"], sent["state"], sent["fields"]["flow_id"],
    )  # fmt: skip
    assert json.dumps(texts[0])


def test_the_story_of_a_failed_test_says_who_was_asked(flowing, customer):
    """What pytest prints: who asks, where, and what came."""
    customer.says("/missed", 404)
    driver = flowing(FLOW)
    driver.comes_in()
    driver.advance(60)
    story = "\n".join(driver.mock.story())

    assert f"passthru → {customer.url}/missed  404 in" in story


def test_a_question_can_be_replayed_and_its_call_stays_as_it_is(flowing, customer):
    """The customer is asked the same once more; the answer steers nothing any more."""
    driver = flowing(FLOW)
    line = driver.comes_in()
    driver.advance(60)
    before = line.call
    customer.says("/missed", 302)
    (row,) = driver.mock.callbacks(line.sid, "passthru")
    again = driver.mock.replay(row)

    assert (["GET /missed"] * 2, before) == (customer.paths, line.call)
    assert [200, 302] == [each.status for each in again.attempts]
    assert customer.asked[0].query == customer.asked[1].query


def test_callers_of_a_scenario_walk_through_the_flow_of_their_exophone(exchange, customer):
    """A generator's calls ask, and nobody waits for their end."""
    text = FLOW.replace("{url}", customer.url).replace("\n", "\n  ")
    inbound = 'inbound: [{every: 10s, from: "0990000*", exophone: "08047112233"}]'
    driver = exchange(f"flows:\n{text}\n{inbound}\n")
    driver.advance(35)

    assert 3 == len(customer.paths)
    assert {"completed"} == {each["Status"] for each in driver.calls()["Calls"]}


@pytest.mark.parametrize(
    ("status", "refused", "move"),
    [(200, False, Move.TOLD), (302, False, Move.TOLD), (500, False, Move.TOLD),
     (None, False, Move.GIVEN_UP), (None, True, Move.REFUSED)],
)  # fmt: skip
def test_any_answer_to_a_question_is_one_and_none_is_asked_again(status, refused, move):
    """Source: exotel-flows.md section 2: no retries."""
    found = verdict(status, 1, 7, (1, 1), refused=refused, last=True, asks=True)

    assert (move, 7) == found
