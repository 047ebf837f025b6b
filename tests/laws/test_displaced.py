"""A database file that is not where it was opened: every write is a fault until it is put back."""

import logging
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
import requests

from conftest import NOON, ORDINARY, Driver
from exomock.server import Exomock
from exomock.settings import Settings
from exomock.storage import hold
from exomock.storage.store import Store
from exomock.storage.trouble import DatabaseError, DatabaseFault
from serve.conftest import until

WHY = "X-Exomock-Why"


def away(file):
    """Another name in the same folder."""
    return file.with_name("away.db")


def moved(file):
    file.rename(away(file))


def moved_with_its_log(file):
    for ending in ("", "-wal", "-shm"):
        beside = file.with_name(file.name + ending)
        beside.rename(f"{away(file)}{ending}")


def with_its_folder(file):
    file.parent.rename(file.parent.with_name("elsewhere"))


def replaced_by_a_copy(file):
    moved(file)
    shutil.copy(away(file), file)


def replaced_by_an_empty_file(file):
    moved(file)
    file.touch()


def replaced_by_a_link(file):
    moved(file)
    file.symlink_to(away(file))


def put_back(file):
    if not file.parent.exists():
        file.parent.with_name("elsewhere").rename(file.parent)
        return
    away(file).replace(file)
    for ending in ("-wal", "-shm"):
        beside = file.with_name(away(file).name + ending)
        if beside.exists():
            beside.replace(file.with_name(file.name + ending))


GONE, ANOTHER = "its file is gone", "its file is another one now"

DISPLACED = {
    moved: GONE,
    moved_with_its_log: GONE,
    with_its_folder: GONE,
    replaced_by_a_copy: ANOTHER,
    replaced_by_an_empty_file: ANOTHER,
    replaced_by_a_link: ANOTHER,
}


@pytest.fixture
def file(tmp_path):
    """Where a database is to be, in a folder that can be moved."""
    (tmp_path / "home").mkdir()
    return tmp_path / "home" / "calls.db"


def health(url):
    """The answer of the health route."""
    return requests.get(f"{url}/_exomock/health", timeout=10)


def fine(url):
    return health(url).status_code == 200


class TestAFileThatIsNotWhereItWas:
    @pytest.mark.parametrize("displace", DISPLACED, ids=lambda each: each.__name__)
    def test_takes_nothing_until_it_is_put_back(self, file, caplog, displace):
        """No connect is answered 200 and lost: 500 with the reason, health 503, one line; it passes."""
        caplog.set_level(logging.WARNING)
        why = f"the database cannot be written: {DISPLACED[displace]} ({file}; put it back, or"
        with Exomock(ORDINARY, Settings(rate=0), database=file, start_at=NOON) as mock:
            driver = Driver(mock)
            kept = [driver.connect()]
            displace(file)
            answers = [driver.try_connect() for _ in range(50)]
            told = health(mock.url)

            assert {500} == {answer.status_code for answer in answers}
            assert {True} == {answer.headers[WHY].startswith(why) for answer in answers}
            assert (503, True) == (told.status_code, told.json()["database"].startswith(why))
            put_back(file)
            until(lambda: fine(mock.url), 3)
            kept.append(driver.connect())

        said = [record.getMessage() for record in caplog.records]
        assert [] == [record for record in caplog.records if record.exc_info]
        assert 2 == len(said), said
        assert said[0].startswith(why)
        assert "can be written again" in said[1]
        with closing(sqlite3.connect(file)) as database:
            assert kept == [sid for (sid,) in database.execute("SELECT sid FROM calls ORDER BY id")]

    def test_is_not_taken_for_another_by_a_read(self, file):
        """A connection that is opened meanwhile reads nothing of the file that took its place."""
        with closing(Store(f"sqlite:///{file}")) as store:
            assert [] == store.accounts.all()
            for _ in range(store.reader._drop_idle()):
                store.reader._idle.put(None)
            replaced_by_a_copy(file)

            with pytest.raises(DatabaseFault, match=ANOTHER):
                store.accounts.all()
            put_back(file)
            assert [] == store.accounts.all()


def lock_removed(file):
    file.with_name(f"{file.name}.lock").unlink()
    return file


