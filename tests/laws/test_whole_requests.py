"""Law: nothing is done with half a request, and both servers read requests by the same rules."""

import json
import socket

import pytest

from conftest import Driver, Exomock, Settings
from serve.conftest import serving

START = b"POST /v1/Accounts/exomock/Calls/connect.json HTTP/1.1\r\nHost: localhost\r\n"
AUTH = b"Authorization: Basic ZXhvbW9jazpleG9tb2NrLXRva2Vu\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
ORDER = b"From=09811100001&To=09822200002&CallerId=08047112233"
LENGTH = b"Content-Length: %d\r\n" % len(ORDER)
CHUNKED = b"Transfer-Encoding: chunked\r\n"


@pytest.fixture(scope="module", params=["serve", "Exomock"])
def server(request, tmp_path_factory):
    """`exomock serve`, and `Exomock()`: a driver of each."""
    if request.param == "serve":
        with serving(tmp_path_factory.mktemp("whole"), "--body-timeout", "0.5") as server:
            yield Driver(server)
    else:
        with Exomock(settings=Settings(rate=0, body_timeout=0.5)) as mock:
            yield Driver(mock)


def address(driver):
    host, _, port = driver.mock.url.removeprefix("http://").rpartition(":")
    return host, int(port)


def answer(driver, raw, *, half_close=False):
    """All that comes back until the server closes the connection, or has answered."""
    with socket.create_connection(address(driver), timeout=10) as client:
        client.sendall(raw)
        if half_close:
            client.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: client.recv(65536), b""))


def calls(driver):
    found = driver.http.get(f"{driver.mock.url}/_exomock/accounts/exomock/calls", timeout=10)
    return len(found.json()["calls"])


CUT_OFF = {
    "a length, and the client leaves": (LENGTH + b"\r\n" + ORDER[:-1], True),
    "a length, and the client stays": (LENGTH + b"\r\n" + ORDER[:-1], False),
    "no last chunk": (CHUNKED + b"\r\n%x\r\n%s\r\n" % (len(ORDER), ORDER), True),
    "no last chunk, and the client stays": (CHUNKED + b"\r\n%x\r\n%s\r\n" % (len(ORDER), ORDER), False),
    "a chunk that is too short": (CHUNKED + b"\r\nffffff\r\n" + ORDER, True),
    "a chunk's head alone": (CHUNKED + b"\r\nffffff\r\n", True),
    "a chunk with a wrong end": (CHUNKED + b"\r\n%x\r\n%sXX0\r\n\r\n" % (len(ORDER), ORDER), False),
    "a chunk whose size is no number": (CHUNKED + b"\r\nzz\r\n" + ORDER, False),
    "a length below nothing": (b"Content-Length: -5\r\n\r\n" + ORDER, False),
    "a length that is no number": (b"Content-Length: many\r\n\r\n" + ORDER, False),
    "two lengths": (LENGTH + b"Content-Length: 5\r\n\r\n" + ORDER, False),
}  # fmt: skip


class TestHalfARequest:
    @pytest.mark.parametrize("what", CUT_OFF)
    def test_places_no_call(self, server, what):
        """It is answered 4xx, or not at all; what is said is never HTML."""
        raw, half_close = CUT_OFF[what]
        before = calls(server)

        got = answer(server, START + AUTH + FORM + raw, half_close=half_close)

        assert before == calls(server)
        assert b"" == got or got.startswith(b"HTTP/1.1 4")
        assert b"<html" not in got.lower()

    def test_that_is_too_long_is_refused_before_it_is_read(self, server):
        """A 413 comes though nothing of the body has been sent."""
        got = answer(
            server, START + AUTH + FORM + b"Content-Length: 999999999\r\nConnection: close\r\n\r\n"
        )

        head, _, body = got.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 413 ")
        assert "max-body" in json.loads(body)["RestException"]["Message"]


class TestAWholeRequest:
    @pytest.mark.parametrize(
        "raw",
        [
            pytest.param(LENGTH + b"\r\n" + ORDER, id="with a length"),
            pytest.param(CHUNKED + b"\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(ORDER), ORDER), id="in chunks"),
            pytest.param(LENGTH + b"Expect: 100-continue\r\n\r\n" + ORDER, id="with Expect"),
        ],
    )  # fmt: skip
    def test_is_answered_once(self, server, raw):
        """One final answer; before it at most one 100, where the client asked for it."""
        got = answer(server, START + AUTH + FORM + b"Connection: close\r\n" + raw)

        assert 1 == got.count(b"HTTP/1.1 200 ")
        assert (1 if b"Expect" in raw else 0) == got.count(b"HTTP/1.1 100 ")

    def test_may_follow_another_on_its_connection(self, server):
        """Connections are kept alive: what breaks them shows here, not first in production."""
        raw = START + AUTH + FORM + LENGTH + b"\r\n" + ORDER
        with socket.create_connection(address(server), timeout=10) as client:
            for _ in range(20):
                client.sendall(raw)
                assert client.recv(65536).startswith(b"HTTP/1.1 200 ")
            client.sendall(raw * 5)  # pipelined
            got = b""
            while got.count(b"HTTP/1.1 200 ") < 5:
                got += client.recv(65536)

    def test_has_only_headers_that_can_be_told_apart(self, server):
        """`Content_Length` is no length: it would pass for one in a WSGI environment."""
        got = answer(
            server,
            START
            + AUTH
            + FORM
            + LENGTH
            + b"Content_Length: 5\r\nConnection: close\r\n\r\n"
            + ORDER,
        )

        assert got.startswith(b"HTTP/1.1 200 ")
