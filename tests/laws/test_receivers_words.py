"""What a receiver answers, and what is shown of it: interim answers, raw bytes, passwords."""

import json
import logging
import os
import re
import socket
import threading
from contextlib import contextmanager, suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import Driver, rows_of
from control.conftest import Control
from exomock.delivery.payload import Body
from exomock.delivery.post import Poster
from exomock.server import Exomock
from exomock.settings import Settings

MANY = 2000 if os.environ.get("EXOMOCK_SOAK") else 60
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
SECRET = "s3cr3t"
BUSY = "rules:\n  - {leg1: {busy: 0s}}\n"
RAW = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@contextmanager
def saying():
    """A receiver that answers each request with the bytes in `says`; gives its port and the dict."""
    server, says = socket.create_server(("127.0.0.1", 0), backlog=128), {"bytes": OK}

    def serve():
        with suppress(OSError):
            while True:
                connection, _ = server.accept()
                with connection, suppress(OSError):
                    connection.settimeout(5)
                    received = connection.recv(65536)
                    while b"0\r\n" not in received and b"--\r\n" not in received[-8:]:
                        if not (more := connection.recv(65536)):
                            break
                        received += more
                    connection.sendall(says["bytes"])

    threading.Thread(target=serve, daemon=True).start()
    yield server.getsockname()[1], says
    with suppress(OSError):
        server.shutdown(socket.SHUT_RDWR)
    server.close()


@pytest.fixture
def poster():
    poster = Poster(timeout=2, user_agent="exomock/test")
    yield poster
    poster.close()


BODY = Body("multipart/form-data", (("a", "b"),), "")


class TestAnInterimAnswer:
    @pytest.mark.parametrize("status", [100, 101, 102, 103, 150, 199])
    @pytest.mark.parametrize("times", [1, 3])
    def test_is_passed_over(self, poster, status, times):
        """Any 1xx, with headers of its own, before the 200: delivered."""
        interim = b"HTTP/1.1 %d Early Hints\r\nLink: </x>; rel=preload\r\n\r\n" % status
        with saying() as (port, says):
            says["bytes"] = interim * times + OK
            outcome = poster.post(f"http://127.0.0.1:{port}/", BODY)

        assert (200, None) == (outcome.status, outcome.error)

    def test_is_no_answer(self, poster):
        """A receiver that says nothing but 103 and closes has not answered."""
        with saying() as (port, says):
            says["bytes"] = b"HTTP/1.1 103 Early Hints\r\n\r\n"
            outcome = poster.post(f"http://127.0.0.1:{port}/", BODY)

        assert (None, "the connection was closed before any answer") == (
            outcome.status,
            outcome.error,
        )


class TestReplayWhereCallbacksAreCollected:
    def test_records_and_posts_nothing(self, exchange, receiver):
        """The callback is collected again; there is no try, for none was made."""
        account = Control(exchange().mock.url).account("c", collect=True)
        account.connect(StatusCallback=receiver.url)
        account.idle()
        (shown,) = account.get("callbacks")["callbacks"]
        again = account.post(f"callbacks/{shown['id']}/replay")

        assert ("collected", []) == (again["state"], again["attempts"])
        assert [] == receiver.got
        assert account.get("wait", idle="true")["idle"]

    def test_of_a_callback_on_the_wire_is_a_conflict(self, exchange, receiver):
        """Two of one callback at once would leave one of the two unrecorded."""
        release = threading.Event()
        receiver.answer = lambda _: release.wait(10) and 200
        driver = exchange(BUSY, rate=1)
        control = Control(driver.mock.url)
        driver.connect(StatusCallback=receiver.url)
        receiver.wait_for(1)
        (row,) = driver.rows()
        path = f"accounts/exomock/callbacks/{row.id}/replay"

        assert "is on the wire" in control.post(path, None, 409)["detail"]
        release.set()
        control.get("accounts/exomock/wait", idle="true")
        assert 2 == len(control.post(path)["attempts"])
        control.http.close()


