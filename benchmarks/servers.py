"""Servers as users run them, each a process tree of its own, started and ended by a with-block."""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self

from benchmarks.load import request
from exomock.testing.ports import free_port

ACCOUNT = "/v1/Accounts/exomock"

PATIENCE = 20
"""Seconds a server may take to start."""


_MODULE = (sys.executable, "-m")


class CannotMeasure(Exception):
    """Something that is to be measured did not come about; its message says what."""


class Server:
    """
    A server on a port of its own.

    Args:
        command: Program and arguments, `{port}` for the port.
        ready: A request that is answered with 200 once it serves.
        folder: For its temporary files, and its log.
        patience: Seconds it may take to start.
        inside: Whether it runs in the folder, because it writes files where it is.
    """

    def __init__(
        self,
        command: Iterable[str],
        ready: bytes,
        folder: Path,
        patience: float = PATIENCE,
        *,
        inside: bool = False,
    ) -> None:
        self.port = free_port()
        self._command = [part.replace("{port}", str(self.port)) for part in command]
        self._ready = ready
        self._folder = folder
        self._patience = patience
        self._inside = folder if inside else None

    def __enter__(self) -> Self:
        kept = {name: text for name, text in os.environ.items() if not name.startswith("EXOMOCK_")}
        self._log = (self._folder / f"{self.port}.log").open("w+b")
        began = time.perf_counter()
        self.process = subprocess.Popen(
            self._command,
            cwd=self._inside,
            env=kept | {"TMPDIR": str(self._folder)},
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        try:
            self._wait_until(began + self._patience)
        except BaseException:
            self.__exit__()
            raise
        self.started_in = time.perf_counter() - began
        """Seconds from the command to the first 200."""
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait()
        self._log.close()

    def _wait_until(self, deadline: float) -> None:
        while not self._answers():
            if self.process.poll() is not None or time.perf_counter() > deadline:
                self._log.seek(0)
                raise CannotMeasure(f"no start: {self._log.read().decode()}")
            time.sleep(0.002)

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as sock:
                sock.sendall(self._ready)
                return sock.recv(4096).startswith(b"HTTP/1.1 200")
        except OSError:
            return False

    def fetch(self, wanted: bytes) -> bytes:
        """The body of the answer to a request of `load.request`, which must be a success."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as sock:
            sock.sendall(wanted)
            answer = http.client.HTTPResponse(sock)
            answer.begin()
            body = answer.read()
        if answer.status >= 300:
            raise CannotMeasure(f"{wanted[:200]!r}: {answer.status} {body[:300]!r}")
        return body

    def memory(self) -> tuple[float, float]:
        """Resident and proportional set of all its processes, MiB; 0 where nothing tells."""
        found = [_memory(pid) for pid in (self.process.pid, *_children(self.process.pid))]
        return sum(rss for rss, _ in found), sum(pss for _, pss in found)


def exomock(folder: Path, *options: str) -> Server:
    """`exomock serve` with these options, otherwise as it comes."""
    command = (*_MODULE, "exomock", "serve", "--port", "{port}", *options)
    return Server(command, request("/_exomock/health"), folder)


def bare(folder: Path, *sizes: int) -> Server:
    """The bare view; it answers `/<size>` with so many bytes."""
    command = (*_MODULE, "benchmarks.baseline", "{port}", *map(str, sizes))
    return Server(command, request(f"/{sizes[0]}"), folder)


def placed(server: Server, form: dict[str, str]) -> dict[str, Any]:
    """The call that a connect places."""
    body = server.fetch(request(f"{ACCOUNT}/Calls/connect.json", form))
    return dict(json.loads(body)["Call"])


def database(folder: Path) -> Path:
    """The temporary database of the one exomock that runs in this folder."""
    (found,) = folder.glob("exomock-*/calls.db")
    return found


def _memory(pid: int) -> tuple[float, float]:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0, 0
    rss, pss = (int(text.partition(f"\n{name}:")[2].split()[0]) for name in ("Rss", "Pss"))
    return rss / 1024, pss / 1024


def _children(pid: int) -> list[int]:
    found = []
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(file.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if parent == pid:
            child = int(file.parent.name)
            found += [child, *_children(child)]
    return found
