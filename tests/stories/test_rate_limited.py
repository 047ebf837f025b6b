"""rate-limited: five calls a minute, and no more."""

import pytest

LIMITED = (429, {"Status": 429, "Message": "Too Many Requests"})


@pytest.fixture
def story(play):
    return play("rate-limited")


def test_the_sixth_call_within_a_minute_is_refused(story):
    assert [200] * 5 == [story.try_connect().status_code for _ in range(5)]
    assert LIMITED == story.refusal()


def test_a_minute_later_all_is_well_again(story):
    """And not a second before; those that were refused do not count."""
    for _ in range(5):
        story.connect()
    story.advance(59)
    assert LIMITED == story.refusal()

    story.advance(1)
    assert [200] * 5 + [429] == [story.try_connect().status_code for _ in range(6)]


def test_a_client_that_keeps_twelve_seconds_between_calls_is_never_refused(story):
    """Sixty calls in twelve minutes."""
    for _ in range(60):
        story.connect()
        story.advance(12)

    story.advance(60)
    assert 60 == story.total()


def test_only_new_calls_count(story):
    """Looking is free."""
    sids = [story.connect() for _ in range(5)]

    for _ in range(10):
        assert {"in-progress"} == {story.status(sid) for sid in sids}
    assert 429 == story.try_connect().status_code


def test_a_client_that_waits_a_minute_when_refused_places_them_all(story):
    """Twelve customers through the SDK: 429 comes twice."""
    seen, customers = [], [f"098222000{n:02d}" for n in range(12)]
    while customers:
        answer = story.sdk.call_number(
            "09811100001", "08047112233", customers[0], status_callback=story.receiver.url
        )
        seen.append(answer.status_code)
        if answer.status_code == 200:
            customers.pop(0)
        else:
            story.advance(60)
    story.advance(60)

    assert ([200] * 5 + [429]) * 2 + [200] * 2 == seen
    assert ["completed"] * 12 == story.told("Status")
