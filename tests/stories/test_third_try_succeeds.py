"""third-try-succeeds: busy, then out, then talking."""

import pytest


@pytest.fixture
def story(play):
    return play("third-try-succeeds")


def once(story, to):
    """Call, wait until it is over, and say how it ended."""
    sid = story.dial(to)
    story.advance(60)
    return story.status(sid)


def test_the_third_try_and_all_after_it_succeed(story):
    tries = [once(story, "09822222222") for _ in range(5)]

    assert ["busy", "no-answer", "completed", "completed", "completed"] == tries


def test_the_receiver_is_told_of_each_try(story):
    """The agent answers three times; the customer only at the last."""
    for _ in range(3):
        once(story, "09822222222")

    answered = ("answered", "in-progress")
    assert [
        answered, ("terminal", "busy"),
        answered, ("terminal", "no-answer"),
        answered, answered, ("terminal", "completed"),
    ] == story.heard()  # fmt: skip
    assert ["0", "0", "40"] == [
        seconds
        for event, seconds in story.told("EventType", "ConversationDuration")
        if event == "terminal"
    ]


def test_each_number_is_counted_by_itself_in_whatever_spelling(story):
    first = [once(story, to) for to in ("09822222222", "+919822222222", "9822222222")]
    other = once(story, "09000000007")

    assert ["busy", "no-answer", "completed"] == first
    assert "busy" == other


def test_an_application_that_tries_three_times_reaches_everybody(story):
    """Three customers through the SDK: nine calls, three conversations."""
    customers = {"09822222221", "09822222222", "09822222223"}
    for _ in range(3):
        for number in sorted(customers):
            story.sdk.call_number("09811100001", "08047112233", number)
        story.advance(60)
        customers -= {call["To"] for call in story.calls(Status="completed")["Calls"]}

    assert set() == customers
    assert (9, 3) == (story.total(), story.total(Status="completed"))
