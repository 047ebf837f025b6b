"""What the system gives no more of for a while (threads, memory, descriptors) costs nothing for good."""

import errno
import os
import resource
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing, contextmanager, suppress

import pytest
import requests
from sqlalchemy import event, text

from conftest import Driver, Receiver, rows_of
from exomock import claims
from exomock.pool import Pool
from exomock.server import Exomock
from exomock.settings import Settings
from exomock.storage import diagnosis
from exomock.storage.store import Store
from exomock.storage.trouble import DatabaseFault
from exomock.workers import crew as crews
from exomock.workers.crew import Crew
from exomock.workers.spec import Spec
from serve.conftest import until
from tests.cluster.exchanges import here, look
from tests.cluster.sharers import Sharer

SECOND = 1_000_000
BUSY = "rules: [{leg1: {busy: 1s}}]"


@contextmanager
def no_thread_starts():
    """What the system says where a process may have no more threads."""

    def start(_thread):
        raise RuntimeError("can't start new thread")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(threading.Thread, "start", start)
        yield


class TestAPool:
    def test_does_nothing_while_it_has_no_thread_and_can_start_none(self):
        """It says so, keeps nothing, and later it has as many threads as ever."""
        pool, done, together = Pool("t", 2), [], threading.Barrier(2)
        with no_thread_starts():
            assert [False] * 5 == [pool.submit(lambda: done.append("lost")) for _ in range(5)]

        def work():
            together.wait(20)  # both threads are there
            done.append("worked")

        assert [True] * 2 == [pool.submit(work) for _ in range(2)]
        until(lambda: done == ["worked"] * 2)
        pool.stop()

    def test_does_with_the_threads_it_has(self):
        """What is handed in while no other can be started is done by and by."""
        pool, done, release = Pool("t", 2), [], threading.Event()
        pool.submit(lambda: release.wait(20))
        until(lambda: not pool._waiting.qsize())
        with no_thread_starts():
            assert pool.submit(lambda: done.append(1))
        release.set()
        until(lambda: done)
        pool.stop()

    def test_lets_nothing_wait_while_it_may_have_another_thread(self):
        """Something is handed in just as the one thread has taken what lasts long."""
        pool, release, done = Pool("t", 2), threading.Event(), threading.Event()
        pool._waiting = queue = Slow(pool._waiting)
        pool.submit(done.set)
        assert done.wait(20)
        queue.slow.set()
        pool.submit(lambda: release.wait(20))
        assert queue.taken.wait(20)
        done.clear()
        pool.submit(done.set)
        queue.go.set()
        assert done.wait(5)
        release.set()
        pool.stop()


class Slow:
    """A queue of which a reader is interrupted, once, when it has taken something."""

    def __init__(self, queue):
        self._queue = queue
        self.slow, self.taken, self.go = threading.Event(), threading.Event(), threading.Event()

    def get(self):
        """What is waiting."""
        work = self._queue.get()
        if self.slow.is_set() and not self.taken.is_set():
            self.taken.set()
            self.go.wait(20)
        return work

    def __getattr__(self, name):
        return getattr(self._queue, name)


class TestAServerThatMayStartNoThread:
    def test_says_so_and_answers_all_as_soon_as_it_may(self):
        """Health, a list, and callbacks to a name: each has a pool of threads of its own."""
        with Exomock(BUSY) as mock, closing(Receiver()) as receiver:
            driver = Driver(mock)
            health = f"{mock.url}/_exomock/health"
            with no_thread_starts():
                for url in (health, f"{mock.url}/_exomock/accounts/{mock.sid}/requests"):
                    answer = requests.get(url, timeout=20)
                    assert (503, "text/plain") == (
                        answer.status_code, answer.headers["Content-Type"].split(";")[0],
                    )  # fmt: skip
                    assert "no thread" in answer.text

            assert 200 == requests.get(health, timeout=20).status_code
            assert [] == driver.calls()["Calls"]
            named = receiver.url.replace("127.0.0.1", "localhost")
            driver.connect(StatusCallback=named)
            driver.advance(10)
            assert ["delivered"] == [row.state for row in rows_of(mock)]
            driver.http.close()

    def test_sends_a_callback_to_a_name_later(self):
        """A try fails, at once, and says why."""
        with (
            Exomock(BUSY, Settings(rate=0, retry_after=(SECOND, SECOND))) as mock,
            closing(Receiver()) as receiver,
        ):
            driver = Driver(mock)
            driver.connect(StatusCallback=receiver.url.replace("127.0.0.1", "localhost"))
            with no_thread_starts():
                mock.exchange.advance(mock.sid, 2)
            mock.exchange.advance(mock.sid, 10)

            (row,) = rows_of(mock)
            assert "delivered" == row.state
            assert "no thread" in row.attempts[0].error
            driver.http.close()


class TestAProcessAmongOthers:
    def test_that_may_start_no_thread_leaves_its_accounts_to_them(self, tmp_path):
        """It ends without an error, though it hands nothing over."""
        url = f"sqlite:///{tmp_path}/calls.db"
        with closing(Sharer(url)) as other:
            with closing(Sharer(url, "team")) as one:
                assert one.ask("GET", "/_exomock/accounts/team").ok
                with no_thread_starts():
                    one.exchange.leave()
            until(lambda: look(other.exchange) or "team" in here(other.exchange))
            assert other.ask("GET", "/_exomock/accounts/team").ok


