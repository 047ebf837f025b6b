"""What the loop answers itself, because it waits for nothing, and what it hands to a thread."""

import pytest
import requests

from conftest import EXOPHONE, FROM, TO
from exomock.api.edge import BODY
from exomock.app import Exchange
from exomock.server import Exomock

PAST = """
history: {calls: 3, over: 1h}
"""

DETAILS = "/v1/Accounts/exomock/Calls/x.json"
CLOCK = "/_exomock/accounts/exomock/clock"
ACCOUNTS = "/_exomock/accounts"
RESET = "/_exomock/accounts/fresh/reset"

FRESH = {"sid": "fresh", "key": "key", "token": "token"}

SHORT = [
    ("POST", "/v1/Accounts/exomock/Calls/connect.json", b""),
    ("GET", DETAILS, b""),
    ("GET", CLOCK, b""),
    ("GET", "/_exomock/accounts/exomock", b""),
    ("POST", ACCOUNTS, b'{"sid": "a"}'),
    ("POST", RESET, b""),
]
LONG = [
    ("GET", "/v1/Accounts/exomock/Calls.json", b""),
    ("GET", "/v1/Accounts/nobody/Calls/x.json", b""),
    ("GET", ACCOUNTS, b""),
    ("POST", ACCOUNTS, b'{"scenario": "busy"}'),
    ("POST", ACCOUNTS, b'{"sc\\u0065nario": "history: {calls: 1000000, over: 1d}"}'),
    ("POST", ACCOUNTS, b" " * 2_000),
    ("POST", f"{CLOCK}/advance", b'{"seconds": 1}'),
    ("PUT", CLOCK, b'{"rate": 1}'),
    ("POST", "/_exomock/accounts/nobody/reset", b""),
    ("GET", RESET, b""),
    ("DELETE", "/_exomock/accounts/exomock", b""),
]


def is_short(exchange: Exchange, method, path, body):
    return exchange.wire.is_short({"REQUEST_METHOD": method, "PATH_INFO": path, BODY: body})


@pytest.fixture
def mock():
    with Exomock() as mock:
        requests.post(f"{mock.url}{ACCOUNTS}", json=FRESH, timeout=5).raise_for_status()
        yield mock


@pytest.mark.parametrize(("method", "path", "body"), SHORT)
def test_what_waits_for_nothing_is_short(mock, method, path, body):
    assert is_short(mock.exchange, method, path, body)


@pytest.mark.parametrize(("method", "path", "body"), LONG)
def test_what_may_take_its_time_is_not(mock, method, path, body):
    assert not is_short(mock.exchange, method, path, body)


@pytest.mark.parametrize(("method", "path", "body"), SHORT)
def test_nothing_is_short_while_it_would_wait_for_a_writer(mock, method, path, body):
    """But what only looks at the clock, which asks nobody."""
    with mock.exchange.engine.store.writing():
        assert (method == "GET" and "_exomock" in path) is is_short(
            mock.exchange, method, path, body
        )


def test_a_reset_with_calls_to_delete_is_not_short(mock):
    requests.post(
        f"{mock.url}/v1/Accounts/fresh/Calls/connect.json",
        data={"From": FROM, "To": TO, "CallerId": EXOPHONE},
        auth=("key", "token"),
        timeout=5,
    ).raise_for_status()
    assert not is_short(mock.exchange, "POST", RESET, b"")


def test_neither_is_what_makes_a_past():
    with Exomock(PAST) as mock:
        requests.post(f"{mock.url}{ACCOUNTS}", json=FRESH, timeout=5).raise_for_status()
        assert not is_short(mock.exchange, "POST", ACCOUNTS, b"{}")
        assert not is_short(mock.exchange, "POST", RESET, b"")
