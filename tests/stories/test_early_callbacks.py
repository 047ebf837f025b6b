"""early-callbacks: the receiver knows of a call before who placed it does."""

import pytest


@pytest.fixture
def story(play):
    return play("early-callbacks")


class Application:
    """Stores a call when connect answers; its receiver looks the call up."""

    def __init__(self, story):
        self.story, self.stored, self.log = story, set(), []
        story.receiver.answer = self.hear

    def hear(self, received):
        known = received.form["CallSid"] in self.stored
        self.log.append((received.form["EventType"], "known" if known else "unknown"))
        return 200 if known else 404

    def call(self, to):
        sid = self.story.dial(to)
        self.stored.add(sid)
        self.log.append(("answer to connect", "known"))
        return sid


def test_everything_is_told_before_connect_answers(story):
    """No time passes, and yet the call is over."""
    sid = story.dial("09822200002")

    assert [
        ("answered", "in-progress"),
        ("answered", "in-progress"),
        ("terminal", "completed"),
    ] == story.heard(sid)
    assert "completed" == story.status(sid)


def test_an_application_that_stores_first_meets_calls_it_does_not_know(story):
    """Its receiver answers 404 three times before there is a Sid to store."""
    application = Application(story)
    application.call("09822200002")

    assert [
        ("answered", "unknown"),
        ("answered", "unknown"),
        ("terminal", "unknown"),
        ("answer to connect", "known"),
    ] == application.log


def test_what_was_refused_comes_again_when_the_call_is_known(story):
    """A 404 is a failed delivery: the second try is five minutes later."""
    application = Application(story)
    application.call("09822200002")
    story.advance(300)

    later = sorted(application.log[4:])
    assert [("answered", "known"), ("answered", "known"), ("terminal", "known")] == later


def test_customers_of_0981_are_called_as_usual(story):
    """For comparison, in the same scenario."""
    application = Application(story)
    application.call("09811111111")
    assert [("answer to connect", "known")] == application.log

    story.advance(48)
    assert [("answered", "known"), ("answered", "known"), ("terminal", "known")] == (
        application.log[1:]
    )


def test_the_sdk_gets_its_answer_after_its_callback(story):
    """Without events: one callback of four fields, and it is there when the SDK returns."""
    response = story.sdk.call_number(
        "09811100001", "08047112233", "09822200002", status_callback=story.receiver.url
    )

    call = response.json()["Call"]
    assert [(call["Sid"], "completed")] == story.told("CallSid", "Status")
    assert "in-progress" == call["Status"]
