"""The load: requests made ready beforehand, over raw sockets, from a process of its own."""

import base64
import multiprocessing
import selectors
import socket
import time
from collections import deque
from collections.abc import Sequence
from typing import Any, NamedTuple, Self
from urllib.parse import urlencode

CONNECTIONS = 16
"""How many clients ask at once, each with one keep-alive connection."""

WARM_UP = 0.2
"""Seconds of every window that do not count."""

_CREDENTIALS = base64.b64encode(b"exomock-key:exomock-token").decode()


def request(target: str, form: dict[str, str] | None = None) -> bytes:
    """A whole request: a GET, or a POST of a form."""
    body = urlencode(form or {}).encode()
    head = [
        f"{'POST' if form else 'GET'} {target} HTTP/1.1",
        "Host: 127.0.0.1",
        f"Authorization: Basic {_CREDENTIALS}",
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
    """An answer was not 200: what was measured is then something else."""


class Generator:
    """A process that makes load; lives as long as its with-block."""

    def __enter__(self) -> Self:
        # Spawned: a fork would carry the sockets and threads of this process along.
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._pipe.close()
        self._process.join(5)

    def flood(
        self, port: int, requests: Sequence[bytes], seconds: float, *, once: bool = False
    ) -> Window:
        """
        As many requests as are answered, each connection asking again when it has its answer.

        Args:
            port: On 127.0.0.1.
            requests: In this order, from the start again when all are through.
            seconds: How long.
            once: End the window instead when all are through.
        """
        return self._ask(_flood, port, list(requests), seconds, once)

    def pace(self, port: int, requests: Sequence[bytes], rate: float) -> list[Placed]:
        """Each request once, at fixed moments, `rate` a second, whatever the answers take."""
        return self._ask(_pace, port, list(requests), rate)

    def _ask(self, *job: Any) -> Any:
        self._pipe.send(job)
        found = self._pipe.recv()
        if isinstance(found, Exception):
            raise found
        return found


def _serve(pipe: Any) -> None:
    while True:
        try:
            work, *arguments = pipe.recv()
        except EOFError:
            return
        try:
            pipe.send(work(*arguments))
        except (OSError, NotOk) as error:
            pipe.send(error)


class _Line:
    """One keep-alive connection with at most one request under way."""

    def __init__(self, port: int) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sent = 0
        self.got = b""
        self.whole = 0

    def send(self, request: bytes, now: int) -> None:
        self.sent = now
        self.sock.sendall(request)

    def receive(self) -> bytes | None:
        """The answer if all of it is there: head and body."""
        piece = self.sock.recv(262_144)
        if not piece:
            raise ConnectionResetError("the server closed a connection")
        got = self.got + piece if self.got else piece
        if not self.whole:
            end = got.find(b"\r\n\r\n")
            if end < 0:
                self.got = got
                return None
            if not got.startswith(b"HTTP/1.1 200"):
                raise NotOk(got[:300].decode(errors="replace"))
            at = got.find(b"content-length: ") + 16
            self.whole = end + 4 + int(got[at : got.find(b"\r", at)])
        if len(got) < self.whole:
            self.got = got
            return None
        self.got, self.whole = b"", 0
        return got


def _flood(port: int, requests: list[bytes], seconds: float, once: bool) -> Window:
    clock = time.perf_counter_ns
    took: list[int] = []
    count, asked = len(requests), 0
    with selectors.DefaultSelector() as selector:
        lines = [_Line(port) for _ in range(min(CONNECTIONS, count) if once else CONNECTIONS)]
        start = clock()
        for line in lines:
            selector.register(line.sock, selectors.EVENT_READ, line)
            line.send(requests[asked % count], clock())
            asked += 1
        counting, end = start + int(WARM_UP * 1e9), start + int((WARM_UP + seconds) * 1e9)
        open_, began, cpu = len(lines), start, time.process_time_ns()
        # However slow the answers, there is one for each connection.
        while open_ and ((now := clock()) < end or len(took) < CONNECTIONS):
            if began == start and now >= counting:
                began, cpu = now, time.process_time_ns()
                took.clear()
            for key, _ in selector.select(1):
                line = key.data
                if line.receive() is None:
                    continue
                now = clock()
                took.append(now - line.sent)
                if once and asked >= count:
                    selector.unregister(line.sock)
                    open_ -= 1
                    continue
                line.send(requests[asked % count], now)
                asked += 1
        elapsed = (clock() - began) / 1e9
        busy = (time.process_time_ns() - cpu) / 1e9 / elapsed
        for line in lines:
            line.sock.close()
    took.sort()
    p99 = took[int(len(took) * 0.99)] / 1e6 if took else 0.0
    return Window(len(took) / elapsed, p99, busy)


def _pace(port: int, requests: list[bytes], rate: float) -> list[Placed]:
    placed: list[Placed] = []
    with selectors.DefaultSelector() as selector:
        lines = [_Line(port) for _ in range(4 * CONNECTIONS)]
        for line in lines:
            selector.register(line.sock, selectors.EVENT_READ, line)
        free = deque(lines)
        start, asked = time.time_ns(), 0
        while len(placed) < len(requests):
            due = start + int(asked / rate * 1e9)
            now = time.time_ns()
            if asked < len(requests) and now >= due and free:
                line = free.popleft()
                line.send(requests[asked], now)
                asked += 1
                continue
            wait = (due - now) / 1e9 if asked < len(requests) and free else 1
            for key, _ in selector.select(max(wait, 0)):
                answer = key.data.receive()
                if answer is not None:
                    body = answer.partition(b"\r\n\r\n")[2]
                    placed.append(Placed(key.data.sent, time.time_ns(), body))
                    free.append(key.data)
        for line in lines:
            line.sock.close()
    return placed
