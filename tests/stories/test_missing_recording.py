"""missing-recording: the callback does not say where the recording is."""

import pytest


@pytest.fixture
def story(play):
    return play("missing-recording")


@pytest.mark.parametrize(
    ("to", "told"),
    [
        pytest.param("09811111111", None, id="the field is missing"),
        pytest.param("09822222222", "", id="the field is empty"),
    ],
)
@pytest.mark.parametrize("record", ["true", None], ids=["asked to record", "not asked"])
def test_the_callback_says_completed_and_not_where_the_recording_is(story, to, told, record):
    """Not at the end, and not in the day after it."""
    sid = story.dial(to, Record=record)
    story.advance(86_400)

    statuses = [status for _event, status in story.heard(sid)]
    assert ["in-progress", "in-progress", "completed"] == statuses
    assert told == story.told("RecordingUrl")[-1]
    assert "40" == story.told("ConversationDuration")[-1]


@pytest.mark.parametrize("to", ["09811111111", "09822222222"])
def test_who_asks_for_the_call_is_told(story, to):
    """The recording exists: only the callback is silent about it."""
    sid = story.sdk.call_number(
        "09811100001", "08047112233", to, status_callback=story.receiver.url
    ).json()["Call"]["Sid"]
    story.advance(48)

    assert not story.told("RecordingUrl")[0]
    assert story.sdk.call_details(sid).json()["Call"]["RecordingUrl"].endswith(f"{sid}.mp3")
