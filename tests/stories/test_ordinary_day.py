"""ordinary-day: most talk, some are busy, some are out; prices come two minutes late."""

from collections import Counter

import pytest

HOUR = 3600


@pytest.fixture
def story(play):
    return play("ordinary-day")


def test_of_a_hundred_customers_most_talk_and_some_cannot_be_reached(story):
    """81 in a hundred, 10 busy, 9 out: within what chance does to a hundred."""
    sids = [story.connect(To=f"098222{n:05d}") for n in range(100)]
    story.advance(600)

    fates = Counter(story.status(sid) for sid in sids)
    assert {"completed", "busy", "no-answer"} == set(fates)
    assert fates["completed"] == pytest.approx(81, abs=14)
    assert fates["busy"] == pytest.approx(10, abs=9)


def test_what_a_call_cost_is_known_two_minutes_after_its_end(story):
    """The callback has the time of the end at once; a GET has it late."""
    sid = talked(story)
    end = story.told("EndTime", of=sid)[-1]
    early = story.sdk.call_details(sid).json()["Call"]
    story.advance(120)
    late = story.sdk.call_details(sid).json()["Call"]

    fields = ("EndTime", "Duration", "Price")
    assert ("", "", "") == tuple(early[name] for name in fields)
    assert "completed" == early["Status"]
    assert end == late["EndTime"]
    seconds = int(story.told("ConversationDuration", of=sid)[-1])
    assert f"{-(-seconds // 15) * 0.15:.3f}" == late["Price"]


def test_conversations_are_recorded(story):
    sid = talked(story)

    assert story.told("RecordingUrl", of=sid)[-1].endswith(f"{sid}.mp3")


def test_agents_are_at_lunch_from_one_to_two(story):
    """It is noon: agents answer now, not at one, and again at two. Others are not at lunch."""
    story.advance(HOUR)
    at_lunch = [story.dial("09822200002", From="08040001111") for _ in range(5)]
    no_agent = [story.dial("09822200002", From="09811100001") for _ in range(5)]
    story.advance(HOUR)
    after = [story.dial("09822200002", From="08040001111") for _ in range(5)]
    story.advance(HOUR)

    assert [[("terminal", "no-answer")]] * 5 == [story.heard(sid) for sid in at_lunch]
    for sid in (*no_agent, *after):
        assert ("answered", "in-progress") == story.heard(sid)[0]


def test_a_number_that_the_file_knows_is_looked_up(story):
    known = story.get("Numbers/09876543210.json").json()["Numbers"]

    assert ("KA", "A", "Mobile", "No") == tuple(
        known[name] for name in ("Circle", "Operator", "Type", "DND")
    )


def talked(story):
    """The Sid of a call in which they have talked, a few seconds after its end."""
    for n in range(20):
        sid = story.dial(f"098333{n:05d}")
        while (end := story.heard(sid)[-1:]) in ([], [("answered", "in-progress")]):
            story.advance(5)
        if end == [("terminal", "completed")]:
            return sid
    raise AssertionError("nobody talked")
