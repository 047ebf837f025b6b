"""Granian listening on claimed ports in this process's own event loop."""

import asyncio
import atexit
import os
import socket
import threading
from collections import deque
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from typing import Any

from granian.constants import HTTPModes, Interfaces, SSLProtocols
from granian.http import HTTP1Settings
from granian.net import SocketHolder, SocketSpec  # type: ignore[attr-defined]
from granian.server.embed import Server

from exomock.claims import Claim, UnixClaim
from exomock.forwarding.cutting import cut
from exomock.forwarding.near import NearServer
from exomock.front import Front
from exomock.loop import PATIENCE, new_loop
from exomock.wall import rest, stopwatch

_HEADER_TIMEOUT = 30_000
"""Milliseconds a head may take; an idle connection is closed after as many."""

_CONNECTIONS = 16_384
"""How many connections may be open at once: an idle one costs a descriptor and 20 kB."""

BACKLOG = 1024
"""How many connections may wait to be taken."""

# Granian sets up logging anew for each server, which closes every handler of the process: those
# of the application under test, too. An incremental set-up of nothing leaves them alone.
_NO_LOGGING: dict[str, Any] = {
    "incremental": True,
    "formatters": {},
    "handlers": {},
    "loggers": {},
}

_GRACE = 0.25
"""Seconds that the process lives on after its last server has ended."""


class _Granian(Server):
    """
    Granian in an event loop of ours.

    Args:
        shared: A socket that listens already, for several processes; None makes one.
    """

    def __init__(self, front: Front, shared: socket.socket | None, **told: Any) -> None:
        super().__init__(front, **told)
        self._shared = shared
        self._shd: Any = None

    def _init_shared_socket(self) -> None:
        if self._shared is not None:
            # Of our own, because Granian closes what it is given.
            holder: Any = SocketHolder
            self._shd = holder(os.dup(self._shared.fileno()), False, self.backlog)
            return
        # The original also builds a socket to see whether it can, and never closes it: one
        # descriptor for each server, and a test suite makes a thousand. `claim` has seen to that.
        spec: Any = SocketSpec(self.bind_addr, self.bind_port, self.backlog)
        self._ssp = spec


_ended: deque[float] = deque(maxlen=1)


@atexit.register
def _let_threads_end() -> None:
    # Granian's threads take the interpreter's lock once more after they have said that they are
    # done. One that takes it while the interpreter is torn down aborts the process.
    for moment in _ended:
        rest(threading.Event(), max(0.0, moment + _GRACE - stopwatch()))


class Listener:
    """
    Listens on claimed addresses until `stop`; the thread that calls `run` belongs to it.

    Args:
        front: Answers.
        claims: Where; their sockets are closed when `run` returns.
    """

    def __init__(self, front: Front, claims: Sequence[Claim | UnixClaim]) -> None:
        self._front = front
        self._claims = claims
        self._ports = [each for each in claims if isinstance(each, Claim)]
        self._loop = new_loop(front)
        self._stopped = asyncio.Event()

    def run(self, started: Callable[[asyncio.AbstractEventLoop], None] | None = None) -> None:
        """
        Listen; returns once `stop` was called and everything has ended.

        Args:
            started: Called with the loop, before anything listens.
        """
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._run(started))
        finally:
            asyncio.set_event_loop(None)
            self._loop.close()
            _ended.append(stopwatch())
            for each in self._ports:
                each.holder.close()

    async def _run(self, started: Callable[[asyncio.AbstractEventLoop], None] | None) -> None:
        if started is not None:
            started(self._loop)
        servers = [_server(self._front, each) for each in self._claims]
        running = [asyncio.ensure_future(server.serve()) for server in servers]
        stopped = asyncio.ensure_future(self._stopped.wait())
        # A server that ends by itself has failed: all end then, and its error is told.
        await asyncio.wait([stopped, *running], return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        for server in servers:
            server.stop()
        await self._front.end()
        await asyncio.wait(running, timeout=PATIENCE)
        # Half a head, or a client that does not read, would hold Granian up for half a minute.
        cut_off({each.port for each in self._ports})
        await asyncio.wait(running, timeout=PATIENCE)

    def stop(self) -> None:
        """Listen no more; safe from any thread, and more than once."""
        with suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._stopped.set)

    def wait_until_it_listens(self, seconds: float) -> bool:
        """Whether every address takes connections within so many seconds; asked from outside."""
        bell, give_up = threading.Event(), stopwatch() + seconds
        for each in self._claims:
            while not _listens(each):
                if stopwatch() > give_up:
                    return False
                rest(bell, 0.001)
        return True


def cut_off(ports: Collection[int]) -> None:
    """
    Shut every connection of this process that came in at one of these ports.

    Granian waits for clients that may never speak again.
    """
    # A client's own end has another port.
    cut(lambda found: found.getsockname()[1] in ports)


def _server(front: Front, claimed: Claim | UnixClaim) -> _Granian | NearServer:
    if isinstance(claimed, UnixClaim):
        return NearServer(front.__rsgi__, claimed.path, BACKLOG)
    return _granian(front, claimed)


def _granian(front: Front, claimed: Claim) -> _Granian:
    said = {
        "interface": Interfaces.RSGI,
        "http": HTTPModes.http1,
        # Granian itself ends a head after 400 kB; `Front` refuses one over 64.
        "http1_settings": HTTP1Settings(header_read_timeout=_HEADER_TIMEOUT),
        "backlog": BACKLOG,
        "backpressure": _CONNECTIONS,
        "websockets": False,
        "log_enabled": False,
        "log_dictconfig": _NO_LOGGING,
    }
    return _Granian(
        front,
        claimed.holder if claimed.shared else None,
        address=claimed.host,
        port=claimed.port,
        ssl_cert=claimed.identity and claimed.identity.chain,
        ssl_key=claimed.identity and claimed.identity.key,
        # Java 8 and Node 10 speak no later one.
        ssl_protocol_min=SSLProtocols.tls12,
        **said,
    )


def _listens(claimed: Claim | UnixClaim) -> bool:
    try:
        if isinstance(claimed, UnixClaim):
            with socket.socket(socket.AF_UNIX) as probe:
                probe.connect(str(claimed.path))
            return True
        socket.create_connection(claimed.reached_at, timeout=1).close()
    except OSError:
        return False
    return True
