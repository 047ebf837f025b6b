"""stuck-call: every third call never ends."""

import pytest

DAY = 86_400
USUAL = [("answered", "in-progress"), ("answered", "in-progress"), ("terminal", "completed")]


@pytest.fixture
def story(play):
    return play("stuck-call")


def test_every_third_call_is_still_in_progress_a_day_later(story):
    sids = [story.dial("09822222222") for _ in range(6)]
    story.advance(DAY)

    assert ["completed", "completed", "in-progress"] * 2 == [story.status(sid) for sid in sids]


def test_nobody_is_ever_told_that_it_ended(story):
    """Both sides have answered: then silence."""
    sids = [story.dial("09822222222") for _ in range(3)]
    story.advance(30 * DAY)

    assert [USUAL, USUAL, USUAL[:2]] == [story.heard(sid) for sid in sids]


def test_it_is_in_no_list_and_has_neither_end_nor_price(story):
    """ "Ongoing calls are never listed" (section 5 of the reference)."""
    *ended, stuck = [story.dial("09822222222") for _ in range(3)]
    story.advance(DAY)

    assert set(ended) == {call["Sid"] for call in story.calls()["Calls"]}
    call = story.sdk.call_details(stuck).json()["Call"]
    assert ("", "", "") == (call["EndTime"], call["Duration"], call["Price"])


def test_who_hangs_up_over_the_control_api_ends_it(story):
    """An hour later, and the receiver is told at last."""
    stuck = [story.dial("09822222222") for _ in range(3)][-1]
    story.advance(3600)
    story.control("POST", f"calls/{stuck}/hangup", json={})
    story.advance(1)

    assert USUAL == story.heard(stuck)
    assert ("completed", "3600") == (story.status(stuck), story.call(stuck)["Duration"])