class TestAWorker:
    @pytest.mark.skipif(not shutil.which("cat"), reason="no program that waits")
    def test_that_cannot_be_started_again_is_so_later(self, monkeypatch):
        """The parent has no descriptor left: no thread dies of it, and it is tried again."""
        died, started = [], []
        real = subprocess.Popen

        def popen(*_args, **said):
            started.append(None)
            if len(started) == 2:
                raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
            return real(["sh", "-c", "echo ready; exec cat"], **said)

        monkeypatch.setattr(threading, "excepthook", died.append)
        monkeypatch.setattr(crews, "_BACK_OFF", (0.0,))
        monkeypatch.setattr(crews, "READY", b"ready\n")
        monkeypatch.setattr(crews.subprocess, "Popen", popen)
        told = Spec("worker-1", {}, [], "", False, "", "", [])
        crew = Crew([told], [], {}, lambda _spec: None, lambda: None)
        crew.start()
        assert crew.wait_until_ready()
        os.kill(crew.workers[0].pid, 9)
        until(lambda: len(started) == 3 or died)
        crew.end()
        assert [] == died


class TestADatabase:
    def test_that_has_its_rollback_refused_commits_nothing_of_it_later(self, tmp_path):
        """Whatever was raised: what was refused is in no later transaction."""
        with closing(Store(f"sqlite:///{tmp_path}/calls.db")) as store:
            dialect = store._engine.dialect

            def refuses(_connection):
                raise MemoryError

            dialect.do_rollback = refuses
            with suppress(MemoryError), store.writing() as tx:
                tx.execute(text("INSERT INTO counts VALUES ('a', 'refused', 1)"))
                raise KeyError
            del dialect.do_rollback
            with store.writing() as tx:
                tx.execute(text("INSERT INTO counts VALUES ('a', 'kept', 1)"))
            assert (0, 1) == (store.counts.of("a", "refused"), store.counts.of("a", "kept"))

    def test_that_finds_no_memory_is_a_fault_and_no_bug(self, tmp_path):
        """SQLite's own hard limit, which no process gets rid of: each read and write says so."""
        code = (
            "import sqlite3, sys\n"
            "from exomock.storage.store import Store\n"
            "from exomock.storage.trouble import DatabaseFault\n"
            "store = Store(sys.argv[1])\n"
            "try:\n"
            "    sqlite3.connect(':memory:').execute('PRAGMA hard_heap_limit = 1')\n"
            "except MemoryError:\n"
            "    pass\n"
            "for ask in (lambda: store.counts.save('a', {'b': 1}), lambda: store.accounts.all()):\n"
            "    try:\n"
            "        ask()\n"
            "    except DatabaseFault as error:\n"
            "        print(error)\n"
        )
        url = f"sqlite:///{tmp_path}/calls.db"
        done = subprocess.run(
            [sys.executable, "-c", code, url], capture_output=True, text=True, check=False
        )
        assert 2 == done.stdout.count("there is no memory left"), done
        assert "Traceback" not in done.stderr

    def test_whose_disk_failed_once_is_whole_again(self, monkeypatch):
        """SQLite takes a page that could not be read for damage; the next check finds none."""
        with Exomock(BUSY) as mock:
            store, health = mock.exchange.engine.store, f"{mock.url}/_exomock/health"
            damage = sqlite3.DatabaseError("database disk image is malformed")
            damage.sqlite_errorcode = sqlite3.SQLITE_CORRUPT

            def fail(*_):
                event.remove(store._engine, "do_execute", fail)
                raise damage

            event.listen(store._engine, "do_execute", fail)
            with pytest.raises(DatabaseFault, match="damaged"):
                store.accounts.all()
            assert "damaged" in requests.get(health, timeout=20).json()["database"]
            monkeypatch.setattr(diagnosis, "DAMAGE_HOLDS", 0.0)
            assert 200 == requests.get(health, timeout=20).status_code


class TestAServerWithoutDescriptors:
    @pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="no prlimit here")
    def test_ends_with_status_0_and_no_traceback(self, serve):
        """It is told to end while it may open nothing."""
        server = serve()
        requests.get(f"{server.url}/_exomock/health", timeout=20)
        _soft, hard = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (0, hard))
        assert 0 == server.end()
        assert "Traceback" not in "\n".join(server.err.all())

    @pytest.mark.parametrize("code", [errno.ENOBUFS, errno.EMFILE, errno.ENOMEM])
    def test_does_not_listen_on_half_of_localhost(self, monkeypatch, code):
        """That a socket cannot be had now does not mean that the machine has no IPv4."""
        real = socket.socket

        def made(family=socket.AF_INET, *more, **said):
            if family == socket.AF_INET:
                raise OSError(code, os.strerror(code))
            return real(family, *more, **said)

        monkeypatch.setattr(claims.socket, "socket", made)
        with pytest.raises(claims.CannotListen, match=os.strerror(code)):
            claims.claim("localhost", 0)
