"""Sends raw requests to a server from several threads, and says what is wrong with its answers."""

import json
import re
import socket
import struct
import threading
import time
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from laws.raw_requests import Raw, raw

QUIET = 0.04  # seconds without a byte after which a client that waits half-closes
BOUND = 10  # seconds within which a connection ends after that
THREADS = 8
MOST_FAULTS = 12
TROUBLE = re.compile(r"Traceback|Fatal Python error|panicked|Segmentation|Exception ignored")


def exchange(port: int, request: Raw) -> tuple[bytes, str | None]:
    """What the server answered, and what was wrong with how the connection went."""
    with socket.create_connection(("127.0.0.1", port), timeout=BOUND) as sock:
        got = bytearray()
        try:
            sock.sendall(request.data)
            if request.ending in {"close", "reset"}:
                if request.ending == "reset":
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return b"", None
            if request.ending == "wait":
                read(sock, QUIET, got)
            sock.shutdown(socket.SHUT_WR)
            if not read(sock, BOUND, got):
                return bytes(got), f"neither answered nor closed within {BOUND} s"
        except OSError:
            # Refusing a request, a server closes with unread bytes: that is a reset, and what it
            # said may be lost with it.
            return b"", None
        return bytes(got), None


def read(sock: socket.socket, quiet: float, got: bytearray) -> bool:
    """Read until the other side closes; False if it was quiet for so many seconds."""
    sock.settimeout(quiet)
    with suppress(TimeoutError):
        while piece := sock.recv(65_536):
            got += piece
        return True
    return False


def wrong_with(request: Raw, got: bytes) -> str | None:
    """What is wrong with the bytes that came back; None is nothing."""
    if request.data.startswith(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") and got[3:4] == b"\4":
        return None  # a server may speak HTTP/2 with whoever begins with it
    rest, before = got, 200
    while rest:
        head, _, after = rest.partition(b"\r\n\r\n")
        status = re.match(rb"HTTP/1\.[01] (\d{3})(?: [^\r\n]*)?(?:\r\n|$)", head)
        code = int(status[1]) if status else 0
        if problem := wrong_status(code, before):
            return f"{problem}: {rest[:300]!r}"
        before, rest = code, after
        if b"HEAD" in request.data or code in {204, 304}:
            return None  # what follows an answer to HEAD cannot be told from its body
        if code >= 200:
            headers = headers_of(head)
            body, rest = body_of(headers, after)
            if problem := wrong_body(headers.get("content-type", ""), body):
                return f"{problem}: {head[:200]!r} {after[:300]!r}"
    return None


def wrong_status(code: int, before: int) -> str | None:
    """What is wrong with a status (0 is none) after another one."""
    if code == 0:
        return "not an HTTP answer"
    if code == before == 100:
        return "answered 100 twice"
    return f"answered {code}" if code >= 500 else None


def headers_of(head: bytes) -> dict[str, str]:
    """The headers of an answer by their names in small letters."""
    pairs = (line.partition(":") for line in head.decode("latin-1").split("\r\n")[1:])
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def body_of(headers: dict[str, str], after: bytes) -> tuple[bytes | None, bytes]:
    """The body of an answer, None if it is not all there, and what comes after it."""
    if "content-length" in headers:
        length = int(headers["content-length"])
        return (after[:length], after[length:]) if len(after) >= length else (None, after)
    if headers.get("transfer-encoding", "").lower() != "chunked":
        return after, b""
    body = b""
    while True:
        size, blank, after = after.partition(b"\r\n")
        if not blank:
            return None, after
        length = int(size, 16)
        body, after = body + after[:length], after[length + 2 :]
        if length == 0:
            return body, after


def wrong_body(kind: str, body: bytes | None) -> str | None:
    """What is wrong with a body of that Content-Type, None if it was cut off; None is nothing."""
    if body is None:
        return "an answer that is cut off"
    if "html" in kind or re.search(rb"<!doctype html|<html", body, re.IGNORECASE):
        return "HTML"
    try:
        if "json" in kind:
            json.loads(body)
        elif "xml" in kind:
            ET.fromstring(body)
    except ValueError as error:
        return f"no {kind}: {error}"
    except ET.ParseError as error:
        return f"no {kind}: {error}"
    return None


def healthy(port: int) -> str | None:
    """What is wrong with the server's health, asked on a new connection; None is nothing."""
    began = time.perf_counter()
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=BOUND) as sock:
            sock.sendall(
                b"GET /_exomock/health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
            )
            got = bytearray()
            read(sock, BOUND, got)
    except OSError as error:
        return f"/_exomock/health: {error}"
    took = time.perf_counter() - began
    if not got.startswith(b"HTTP/1.1 200"):
        return f"/_exomock/health answers {bytes(got[:100])!r}"
    return f"/_exomock/health took {took:.2f} s" if took > 1 else None


class Attack:
    """
    So many requests of a seed against a port; `faults` says what was wrong, each to be repeated.

    Args:
        port: Of the server.
        seed: What all requests are drawn from.
        count: How many.
    """

    def __init__(self, port: int, seed: int, count: int):
        self.port, self.seed = port, seed
        self.faults: list[str] = []
        self.cut: set[str] = set()
        self._indices = iter(range(count))
        self._turn = threading.Lock()

    def run(self) -> "Attack":
        """Send them all, or until there are too many faults."""
        with ThreadPoolExecutor(THREADS) as pool:
            for each in [pool.submit(self._work) for _ in range(THREADS)]:
                each.result()
        if problem := healthy(self.port):
            self.faults.append(f"at the end: {problem}")
        return self

    def _work(self) -> None:
        while len(self.faults) < MOST_FAULTS:
            with self._turn:
                index = next(self._indices, None)
            if index is None:
                return
            self._one(raw(self.seed, index))

    def _one(self, request: Raw) -> None:
        if request.cut:
            self.cut.add(request.field)
        try:
            got, problem = exchange(self.port, request)
        except OSError as error:
            got, problem = b"", f"no connection: {error}"
        problem = problem or wrong_with(request, got)
        if not problem and request.index % 50 == 0:
            problem = healthy(self.port)
        if problem:
            self.faults.append(self.shown(request, problem))

    def shown(self, request: Raw, problem: str) -> str:
        """A fault, with all that is needed to see it again."""
        sent = request.data if len(request.data) < 600 else request.data[:500] + b" ..."
        return (
            f"{problem}\n  laws.raw_requests.raw({self.seed}, {request.index}): {request.kind}, "
            f"{len(request.data)} bytes, then {request.ending}: {sent!r}"
        )
