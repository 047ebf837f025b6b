"""A database has one server: issue 8, item 3."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from exomock.server import Exomock
from exomock.storage.lock import Held, Lock
from exomock.storage.store import Store
from exomock.storage.trouble import DatabaseError
from serve.conftest import COMMAND, environment, serving

MANY = 1000 if os.environ.get("EXOMOCK_SOAK") else 30

HOLDER = """
import os, subprocess, sys
from pathlib import Path
from exomock.storage.lock import Lock

lock = Lock(Path(sys.argv[1]), "somebody")
if os.fork() == 0:
    sys.stdin.read()
    os._exit(0)
subprocess.Popen(["cat"], close_fds=False)
print("held", flush=True)
sys.stdin.read()
"""
"""Holds a lock, and has two children that live on: one forked, one executed."""


@contextmanager
def holder(file):
    """A process that holds the lock on a file; its children end with the with-block."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        try:
            assert b"held\n" == process.stdout.readline()
            yield process
        finally:
            with suppress(BrokenPipeError):
                process.stdin.close()


def refused(url):
    """Why a store cannot be opened."""
    with pytest.raises(DatabaseError) as found:
        Store(url)
    return str(found.value)


class TestTwoServers:
    def test_the_second_says_in_one_line_who_has_the_database(self, tmp_path):
        """Status 1; the line has the first one's process, machine and URL, and the way out."""
        with serving(tmp_path, "--database", "calls.db") as first:
            second = subprocess.run(
                [*COMMAND, "serve", "--port", "0", "--database", str(tmp_path / "calls.db")],
                check=False, cwd="/", env=environment(tmp_path), capture_output=True, text=True,
                timeout=60,
            )  # fmt: skip
            (line,) = second.stderr.splitlines()

        assert (1, "") == (second.returncode, second.stdout)
        assert line.startswith(f"exomock: database {tmp_path / 'calls.db'}: in use by process ")
        assert f"{os.uname().nodename}, {first.url}; end that server, or name another" in line

    def test_of_one_process_are_refused_as_well(self, tmp_path):
        """A test that forgets one Exomock does not get its callbacks twice from the next."""
        file = tmp_path / "calls.db"
        with Exomock(database=file) as first:
            said = refused(f"sqlite:///{file}")
            assert f"process {os.getpid()} on" in said
            assert first.url in said
            with pytest.raises(DatabaseError):
                Exomock(database=file)
        with Exomock(database=file) as third:
            assert third.url != first.url

    def test_the_second_changes_nothing(self, tmp_path):
        """A callback on the wire stays so: made pending, it would be sent twice."""
        file = tmp_path / "calls.db"
        with closing(Store(f"sqlite:///{file}")):
            with closing(sqlite3.connect(file)) as database:
                database.execute(
                    "INSERT INTO callbacks VALUES (1, 'a', 'call', 'c', 'terminal', 1, 1, '', 'POST',"
                    " 'sending', 1, 0)"
                )
                database.commit()
            refused(f"sqlite:///{file}")
            with closing(sqlite3.connect(file)) as database:
                assert [("sending",)] == database.execute("SELECT state FROM callbacks").fetchall()


NAMES = {
    "absolute": lambda home: home / "calls.db",
    "relative": lambda home: Path(os.path.relpath(home / "calls.db")),
    "with dots": lambda home: home / "sub" / ".." / "calls.db",
    "a link to the file": lambda home: home / "link.db",
    "a link to its folder": lambda home: home / "linked" / "calls.db",
}


class TestAName:
    @pytest.mark.parametrize("name", NAMES)
    def test_of_the_same_file_is_the_same_database(self, tmp_path, name):
        """Links are followed before the lock is taken; hard links are in test_displaced."""
        (tmp_path / "sub").mkdir()
        (tmp_path / "link.db").symlink_to("calls.db")
        (tmp_path / "linked").symlink_to(tmp_path)
        with closing(Store(f"sqlite:///{tmp_path / 'calls.db'}")):
            assert "in use by process" in refused(f"sqlite:///{NAMES[name](tmp_path)}")

        Store(f"sqlite:///{NAMES[name](tmp_path)}").close()


class TestALock:
    def test_goes_with_its_process_however_it_ends(self, tmp_path):
        """kill -9, while a forked and an executed child live on: the lock is free at once."""
        file = tmp_path / "x.lock"
        with holder(file) as process:
            with pytest.raises(Held, match="somebody"):
                Lock(file)
            process.send_signal(signal.SIGKILL)
            process.wait(10)

            Lock(file).close()

    def test_has_one_holder_and_leaves_nothing(self, tmp_path):
        """Eight threads take and leave it all the time, and remove its file: never two at once."""
        file, inside, most, taken = tmp_path / "x.lock", [], [], []

        def take():
            for _ in range(MANY * 10):
                try:
                    lock = Lock(file, "me")
                except Held:
                    continue
                inside.append(1)
                most.append(len(inside))
                inside.pop()
                taken.append(1)
                lock.close()

        threads = [threading.Thread(target=take) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert {1} == set(most)
        assert len(taken) >= 10
        assert [] == list(tmp_path.iterdir())

    def test_writes_to_no_file_that_a_link_leads_to(self, tmp_path):
        """A link planted in a folder that others may write to."""
        (tmp_path / "precious").write_text("mine")
        (tmp_path / "x.lock").symlink_to(tmp_path / "precious")
        with pytest.raises(OSError):
            Lock(tmp_path / "x.lock", "words")

        assert "mine" == (tmp_path / "precious").read_text()

    def test_shows_words_of_others_in_one_line_of_printable_ascii(self, tmp_path):
        """What the holder wrote may come from anywhere."""
        with closing(Lock(tmp_path / "x.lock", "a\n\x1b[31mb\u202e")), pytest.raises(Held) as found:
            Lock(tmp_path / "x.lock")

        assert r"a\n\x1b[31mb\u202e" == str(found.value)
