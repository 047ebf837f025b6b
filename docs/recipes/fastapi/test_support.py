"""pytest: the ASGI application is both called by the test and told by exomock."""

import pytest
import support
from fastapi.testclient import TestClient


@pytest.fixture
def client(exotel, exotel_receiver, monkeypatch):
    """A client of the application, which has exomock for Exotel."""
    monkeypatch.setenv("EXOTEL_URL", exotel.url)
    monkeypatch.setenv("EXOTEL_SID", exotel.sid)
    monkeypatch.setenv("EXOTEL_API_KEY", exotel.key)
    monkeypatch.setenv("EXOTEL_API_TOKEN", exotel.token)
    monkeypatch.setenv("APP_URL", exotel_receiver.url)
    exotel_receiver.app(support.app)
    return TestClient(support.app)


def test_the_status_of_a_call_is_known_when_it_has_ended(client, exotel):
    """In progress until then."""
    sid = client.post("/call/09000000001").json()["sid"]
    assert support.statuses[sid] == "in-progress"
    exotel.advance("idle")
    assert support.statuses[sid] == "busy"


def test_a_number_that_must_not_be_called_is_refused(client):
    """It is on the do-not-disturb list."""
    assert "refused" in client.post("/call/09000000005").json()


def test_a_callback_that_beats_the_answer_is_not_forgotten(client, exotel):
    """Exotel may be faster than its own answer."""
    exotel.next(callbacks={"before_answer": True})
    sid = client.post("/call/09822200002").json()["sid"]
    assert support.statuses[sid] == "completed"
