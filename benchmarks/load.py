"""The load: requests made ready beforehand, sent by wrk where it is there, else by a process."""

import base64
import multiprocessing
import selectors
import socket
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from itertools import cycle
from typing import NamedTuple, Self
from urllib.parse import urlencode

from benchmarks import wrk

CONNECTIONS = 16
"""How many clients ask at once, each with one keep-alive connection."""

WARM_UP = 0.2
"""Seconds of a window of this process that do not count."""

_CREDENTIALS = base64.b64encode(b"exomock-key:exomock-token").decode()


def request(
    target: str, form: dict[str, str] | None = None, credentials: str = _CREDENTIALS
) -> bytes:
    """A whole request: a GET, or a POST of a form."""
    body = urlencode(form or {}).encode()
    head = [
        f"{'POST' if form else 'GET'} {target} HTTP/1.1",
        "Host: 127.0.0.1",
        f"Authorization: Basic {credentials}",
    ]
    if form:
        head += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
    return "\r\n".join([*head, "", ""]).encode() + body


class Window(NamedTuple):
    """
    What one window of load came to.

    Args:
        rate: Answers a second.
        p99: Milliseconds within which 99 of 100 answers came.
        busy: Share of a core the generator took; near 1 it measured itself.
    """

    rate: float
    p99: float
    busy: float


class Placed(NamedTuple):
    """One request of a paced load: when it went out, when its answer was there, its body."""

    sent: int  # nanoseconds since the epoch, as the next
    answered: int
    body: bytes


class NotOk(Exception):
    """An answer was no success: what was measured is then something else."""


class Generator:
    """Makes load; has a process of its own as long as its with-block lasts."""

    def __enter__(self) -> Self:
        # Spawned: a fork would carry the sockets and threads of this process along.
        self._process = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))
        return self

    def __exit__(self, *_: object) -> None:
        self._process.shutdown(cancel_futures=True)

    def flood(
        self,
        port: int,
        requests: Sequence[bytes],
        seconds: float,
        *,
        once: bool = False,
        connections: int = CONNECTIONS,
    ) -> Window:
        """
        As many requests as are answered, each connection asking again when it has its answer.

        Args:
            port: On 127.0.0.1.
            requests: In this order, from the start again when all are through.
            seconds: How long; wrk takes the next whole second.
            once: End the window instead when all are through. wrk cannot do that.
            connections: How many ask at once.
        """
        if wrk.THERE and not once:
            try:
                return Window(*wrk.flood(port, requests, seconds, connections))
            except wrk.Failed as error:
                raise NotOk(str(error)) from error
        lasts = None if once else seconds
        return self._process.submit(_flood, port, list(requests), lasts, connections).result()

    def pace(self, port: int, requests: Sequence[bytes], rate: float) -> list[Placed]:
        """Each request once, at fixed moments, `rate` a second, whatever the answers take."""
        return self._process.submit(_pace, port, list(requests), rate).result()


class _Line:
    """One keep-alive connection with at most one request under way."""

    def __init__(self, port: int) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sent = 0
        self._got = b""

    def send(self, request: bytes, now: int) -> None:
        self.sent = now
        self.sock.sendall(request)

    def receive(self) -> bytes | None:
        """The answer if all of it is there: head and body."""
        piece = self.sock.recv(262_144)
        if not piece:
            raise ConnectionResetError("the server closed a connection")
        self._got += piece
        if not _whole(self._got):
            return None
        got, self._got = self._got, b""
        return got


def _whole(got: bytes) -> bool:
    head, blank, body = got.partition(b"\r\n\r\n")
    if not blank:
        return False
    if not head.startswith(b"HTTP/1.1 2"):
        raise NotOk(got[:300].decode(errors="replace"))
    _, found, length = head.lower().partition(b"content-length: ")
    if found:
        return len(body) >= int(length.partition(b"\r")[0])
    # Chunked, which only other people's servers send: one answer is under way at most.
    return body.endswith(b"0\r\n\r\n")


def _answers(
    port: int, requests: Iterable[bytes], connections: int, rate: float = float("inf")
) -> Iterator[tuple[int, int, bytes]]:
    """When each request went out, when its answer was there, and the answer."""
    left = enumerate(requests)
    with selectors.DefaultSelector() as selector, ExitStack() as sockets:
        free = deque(_Line(port) for _ in range(connections))
        for line in free:
            selector.register(sockets.enter_context(line.sock), selectors.EVENT_READ, line)
        start, upcoming = time.time_ns(), next(left, None)
        while upcoming or len(free) < connections:
            now = time.time_ns()
            due = start + int(upcoming[0] / rate * 1e9) if upcoming and free else now + 10**9
            if upcoming and free and now >= due:
                free[0].send(upcoming[1], now)
                free.popleft()
                upcoming = next(left, None)
                continue
            for key, _ in selector.select(max(due - now, 0) / 1e9):
                answer = key.data.receive()
                if answer is not None:
                    free.append(key.data)
                    yield key.data.sent, time.time_ns(), answer


def _until(end: int, requests: Sequence[bytes], least: int) -> Iterator[bytes]:
    """The requests again and again until a moment, and so many at least."""
    for asked, each in enumerate(cycle(requests)):
        if asked >= least and time.time_ns() >= end:
            return
        yield each


def _flood(port: int, requests: list[bytes], seconds: float | None, connections: int) -> Window:
    cpu, start = time.process_time_ns(), time.time_ns()
    counting = start + int(WARM_UP * 1e9)
    asked: Iterable[bytes] = requests
    if seconds is not None:
        asked = _until(counting + int(seconds * 1e9), requests, connections)
    lines = min(connections, len(requests)) if seconds is None else connections
    took = [(answered, answered - sent) for sent, answered, _ in _answers(port, asked, lines)]
    end = took[-1][0]
    busy = (time.process_time_ns() - cpu) / (end - start)
    # A load that is over at once is counted whole.
    if end > 2 * counting - start:
        took, start = [each for each in took if each[0] >= counting], counting
    p99 = sorted(each for _, each in took)[int(len(took) * 0.99)] / 1e6
    return Window(len(took) / (end - start) * 1e9, p99, busy)


def _pace(port: int, requests: list[bytes], rate: float) -> list[Placed]:
    return [
        Placed(sent, answered, answer.partition(b"\r\n\r\n")[2])
        for sent, answered, answer in _answers(port, requests, 4 * CONNECTIONS, rate)
    ]