def lock_replaced(file):
    lock_removed(file).with_name(f"{file.name}.lock").touch()
    return file


def another_name(file):
    moved(file)
    return away(file)


def hard_link(file):
    away(file).hardlink_to(file)
    return away(file)


WAYS = [lock_removed, lock_replaced, another_name, hard_link]

OPEN = """
import sys
from exomock.storage.store import Store

Store(sys.argv[1])
"""

SECOND = """
import sys
from exomock.storage import hold
from exomock.storage.store import Store

hold._inode = lambda _file: None
store = Store(sys.argv[1])
store._probe()
print("written", flush=True)
sys.stdin.read()
"""

LOCK_ALL = """
import sqlite3, sys

database = sqlite3.connect(sys.argv[1], timeout=0)
database.execute("PRAGMA locking_mode=EXCLUSIVE")
database.execute("BEGIN EXCLUSIVE")
"""


def run(script, argument):
    """What a process of its own says at its end."""
    return subprocess.run(
        [sys.executable, "-c", script, str(argument)], capture_output=True, text=True, check=False
    ).stderr


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has locks of descriptors")
class TestTheFileItself:
    @pytest.mark.parametrize("way", WAYS, ids=lambda each: each.__name__)
    def test_has_one_server_whatever_leads_to_it(self, file, way):
        """Another process and the same one are refused; SQLite's own locks stay as they were."""
        with closing(Store(f"sqlite:///{file}")):
            found = way(file)

            assert "in use by another server" in run(OPEN, f"sqlite:///{found}")
            with pytest.raises(DatabaseError, match="in use by another server"):
                Store(f"sqlite:///{found}")
            assert "database is locked" in run(LOCK_ALL, found)

        Store(f"sqlite:///{found}").close()

    def test_is_held_by_no_forked_child(self, file):
        """A child that lives on after its parent's server has ended keeps nobody out."""
        read, write = os.pipe()
        with closing(Store(f"sqlite:///{file}")):
            child = os.fork()
            if child == 0:
                os.close(write)
                os.read(read, 1)
                os._exit(0)
        try:
            Store(f"sqlite:///{file}").close()
        finally:
            os.close(write)
            os.close(read)
            os.waitpid(child, 0)


def writes(store):
    """Whether a store can be written."""
    try:
        with store.writing() as tx:
            tx.exec_driver_sql("INSERT OR REPLACE INTO probe VALUES (1, x'00')")
    except DatabaseFault:
        return False
    return True


class TestWithoutALockOnTheFileItself:
    """Another system than Linux, or a network file system."""

    @pytest.fixture(autouse=True)
    def beside(self, monkeypatch):
        """Only the lock beside the file."""
        monkeypatch.setattr(hold, "_inode", lambda _file: None)

    @pytest.mark.parametrize("way", [lock_removed, another_name], ids=lambda each: each.__name__)
    def test_two_servers_never_write_the_same_file(self, file, way):
        """The second comes in, in a process of its own, and the first writes nothing any more."""
        with closing(Store(f"sqlite:///{file}")) as first:
            assert writes(first)
            with subprocess.Popen(
                [sys.executable, "-c", SECOND, f"sqlite:///{way(file)}"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            ) as second:
                assert b"written\n" == second.stdout.readline()
                assert not writes(first)

    @pytest.mark.parametrize("way", [lock_removed, lock_replaced], ids=lambda each: each.__name__)
    def test_a_lock_is_made_anew(self, file, way):
        """The next write makes it; a second server is told who holds it."""
        with closing(Store(f"sqlite:///{file}")) as first:
            way(file)
            assert writes(first)
            with pytest.raises(DatabaseError, match=f"in use by process {os.getpid()} on"):
                Store(f"sqlite:///{file}")

    def test_the_first_leaves_the_lock_of_the_second(self, file):
        """Or a third could come in beside the second, once the first has ended."""
        first = Store(f"sqlite:///{file}")
        with closing(Store(f"sqlite:///{lock_removed(file)}")):
            first.close()
            with pytest.raises(DatabaseError, match="in use by process"):
                Store(f"sqlite:///{file}")
