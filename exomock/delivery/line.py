"""The connection under a post: one deadline for all of it, and never used twice."""

import http.client
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError

from exomock.delivery.reach import Reach
from exomock.wall import stopwatch

CLOSED = "cut off: exomock is stopping"
"""Why a trip ended when its watchdog was closed."""

_LOOPBACK = {"localhost": ("::1", "127.0.0.1"), "127.0.0.1": ("::1",), "::1": ("127.0.0.1",)}
_PROBE = 0.2  # seconds; a loopback address answers or refuses at once


@dataclass(eq=False, slots=True)
class Trip:
    """
    One post, from its start to its end, as its thread and the watchdog share it.

    `_turn` guards the socket and the cut; the rest belongs to the thread that posts.

    Args:
        deadline: When it has to be over, seconds of `stopwatch`.
        target: The path and query to ask for instead of what urllib3 makes of them.
        status: The receiver's status, as soon as it has come.
        why_cut: Why it was ended from outside, None if it was not.
        reach: How far it may go, None is anywhere.
        owner: Whose it is, for `Watchdog.cut`.
    """

    deadline: float
    target: str = ""
    status: int | None = None
    why_cut: str | None = None
    reach: Reach | None = None
    owner: object = None
    _line: socket.socket | None = None
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def connect(self, address: Any, *kind: int) -> socket.socket:
        """
        A socket that is connected before the deadline, and that `cut` can reach.

        Args:
            address: Where to, as `socket.connect` takes it.
            kind: Family, type and protocol.

        Raises:
            OSError: It cannot be; TimeoutError if the trip is late or was cut.
        """
        sock = socket.socket(*kind)
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.settimeout(self._left())
            self._hold(sock)
            sock.connect(address)
            self._left()  # a cut just before connect() found nothing to shut down
        except BaseException:
            sock.close()
            raise
        return sock

    def cut(self, why: str) -> None:
        """End it from another thread, for the reason `why`: its reads and writes return at once."""
        with self._turn:
            self.why_cut = why
            if self._line is not None:
                with suppress(OSError):  # not connected yet, or no longer
                    self._line.shutdown(socket.SHUT_RDWR)

    def release(self) -> None:
        """Let go of the socket; a cut does nothing from here on."""
        with self._turn:
            if self._line is not None:
                self._line.close()
            self._line = None

    def _left(self) -> float:
        left = self.deadline - stopwatch()
        if self.why_cut or left <= 0:
            raise TimeoutError
        return left

    def _hold(self, sock: socket.socket) -> None:
        self.release()
        with self._turn:
            # A duplicate: TLS takes the descriptor away from `sock`, and once `sock` is closed
            # the number of its descriptor may belong to another post.
            self._line = sock.dup()


class Watchdog:
    """
    One daemon thread that cuts late trips: requests' timeouts start anew with each recv.

    Lives until `close()`. `_turn` guards all of it; every trip has the same time, so that
    `_open` is in the order of deadlines.

    Args:
        timeout: Seconds for one trip, more than 0.
    """

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._turn = threading.Condition()
        self._open: dict[Trip, None] = {}
        self._closed = False
        self._start()

    def begin(self, owner: object = None) -> Trip:
        """A new trip, its time running; already cut if the watchdog is closed."""
        with self._turn:
            trip = Trip(stopwatch() + self._timeout, owner=owner)
            if self._closed:
                trip.cut(CLOSED)
            self._open[trip] = None
            if not self._thread.is_alive() and not self._closed:
                self._start()  # whatever ended it: without it a dripping receiver holds a thread
            if len(self._open) == 1:
                self._turn.notify()
        return trip

    def finish(self, trip: Trip) -> None:
        """The trip is over: it is cut no more."""
        with self._turn:
            self._open.pop(trip, None)
        trip.release()

    def cut(self, mine: Callable[[object], bool], why: str) -> None:
        """Cut the trips that are under way of those owners that `mine` says yes to."""
        with self._turn:
            for trip in self._open:
                if trip.owner is not None and mine(trip.owner):
                    trip.cut(why)

    def close(self) -> None:
        """Cut all trips and end the thread."""
        with self._turn:
            self._closed = True
            for trip in self._open:
                trip.cut(CLOSED)
            self._turn.notify()
        self._thread.join()

    def _start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="exomock-watchdog", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        with self._turn:
            while not self._closed:
                self._turn.wait(self._cut_late())

    def _cut_late(self) -> float | None:
        """Cut what is late; the seconds until something may be, None if nothing is open."""
        while self._open:
            oldest = next(iter(self._open))
            left = oldest.deadline - stopwatch()
            if left > 0:
                return left
            del self._open[oldest]
            oldest.cut(f"no answer within {self._timeout:g} s")
        return None


CURRENT: ContextVar[Trip] = ContextVar("trip")
"""Whose connection urllib3 is making: it makes them where no argument of ours arrives."""


class Adapter(HTTPAdapter):
    """An adapter for Sessions whose every request is made within a `CURRENT` trip."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """As `HTTPAdapter` does it, with pools of our own."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TLSPool}


class _Response(http.client.HTTPResponse):
    """An answer after its interim ones: `http.client` itself skips 100 only, not 103."""

    def begin(self) -> None:
        super().begin()
        while 100 <= self.status < 200:  # noqa: PLR2004
            self.headers = None  # type: ignore[assignment]  # begin() does nothing while it has any
            super().begin()


class _Connection(HTTPConnection):
    response_class = _Response

    def _new_conn(self) -> socket.socket:
        host = self._dns_host.strip("[]")
        try:
            return _connected(host, self.port)
        except OSError as error:
            # urllib3 goes on to read an answer after a bare ConnectionResetError or
            # BrokenPipeError: it takes either for one of sending, and finds no socket.
            raise NewConnectionError(self, "not connected") from error

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> None:
        # requests and urllib3 rewrite escapes, and escape all of them twice if one % is stray. The
        # receiver must see the URL as its owner wrote it.
        super().request(method, CURRENT.get().target or url, *args, **kwargs)


class _TLSConnection(_Connection, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection

    def _put_conn(self, conn: Any) -> None:
        # `Connection: close` only asks the receiver; where it is ignored, the connection would be
        # used again, unwatched, and might have gone stale.
        if conn is not None:
            conn.close()
        super()._put_conn(conn)


class _TLSPool(_Pool, HTTPSConnectionPool):
    ConnectionCls = _TLSConnection


def _connected(host: str, port: int) -> socket.socket:
    """A socket connected to the first of a host's addresses that takes the connection."""
    problem = OSError("the host has no address")
    trip = CURRENT.get()
    for *kind, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        try:
            # Check here, after the look-up, because any name can resolve to any address.
            if trip.reach is not None:
                trip.reach.check(host, str(address[0]), port, trip.target)
            return trip.connect(address, *kind)
        except OSError as error:
            problem = error
    if isinstance(problem, ConnectionRefusedError):
        hint = _hint(host, port)
        raise ConnectionRefusedError(problem.errno, f"connection refused{hint}")
    raise problem


def _hint(host: str, port: int) -> str:
    """Which loopback address would have answered: `localhost` may be one of two, or both."""
    for other in _LOOPBACK.get(host, ()):
        with suppress(OSError), socket.create_connection((other, port), timeout=_PROBE):
            shown = f"[{other}]" if ":" in other else other
            return f" (something listens on {shown}:{port}: use that address)"
    return ""
