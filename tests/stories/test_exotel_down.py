"""exotel-down: five minutes of 503, then fine."""

import pytest

from exomock.scenarios import shipped

DOWN = (503, {"Status": 503, "Message": "Service Unavailable; ", "Code": 35008})
MINUTE = 60


@pytest.fixture
def story(play):
    return play("exotel-down")


def test_every_request_is_a_503_for_five_minutes_and_then_none(story):
    """To the second: the end is excluded."""
    for wait in (0, 299):
        story.advance(wait)
        assert DOWN == story.refusal()
        assert [503, 503, 503] == [
            story.get(path).status_code for path in ("", "Calls.json", "Numbers/09811111111.json")
        ]

    story.advance(1)
    assert 200 == story.try_connect().status_code
    assert [200, 200, 200] == [
        story.get(path).status_code for path in ("", "Calls.json", "Numbers/09811111111.json")
    ]


def test_a_client_that_tries_every_minute_gets_one_call(story):
    """The SDK hands over each answer; none of those that were refused has placed a call."""
    seen = []
    while 200 not in seen:
        seen.append(story.sdk.call_number("09811100001", "08047112233", "09822200002").status_code)
        story.advance(MINUTE)

    assert [503] * 5 + [200] == seen
    assert 1 == story.total()


def test_in_xml_it_is_an_error_in_xml(story):
    """In the format that the path asked for (section 7 of the reference)."""
    response = story.post("Calls/connect", data={"From": "09811100001"})

    assert 503 == response.status_code
    assert "<Code>35008</Code>" in response.text


def test_calls_that_were_placed_before_go_on_and_are_told(play):
    """Exotel's API goes down under a call that is under way."""
    story = play("default")
    sid = story.dial("09822200002", TimeLimit=10)
    story.play_text(shipped()["exotel-down"].read_text(encoding="utf-8"))
    story.advance(MINUTE)

    assert 503 == story.get(f"Calls/{sid}.json").status_code
    statuses = [status for _event, status in story.heard(sid)]
    assert ["in-progress", "in-progress", "completed"] == statuses

    story.advance(4 * MINUTE)
    assert "completed" == story.status(sid)
