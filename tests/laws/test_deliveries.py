"""A callback is told, or its failure is recorded: whatever fails, and wherever in a delivery."""

import gc
import linecache
import os
import socket
import sqlite3
import struct
import sys
import threading
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import event

import exomock
from conftest import Driver, Receiver, rows_of
from exomock.server import Exomock
from exomock.settings import Settings

SOAK = bool(os.environ.get("EXOMOCK_SOAK"))
STEP = 1 if SOAK else 13
"""Every n-th line of a delivery gets its fault; which ones differs from path to path."""

BUSY = "rules:\n  - {leg1: {busy: 0s}}\n"
"""A call that owes its callback at once."""

SOON = (1_000_000, 1_000_000)
"""Retries after a second of account time, which is a millisecond on the fast clock."""

PACKAGE = Path(exomock.__file__).parent
DELIVERY = {
    str(PACKAGE / name)
    for name in (
        "delivery/courier.py",
        "delivery/remarks.py",
        "delivery/post.py",
        "delivery/body.py",
        "delivery/kinds.py",
        "delivery/line.py",
        "delivery/answer.py",
        "delivery/dial.py",
        "delivery/origin.py",
        "delivery/posting.py",
        "delivery/sentence.py",
        "delivery/reach.py",
        "engine/ledger.py",
        "engine/settling.py",
    )
}


class Fault(Exception):
    """What is injected."""


class Injector:
    """Raises a `Fault` at the n-th line of a delivery, in whichever thread executes it."""

    def __init__(self, at: int):
        self.left, self.armed, self.where, self.lines = at, False, "", 0

    def __enter__(self):
        self.hook = threading.excepthook
        # A fault in the watchdog's own first line ends it, with a traceback and a warning.
        threading.excepthook = lambda args: None if args.exc_type is Fault else self.hook(args)
        threading.settrace(self.trace)
        sys.settrace(self.trace)
        return self

    def __exit__(self, *_):
        sys.settrace(None)
        threading.settrace(None)
        threading.excepthook = self.hook

    def trace(self, frame, _event, _arg):
        return self.line if frame.f_code.co_filename in DELIVERY else None

    def line(self, frame, event, _arg):
        if event == "line" and self.armed and not leaving(frame):
            self.lines += 1
            if self.lines == self.left:
                self.armed = False
                self.where = f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}"
                raise Fault(self.where)
        return self.line


def leaving(frame):
    """
    Whether a with-block may be about to end there: Python traces that as its first line again.

    A fault between the body and the release of a lock is no fault that code can have.
    """
    source = linecache.getline(frame.f_code.co_filename, frame.f_lineno)
    return source.lstrip().startswith("with ")


@contextmanager
def running(receiver, injector, rate):
    """An exomock whose threads are traced, and a client of it."""
    settings = Settings(rate=rate, retry_after=SOON, callback_timeout=2)
    with injector, Exomock(BUSY, settings) as mock:
        driver = Driver(mock)
        world = mock.exchange.engine.worlds[mock.sid]
        driver.injector = injector
        driver.tell = lambda: driver.connect(StatusCallback=receiver.url)
        driver.idle = lambda: world.wait_for(lambda: mock.exchange.engine.advancing.idle(world), 10)
        yield driver
        driver.http.close()


def on_the_beat(driver, sid):
    """The heartbeat hands it to a thread of the courier."""
    assert driver.idle(), driver.rows(sid)


def in_an_advance(driver, _sid):
    """The advance may end with the fault; what it has left behind the next one sends."""
    for _ in range(3):
        with suppress(Fault):
            driver.advance(10)
    assert driver.idle()


def by_a_replay(driver, sid):
    """It was delivered; the second sending meets the fault."""
    (row,) = driver.rows(sid)
    with suppress(Fault):
        driver.mock.exchange.courier.replay(driver.mock.sid, row.id)
    driver.injector.armed = False
    driver.advance(10)
    assert driver.idle()


PATHS = {"beat": (1000, on_the_beat), "advance": (0, in_an_advance), "replay": (0, by_a_replay)}


def delivered_with_a_fault(receiver, path, at):
    """Deliver once with a fault at a line, and once after it; the injector, and what came of it."""
    rate, send = PATHS[path]
    injector = Injector(at)
    with running(receiver, injector, rate) as driver:
        if path == "replay":
            sid = driver.tell()
            driver.advance(1)
        injector.armed = True
        if path != "replay":
            sid = driver.tell()
        send(driver, sid)
        injector.armed = False
        after = driver.tell()
        driver.advance(1) if rate == 0 else driver.idle()
        return injector, driver.rows(sid), driver.rows(after)


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")  # a fault before a close()
@pytest.mark.parametrize("path", PATHS)
def test_a_fault_at_any_line_of_a_delivery_leaves_no_callback_behind(receiver, path):
    """
    It is delivered in the end, its tries count from 1 without a gap, and the next one goes out.

    Some 240 lines a path: every thirteenth here, each of them with EXOMOCK_SOAK=1.
    """
    total, _, _ = delivered_with_a_fault(receiver, path, 0)
    assert total.lines > 50

    for at in range(1 + len(path) % STEP, total.lines + 1, STEP):
        injector, (row,), (after,) = delivered_with_a_fault(receiver, path, at)
        where = injector.where, row
        kept = [attempt.number for attempt in row.attempts]
        # A replay that could not be made is not tried again; that it failed is recorded.
        expected = {"delivered", "failed"} if path == "replay" else {"delivered"}
        assert row.state in expected, where
        assert list(range(1, len(kept) + 1)) == kept, where
        assert ("delivered" == row.state) == (200 == row.attempts[-1].status), where
        assert all(each.status == 200 or each.error for each in row.attempts), where
        assert "delivered" == after.state, (injector.where, after)
    # Here, where it is expected: collected later, it would be the fault of another test.
    gc.collect()


