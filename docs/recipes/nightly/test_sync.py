"""pytest: a month of history is there when the test begins; a receiver hears of tonight's call."""

from datetime import date

import pytest
import requests
from sync import calls_of, sync

HISTORY = {
    "seed": 7,
    "clock": {"now": "2026-03-02T02:00:00+05:30"},
    "history": {"calls": 1500, "over": "2d"},
}
YESTERDAY = date(2026, 3, 1)


@pytest.fixture(autouse=True)
def environment(exotel, monkeypatch):
    """The job reads where Exotel is from its environment."""
    monkeypatch.setenv("EXOTEL_URL", exotel.url)
    monkeypatch.setenv("EXOTEL_SID", exotel.sid)
    monkeypatch.setenv("EXOTEL_API_KEY", exotel.key)
    monkeypatch.setenv("EXOTEL_API_TOKEN", exotel.token)


@pytest.mark.exotel(scenario=HISTORY, now="2026-03-02T02:00:00+05:30")
def test_it_finds_every_call_of_the_day_once(exotel):
    """More than two pages of them, and none of another day."""
    found = list(calls_of(YESTERDAY))
    assert len(found) > 200
    assert len({call["Sid"] for call in found}) == len(found)
    assert {call["DateCreated"][:10] for call in found} == {"2026-03-01"}
    assert len(exotel.requests) > 2


@pytest.mark.exotel(scenario=HISTORY, now="2026-03-02T02:00:00+05:30")
def test_it_may_run_twice(exotel):
    """After a crash, say."""
    kept = {}
    assert sync(YESTERDAY, kept) == len(kept)
    assert sync(YESTERDAY, kept) == 0


@pytest.mark.exotel(scenario=HISTORY, now="2026-03-02T02:00:00+05:30")
def test_it_fails_as_a_whole_when_a_page_cannot_be_had(exotel):
    """A half-synced night must not look like a whole one."""
    exotel.fault("service-unavailable", times=1)
    with pytest.raises(requests.HTTPError):
        sync(YESTERDAY, {})


def test_a_call_that_the_receiver_heard_of_is_in_the_next_sync(exotel, exotel_receiver):
    """A callback and the list tell the same story."""
    exotel.connect(
        "09000000007", StatusCallback=exotel_receiver.url, **{"StatusCallbackEvents[0]": "terminal"}
    )
    exotel.advance("idle")
    (told,) = exotel_receiver.received
    kept = {}
    sync(exotel.now.date(), kept)
    assert kept[told.fields["CallSid"]]["Status"] == told.fields["Status"] == "completed"
