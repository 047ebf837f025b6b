"""A disk that is full or broken: health says so, the log says it once, and it passes: item 11."""

import logging
import os
import random
import resource
import sqlite3
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress

import pytest
import requests

from conftest import NOON, ORDINARY, Driver, error_of, rows_of
from exomock.server import Exomock
from exomock.settings import Settings
from exomock.storage import trouble
from exomock.storage.store import Store
from exomock.storage.trouble import Complaints, DatabaseFault
from serve.conftest import until

WHY = "X-Exomock-Why"


@pytest.fixture
def disk(tmp_path):
    """A file system of 2 MiB, and what fills it."""
    if (
        os.getuid() != 0
        or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=2m", "exomock", tmp_path], check=False
        ).returncode
    ):
        pytest.skip("a file system of its own needs root here")
    yield Disk(tmp_path)
    subprocess.run(["umount", "-l", tmp_path], check=True)


class Disk:
    """A small file system."""

    def __init__(self, home):
        self.home, self.filler = home, home / "filler"

    def fill(self):
        with suppress(OSError), self.filler.open("ab", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        assert 0 == os.statvfs(self.home).f_bavail

    def free(self):
        self.filler.unlink()


def grow(store):
    """Write until nothing can be written any more."""
    while True:
        with store.writing() as tx:
            tx.exec_driver_sql("INSERT INTO probe (filler) VALUES (randomblob(65536))")


def again(caplog):
    """The lines of the log that say that the fault is over."""
    return [each for each in caplog.messages if "can be written again" in each]


def health(url):
    """The answer of the health route."""
    return requests.get(f"{url}/_exomock/health", timeout=10)


def fine(url):
    return health(url).status_code == 200


class TestAFullDisk:
    def test_is_told_and_passes(self, disk, caplog, receiver):
        """
        Connects and reads are RestExceptions that say why, health is 503, the beat goes on.

        200 requests make one line in the log. With room again the same server does everything,
        and the callbacks that fell due meanwhile are delivered.
        """
        caplog.set_level(logging.WARNING)
        file = disk.home / "calls.db"
        with Exomock(ORDINARY, Settings(rate=0), database=file, start_at=NOON) as mock:
            driver = Driver(mock)
            sid = driver.connect(StatusCallback=receiver.url)
            assert fine(mock.url)
            disk.fill()
            until(lambda: driver.try_connect(To="09822200003").status_code == 500)
            answers = [driver.try_connect(To="09822200003") for _ in range(200)]

            assert {500} == {answer.status_code for answer in answers}
            assert "database failed" in error_of(answers[0])["Message"]
            assert f"the database cannot be written: disk full ({file}; " in answers[0].headers[WHY]
            told = health(mock.url)
            assert (503, "unavailable") == (told.status_code, told.json()["status"])
            assert "disk full" in told.json()["database"]
            assert "ok" == told.json()["heartbeat"]
            last = told.json()["last_beat"]
            until(lambda: health(mock.url).json()["last_beat"] > last)
            world = mock.exchange.engine.accounts.world(mock.sid)
            with world.state:
                world.clock = world.clock.pinned(mock.exchange.engine.wall(), NOON + 60_000_000)
            read = driver.get(f"Calls/{sid}.json")
            assert (500, True) == (read.status_code, "disk full" in read.headers[WHY])
            control = requests.post(f"{mock.url}/_exomock/accounts/{mock.sid}/reset", timeout=10)
            assert (503, True) == (control.status_code, "disk full" in control.json()["detail"])

            disk.free()
            until(lambda: fine(mock.url), 3)
            assert "completed" == driver.call(sid)["Status"]
            driver.connect(To="09822200003")
            (got,) = receiver.wait_for(1)
            assert sid == got.form["CallSid"]
            until(lambda: [row.state for row in rows_of(mock, sid)] == ["delivered"])

        said = [record.getMessage() for record in caplog.records]
        assert [] == [record for record in caplog.records if record.exc_info]
        assert 2 == len(said), said
        assert "disk full" in said[0]
        assert "can be written again" in said[1]

    def test_is_not_over_while_it_lasts(self, disk, caplog):
        """What writes nothing, or finds a last page, is committed; "can be written again" is not said."""
        with closing(Store(f"sqlite:///{disk.home / 'calls.db'}")) as store:
            with store.writing() as tx:
                tx.exec_driver_sql("INSERT INTO probe VALUES (2, x'00')")
            disk.fill()
            with pytest.raises(DatabaseFault, match="disk full"):
                grow(store)
            for sql in ("SELECT 1", *[f"UPDATE probe SET filler = x'01' WHERE id = {n}" for n in (2, 3)]):  # fmt: skip
                with suppress(DatabaseFault), store.writing() as tx:
                    tx.exec_driver_sql(sql)
                assert "disk full" in store.trouble()
            assert [] == again(caplog)

            disk.free()
            with store.writing():
                pass
            assert 1 == len(again(caplog))

    def test_is_not_over_by_what_keeps_nothing(self, disk, caplog):
        """A snapshot is taken in memory, and the journal is emptied there."""
        with Exomock(database=disk.home / "calls.db") as mock:
            url = f"{mock.url}/_exomock/accounts/{mock.sid}"
            disk.fill()
            until(lambda: Driver(mock).try_connect().status_code == 500)

            assert 201 == requests.post(f"{url}/snapshots", timeout=10).status_code
            assert 204 == requests.delete(f"{url}/requests", timeout=10).status_code
            assert [] == again(caplog)

    def test_lets_a_server_end(self, disk, caplog):
        """Its time cannot be saved; it stops all the same, and says nothing more."""
        with Exomock(ORDINARY, Settings(rate=60), database=disk.home / "calls.db") as mock:
            disk.fill()
            until(lambda: Driver(mock).try_connect().status_code == 500)

        assert [] == [record for record in caplog.records if record.exc_info]


class TestADiskThatRefuses:
    @pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="only Linux has prlimit")
    def test_leaves_a_server_that_recovers(self, serve):
        """`exomock serve` whose files may not grow any more (RLIMIT_FSIZE), and then may again."""
        server = serve("--database", "calls.db", "--clock", "x60")
        driver = Driver(server)
        sid = driver.connect(To="09822200007", CustomField="x")
        limit_files(server, 0)
        until(lambda: driver.try_connect().status_code == 500)
        answers = [driver.try_connect() for _ in range(50)]
        told = health(server.url)
        until(lambda: health(server.url).json()["last_beat"] > told.json()["last_beat"])

        assert {500} == {answer.status_code for answer in answers}
        assert {True} == {"the disk refuses" in answer.headers[WHY] for answer in answers}
        assert 503 == told.status_code
        limit_files(server, resource.RLIM_INFINITY)
        until(lambda: fine(server.url), 3)
        driver.connect()
        until(lambda: driver.call(sid)["Status"] != "in-progress")
        # A line of the log; each request has its own line of the terminal, with its why.
        assert 1 == len(server.err.find("ERROR .*the disk refuses"))
        assert [] == server.err.find("Traceback")


