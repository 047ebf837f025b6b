"""exomock's own stop costs no try: what it cuts off is pending again, due as before."""

import gc
import socket
import threading
import warnings
from urllib.parse import urlsplit

import pytest
import requests

from conftest import Driver, Receiver
from exomock import listening
from exomock.server import Exomock
from exomock.settings import Settings
from serve.conftest import rows, until

BUSY = "rules:\n  - {leg1: {busy: 0s}}\n"
STOPS = 4
"""More often than a callback is tried."""


@pytest.fixture
def silent():
    """A receiver that takes callbacks and answers none until `release` is set."""
    receiver, release = Receiver(), threading.Event()
    receiver.release = release
    receiver.answer = lambda _: 200 if release.wait(30) else 500
    yield receiver
    release.set()
    receiver.close()


def row_of(database):
    """State, tries and due time of the one callback, and how many tries are recorded."""
    ((state, tries, due_at),) = rows(database, "SELECT state, tries, due_at FROM callbacks")
    ((attempts,),) = rows(database, "SELECT count(*) FROM attempts")
    return state, tries, due_at, attempts


class TestInATest:
    def test_a_try_of_the_heartbeat_is_not_counted(self, silent, tmp_path):
        """Four stops, each in the middle of a try; after the fifth start it is the first try."""
        file, settings = tmp_path / "calls.db", Settings(rate=1)
        with Exomock(BUSY, settings, database=file) as mock:
            Driver(mock).connect(StatusCallback=silent.url)
            silent.wait_for(1)
        stopped = row_of(file)
        assert ("pending", 0, stopped[2], 0) == stopped

        for count in range(2, STOPS + 1):
            with Exomock(BUSY, settings, database=file):
                silent.wait_for(count)
            assert stopped == row_of(file)

        silent.release.set()
        with Exomock(BUSY, settings, database=file) as mock:
            silent.wait_for(STOPS + 1)
            world = mock.exchange.engine.worlds[mock.sid]
            assert world.wait_for(lambda: world.idle, 10)
        assert ("delivered", 1, stopped[2], 1) == row_of(file)

    def test_a_try_of_an_advance_is_not_counted_and_the_advance_says_why(self, silent, tmp_path):
        """It ends, and does not begin the same try over and over while exomock stops."""
        file, said = tmp_path / "calls.db", []
        with Exomock(BUSY, database=file) as mock:
            Driver(mock).connect(StatusCallback=silent.url)
            advance = threading.Thread(
                target=lambda: said.append(mock.exchange.advance(mock.sid, 60).stopped)
            )
            advance.start()
            silent.wait_for(1)
        advance.join(10)

        assert ["exomock is stopping"] == said
        assert ("pending", 0, 0) == row_of(file)[:2] + row_of(file)[3:]
        assert 1 == len(silent.got)

    def test_the_database_stays_open_until_an_advance_has_said_how_far_it_came(
        self, silent, tmp_path, monkeypatch
    ):
        """A disk that is slow while exomock stops makes no error of an advance."""
        said: list[object] = []
        with Exomock(BUSY, database=tmp_path / "calls.db") as mock:
            Driver(mock).connect(StatusCallback=silent.url)
            accounts = mock.exchange.engine.store.accounts
            save = accounts.save_times

            def slow(moments):
                if threading.current_thread() is advance:
                    threading.Event().wait(0.2)
                save(moments)

            monkeypatch.setattr(accounts, "save_times", slow)
            advance = threading.Thread(
                target=lambda: said.append(mock.exchange.advance(mock.sid, 60).stopped)
            )
            advance.start()
            silent.wait_for(1)
        advance.join(10)

        assert ["exomock is stopping"] == said

    def test_what_was_not_begun_is_pending_too(self, silent, tmp_path):
        """One thread for callbacks, three calls: one is on the wire, two wait for it."""
        file = tmp_path / "calls.db"
        with Exomock(BUSY, Settings(rate=1, callback_threads=1), database=file) as mock:
            driver = Driver(mock)
            for _ in range(3):
                driver.connect(StatusCallback=silent.url)
            silent.wait_for(1)
            until(lambda: len(rows(file, "SELECT 1 FROM callbacks WHERE state = 'sending'")) == 3)

        assert [("pending", 0)] * 3 == rows(file, "SELECT state, tries FROM callbacks")


class TestARequestThatTakesLongerThanTheStopWaits:
    def test_is_answered_503(self, silent):
        """Not by an empty 500, which a client takes for a fault of exomock's."""
        said = []
        with Exomock(BUSY) as mock:
            Driver(mock).connect(StatusCallback=silent.url)
            url = f"{mock.url}/_exomock/accounts/{mock.sid}/clock/advance"
            asked = threading.Thread(
                target=lambda: said.append(requests.post(url, json={"seconds": 60}, timeout=20))
            )
            asked.start()
            silent.wait_for(1)
        asked.join(10)

        assert [(503, "exomock is stopping\n")] == [(each.status_code, each.text) for each in said]


class TestARequestThatComesAfterTheLoopHasClosed:
    def test_leaves_no_coroutine_behind(self, monkeypatch):
        # Granian ends when it likes: here only after all that it could be asked.
        late, stop = [], listening._Granian.stop
        monkeypatch.setattr(listening._Granian, "stop", _noted_in(late))
        monkeypatch.setattr(listening, "PATIENCE", 0.001)
        monkeypatch.setattr(listening, "cut_off", lambda _ports: None)
        server = Exomock()
        where = urlsplit(server.url)
        asked = [socket.create_connection((where.hostname, where.port)) for _ in range(5)]
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            server.close()
            for each in asked:
                each.sendall(
                    f"GET /_exomock/health HTTP/1.1\r\nHost: {where.netloc}\r\n\r\n".encode()
                )
            answers = [_rest_of(each) for each in asked]
            for each in late:
                stop(each)
            gc.collect()
        assert len(late) == 1
        assert [str(each.message) for each in warned] == []
        assert {answer[:12] for answer in answers} <= {b"HTTP/1.1 503", b""}


def _noted_in(noted):
    return lambda server: noted.append(server)  # noqa: PLW0108 - a builtin is no method


def _rest_of(connection: socket.socket) -> bytes:
    """What is still received; nothing if the other end breaks off, or says nothing for a while."""
    connection.settimeout(0.2)
    with connection:
        try:
            return connection.recv(65_536)
        except OSError:
            return b""
