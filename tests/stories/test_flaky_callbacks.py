"""flaky-callbacks: the calls are well, and what is told of them is not."""

import pytest

ANSWERED, COMPLETED = ("answered", "in-progress"), ("terminal", "completed")
USUAL = [ANSWERED, ANSWERED, COMPLETED]
"""What a receiver hears of a call that both sides answer; it ends 40 s after it was placed."""


@pytest.fixture
def story(play):
    return play("flaky-callbacks")


def test_other_numbers_are_told_as_usual(story):
    sid = story.dial("09855555555")
    story.advance(40)

    assert USUAL == story.heard(sid)


class TestDropped:
    def test_the_end_is_never_told_and_a_get_knows_it(self, story):
        """Not in a day, retries included."""
        sid = story.dial("09811111111")
        story.advance(86_400)

        assert [ANSWERED, ANSWERED] == story.heard(sid)
        assert "completed" == story.status(sid)

    def test_the_control_api_shows_what_was_not_sent(self, story):
        story.dial("09811111111")
        story.advance(60)

        owed = story.control("GET", "callbacks").json()["callbacks"]
        assert [("answered", 1), ("answered", 1), ("terminal", 0)] == [
            (each["event"], len(each["attempts"])) for each in owed
        ]
        assert "dropped" == owed[-1]["state"]


class TestLate:
    def test_nothing_is_told_before_two_minutes_have_passed(self, story):
        """The first answer is after 4 s: its callback is due after 124 s."""
        sid = story.dial("09822222222")
        story.advance(123)
        assert [] == story.heard(sid)
        assert "completed" == story.status(sid)

        story.advance(1)
        assert [ANSWERED] == story.heard(sid)

        story.advance(36)
        assert USUAL == story.heard(sid)

    def test_the_callback_tells_when_the_call_ended_and_not_when_it_came(self, story):
        """Noon and 40 s, although it comes two minutes later."""
        story.dial("09822222222")
        story.advance(160)

        assert "2026-03-01 12:00:40" == story.told("EndTime")[-1]


class TestTwice:
    def test_each_callback_comes_again_a_second_later(self, story):
        sid = story.dial("09833333333")
        story.advance(40)
        assert [ANSWERED] * 4 + [COMPLETED] == story.heard(sid)

        story.advance(1)
        assert [ANSWERED] * 4 + [COMPLETED] * 2 == story.heard(sid)

    def test_the_second_is_the_first_byte_for_byte(self, story):
        """Nothing but the call's Sid tells a receiver that it knows it already."""
        story.dial("09833333333")
        story.advance(60)

        first, second = story.receiver.got[-2:]
        assert first.raw == second.raw


class TestOutOfOrder:
    def test_the_end_comes_before_the_answers(self, story):
        sid = story.dial("09844444444")
        story.advance(40)
        assert [COMPLETED] == story.heard(sid)

        story.advance(60)
        assert [COMPLETED, ANSWERED, ANSWERED] == story.heard(sid)

    def test_a_receiver_that_keeps_the_last_status_believes_that_they_still_talk(self, story):
        """Which is the mistake that this story is there to find."""
        sid = story.dial("09844444444")
        story.advance(100)

        assert ("in-progress", "completed") == (story.told("Status")[-1], story.status(sid))


def test_an_application_that_asks_after_silence_knows_every_end(story):
    """The remedy: a GET for each call that no terminal callback has come of."""
    sids = [story.dial(f"098{n}1111111") for n in (1, 2, 3, 4, 5)]
    story.advance(60)

    ended = set(story.told("CallSid", "EventType"))
    silent = [sid for sid in sids if (sid, "terminal") not in ended]
    assert sids[:2] == silent
    assert ["completed"] * 2 == [story.status(sid) for sid in silent]
