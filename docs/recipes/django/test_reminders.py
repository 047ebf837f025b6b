"""pytest-django: callbacks reach the real views, over a real port, in the test's database."""

import pytest
from clinic.models import Reminder
from clinic.urls import remind


@pytest.fixture
def exotel_for_django(exotel, live_server, settings):
    """Exomock for Exotel; `live_server` has the receiver."""
    settings.EXOTEL_URL = exotel.url
    settings.EXOTEL_SID = exotel.sid
    settings.EXOTEL_AUTH = exotel.auth
    settings.APP_URL = live_server.url
    return exotel


@pytest.mark.parametrize(
    ("number", "status"),
    [("09000000001", "busy"), ("09000000002", "no-answer"), ("09000000007", "completed")],
)
def test_a_reminder_knows_how_its_call_ended(exotel_for_django, number, status):
    """In the database, as the receiver wrote it."""
    reminder = remind(number)
    exotel_for_django.advance("idle")
    assert Reminder.objects.get(pk=reminder.pk).status == status


def test_the_receiver_needs_no_csrf_token(exotel_for_django):
    """Exotel was answered 200 at the first try."""
    remind("09000000007")
    exotel_for_django.advance("idle")
    callback = exotel_for_django.callbacks.expect("terminal", Status="completed")
    assert [each.status for each in callback.attempts] == [200]
