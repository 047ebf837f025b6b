"""The driver that tests speak through: a running exomock, a client, and a receiver."""

import asyncio
import gc
import os
import tempfile
import threading
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests

import databases
import postgres
from exomock.engine import locks
from exomock.server import Exomock
from exomock.settings import Settings
from exomock.storage.outbox import CallbackRow

locks.check()  # before any account is made: every lock of this process knows its owner

NOON = 1_772_346_600_000_000
"""2026-03-01 12:00:00 IST, in microseconds: what frozen clocks of tests show at first."""

FROM, TO, EXOPHONE = "09811100001", "09822200002", "08047112233"

NO_BROWSER = "no browser:"
"""How the reason begins for which tests of the console are left out."""

DATABASES = ("sqlite", "postgresql")
"""What the tests of storage run on, each test on both."""

ORDINARY = """
rules:
  - leg1: {answer: 3s}
    leg2: {answer: 5s}
    talk: 40s
"""
"""From answers after 3 s, To after 5 s more, they talk 40 s: a call of 48 s."""


@dataclass
class Received:
    """A callback as a receiver got it: raw, and parsed."""

    headers: dict[str, str]
    raw: bytes
    path: str

    @property
    def fields(self) -> list[tuple[str, str]]:
        """The fields of a multipart body, in order."""
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        parts = BytesParser().parsebytes(head + self.raw).get_payload()
        return [
            (
                part.get_param("name", header="content-disposition"),
                part.get_payload(decode=True).decode(),
            )
            for part in parts
        ]

    @property
    def form(self) -> dict[str, str]:
        """The fields of a multipart body by name."""
        return dict(self.fields)


@dataclass
class Receiver:
    """
    A customer's web server on a free port.

    Args:
        answer: Called with each callback; gives the HTTP status to answer. It may take its time.
    """

    got: list[Received] = field(default_factory=list)
    answer: Any = lambda _received: 200

    def __post_init__(self):
        self.arrived = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                received = Received(dict(self.headers), raw, self.path)
                with receiver.arrived:
                    receiver.got.append(received)
                    receiver.arrived.notify_all()
                self.send_response(receiver.answer(received))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args):
                """Say nothing."""

        class Server(ThreadingHTTPServer):
            request_queue_size = 128  # of 5, the default, forty callbacks at once reset some

        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def wait_for(self, count: int, seconds: float = 10) -> list[Received]:
        """Wait until so many callbacks have come, and return them all."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.got) >= count, seconds), self.got
            return list(self.got)

    def close(self):
        """End."""
        self.server.shutdown()
        self.server.server_close()


class Driver:
    """A client's side of a running exomock, with few verbs: connect, call, calls, get, advance."""

    def __init__(self, mock: Exomock):
        self.mock = mock
        self.http = requests.Session()
        self.http.auth = (mock.key, mock.token)

    def post(self, path: str, **kwargs: Any) -> requests.Response:
        """POST under the account."""
        return self.http.post(f"{self.mock.base}/{path}", timeout=20, **kwargs)

    def get(self, path: str, **kwargs: Any) -> requests.Response:
        """GET under the account."""
        return self.http.get(f"{self.mock.base}/{path}", timeout=20, **kwargs)

    def connect(self, **fields: Any) -> str:
        """Place a call, ordinary but for `fields` (None leaves one out), and return its Sid."""
        response = self.try_connect(**fields)
        assert response.status_code == 200, response.text
        return response.json()["Call"]["Sid"]

    def try_connect(self, **fields: Any) -> requests.Response:
        """Place a call and return the answer, whatever it is."""
        data = {"From": FROM, "To": TO, "CallerId": EXOPHONE} | fields
        return self.post("Calls/connect.json", data=data)

    def call(self, sid: str, **params: Any) -> dict[str, Any]:
        """The call as a GET shows it."""
        response = self.get(f"Calls/{sid}.json", params=params)
        assert response.status_code == 200, response.text
        return response.json()["Call"]

    def calls(self, **params: Any) -> dict[str, Any]:
        """A page of the list."""
        response = self.get("Calls.json", params=params)
        assert response.status_code == 200, response.text
        return response.json()

    def advance(self, seconds: float) -> None:
        """Let account time pass, in this thread, so that an injected fault comes up here."""
        self.mock.exchange.advance(self.mock.sid, seconds)

    def rows(self, sid: str | None = None) -> list[CallbackRow]:
        """Callbacks as they are stored, also while the API cannot answer; or one call's."""
        return rows_of(self.mock, sid)


