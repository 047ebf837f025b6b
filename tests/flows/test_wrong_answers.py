"""Bad answers of the customer's server: each takes the exit of the contract, and says why."""

import json
import logging

import pytest

FLOWS = """
"1":
  - passthru: "{url}/x"
    200: {greeting: A}
    302: hangup
"2":
  - connect: {url: "{url}/x"}
    not_dialled: {greeting: Nobody}
    nobody: hangup
"3":
  - gather: {url: "{url}/x"}
    nothing: {greeting: Nothing}
    digits: hangup
"4":
  - greeting: "{url}/x"
"5":
  - connect: "{url}/x"
    not_dialled: {greeting: Nobody}
    nobody: hangup
"6":
  - connect: {url: "{url}/x"}
    fallback: "{url}/y"
    not_dialled: {greeting: Nobody}
    nobody: {greeting: Rang}
"""


def half(handler):
    """The head of an answer, and half of its body."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b"{")
    handler.close_connection = True


def long(handler):
    """10 MB, as long as somebody reads."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(10_000_000))
    handler.end_headers()
    try:
        for _ in range(1000):
            handler.wfile.write(b"[" * 10_000)
    except OSError:
        pass
    handler.close_connection = True


def around(handler):
    """A redirect to itself."""
    handler.send_response(302)
    handler.send_header("Location", handler.path)
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def gone(handler):
    """Nothing: the connection is closed."""
    handler.close_connection = True


def as_json(value):
    """An answer in JSON."""
    return (200, value if isinstance(value, str) else json.dumps(value), "application/json")


NUMBERS = {"destination": {"numbers": ["09811100001"]}}
CASES = [
    ("1", half, [("passthru", "200"), ("greeting", "")], ""),
    ("1", long, [("passthru", "200"), ("greeting", "")], ""),
    ("1", around, [("passthru", "302"), ("hangup", "")], ""),
    ("1", gone, [("passthru", "302"), ("hangup", "")], "closed before any answer"),
    ("1", 500, [("passthru", "302"), ("hangup", "")], ""),
    ("2", half, "nobody", "closed in the middle of the answer"),
    ("2", long, "nobody", "its body is longer than 64 KB"),
    ("2", around, "nobody", "the answer was 302, expected 200"),
    ("2", as_json("{nonsense"), "nobody", "the answer's body is not JSON"),
    ("2", as_json("[" * 60_000), "nobody", "the answer's body is not JSON"),
    ("2", as_json({"destination": {"numbers": "x"}}), "nobody", "expected a list of texts"),
    ("2", as_json({"destination": {"numbers": ["abc"]}}), "nobody", "is not a telephone number"),
    ("2", as_json({"destination": {"numbers": ["09811100001"] * 101}}), "nobody", "at most 100"),
    ("2", as_json(NUMBERS | {"max_ringing_duration": 99}), "nobody", "expected a whole number"),
    ("2", as_json({"destination": {"numbers": []}}), "nobody", ""),
    ("3", as_json({}), "nothing", "gather_prompt is missing"),
    ("3", (200, "hello", "text/plain"), "nothing", "expected application/json"),
    ("4", as_json({}), [("greeting", "")], "expected text/plain"),
    ("4", 404, [("greeting", "")], "the answer was 404, expected 200"),
    ("5", 404, "nobody", "the answer was 404, expected 200"),
    ("5", (200, "", "text/plain"), "nobody", ""),
]  # fmt: skip
NOBODY = {"nobody": "not_dialled", "nothing": "nothing"}


@pytest.mark.parametrize(("app", "answer", "exits", "says"), CASES)
def test_a_wrong_answer_takes_the_exit_of_the_contract(
    flowing, customer, caplog, app, answer, exits, says
):
    """The flow goes on at once, and one sentence in timeline and log says what was wrong."""
    caplog.set_level(logging.INFO)
    customer.says("/x", answer)
    driver = flowing(FLOWS)
    line = driver.places(app)
    driver.advance(60)

    if isinstance(exits, str):
        assert (NOBODY[exits], "greeting") == (line.exits[0][1], line.exits[1][0])
    else:
        assert exits == line.exits
    assert says in line.whys[0]
    assert says in caplog.text
    assert "Traceback" not in caplog.text
    assert "completed" == driver.call(line.sid)["Status"]


def test_a_fallback_is_asked_after_a_wrong_answer(flowing, customer):
    """The same request to another URL; its answer is taken."""
    customer.says("/x", 500)
    customer.says("/y", as_json(NUMBERS))
    driver = flowing(FLOWS, "- {leg1: {answer: 3s}, leg2: no_answer}")
    line = driver.places("6")
    driver.advance(90)

    first, second = customer.asked
    assert ("/x", "/y", first.says) == (first.path, second.path, second.says)
    assert [("connect", "nobody"), ("greeting", "")] == line.exits


def test_no_answer_in_time_takes_five_seconds_of_the_account(flowing, customer):
    """However long the wall took: a frozen clock shows 5 s, and the exit is B."""
    customer.holds("/x")
    driver = flowing(FLOWS, question_timeout=0.2)
    line = driver.places("1")
    driver.advance(7.9)
    open_still = line.exits
    driver.advance(0.2)

    assert ([("passthru", None)], ("passthru", "302")) == (open_still, line.exits[0])
    assert "no answer within 5 s" in line.whys[0]


def test_a_url_that_is_not_near_is_not_asked(flowing, customer):
    """A forgotten production URL is refused, as a callback's would be; the flow goes on."""
    driver = flowing('"1": [{passthru: "http://8.8.8.8/x"}, hangup]')
    line = driver.places("1")
    driver.advance(60)

    assert [("passthru", "refused")] == line.rows
    assert "no loopback or private address" in line.whys[0]
