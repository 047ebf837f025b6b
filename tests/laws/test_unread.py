"""Law: a client that asks for a long answer and does not read it holds nobody up."""

import socket
from base64 import b64encode
from contextlib import ExitStack
from threading import active_count
from urllib.parse import urlsplit

import pytest

from conftest import Driver
from exomock import sending
from serve.conftest import serving, until

THREADS = 4
"""Of the server: twice as many clients do not read."""

SCENARIO = """
rules:
  - {leg1: {answer: 1s}, leg2: {answer: 1s}, talk: 3h, record: true%s}
"""
KINDS = {
    "whole": "",
    "truncated": ", recording: {truncated: 90%}",
    "slow": ", recording: {slow: 10MB/s}",
}


def asks_about(driver):
    """What other clients ask meanwhile, each of another part of the server; their statuses."""
    mock, http = driver.mock, driver.http
    account = f"{mock.url}/_exomock/accounts/{mock.sid}"
    paths = {
        "a list": f"{mock.url}/v1/Accounts/{mock.sid}/Calls.json",
        "a number": f"{mock.url}/v1/Accounts/{mock.sid}/Numbers/09811100001.json",
        "accounts": f"{mock.url}/_exomock/accounts",
        "callbacks": f"{account}/callbacks",
        "metrics": f"{mock.url}/metrics",
        "health": f"{mock.url}/_exomock/health",
    }
    found = {what: http.get(path, timeout=20).status_code for what, path in paths.items()}
    return found | {"an advance": advance(driver, 1)}


def request_for(driver, sid):
    """The request for a call's recording, as bytes."""
    user = b64encode(f"{driver.mock.key}:{driver.mock.token}".encode()).decode()
    return (
        f"GET /exotelrecordings/{driver.mock.sid}/{sid}.mp3 HTTP/1.1\r\n"
        f"Host: localhost\r\nAuthorization: Basic {user}\r\n\r\n"
    ).encode()


def unread(stack, driver, sid):
    """A client that asks for the recording, reads where it begins, and then no more."""
    client = stack.enter_context(socket.socket())
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(20)
    client.connect(("127.0.0.1", urlsplit(driver.mock.url).port))
    client.sendall(request_for(driver, sid))
    assert client.recv(200).startswith(b"HTTP/1.1 200 ")
    return client


def recorded(driver):
    """The Sid of a call of three hours, which has ended."""
    sid = driver.connect(TimeLimit="14400")
    advance(driver, 5 * 3600)
    return sid


def advance(driver, seconds):
    """Let account time pass; the status of the answer."""
    url = f"{driver.mock.url}/_exomock/accounts/{driver.mock.sid}/clock/advance"
    return driver.http.post(url, json={"seconds": seconds}, timeout=20).status_code


@pytest.mark.parametrize("kind", KINDS)
def test_in_a_test_s_own_server(exchange, kind):
    """Whole, cut short, or slow: everybody else is answered."""
    driver = exchange(SCENARIO % KINDS[kind], threads=THREADS, max_delays=2 * THREADS)
    sid = recorded(driver)
    with ExitStack() as stack:
        for _ in range(2 * THREADS):
            unread(stack, driver, sid)

        assert {200} == set(asks_about(driver).values())


def test_in_serve(tmp_path):
    """Two workers too: a recording may come through a hop."""
    (tmp_path / "story.yaml").write_text(SCENARIO % "")
    options = ("--clock", "frozen", "--scenario", "story.yaml", "--threads", str(THREADS))
    with serving(tmp_path, *options, "--workers", "2") as server, ExitStack() as stack:
        driver = Driver(server)
        sid = recorded(driver)
        for _ in range(2 * THREADS):
            unread(stack, driver, sid)

        assert {200} == set(asks_about(driver).values())


def test_who_never_reads_is_let_go(exchange, monkeypatch):
    """After a minute, here a moment: its place among the answers that wait is another's."""
    monkeypatch.setattr(sending, "STALLED", 0.2)
    driver = exchange(SCENARIO % ", recording: {slow: 40MB/s}", max_delays=1)
    sid = recorded(driver)
    with ExitStack() as stack:
        unread(stack, driver, sid)

        assert "did not drip" in why_of_a_part(driver, sid)
        until(lambda: "did not drip" not in why_of_a_part(driver, sid), 20)


def why_of_a_part(driver, sid):
    """What is said of the first bytes of a recording."""
    url = f"{driver.mock.url}/exotelrecordings/{driver.mock.sid}/{sid}.mp3"
    return driver.http.get(url, headers={"Range": "bytes=0-9"}, timeout=20).headers["X-Exomock-Why"]


def test_the_end_of_a_server_waits_for_nobody_who_does_not_read(exchange):
    """It is over at once, and none of its threads goes on."""
    before = active_count()
    driver = exchange(SCENARIO % "", threads=THREADS)
    sid = recorded(driver)
    with ExitStack() as stack:
        for _ in range(THREADS):
            unread(stack, driver, sid)
        driver.mock.close()

        until(lambda: active_count() <= before, 10)
