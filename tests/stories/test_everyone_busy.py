"""everyone-busy: nobody can be reached, and the legs say who it was."""

import pytest


@pytest.fixture
def story(play):
    return play("everyone-busy")


def test_a_busy_customer_is_told_after_the_agent_has_answered(story):
    """From answers after 3 s; To is busy 2 s later."""
    sid = story.dial("09822200002")
    story.advance(5)

    assert [("answered", "in-progress"), ("terminal", "busy")] == story.heard(sid)
    call = story.call(sid, details="true")
    assert ("busy", "5", "0.000") == (call["Status"], call["Duration"], call["Price"])
    legs = call["Details"]["Leg1Status"], call["Details"]["Leg2Status"]
    assert ("completed", "busy") == legs


def test_a_busy_agent_is_told_without_anybody_having_answered(story):
    """The customer was never dialled: leg 2 has no status."""
    sid = story.dial("09822200002", From="08040001111")
    story.advance(2)

    assert [("terminal", "busy")] == story.heard(sid)
    assert [("busy", "")] == story.told("Legs[0][Status]", "Legs[1][Status]")


def test_a_client_that_tries_five_times_is_told_busy_five_times(story):
    """Through the SDK, each try after the one before has ended; the magic number is busy too."""
    for _ in range(5):
        story.sdk.call_number(
            "09811100001", "08047112233", "09000000007", status_callback=story.receiver.url
        )
        story.advance(60)

    assert ["busy"] * 5 == story.told("Status")
    assert 5 == story.total(Status="busy")
