"""`exomock serve` ends: quickly, wholly, and without losing what it acknowledged."""

import gc
import os
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
import requests

from conftest import Driver, Receiver
from serve.conftest import COMMAND, Server, environment, rows

SOON = 2
"""Seconds in which the server has to be gone."""

SIGNALS = {
    "SIGTERM to the main process": (signal.SIGTERM, False),
    "SIGINT to the main process": (signal.SIGINT, False),
    "SIGHUP to the main process": (signal.SIGHUP, False),
    "SIGINT to all, as Ctrl-C sends it": (signal.SIGINT, True),
}


@pytest.fixture(scope="module")
def idle(tmp_path_factory):
    """A server for each row of SIGNALS, all started at once: each has its own TMPDIR."""
    servers = {what: Server(tmp_path_factory.mktemp("end")) for what in SIGNALS}
    yield {what: server.ready() for what, server in servers.items()}
    for server in servers.values():
        server.close()


class TestASignal:
    @pytest.mark.parametrize("what", SIGNALS)
    def test_ends_the_server(self, idle, what):
        """Within 2 s, with one last line and status 0; no process and no temporary file stays."""
        server, (which, group) = idle[what], SIGNALS[what]
        assert [] != list(server.tmp.glob("exomock-*"))
        server.signal(which, group=group)

        assert 0 == server.process.wait(SOON)
        assert server.gone(SOON)
        assert not server.listens()
        assert [server.curl, "exomock: stopped"] == server.out.all()[-2:]
        assert [] == server.err.all()
        assert [] == list(server.tmp.iterdir())

    def test_is_no_failure_when_nobody_reads_what_the_server_prints(self, tmp_path):
        """Whoever started it has closed the pipe: status 0 all the same, and not a word."""
        with subprocess.Popen(
            [*COMMAND, "serve", "--port", "0"],
            env=environment(tmp_path),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert any(line.startswith("curl") for line in iter(process.stdout.readline, ""))
            process.stdout.close()
            process.terminate()

            assert 0 == process.wait(SOON)
            assert "" == process.stderr.read()

    def test_does_not_wait_for_who_hangs(self, serve):
        """A receiver that does not answer, a client in the middle of its body, an idle client."""
        release = threading.Event()
        receiver = Receiver(answer=lambda _: release.wait(20) and 200)
        server = serve("--clock", "x600")
        driver = Driver(server)  # its connection is kept alive
        driver.connect(To="09000000001", StatusCallback=receiver.url)
        receiver.wait_for(1)
        with half_a_request(server):
            server.signal(signal.SIGTERM)

            assert 0 == server.process.wait(SOON)
            assert server.gone(SOON)
        assert "exomock: stopped" == server.out.all()[-1]
        assert [] == list(server.tmp.iterdir())
        release.set()
        receiver.close()

    @pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
    def test_loses_no_call_that_was_acknowledged(self, serve, tmp_path):
        """Four clients place calls all the time: each Sid that reached one is in the database."""
        server = serve("--database", "calls.db")
        acknowledged, enough = [], threading.Semaphore(0)

        def place_calls():
            driver = Driver(server)
            with suppress(requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
                while True:
                    response = driver.try_connect()
                    if response.status_code != 200:
                        return
                    acknowledged.append(response.json()["Call"]["Sid"])
                    enough.release()

        with ThreadPoolExecutor(4) as pool:
            clients = [pool.submit(place_calls) for _ in range(4)]
            for _ in range(40):
                assert enough.acquire(timeout=10)
            assert 0 == server.end()
            for client in clients:
                client.result(10)
        gc.collect()  # connections that the end cut in two are blamed on this test, and forgiven

        kept = {sid for (sid,) in rows(tmp_path / "calls.db", "SELECT sid FROM calls")}
        assert len(acknowledged) >= 40
        assert set() == set(acknowledged) - kept


class TestAKill:
    def test_leaves_nothing_that_runs_or_listens(self, serve, tmp_path):
        """
        `kill -9`: there is one process, and it is gone.

        The temporary folder it leaves is swept by the next start; that of a living one stays.
        """
        with closing(Server(tmp_path)) as living:
            living.ready()
            own = folders(living.tmp)
            killed = serve()
            left = folders(living.tmp) - own
            killed.signal(signal.SIGKILL)
            killed.process.wait(SOON)

            assert killed.gone(SOON)
            assert not killed.listens()
            assert own | left == folders(living.tmp)

            serve()

            assert own < folders(living.tmp)
            assert set() == left & folders(living.tmp)
            Driver(living).connect()


def folders(tmp):
    """The temporary folders of servers in there, each with its lock beside it."""
    return {each.name for each in tmp.glob("exomock-*")}


@contextmanager
def half_a_request(server):
    """A client that has sent the head of a request, and of its body not all it promised."""
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(
            b"POST /v1/Accounts/exomock/Calls/connect HTTP/1.1\r\nHost: x\r\n"
            b"Content-Length: 1000\r\n\r\nFrom="
        )
        yield


@pytest.mark.parametrize(
    ("words", "tenths"),
    [
        (["serve", "--port", "0"], 1),
        (["serve", "--port", "0"], 4),
        (["serve", "--port", "0"], 8),
        (["scenario", "simulate", "default", "--calls", "3000000"], 9),
    ],
    ids=lambda each: each if isinstance(each, int) else each[0],
)
def test_an_interrupt_in_the_first_second_says_nothing(tmp_path, words, tenths):
    """No traceback and no files, wherever the start was; a server that is up ends as it should."""
    process = subprocess.Popen(
        [*COMMAND, *words], env=environment(tmp_path), text=True, cwd=tmp_path,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    with suppress(subprocess.TimeoutExpired):
        process.wait(tenths / 10)
    os.killpg(process.pid, signal.SIGINT)
    with process:
        out, err = process.communicate(timeout=60)

    up = out.endswith("exomock: stopped\n")
    assert process.returncode in ((0,) if up else (130, -signal.SIGINT))
    assert "" == ("" if process.returncode < 0 else err)
    assert up or "" == out
    assert [] == list(Path(environment(tmp_path)["TMPDIR"]).iterdir())


GOES_ON = """
import sys
from exomock.__main__ import main
from exomock.server import Exomock
with Exomock():
    sys.argv = ["exomock", "scenario", "list"]
    main()
print("goes on")
"""


def test_a_command_ends_no_process_in_which_somebody_else_has_a_server():
    """A test may call the command line in its own process."""
    done = subprocess.run(
        [sys.executable, "-c", GOES_ON], capture_output=True, text=True, timeout=60, check=True
    )

    assert "goes on" == done.stdout.splitlines()[-1]
