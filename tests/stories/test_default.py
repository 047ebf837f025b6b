"""default: what `exomock serve` plays when nothing is said (its lengths: test_shipped.py)."""


def test_both_answer_talk_and_hang_up(play):
    """Within 4 + 5 + 60 seconds, and not within 2 + 3 + 20."""
    story = play("default")
    sid = story.dial("09822200002")
    story.advance(24.9)
    assert "in-progress" == story.status(sid)

    story.advance(44.1)
    statuses = [status for _event, status in story.heard(sid)]
    assert ["in-progress", "in-progress", "completed"] == statuses
    assert "completed" == story.sdk.call_details(sid).json()["Call"]["Status"]
