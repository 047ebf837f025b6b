"""unknown-statuses: words that stand in no table, and words that are hardly ever seen."""

import pytest

ANNOUNCED = {"completed", "failed", "busy", "no-answer"}
"""The statuses of a terminal callback (section 8 of the reference)."""


@pytest.fixture
def story(play):
    return play("unknown-statuses")


def test_a_call_ends_with_a_word_of_its_own_and_a_get_says_completed(story):
    sid = story.dial("09811111111")
    story.advance(60)

    assert [
        ("answered", "in-progress"),
        ("answered", "in-progress"),
        ("terminal", "voicemail"),
    ] == story.heard(sid)
    assert "completed" == story.status(sid)


def test_answers_have_a_word_of_their_own_and_the_legs_are_as_usual(story):
    sid = story.dial("09822222222")
    story.advance(60)

    assert [
        ("answered", "early-media"),
        ("answered", "early-media"),
        ("terminal", "completed"),
    ] == story.heard(sid)
    assert "in-progress" == story.told("Legs[0][Status]")[0]


def test_a_canceled_call_is_canceled_for_callbacks_get_and_list(story):
    """Where it would be `failed` without the scenario's word."""
    sid = story.dial("09833333333")
    story.advance(60)

    assert [("answered", "in-progress"), ("terminal", "canceled")] == story.heard(sid)
    assert "canceled" == story.sdk.call_details(sid).json()["Call"]["Status"]
    assert [sid] == [call["Sid"] for call in story.calls(Status="canceled")["Calls"]]


def test_a_queued_call_is_queued_for_ever_and_tells_nobody(story):
    sid = story.dial("09844444444")
    for _ in range(3):
        story.advance(86_400)
        assert "queued" == story.status(sid)

    assert [] == story.heard(sid)
    assert 0 == story.total()


def test_a_client_that_knows_the_announced_words_only_sees_two_it_does_not_know(story):
    """Each of the four once, and an ordinary call beside them."""
    for digit in range(1, 6):
        story.dial(f"098{digit}1111111")
    story.advance(60)

    ends = [status for event, status in story.heard() if event == "terminal"]
    assert ["canceled", "voicemail"] == sorted(set(ends) - ANNOUNCED)
    assert 2 == ends.count("completed")
