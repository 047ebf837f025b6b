"""`exomock serve`: one exchange behind the front, from the first check to the last line."""

import asyncio
import contextlib
import ctypes
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from prometheus_client import disable_created_metrics

from exomock.announced import kept
from exomock.app import Exchange
from exomock.banner import Announced, banner, started
from exomock.claims import Claim, UnixClaim
from exomock.cluster.membership import Advertised
from exomock.control.following import Wording
from exomock.engine import NewAccount
from exomock.front import Front
from exomock.leaving import ENDING, heed_no_signals, is_told
from exomock.listening import Listener
from exomock.logs import set_up
from exomock.options import unknown_variables
from exomock.printer import Printer, json_writer, say, text_writer
from exomock.scenarios import read_scenarios
from exomock.settings import Settings
from exomock.storage.store import Store
from exomock.wall import wall_now
from exomock.watch import Watch

_log = logging.getLogger("exomock.serving")

_SWITCH_INTERVAL = 0.0005
"""Seconds after which a thread gives the interpreter to another that waits for it."""

# M_ARENA_MAX, M_MMAP_THRESHOLD, M_TRIM_THRESHOLD of glibc's malloc.h.
_MALLOC = {-8: 2, -3: 65_536, -1: 131_072}

_LEVELS = ("debug", "info", "warning", "error")

_START = 60.0
"""Seconds until the banner is given up; a server that listens takes milliseconds."""


@dataclass(frozen=True, slots=True)
class Serving:
    """
    What `exomock serve` was told.

    Args:
        claims: Addresses to listen on.
        scenarios: Names or paths.
        store: The database; closed when the server ends.
        accounts: Accounts that must be there.
        clock: How `--clock` was written, for the banner.
        now: Account time at the start, microseconds; None is the wall clock's.
        quiet: Whether warnings and errors alone are told.
        log: How: text or json.
        me: How the other processes on the database find this one; None where there is no other.
        worker: What a worker among several is called; empty for a process of its own.
        ready: Called instead of the banner once every address takes connections.
    """

    claims: Sequence[Claim | UnixClaim]
    settings: Settings
    scenarios: tuple[str, ...]
    store: Store
    accounts: tuple[NewAccount, ...]
    seed: int
    clock: str
    now: int | None
    log_level: str
    watch: bool
    quiet: bool = False
    log: str = "text"
    me: Advertised | None = None
    worker: str = ""
    ready: Callable[[], None] | None = None

    @property
    def workers(self) -> int:
        """How many processes the server has."""
        return 1

    @property
    def tells(self) -> bool:
        """Whether there is a line for each thing that happens."""
        return not self.quiet and self.log_level in ("debug", "info")

    @property
    def least_level(self) -> str:
        """The level of the log."""
        quiet = max(self.log_level, "warning", key=_LEVELS.index)
        return quiet if self.quiet else self.log_level

    @property
    def url(self) -> str:
        """Where a client on this machine finds the server."""
        return self.ports[0].url

    @property
    def ports(self) -> list[Claim]:
        """Where clients find it."""
        return [each for each in self.claims if isinstance(each, Claim)]

    @property
    def secure_url(self) -> str | None:
        """And by https, where it speaks that."""
        return next((each.url for each in self.ports if each.identity), None)


def serve(serving: Serving) -> None:
    """
    Serve until told to end; returns then.

    One process: nothing of a server that was killed can live on.

    Raises:
        DatabaseError: Another process advertises the same URL.
    """
    as_json = serving.log == "json"
    # Or each number would have a second line, about when it began.
    disable_created_metrics()  # type: ignore[no-untyped-call]
    set_up(serving.least_level, as_json=as_json, with_news=serving.tells, worker=serving.worker)
    for sentence in unknown_variables(os.environ):
        _log.warning("%s", sentence)
    exchange = _exchange(serving)
    # The heartbeat and what sends callbacks must come to their turn beside busy requests: at
    # Python's 5 ms the callbacks of 200 calls a second were seconds late, not 0.1 s.
    sys.setswitchinterval(_SWITCH_INTERVAL)
    exchange.start()
    printer = _printer(serving, exchange)
    try:
        if serving.watch:
            Watch(serving.scenarios, exchange.engine.scenarios.renew).start()
        listen(
            exchange.front(),
            serving.claims,
            lambda: _announce(serving, exchange, printer),
            before_end=exchange.leave if exchange.cluster else None,
        )
    finally:
        heed_no_signals()  # callbacks would stay as being sent
        exchange.stop()
        if printer is not None:
            printer.stop()
        if as_json and not serving.worker:
            say(kind="stopped")


