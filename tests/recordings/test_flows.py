"""Recordings of flows: a recorded Connect and a Voicemail give a file, and the Passthru its URL."""

from datetime import datetime, timedelta

import pytest

from exomock.recording import heard_in, mp3
from flows.conftest import customer, flowing
from recordings.conftest import Player

__all__ = ["customer", "flowing"]  # the fixtures of flows

TOLD = '{passthru: "{url}/told"}'
MESSAGE = f"""
"926":
  exophone: "08047112233"
  steps: [voicemail, {TOLD}]
"""
CONNECT = f"""
"926":
  exophone: "08047112233"
  steps: [{{connect: "09811100001", record: true}}, {TOLD}]
"""
DYNAMIC = f"""
"926":
  exophone: "08047112233"
  steps: [{{connect: {{url: "{{url}}/whom"}}}}, {TOLD}]
"""
BOTH = f"""
"926":
  record: true
  exophone: "08047112233"
  steps: [{{connect: "09811100001"}}, voicemail, {TOLD}]
"""
TALK = "- {leg2: {answer: 5s}, talk: 20s, hangup_by: agent, caller: {message: 12500ms}}"
DUAL = '{"destination": {"numbers": ["09811100001"]}, "record": true, "recording_channels": "dual"}'


def of(flowing, customer, flow, rules=TALK, **settings):
    """A call that came in and is over: its player, its Sid and what the Passthru was told."""
    customer.says("/whom", (200, DUAL, "application/json"))
    driver = flowing(flow, rules, **settings)
    sid = driver.comes_in().sid
    driver.advance(300)
    return Player(driver.mock), sid, customer.asked[-1].says


@pytest.mark.parametrize(
    ("flow", "length", "parties"),
    [
        pytest.param(MESSAGE, 12.5, [["from"]], id="a voicemail"),
        pytest.param(CONNECT, 20, [["from", "to"]], id="a recorded Connect"),
        pytest.param(DYNAMIC, 20, [["from"], ["to"]], id="a dynamic answer with two channels"),
        pytest.param(BOTH, 12.5, [["from"]], id="the last of two"),
    ],
)
def test_what_was_recorded_is_heard(flowing, customer, flow, length, parties):
    """As long as the message or the conversation, whoever spoke, and the right call."""
    player, sid, _told = of(flowing, customer, flow)
    answer = player.recording(sid)
    heard = heard_in(answer.content)

    assert 200 == answer.status_code
    assert sid.endswith(heard.sid)
    assert length == pytest.approx(heard.seconds, abs=0.3)
    assert parties == [[str(each) for each in channel] for channel in heard.channels]


@pytest.mark.parametrize("flow", [MESSAGE, CONNECT])
def test_the_passthru_is_told_where_it_plays_and_by_when(flowing, customer, flow):
    """The same URL as a GET has later; it says five minutes from now."""
    player, sid, told = of(flowing, customer, flow)
    by = datetime.strptime(told["RecordingAvailableBy"], "%a, %d %b %Y %H:%M:%S")  # noqa: DTZ007
    now = datetime.strptime(told["CurrentTime"], "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007

    assert told["RecordingUrl"] == player.call(sid)["RecordingUrl"]
    assert timedelta(minutes=5) == by - now
    assert b"\xff" == player.http.get(told["RecordingUrl"], timeout=9).content[:1] or not mp3.lame()


def test_several_recordings_have_one_url(flowing, customer):
    """Behind the Connect and behind the voicemail a Passthru is told the call's own."""
    twice = BOTH.replace("voicemail,", f"{TOLD}, voicemail,")
    player, sid, _told = of(flowing, customer, twice)
    told = [each.says["RecordingUrl"] for each in customer.asked]

    assert [player.call(sid)["RecordingUrl"]] * 2 == told


def test_its_length_is_what_the_resource_says(flowing, customer):
    """ConversationDuration of a call that came in."""
    player, sid, told = of(flowing, customer, CONNECT)
    heard = heard_in(player.recording(sid).content)

    assert "20" == told["Legs[0][OnCallDuration]"]
    assert 20 == player.call(sid, details="true")["Details"]["ConversationDuration"]
    assert 20 == pytest.approx(heard.seconds, abs=0.3)


def test_it_is_late_as_every_recording(flowing, customer):
    """The Passthru has the URL while the call lasts; it answers 404 until the late fields."""
    driver = flowing(
        BOTH.replace("voicemail", "{greeting: Please wait for some seconds}"),
        TALK,
        late_fields=120_000_000,
    )
    line = driver.comes_in()
    driver.advance(27)
    player, told = Player(driver.mock), customer.wait_for(1)[0].says
    assert told["RecordingUrl"]
    assert (404, "") == (
        player.recording(line.sid).status_code,
        driver.call(line.sid)["RecordingUrl"],
    )

    driver.advance(300)
    assert 200 == player.recording(line.sid).status_code
    assert told["RecordingUrl"] == driver.call(line.sid)["RecordingUrl"]


def test_nobody_talked_so_nothing_plays(flowing, customer):
    """Its agent was busy: no RecordingUrl, and a 404 that says why."""
    player, sid, told = of(flowing, customer, CONNECT, "- {leg2: busy}")

    assert "RecordingUrl" not in told
    assert (404, "") == (player.recording(sid).status_code, player.call(sid)["RecordingUrl"])


def test_a_scenario_decides_when_it_comes(flowing, customer):
    """`recording: {missing: true}`: the URL is told, and never plays."""
    rules = f"{TALK[:-1]}, recording: {{missing: true}}}}"
    player, sid, told = of(flowing, customer, CONNECT, rules)

    assert told["RecordingUrl"]
    assert 404 == player.recording(sid).status_code


def test_a_call_that_comes_in_is_recorded_where_its_words_say_so(player):
    """Of somebody who calls an ExoPhone that rings one agent: both are heard."""
    words = {"from": "09900001111", "exophone": "08047112233", "record": True, "talk": "6s"}
    sid = player.mock.control("POST", "/calls", words)["sid"]
    player.advance(60)
    heard = heard_in(player.recording(sid).content)

    assert sid.endswith(heard.sid)
    assert 6 == pytest.approx(heard.seconds, abs=0.3)
    assert [["from", "to"]] == [[str(each) for each in channel] for channel in heard.channels]
