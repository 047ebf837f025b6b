"""A database leaves no descriptor behind: issue 8, item 10."""

import errno
import gc
import os
import socket
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import event, text

from exomock.server import Exomock
from exomock.storage.sqlite import SQLite
from exomock.storage.store import Store
from exomock.storage.trouble import DatabaseFault

MANY = 1000 if os.environ.get("EXOMOCK_SOAK") else 30
THREADS = 20


def descriptors():
    """How many descriptors this process has open."""
    return sum(1 for _ in Path("/dev/fd").iterdir())


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'calls.db'}"


class TestDescriptors:
    def test_are_as_before_after_many_databases_and_threads(self, tmp_path):
        """Each read by 20 threads that outlive it, and by 5 that end before it does."""
        before = None
        with ThreadPoolExecutor(THREADS) as pool:
            for number in range(MANY):
                store = Store(f"sqlite:///{tmp_path / 'calls.db'}", durable=False)
                together = threading.Barrier(THREADS)

                def read(together=together, store=store):
                    together.wait(10)
                    return store.calls.next_nth("a", "x")

                assert [0] * THREADS == [
                    f.result(10) for f in [pool.submit(read) for _ in range(THREADS)]
                ]
                brief = [threading.Thread(target=store.accounts.all) for _ in range(5)]
                for thread in brief:
                    thread.start()
                for thread in brief:
                    thread.join()
                store.close()
                if number == 0:
                    before = descriptors(), threading.active_count()

            # Fewer, where something of an earlier test ended meanwhile.
            assert descriptors() <= before[0]
            assert threading.active_count() <= before[1]

    def test_are_bounded_while_many_read(self, url):
        """However many threads read at the same moment: at most as many connections as it may have and the writer."""
        store, opened = Store(url, durable=False), []
        event.listen(store._engine, "connect", lambda *_: opened.append(1))
        slow = text(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) "
            "SELECT count(*) FROM n"
        )
        with ThreadPoolExecutor(60) as pool:
            found = list(pool.map(lambda _: store.reader.execute(slow).scalar_one(), range(240)))
        store.close()

        assert [20000] * 240 == found
        assert 1 < len(opened) <= SQLite.readers

    def test_of_readers_that_failed_are_given_back(self, url):
        """More faults than there are readers: each closes its own, and the next read has one."""
        store = Store(url, durable=False)
        before = descriptors()
        for _ in range(3 * SQLite.readers):
            with pytest.raises(DatabaseFault):
                store.reader.execute(text("SELECT nothing FROM nowhere"))

        assert 0 == store.calls.next_nth("a", "x")
        assert descriptors() <= before + 3  # one reader: database, WAL and its index
        store.close()

    def test_of_a_closed_database_are_opened_no_more(self, url):
        """A thread that reads or writes too late is told so."""
        before = descriptors()
        store = Store(url, durable=False)
        store.close()
        with pytest.raises(DatabaseFault, match="closed"):
            store.accounts.all()
        with pytest.raises(DatabaseFault, match="closed"):
            store.contents.clear("a")
        store.close()

        assert before == descriptors()


class Refusals:
    """`socket.socketpair`, of which the n-th finds no descriptor."""

    def __init__(self, at):
        self.left, self.made = at, socket.socketpair

    def __call__(self, *args, **said):
        """A pair, or what the system says."""
        self.left -= 1
        if self.left == 0:
            raise OSError(errno.EMFILE, "Too many open files")
        return self.made(*args, **said)


def test_an_exomock_that_cannot_be_made_leaves_nothing(monkeypatch):
    """Whichever event loop of it finds no descriptor: what was half made ends in silence."""
    with Exomock():
        pass  # what is made once in a process is made
    odd, before, number = [], descriptors(), 0
    monkeypatch.setattr(sys, "unraisablehook", odd.append)
    refused = True
    while refused:
        number += 1
        refusals = Refusals(number)
        with monkeypatch.context() as patched, suppress(OSError):
            patched.setattr(socket, "socketpair", refusals)
            Exomock().close()
        refused = refusals.left <= 0
        gc.collect()

    assert [] == odd
    assert number > 1
    assert descriptors() <= before
