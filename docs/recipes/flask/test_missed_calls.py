"""pytest: each test has an Exotel of its own, whose time it moves."""

import missed_calls
import pytest
import requests


@pytest.fixture
def shop(exotel, exotel_receiver, monkeypatch):
    """The application, with exomock for Exotel."""
    monkeypatch.setenv("EXOTEL_URL", exotel.url)
    monkeypatch.setenv("EXOTEL_SID", exotel.sid)
    monkeypatch.setenv("EXOTEL_API_KEY", exotel.key)
    monkeypatch.setenv("EXOTEL_API_TOKEN", exotel.token)
    monkeypatch.setenv("APP_URL", exotel_receiver.url)
    exotel_receiver.app(missed_calls.app)  # callbacks reach the real Flask routes
    missed_calls.follow_ups.clear()
    return missed_calls


@pytest.mark.parametrize("number", ["09000000001", "09000000002", "09000000003"])
def test_a_customer_who_is_not_reached_is_followed_up(shop, exotel, number):
    """Busy, no answer, unreachable: magic numbers."""
    shop.call_customer(number)
    exotel.advance("idle")
    assert shop.follow_ups == [number]


def test_a_customer_who_talks_is_not(shop, exotel):
    """The default scenario lets everybody answer."""
    shop.call_customer("09822200002")
    exotel.advance("idle")
    exotel.callbacks.expect("terminal", Status="completed")
    assert shop.follow_ups == []


def test_a_callback_that_comes_twice_counts_once(shop, exotel):
    """As it does when an answer was lost on its way."""
    exotel.next(leg2="busy", callbacks={"repeat": 2})
    shop.call_customer("09822200002")
    exotel.advance("idle")
    assert shop.follow_ups == ["09822200002"]


def test_exotel_may_be_away(shop, exotel):
    """The application hears of it, and has noted no call."""
    exotel.fault("service-unavailable", times=1)
    with pytest.raises(requests.HTTPError):
        shop.call_customer("09822200002")
    assert exotel.calls == []