@given(
    status=st.sampled_from([b"HTTP/1.1 500 ", b"HTTP/1.1 200", b"HTTP/1.1 ", b"", b"\x9b31m"]),
    rest=st.binary(max_size=80),
    end=st.sampled_from([b"\r\n\r\n", b"\n", b""]),
)
@settings(max_examples=MANY, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_byte_of_a_receiver_steers_a_terminal(status, rest, end):
    """Whatever stands in a status line or behind it: the error is one line, and printable."""
    with saying() as (port, says):
        says["bytes"] = status + rest + end
        poster = Poster(timeout=2, user_agent="exomock/test")
        outcome = poster.post(f"http://127.0.0.1:{port}/", BODY)
        poster.close()

    assert outcome.status is not None or outcome.error
    if outcome.error is not None:
        assert None is RAW.search(outcome.error)
        outcome.error.encode()  # a lone surrogate could be neither stored nor sent


def test_raw_bytes_stand_nowhere(caplog):
    """A status line that colours, rings and forges: escaped in the log, the record and JSON."""
    with saying() as (port, says), Exomock(BUSY, Settings(rate=0)) as mock:
        says["bytes"] = b"\x1b[31mHTTP\x07\x9b2J\x85 ok\r\n\r\n"
        driver, control = Driver(mock), Control(mock.url)
        sid = driver.connect(StatusCallback=f"http://127.0.0.1:{port}/")
        with caplog.at_level(logging.INFO):
            driver.advance(1)
        (attempt,) = rows_of(mock, sid)[0].attempts
        shown = control.http.get(f"{mock.url}/_exomock/accounts/exomock/callbacks").text
        driver.http.close()
        control.http.close()

    assert r"not an HTTP answer: \x1b[31mHTTP\x07\x9b2J ok" == attempt.error
    (line,) = [each.getMessage() for each in caplog.records if each.name == "exomock.callbacks"]
    assert attempt.error in line
    assert None is RAW.search(line)
    assert attempt.error == json.loads(shown)["callbacks"][0]["attempts"][0]["error"]


def test_a_newline_in_a_url_forges_no_log_line(caplog):
    """A scenario's own URL may have one, where v1 refuses it."""
    scenario = """
inbound:
  - every: 10s
    status_callback: "http://127.0.0.1:1/\\n12:00:00 ERROR forged\\x1b[31m"
rules: [{leg1: {busy: 0s}}]
"""
    with Exomock(scenario, Settings(rate=0)) as mock, caplog.at_level(logging.INFO):
        mock.advance(60)

    said = [each.getMessage() for each in caplog.records if each.name == "exomock.callbacks"]
    assert said
    assert not [line for line in said if RAW.search(line)]


class TestThePasswordOfAURL:
    def test_goes_over_the_wire_and_nowhere_else(self, exchange, receiver, caplog):
        """Basic auth at the receiver; `***` in calls, callbacks, journal, transcript and log."""
        receiver.answer = lambda _: 500
        driver = exchange(BUSY)
        control = Control(driver.mock.url)
        url = receiver.url.replace("http://", f"http://user:{SECRET}@")
        with caplog.at_level(logging.DEBUG):
            sid = driver.connect(StatusCallback=url)
            driver.advance(1)
            wrong = driver.try_connect(StatusCallback=url.replace("/hook", "/ho ok"))
            form = {"form": {"StatusCallback": f"{url}/other"}}
            shown = [
                wrong.text,
                wrong.headers["X-Exomock-Why"],
                json.dumps(control.get(f"accounts/exomock/calls/{sid}")),
                json.dumps(control.get("accounts/exomock/calls")),
                json.dumps(control.get("accounts/exomock/callbacks")),
                json.dumps(control.get("accounts/exomock/wait", callback="terminal")),
                json.dumps(control.get("accounts/exomock/requests", answers="true")),
                json.dumps(control.post("accounts/exomock/requests/verify", form)),
                control.http.get(f"{control.url}/_exomock/accounts/exomock/transcript").text,
                json.dumps(driver.call(sid)),
            ]
        control.http.close()

        assert receiver.got[0].headers["Authorization"].startswith("Basic ")
        assert "user:***@" in caplog.text
        assert [] == [each for each in [*shown, caplog.text] if SECRET in each]
        assert "user:***@" in shown[2]

    def test_still_counts_when_a_request_is_verified(self, exchange, receiver):
        """The journal compares what was sent, and masks what it shows."""
        driver = exchange(BUSY)
        control = Control(driver.mock.url)
        url = receiver.url.replace("http://", f"http://user:{SECRET}@")
        driver.connect(StatusCallback=url)
        form = {"form": {"StatusCallback": url}}

        assert control.post("accounts/exomock/requests/verify", form)["matched"]
        control.http.close()
