"""A real `exomock serve`: a process tree of its own, in a folder of its own, driven from outside."""

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

COMMAND = [sys.executable, "-m", "exomock"]

PATIENCE = 60
"""
Seconds that something which must happen may take; only a failing test waits so long. A server that
is started on a machine with ten times as much to do as it has cores takes 20 s to its banner.
"""


def environment(home: Path, **variables: str) -> dict[str, str]:
    """This process's environment without a word for exomock, and with a TMPDIR of its own."""
    folder = home / "tmp"
    folder.mkdir(exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EXOMOCK_")}
    return kept | {"TMPDIR": str(folder)} | variables


def until(predicate: Any, seconds: float = PATIENCE) -> Any:
    """What the predicate gives as soon as it is true; fails when it never is."""
    pause = threading.Event()
    for _ in range(int(seconds / 0.02)):
        if found := predicate():
            return found
        pause.wait(0.02)
    raise AssertionError(f"not within {seconds} s")


def ist(microseconds: int) -> str:
    """A time as Exotel writes it: UTC and five and a half hours, whatever this machine's zone."""
    moment = datetime.fromtimestamp(microseconds // 1_000_000, UTC)
    return (moment + timedelta(hours=5, minutes=30)).strftime("%Y-%m-%d %H:%M:%S")


def rows(file: Path, query: str) -> list[tuple[Any, ...]]:
    """What a query finds in a server's database; the file is only read."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        return database.execute(query).fetchall()


class Lines:
    """A stream of another process, read in a thread of its own so that it never fills up."""

    def __init__(self, stream: Any):
        self._lines: list[str] = []
        self._changed = threading.Condition()
        self.ended = False
        threading.Thread(target=self._read, args=(stream,), daemon=True).start()

    def _read(self, stream):
        with stream:
            for line in stream:
                with self._changed:
                    self._lines.append(line.rstrip("\n"))
                    self._changed.notify_all()
        with self._changed:
            self.ended = True
            self._changed.notify_all()

    def all(self) -> list[str]:
        """What has come so far."""
        with self._changed:
            return list(self._lines)

    def find(self, pattern: str) -> list[str]:
        """Lines so far in which the pattern is found."""
        return [line for line in self.all() if re.search(pattern, line)]

    def wait_for(self, pattern: str) -> str:
        """The first line in which the pattern is found, as soon as it comes."""
        with self._changed:
            self._changed.wait_for(lambda: self.ended or self.find_one(pattern), PATIENCE)
            found = self.find_one(pattern)
        assert found, f"no line like {pattern!r} in {self._lines}"
        return found

    def find_one(self, pattern: str) -> str | None:
        return next((line for line in self._lines if re.search(pattern, line)), None)

    def wait_for_end(self, seconds: float) -> bool:
        """Whether every process that could write here is gone within so many seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: self.ended, seconds)


class Server:
    """
    A running `exomock serve`; a `Driver` of tests/conftest.py can speak to it.

    Args:
        home: Its working directory; its TMPDIR is `tmp` in there.
        options: After `serve`; the port is picked unless they name one.
        variables: More environment.
    """

    sid, key, token = "exomock", "exomock-key", "exomock-token"

    def __init__(self, home: Path, *options: str, **variables: str):
        named = "--port" in options or "EXOMOCK_PORT" in variables
        self.tmp = home / "tmp"
        self.process = subprocess.Popen(
            [*COMMAND, "serve", *(() if named else ("--port", "0")), *options],
            cwd=home,
            env=environment(home, **variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            start_new_session=True,  # so that the whole tree can be killed at once
        )
        self.out, self.err = Lines(self.process.stdout), Lines(self.process.stderr)

    def ready(self) -> "Server":
        """Wait for the banner, whose last line is printed when the server answers."""
        self.curl = self._banner("^curl .*")
        self.url = self._banner("base URL +(.*)")
        return self

    def _banner(self, pattern):
        try:
            found = re.search(pattern, self.out.wait_for(pattern))
        except AssertionError as error:
            raise AssertionError(f"{error}; stderr: {self.err.all()}") from None
        return found[found.re.groups]

    @property
    def base(self) -> str:
        """The account's URL."""
        return f"{self.url}/v1/Accounts/{self.sid}"

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.url.rsplit(":", 1)[1])

    def listens(self) -> bool:
        """Whether anybody takes connections on its port."""
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", self.port)) == 0

    def signal(self, which: int, *, group: bool = False) -> None:
        """Send a signal to the main process, or as a terminal does to all of them."""
        (os.killpg if group else os.kill)(self.process.pid, which)

    def kill(self) -> None:
        """Kill the whole tree at once, as a power cut would."""
        self.signal(signal.SIGKILL, group=True)
        self.process.wait(PATIENCE)
        assert self.gone(PATIENCE)

    def end(self) -> int:
        """Ask it to end, and give its exit status."""
        self.signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def gone(self, seconds: float) -> bool:
        """Whether no process of the tree is left: each holds both streams as long as it lives."""
        return self.out.wait_for_end(seconds) and self.err.wait_for_end(seconds)

    def close(self) -> None:
        """Leave nothing behind, whatever the test did."""
        if not self.gone(0):
            with suppress(ProcessLookupError):
                self.signal(signal.SIGKILL, group=True)
        self.process.wait(PATIENCE)
        assert self.gone(PATIENCE)


@contextmanager
def serving(home: Path, *options: str, **variables: str):
    """A server for as long as a with-block runs."""
    server = Server(home, *options, **variables)
    try:
        yield server.ready()
    finally:
        server.close()


@pytest.fixture
def serve(tmp_path):
    """Start servers in the test's own folder: `serve(*options, **variables)`."""
    running = []

    def start(*options: str, **variables: str) -> Server:
        running.append(Server(tmp_path, *options, **variables))
        return running[-1].ready()

    yield start
    for server in running:
        server.close()
