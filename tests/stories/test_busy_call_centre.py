"""busy-call-centre: customers call in all the time."""

import re
from collections import Counter

import pytest

from exomock.scenarios import shipped

HOUR = 3600


@pytest.fixture
def story(play):
    return play("busy-call-centre")


def calls_of(story):
    """Every call of the list, page by page."""
    found, page = [], story.calls(PageSize=100, details="true")
    while True:
        found += page["Calls"]
        following = page["Metadata"]["NextPageUri"]
        if following is None:
            return found
        page = story.http.get(story.mock.url + following, timeout=20).json()


def test_an_hour_brings_some_hundred_and_fifty_calls(story):
    """Every 20 to 40 s, every 2 min and every 5 min, each from numbers of its own."""
    story.advance(HOUR + 300)  # the last have ended

    calls = [call for call in calls_of(story) if call["DateCreated"] <= "2026-03-01 13:00:00"]
    callers = Counter(call["From"][:7] for call in calls)
    assert 90 <= callers["0990000"] <= 180
    assert (30, 12) == (callers["0991111"], callers["0992222"])
    assert {"inbound"} == {call["Direction"] for call in calls}


def test_all_are_completed_and_the_second_leg_tells_who_was_missed(story):
    """As Exotel counts calls that come in (section 3 of the reference)."""
    story.advance(HOUR)

    fates = Counter(
        (call["From"][:7], call["Status"], call["Details"]["Leg2Status"])
        for call in calls_of(story)
    )
    assert {
        ("0990000", "completed", "completed"),
        ("0991111", "completed", "busy"),
        ("0992222", "completed", "canceled"),
    } == set(fates)


def test_two_exophones_are_told_apart_by_a_filter(story):
    story.advance(HOUR + 60)

    assert 12 == story.total(PhoneNumber="08047112244")
    assert story.total() == story.total(PhoneNumber="08047112233,08047112244")


def test_a_copy_with_a_url_tells_a_receiver_of_every_end(story):
    """The comment in the file, followed: what was told agrees with what is listed."""
    callback = f'\n    status_callback: "{story.receiver.url}"\n'
    text = shipped()["busy-call-centre"].read_text(encoding="utf-8")
    told = re.sub(
        r"(?m)^  - every: .+$", rf"\g<0>{callback}    status_callback_events: [terminal]", text
    )
    story.play_text(told)
    story.advance(HOUR)

    listed = {call["Sid"] for call in calls_of(story)}
    told = story.told("CallSid", "EventType", "Direction")
    assert {(sid, "terminal", "inbound") for sid in listed} == set(told)
    assert len(listed) == len(told) > 100


def test_the_agents_own_calls_go_on_beside_them(story):
    """An outbound call is an ordinary one."""
    story.sdk.call_number("09811100001", "08047112233", "09822200002")
    story.advance(60)

    assert ["completed"] == [c["Status"] for c in story.calls(Direction="outbound-api")["Calls"]]