def resetting():
    """A receiver that takes each connection and resets it."""
    server = socket.create_server(("127.0.0.1", 0), backlog=128)

    def reset():
        with suppress(OSError):
            while True:
                connection, _ = server.accept()
                linger = struct.pack("ii", 1, 0)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                connection.close()

    threading.Thread(target=reset, daemon=True).start()
    return server


@contextmanager
def dropping():
    """A port whose connections are never made: the queue of a listener that never accepts is full."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(server.getsockname())
        yield server
        for each in waiting:
            each.close()


class TestAReceiverOfTheWorstKind:
    def test_that_resets_costs_three_recorded_tries(self, exchange):
        """Of 40 callbacks at once each fails three times, and none is left on the wire."""
        driver = exchange(BUSY, rate=1000, retry_after=SOON)
        world = driver.mock.exchange.engine.worlds[driver.mock.sid]
        with resetting() as server:
            url = f"http://127.0.0.1:{server.getsockname()[1]}/"
            for _ in range(40):
                driver.connect(StatusCallback=url)
            assert world.wait_for(lambda: world.idle, 15)

        rows = driver.rows()
        assert [("failed", 3)] * 40 == [(row.state, len(row.attempts)) for row in rows]
        errors = {attempt.error for row in rows for attempt in row.attempts}
        assert errors <= {
            "the connection was reset",
            "the connection was closed before any answer",
        }

    def test_that_drops_the_first_packet_is_late(self, exchange):
        """No connection comes about within 0.5 s: one failed try, and a second to come."""
        driver = exchange(BUSY, callback_timeout=0.5)
        with dropping() as server:
            port = server.getsockname()[1]
            sid = driver.connect(StatusCallback=f"http://127.0.0.1:{port}/")
            driver.advance(1)

        (row,) = driver.rows(sid)
        assert "pending" == row.state
        assert ["no answer within 0.5 s"] == [attempt.error for attempt in row.attempts]


class TestADatabaseThatTakesNothing:
    def test_is_told_the_outcome_as_soon_as_it_takes_it(self, tmp_path):
        """Locked while the receiver answers: not idle; unlocked: delivered, one try, told once."""
        file, locked = tmp_path / "calls.db", threading.Event()
        other = sqlite3.connect(file, check_same_thread=False, isolation_level=None)

        def lock(_got):
            if not locked.is_set():
                other.execute("BEGIN IMMEDIATE")
                locked.set()
            return 200

        receiver = Receiver(answer=lock)
        with closing(other), Exomock(BUSY, Settings(rate=1000), database=file) as mock:
            impatient(mock)
            world, driver = mock.exchange.engine.worlds[mock.sid], Driver(mock)
            sid = driver.connect(StatusCallback=receiver.url)
            assert locked.wait(10)
            ledger = mock.exchange.engine.ledger
            assert not world.wait_for(lambda: world.idle, 0.3)
            assert "sending" == rows_of(mock, sid)[0].state
            assert 1 == ledger.settler.unwritten
            other.execute("COMMIT")

            assert world.wait_for(lambda: world.idle, 10)
            (row,) = rows_of(mock, sid)
            assert ("delivered", 1, 1) == (row.state, len(row.attempts), len(receiver.got))
            assert ledger.settler.unwritten == 0
        receiver.close()

    def test_that_fails_once_a_callback_is_marked_gives_it_back(
        self, driver, receiver, monkeypatch
    ):
        """Marked as being sent, then a fault before it is in hand: the next look sends it."""
        outbox, failures = driver.mock.exchange.engine.store.outbox, iter([True])
        next_at = outbox.next_at

        def failing(account):
            if next(failures, False):
                raise Fault
            return next_at(account)

        answers = iter([500, 200])
        receiver.answer = lambda _: next(answers)
        sid = driver.connect(StatusCallback=receiver.url)
        driver.advance(48)  # the retry is taken out of the outbox, and not kept as being sent
        monkeypatch.setattr(outbox, "next_at", failing)
        with pytest.raises(Fault):
            driver.advance(3600)
        driver.advance(10)

        assert "delivered" == driver.rows(sid)[0].state
        assert 2 == len(receiver.got)


def impatient(mock):
    """Let writers wait 20 ms for a lock, not 5 s: also those that come after a fault."""
    database = mock.exchange.engine.store.outbox._database
    event.listen(database._engine, "connect", lambda new, _: new.execute("PRAGMA busy_timeout=20"))
    with database.writing() as tx:
        tx.exec_driver_sql("PRAGMA busy_timeout=20")
