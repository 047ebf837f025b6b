"""missed-calls: from six to ten nobody picks up, and customers who call in are missed too."""

import pytest

from exomock.server import Exomock
from exomock.settings import Settings

HOUR = 3600


@pytest.fixture
def story(receiver, told_by):
    """The scenario's own clock decides when it begins."""
    with Exomock("missed-calls", Settings(rate=0)) as mock:
        yield told_by(mock, receiver)


def test_it_begins_at_six_in_the_evening(story):
    """The shipped file sets the clock, so that whoever tries it at noon sees an evening."""
    sid = story.dial("09822200002")

    assert "2026-03-01 18:00:00" == story.call(sid)["DateCreated"]


def test_a_customer_who_does_not_pick_up_is_a_no_answer(story):
    """From after 3 s, then To rings for TimeOut."""
    sid = story.dial("09822200002", TimeOut=25)
    story.advance(60)

    assert [("answered", "in-progress"), ("terminal", "no-answer")] == story.heard(sid)
    assert "28" == story.call(sid)["Duration"]


def test_an_agent_who_gives_up_makes_a_failed_call(story):
    """The leg says canceled, the call says failed (section 3 of the reference)."""
    sid = story.dial("09811111111")
    story.advance(60)

    assert [("answered", "in-progress"), ("terminal", "failed")] == story.heard(sid)
    assert "canceled" == story.call(sid, details="true")["Details"]["Leg2Status"]


def test_missed_calls_that_come_in_are_completed_and_only_leg_2_tells(story):
    """Six an hour; "Inbound missed calls say completed" (section 11 of the reference)."""
    story.advance(HOUR + 60)

    page = story.calls(Direction="inbound", details="true")
    assert 6 == page["Metadata"]["Total"]
    found = {
        (c["Status"], c["Details"]["Leg2Status"], c["Details"]["ConversationDuration"])
        for c in page["Calls"]
    }
    assert {("completed", "no-answer", 0)} == found
    assert {"0990000"} == {call["From"][:7] for call in page["Calls"]}


def test_calling_them_back_after_ten_reaches_everybody(story):
    """Who was missed in the evening is at home at ten."""
    story.advance(4 * HOUR)
    missed = {call["From"] for call in story.calls(Direction="inbound")["Calls"]}
    called = [story.dial(number) for number in sorted(missed)]
    story.advance(60)

    assert len(called) >= 20
    assert {"completed"} == {story.status(sid) for sid in called}
    ends = [status for event, status in story.heard() if event == "terminal"]
    assert ["completed"] * len(called) == ends
