"""`exomock serve`: Granian in front of one exchange, from the first check to the last line."""

import contextlib
import multiprocessing
import multiprocessing.util
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import Server

from exomock.app import Exchange
from exomock.banner import banner
from exomock.engine import NewAccount
from exomock.logs import set_up
from exomock.scenarios import read_scenarios
from exomock.settings import Settings
from exomock.storage.store import Store
from exomock.wall import wall_now
from exomock.watch import Watch

_HEADER_BYTES = 65_536
_SWITCH_INTERVAL = 0.0005
"""Seconds after which a thread gives the interpreter to another that waits for it."""

_KILL_AFTER = 1
"""Seconds a handler may still take when the server is told to end."""


class CannotServe(Exception):
    """The server cannot start; its message is one line."""


@dataclass(frozen=True, slots=True)
class Serving:
    """
    What the server process needs to know; travels to it by pickle.

    Args:
        host: Address to listen on.
        port: Port, already claimed.
        scenarios: Names or paths.
        database: SQLAlchemy URL.
        durable: Whether the database outlives the server.
        accounts: Accounts that must be there.
        clock: How `--clock` was written, for the banner.
        now: Account time at the start, microseconds; None is the wall clock's.
    """

    host: str
    port: int
    settings: Settings
    scenarios: tuple[str, ...]
    database: str
    durable: bool
    accounts: tuple[NewAccount, ...]
    seed: int
    clock: str
    now: int | None
    threads: int
    log_level: str
    watch: bool

    @property
    def url(self) -> str:
        """Where a client on this machine finds the server."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"


def claim(host: str, port: int) -> tuple[str, int, socket.socket]:
    """
    Take a port, so that nobody else can be listening on it.

    Granian binds with SO_REUSEPORT: left alone, two servers would share a port in silence.

    Args:
        host: Name or address.
        port: 0 picks a free one.

    Returns:
        Address, port, and the socket that reserves it; never listened on.

    Raises:
        CannotServe: The port is in use, or the address is not this machine's.
    """
    try:
        family, _kind, _proto, _name, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        holder = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise CannotServe(f"cannot listen on {host}:{port}: {error.strerror}") from None
    try:
        exclusive = getattr(socket, "SO_EXCLUSIVEADDRUSE", socket.SO_REUSEADDR)
        holder.setsockopt(socket.SOL_SOCKET, exclusive, 1)
        holder.bind(address)
    except OSError as error:
        holder.close()
        raise CannotServe(f"cannot listen on {host}:{port}: {error.strerror}") from None
    found = holder.getsockname()
    if hasattr(socket, "SO_REUSEPORT"):
        # Only now may the worker join; bound before it, the port was seen to be nobody's.
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    else:
        holder.close()
    return str(found[0]), int(found[1]), holder


@contextlib.contextmanager
def temporary_database() -> Iterator[str]:
    """The URL of a database that goes when the server goes."""
    _sweep()
    folder = tempfile.mkdtemp(prefix=f"exomock-{os.getpid()}-")
    try:
        yield f"sqlite:///{Path(folder, 'calls.db')}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sweep() -> None:
    """Remove what servers left that were killed."""
    if sys.platform == "win32":  # os.kill(pid, 0) would end the process there
        return
    for folder in Path(tempfile.gettempdir()).glob("exomock-[0-9]*-*"):
        try:
            os.kill(int(folder.name.split("-")[1]), 0)
        except (ProcessLookupError, ValueError):
            shutil.rmtree(folder, ignore_errors=True)
        except PermissionError:
            continue


def serve(serving: Serving) -> None:
    """
    Serve until told to end; returns then.

    Raises:
        CannotServe: The worker process died.
    """
    server = Server(
        "exomock",
        address=serving.host,
        port=serving.port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=serving.threads,
        backpressure=max(serving.threads, 128),
        http1_settings=HTTP1Settings(max_buffer_size=_HEADER_BYTES),
        websockets=False,
        log_level=LogLevels.critical,
        respawn_failed_workers=False,
        workers_kill_timeout=_KILL_AFTER,
    )
    if hasattr(signal, "SIGHUP"):
        # By default it would start a second worker, and a second heartbeat, beside the first.
        server.on_startup(lambda: _end_on_hangup(server))
    try:
        server.serve(target_loader=partial(load, serving), wrap_loader=False)
    except SystemExit:
        raise CannotServe(
            "the server process ended unexpectedly; its last words are above"
        ) from None


def _end_on_hangup(server: Any) -> None:
    signal.signal(signal.SIGHUP, server.signal_handler_interrupt)


def load(serving: Serving) -> Any:
    """The WSGI app, made in the worker process; time runs from here on."""
    set_up(serving.log_level)
    exchange = Exchange(
        Store(serving.database, durable=serving.durable),
        serving.settings,
        read_scenarios(serving.scenarios),
        accounts=serving.accounts,
        seed=serving.seed,
        wall=wall_now,
        start_at=serving.now,
    )
    # atexit does not run in a process of multiprocessing.
    multiprocessing.util.Finalize(None, exchange.stop, exitpriority=100)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    threading.Thread(target=_announce, args=(serving, exchange), daemon=True).start()
    # The heartbeat and what sends callbacks must come to their turn beside busy requests: at
    # Python's 5 ms the callbacks of 200 calls a second were seconds late, not 0.1 s.
    sys.setswitchinterval(_SWITCH_INTERVAL)
    exchange.start()
    if serving.watch:
        Watch(serving.scenarios, exchange.engine.accounts.renew_scenario).start()
    return exchange.app


def _end_with_parent() -> None:
    """A worker whose main process was killed would serve for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


def _announce(serving: Serving, exchange: Exchange) -> None:
    """Print the banner once the server answers, so that what it says can be pasted."""
    waiting = threading.Event()
    while not waiting.wait(0.005):
        connection = HTTPConnection(serving.host, serving.port, timeout=5)
        try:
            connection.request("GET", "/_exomock/health")
            if connection.getresponse().status == 200:  # noqa: PLR2004
                break
        except OSError:
            continue
        finally:
            connection.close()
    worlds = exchange.engine.worlds
    first = serving.accounts[0].sid if serving.accounts else next(iter(worlds))
    banner(serving, sorted(worlds.values(), key=lambda world: world.sid != first))