def rows_of(mock: Exomock, sid: str | None = None) -> list[CallbackRow]:
    """An exomock's callbacks as they are stored; or one call's."""
    return mock.exchange.engine.store.outbox.of(mock.sid, sid)


def error_of(response: requests.Response) -> dict[str, Any]:
    """The RestException of an answer, in either format."""
    if response.headers["Content-Type"] == "application/json":
        return response.json()["RestException"]
    root = ET.fromstring(response.content)
    assert root.tag == "TwilioResponse"
    return {element.tag: element.text for element in root[0]}


def why_of(response: requests.Response) -> str:
    """What exomock says of an answer to the developer of its client."""
    return response.headers["X-Exomock-Why"]


@pytest.fixture(autouse=True)
def _locks_are_held():
    """Fail a test in which any thread did without a lock what needs it, or took one too early."""
    yield
    assert [] == locks.broken()


@pytest.fixture(autouse=True, scope="module")
def _no_loop_is_left():
    """Fail a file whose end leaves a running loop in this thread: the next may need one itself."""
    yield
    with pytest.raises(RuntimeError):
        asyncio.get_running_loop()


@pytest.fixture
def exchange():
    """Start exomocks: `exchange(scenario, **settings)` gives a driver, frozen at NOON."""
    running = []

    def start(scenario: str = ORDINARY, *, rate: float = 0, **settings: Any) -> Driver:
        mock = Exomock(scenario, Settings(rate=rate, **settings), start_at=NOON)
        running.append(mock.__enter__())
        return Driver(mock)

    yield start
    for mock in running:
        mock.__exit__(None, None, None)


@pytest.fixture
def driver(exchange):
    """A frozen exomock with ORDINARY calls."""
    return exchange()


@pytest.fixture
def receiver():
    """A receiver that answers 200."""
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    """A PostgreSQL server of this run's own; its tests are left out where there is none."""
    return postgres.cluster(tmp_path_factory.getbasetemp())


@pytest.fixture(params=DATABASES)
def database_url(request, tmp_path):
    """The URL of an empty database, of each kind."""
    with databases.empty(request.param, tmp_path, request.getfixturevalue) as url:
        yield url


@pytest.fixture
def postgresql_url(request, tmp_path):
    """The URL of an empty database of PostgreSQL."""
    with databases.empty("postgresql", tmp_path, request.getfixturevalue) as url:
        yield url


_LEFT_OUT = {
    NO_BROWSER: "tests of the console in a browser. Install Chromium "
    "(apt-get install chromium), or name one in EXOMOCK_CHROMIUM.",
    postgres.NO_POSTGRESQL: "tests on PostgreSQL. Install it "
    "(apt-get install postgresql), or name the folder of initdb in EXOMOCK_POSTGRESQL.",
}


def pytest_configure(config):
    """
    Let the programs that tests start find their byte code, also where none is to be written.

    Each of them would compile all of exomock anew, which takes a second. Workers inherit this.
    """
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", None):
        folder = tempfile.TemporaryDirectory(prefix="exomock-tests-", ignore_cleanup_errors=True)
        config.add_cleanup(folder.cleanup)
        os.environ["PYTHONPYCACHEPREFIX"] = folder.name


LONG = ("tests/test_dockerfile.py", "tests/tools/", "tests/test_recipes.py", "tests/plugin/")
"""Tests of many seconds: at the end of a run the other workers would wait for one of them."""


def pytest_collection_modifyitems(items):
    """Put the longest first."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


def pytest_collection_finish():
    """Let collections of garbage pass over what collecting the tests has left: a second's work."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter):
    """Say last which tests were left out for want of what, because nobody reads a list of skips."""
    result = yield
    skipped = terminalreporter.stats.get("skipped", ())
    for reason, words in _LEFT_OUT.items():
        left_out = [each for each in skipped if reason in str(each.longrepr)]
        if left_out:
            terminalreporter.write_line(f"Left out: {len(left_out)} {words}", yellow=True)
    return result
