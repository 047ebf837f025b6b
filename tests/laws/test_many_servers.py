"""Law: a thousand servers in one process, one after the other, leave it as it was."""

import contextlib
import gc
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from conftest import Driver, Exomock, Settings
from exomock.listening import Listener

MANY = 1000 if os.environ.get("EXOMOCK_SOAK") else 40

pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts in /proc")


def standing():
    """Descriptors and threads of this process now."""
    gc.collect()
    return len(list(Path("/proc/self/fd").iterdir())), threading.active_count()


def resident():
    """Resident memory of this process, MiB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def one_test():
    """What a test does with a server."""
    with Exomock(settings=Settings(rate=0)) as mock:
        driver = Driver(mock)
        sid = driver.connect()
        driver.advance(60)
        assert "completed" == driver.call(sid)["Status"]
        driver.http.close()


class TestManyServers:
    def test_leave_descriptors_threads_and_memory_as_they_were(self):
        """After the first few, which import and fill caches, nothing grows."""
        for _ in range(5):
            one_test()
        (descriptors, threads), memory = standing(), resident()

        for _ in range(MANY):
            one_test()

        assert (descriptors, threads) == standing()
        assert resident() - memory < 20

    def test_leave_the_applications_logging_alone(self, tmp_path):
        """Granian would close every handler of the process each time it is started."""
        import logging

        handler = logging.FileHandler(tmp_path / "application.log", encoding="utf-8")
        logging.getLogger("application").addHandler(handler)

        one_test()
        logging.getLogger("application").warning("still here")

        assert "still here\n" == (tmp_path / "application.log").read_text()
        assert handler.stream is not None
        logging.getLogger("application").removeHandler(handler)
        handler.close()

    def test_each_closes_what_its_clients_left_open(self):
        """Idle clients, half a head and half a body: the server is gone before their time is up."""
        import socket
        from time import monotonic

        with Exomock(settings=Settings(rate=0)) as mock:
            port = int(mock.url.rpartition(":")[2])
            left = [
                b"",
                b"GET",
                b"GET / HTTP/1.1\r\nHo",
                b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab",
            ]
            clients = [socket.create_connection(("127.0.0.1", port)) for _ in range(40)]
            for number, client in enumerate(clients):
                client.sendall(left[number % len(left)])
            began = monotonic()
        assert monotonic() - began < 8  # a half body alone would hold it for 10
        for client in clients:
            client.settimeout(5)
            with contextlib.suppress(ConnectionResetError):
                while client.recv(65536):  # an answer, or none, and then the end
                    pass
            client.close()

    def test_of_which_the_last_ends_with_the_process_end_in_peace(self):
        """No thread of Granian's is met by the interpreter's end: a status 0 each time."""
        script = "from exomock.server import Exomock\nwith Exomock(): pass\n"
        runs = [
            subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
            for _ in range(MANY // 10)
        ]

        assert {(0, b"")} == {(run.returncode, run.stderr) for run in runs}

    def test_listen_only_when_they_say_so(self):
        """A server whose `with` has begun takes the first connection at once."""
        with Exomock(settings=Settings(rate=0)) as mock:
            assert isinstance(mock._listener, Listener)
            assert 404 == Driver(mock).http.get(mock.url, timeout=5).status_code