def _exchange(serving: Serving) -> Exchange:
    exchange = Exchange(
        serving.store,
        serving.settings,
        read_scenarios(serving.scenarios),
        accounts=serving.accounts,
        seed=serving.seed,
        wall=wall_now,
        start_at=serving.now,
        me=serving.me,
    )
    exchange.engine.listens_at(serving.settings.advertise or serving.url)
    exchange.courier.listens_on((each.host, each.port) for each in serving.ports)
    return exchange


def _printer(serving: Serving, exchange: Exchange) -> Printer | None:
    """Prints what happens, if anybody wants to see it; it starts after the banner."""
    if not serving.tells:
        return None
    worlds = exchange.engine.worlds
    write = (
        json_writer(sys.stderr, serving.worker)
        if serving.log == "json"
        else text_writer(sys.stderr, lambda: len(worlds) > 1 or bool(serving.worker))
    )
    wording = Wording(exchange.engine.store, exchange.courier.kinds)
    return Printer(exchange.engine.accounts.stand, wording, write)


def listen(
    front: Front,
    claims: Sequence[Claim | UnixClaim],
    ready: Callable[[], None],
    before_end: Callable[[], None] | None = None,
) -> None:
    """
    Listen until a signal says to end.

    Args:
        front: Answers.
        claims: Where to listen.
        ready: Called in a thread of its own once every address takes connections.
        before_end: Called in a thread of its own when the signal comes; requests are answered
            until it returns.
    """
    _raise_descriptors()
    _give_memory_back()
    listener = Listener(front, claims)

    def announce() -> None:
        if listener.wait_until_it_listens(_START):
            ready()

    def end() -> None:
        if before_end is None:
            listener.stop()
            return
        try:
            threading.Thread(target=_end_after, args=(before_end, listener), daemon=True).start()
        except RuntimeError:  # no thread can be started, and nobody tells it a second time
            listener.stop()

    def started(loop: asyncio.AbstractEventLoop) -> None:
        _heed_signals(loop, end)
        if is_told():  # before, and it was lost
            end()
        threading.Thread(target=announce, daemon=True).start()

    listener.run(started)


def _heed_signals(loop: asyncio.AbstractEventLoop, end: Callable[[], None]) -> None:
    for which in ENDING:
        try:
            loop.add_signal_handler(which, end)
        except NotImplementedError:  # Windows
            signal.signal(which, lambda *_: end())


def _end_after(before_end: Callable[[], None], listener: Listener) -> None:
    try:
        before_end()
    except Exception:  # noqa: BLE001
        _log.exception("not all could be done before the end")
    finally:
        listener.stop()


def _give_memory_back() -> None:
    """
    Let the C library give memory back to the system.

    glibc keeps a heap for each of 80 threads, and each stays as large as it once was: a storm of
    large requests would leave twice the memory that the bounds allow.
    """
    with contextlib.suppress(OSError, AttributeError, TypeError):  # Windows, macOS, musl
        library = ctypes.CDLL(None)
        for option, value in _MALLOC.items():
            library.mallopt(option, value)


def _raise_descriptors() -> None:
    """Let the process have as many descriptors as the system allows: a connection is one."""
    try:
        import resource  # not on Windows, which has no such limit
    except ImportError:
        return
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):  # macOS allows less than it says
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _announce(serving: Serving, exchange: Exchange, printer: Printer | None) -> None:
    """Print the banner once the server answers, so that what it says can be pasted."""
    if serving.ready is not None:
        serving.ready()
    else:
        _print_banner(serving, exchange)
    if printer is not None:
        printer.start()


def _shown(serving: Serving, exchange: Exchange) -> Sequence[Announced]:
    if exchange.cluster is not None:
        return kept(serving.store, serving.accounts, exchange.engine.accounts.scenario)
    worlds = exchange.engine.worlds
    first = serving.accounts[0].sid if serving.accounts else next(iter(worlds))
    return sorted(worlds.values(), key=lambda world: world.sid != first)


def _print_banner(serving: Serving, exchange: Exchange) -> None:
    shown = _shown(serving, exchange)
    if serving.log == "json":
        say(**started(serving, shown))
    else:
        banner(serving, shown)
