"""Flows played: the customer's server is really asked, and what it answers steers the call."""

import pytest

MISSED = """
"926":
  exophone: "08047112233"
  steps: [{passthru: "{url}/missed"}, hangup]
"""
VIP = """
"929":
  - passthru: "{url}/is-vip"
    200: {connect: "09811100009"}
    302: {greeting: All agents are busy}
"""
PIN = """
"930":
  - greeting: "{url}/hello"
  - gather: Your PIN, then hash
    name: pin
    repeat: 2
    nothing: hangup
  - passthru: "{url}/check-pin"
    302: {goto: pin}
  - greeting: Thank you
"""
AGENTS = """
"928":
  exophone: "08047112233"
  steps:
    - connect: "{url}/agents"
      ring: 20s
      popup: "{url}/popup"
      nobody: [voicemail, {passthru: "{url}/ended"}]
    - passthru: "{url}/ended"
"""


def test_a_missed_call_tells_the_url_and_nobody_pays(flowing, customer):
    """Somebody calls the ExoPhone; the call is over in its first moment, after the answer."""
    driver = flowing(MISSED)
    line = driver.comes_in()
    driver.advance(0)

    (asked,) = customer.asked
    says = asked.says
    assert ("GET", "/missed") == (asked.method, asked.path)
    assert (line.sid, "09900001111", "08047112233", "incoming", "926") == (
        says["CallSid"], says["CallFrom"], says["CallTo"], says["Direction"], says["flow_id"],
    )  # fmt: skip
    assert [("passthru", "200"), ("hangup", "")] == line.exits
    assert ("completed", "0") == (
        driver.call(line.sid)["Status"],
        driver.call(line.sid)["Duration"],
    )
    assert [("passthru", "delivered")] == line.rows


@pytest.mark.parametrize(
    ("status", "exits"),
    [
        (200, [("passthru", "200"), ("connect", "talked")]),
        (302, [("passthru", "302"), ("greeting", "")]),
        (404, [("passthru", "302"), ("greeting", "")]),
    ],
)
def test_a_passthru_routes_by_the_status(flowing, customer, status, exits):
    """200 is exit A, 302 and whatever is wrong exit B; the Location is not followed."""
    customer.says("/is-vip", status)
    driver = flowing(VIP)
    line = driver.places("929")
    driver.advance(120)

    assert exits == line.exits
    assert ["GET /is-vip"] == customer.paths
    assert "completed" == driver.call(line.sid)["Status"]


def test_a_loop_asks_until_the_answer_is_right(flowing, customer):
    """HEAD before a Greeting's GET; a wrong PIN goes back, the right one goes on."""
    customer.says("/hello", (200, "Good morning", "text/plain"))
    customer.says("/check-pin", 302, 200)
    driver = flowing(PIN, '- {leg1: {answer: 3s}, caller: {presses: [nothing, "1111#", "4711#"]}}')
    line = driver.places("930")
    driver.advance(120)

    assert ["HEAD /hello", "GET /hello", "GET /check-pin", "GET /check-pin"] == customer.paths
    assert ['"1111"', '"4711"'] == [each.says["digits"] for each in customer.asked[2:]]
    assert ["greeting", "gather", "passthru", "gather", "passthru", "greeting"] == [
        applet for applet, _exit in line.exits
    ]


def test_dial_whom_dials_the_answered_numbers_in_turn(flowing, customer):
    """The first rings out, the second talks: both pop up, and the Passthru tells of both legs."""
    customer.says("/agents", (200, "09811100001,+919811100002", "text/plain"))
    rules = "- {agents: [no_answer, {answer: 5s}], talk: 40s, hangup_by: agent}"
    driver = flowing(AGENTS, rules)
    line = driver.comes_in()
    driver.advance(120)

    popped = [each.says for each in customer.asked if each.path == "/popup"]
    assert [
        ("Dial", "09811100001"), ("Terminal", "09811100001"), ("Dial", "09811100002"),
        ("Answered", "09811100002"), ("Terminal", "09811100002"),
    ] == [(each["EventType"], each["DialWhomNumber"]) for each in popped]  # fmt: skip
    ended = customer.asked[-1].says
    assert ("/ended", "completed", "40") == (
        customer.asked[-1].path, ended["DialCallStatus"], ended["Legs[1][OnCallDuration]"],
    )  # fmt: skip
    assert 3 == len(line.call["legs"])


class TestToOfACallThatCameIn:
    @pytest.mark.parametrize(
        ("flow_to", "to"), [("agent", "09811100002"), ("exophone", "08047112233")]
    )
    def test_is_the_agent_who_talked_and_else_who_was_rung_last(
        self, flowing, customer, flow_to, to
    ):
        """The ExoPhone until somebody is rung; a setting lets it stay so; lists say the same."""
        asked = customer.holds("/agents", (200, "09811100001,09811100002", "text/plain"))
        rules = "- {agents: [no_answer, {answer: 5s}], talk: 40s}"
        driver = flowing(AGENTS, rules, flow_to=flow_to)
        line = driver.comes_in()
        before = driver.call(line.sid)["To"]
        asked.set()
        driver.advance(120)

        assert ("08047112233", to) == (before, driver.call(line.sid)["To"])
        (listed,) = driver.calls(To=to)["Calls"]
        assert (to, "08047112233") == (listed["To"], listed["PhoneNumber"])


def test_a_flow_call_has_the_resource_and_the_callback_of_the_contract(flowing, customer, receiver):
    """To is the ExoPhone also after an agent talked, leg 2 unset; one callback of four fields."""
    customer.says("/is-vip", 200)
    driver = flowing(VIP, "- {leg1: {answer: 3s}, leg2: {answer: 5s}, talk: 40s}")
    line = driver.places("929", StatusCallback=receiver.url)
    driver.advance(120)

    call = driver.call(line.sid, details="true")
    assert ("08047112233", "08047112233", "outbound-api", "completed", "human") == (
        call["To"], call["PhoneNumberSid"], call["Direction"], call["Status"], call["AnsweredBy"],
    )  # fmt: skip
    assert ("completed", None) == (call["Details"]["Leg1Status"], call["Details"]["Leg2Status"])
    (told,) = receiver.got
    assert ["CallSid", "DateUpdated", "Status", "RecordingUrl"] == [name for name, _ in told.fields]


def test_a_passthru_tells_the_sid_of_an_inbound_call(flowing, customer):
    """It is the only thing that does; GET Calls/{Sid} knows it."""
    driver = flowing(MISSED)
    driver.comes_in()
    driver.advance(0)

    sid = customer.asked[0].says["CallSid"]
    assert ("inbound", "09900001111") == (driver.call(sid)["Direction"], driver.call(sid)["From"])


def test_before_answer_does_nothing_and_the_why_says_so(flowing, customer):
    """Connect is answered at once; the flow asks when From has answered."""
    driver = flowing(
        '"926": [{passthru: "{url}/a"}, hangup]',
        "- {leg1: {answer: 3s}, callbacks: {before_answer: true}}",
    )
    line = driver.places()
    before = customer.paths
    driver.advance(60)

    assert line.call["why"].endswith("; before_answer does nothing in a flow")
    assert ([], ["GET /a"]) == (before, customer.paths)
    assert 3 == _seconds_to(line, "asked")


def _seconds_to(line, event):
    found = line.call
    moments = [each["at"] for each in found["plan"] if each["event"] == event]
    begun, then = (
        float(each.partition("+")[0].rpartition(":")[2]) for each in (found["created"], moments[0])
    )
    return then - begun