def limit_files(server, size):
    """Let no process of the server make a file longer than this."""
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=,pgid="], capture_output=True, text=True, check=True
    ).stdout
    for pid, group in (map(int, line.split()) for line in listed.splitlines()):
        if group == server.process.pid:
            with suppress(ProcessLookupError):
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


class TestDamageThatShowsLater:
    def test_is_told_and_stays_told(self, tmp_path, caplog):
        """Pages are overwritten while it serves: 500 with a reason, one line, health stays 503."""
        file = tmp_path / "calls.db"
        past = "history: {calls: 3000, over: 10d}"
        with Exomock(past + "\n", Settings(rate=0), database=file, start_at=NOON) as mock:
            driver, dice = Driver(mock), random.Random(1)
            with closing(sqlite3.connect(file)) as database:
                database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            with file.open("r+b") as pages:
                pages.seek(4096 * 2)
                pages.write(dice.randbytes(file.stat().st_size - 4096 * 2))
            answers = [driver.get("Calls.json", params={"PageSize": n}) for n in range(1, 50)]

            assert {500} == {answer.status_code for answer in answers}
            why = answers[0].headers[WHY]
            assert f"the database cannot be read: the file is damaged ({file}; stop exomock" in why
            assert 503 == health(mock.url).status_code
            assert "damaged" in health(mock.url).json()["database"]

        assert [] == [record for record in caplog.records if record.exc_info]
        assert 1 == len([r for r in caplog.records if "damaged" in r.getMessage()])


class TestAFileThatCannotBeOpenedAgain:
    def test_is_the_same_fault_for_each_who_asks_at_once(self, monkeypatch):
        """Sixteen ask while opening fails slowly: 500 for all; no other process could serve them."""

        def slow(*_args, **_kwargs):
            threading.Event().wait(0.05)
            error = sqlite3.OperationalError("unable to open database file")
            error.sqlite_errorcode = sqlite3.SQLITE_CANTOPEN
            raise error

        with Exomock() as mock, ThreadPoolExecutor(16) as pool:
            reader = mock.exchange.engine.store.outbox._database.reader
            for _ in range(reader._drop_idle()):
                reader._idle.put(None)
            with monkeypatch.context() as patched:
                patched.setattr(sqlite3, "connect", slow)
                answers = list(pool.map(lambda _: Driver(mock).get("Calls.json"), range(16)))

        assert {500} == {answer.status_code for answer in answers}
        assert {True} == {"it cannot be opened" in answer.headers[WHY] for answer in answers}


class TestTheLog:
    def test_has_one_line_a_minute_whatever_happens(self, monkeypatch, caplog):
        """Ten minutes of 100 faults a second, each between two successes: each is told of or counted."""
        now = [1000.0]
        monkeypatch.setattr(trouble, "stopwatch", lambda: now[0])
        complaints = Complaints()
        for _ in range(600 * 100):
            complaints.wrote()
            complaints.fault("it is broken", passes=True)
            now[0] += 0.01
        complaints.wrote()
        now[0] += 60
        complaints.fault("it is broken", passes=True)

        said = [record.getMessage() for record in caplog.records]
        lines = [line for line in said if line.startswith("it is broken")]
        assert 11 == len(lines)
        assert ["it is broken"] == lines[:1]
        assert 21 == len(said)
        untold = [
            int(word.strip("[")) for line in said for word in line.split() if word.startswith("[")
        ]
        assert 600 * 100 + 1 - 11 == sum(untold)
