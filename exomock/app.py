"""The only place that wires: engine, courier, heartbeat and the Flask app of one exomock."""

import math
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Flask, request

from exomock import api, console, control
from exomock.api.edge import Edge
from exomock.api.kept import Kept
from exomock.api.quick import Quick
from exomock.api.recorder import Recorder
from exomock.api.routes import Routes
from exomock.api.short import Short
from exomock.api.visitors import Visitors
from exomock.api.wire import OTHER, Wire
from exomock.api.wiring import AUDIO, ENGINE, METERS, ROUTE
from exomock.control.wiring import COURIER, HEARTBEAT, STREAMS, WAITERS
from exomock.delivery.courier import Courier
from exomock.domain.scenario import Scenario
from exomock.engine import Advanced, Engine, NewAccount
from exomock.engine.turns import let_turns_end
from exomock.front import Front
from exomock.heartbeat import Heartbeat
from exomock.metrics import Metrics, Now, resident
from exomock.places import Places, room_for
from exomock.recording.cache import AudioCache
from exomock.settings import Settings
from exomock.storage.pages import count_running
from exomock.storage.store import Store

if TYPE_CHECKING:
    from exomock.cluster.cluster import Cluster
    from exomock.cluster.membership import Advertised
    from exomock.cluster.where import There


# Held while the routes are made: first requests come in several threads at once, and each would
# make all of them.
_making = threading.Lock()


def routes() -> Flask:
    """
    The routes and error handlers, the same for every exomock of this process.

    Making Flask's map of routes takes longer than all the rest of a server in a test.
    """
    with _making:
        return _made()


@cache
def _made() -> Flask:
    app = Routes("exomock")
    # `Edge` bounds bodies, by the settings of the exomock that is asked.
    app.before_request(_note_route)
    app.config.update(MAX_FORM_MEMORY_SIZE=None, MAX_CONTENT_LENGTH=None)
    api.init_app(app)
    control.init_app(app)
    console.init_app(app)
    return app


def _note_route() -> None:
    rule = request.url_rule
    request.environ[ROUTE] = OTHER if rule is None else rule.rule


def create_app(
    engine: Engine, heartbeat: Heartbeat, courier: Courier, audio: AudioCache, metrics: Metrics
) -> Wire:
    """
    What answers the requests of one exomock.

    Args:
        engine: With its accounts opened.
        heartbeat: What moves time, for the health route.
        courier: Sends callbacks, for the routes that move time.
        audio: Recordings that were made.
        metrics: Counts what it does.
    """
    room = room_for(engine.settings.threads, engine.settings.max_delays)
    parts = {
        ENGINE: engine,
        HEARTBEAT: heartbeat,
        COURIER: courier,
        AUDIO: audio,
        METERS: metrics,
        WAITERS: Places(engine.settings.max_waiters, room),
        STREAMS: Places(engine.settings.max_streams),
    }

    def wired(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ.update(parts)
        return routes()(environ, start_response)

    gate = threading.Lock()
    kept = Kept(Edge(wired, gate), engine)
    visitors = Visitors(kept, engine.settings)
    quick = Quick(engine, kept, visitors, metrics)
    return Wire(
        Recorder(visitors, engine), engine, courier, quick, Short(engine, gate), room, metrics
    )


PORTS = {"http": 80, "https": 443}
"""The port of a URL that names none."""

_LAST_WORDS = 0.5
"""Seconds that advances may take to say how far they have come, once exomock is stopping."""


class Exchange:
    """
    Everything of one exomock but the HTTP server in front; lives from `start` to `stop`.

    Args:
        store: Its database; closed by `stop`, or at once where it cannot be begun with.
        settings: What the server was told.
        scenario: What becomes of calls.
        accounts: Accounts that must be there.
        seed: What chance is drawn from.
        wall: Reads the wall clock, microseconds since the epoch.
        start_at: Account time of new accounts; None is the wall clock's.
        me: How the other processes on the database find this one; None where there is no other.

    Attributes:
        cluster: This process among the others; None where there is no other.
    """

    def __init__(  # noqa: PLR0913
        self,
        store: Store,
        settings: Settings,
        scenario: Scenario,
        *,
        accounts: Sequence[NewAccount],
        seed: int,
        wall: Callable[[], int],
        start_at: int | None = None,
        me: "Advertised | None" = None,
    ) -> None:
        self.engine = Engine(store, settings, scenario, wall, seed)
        self.cluster = None if me is None else _cluster(store, me, settings)
        # Before the cluster is joined, whose first renewals count as well.
        metrics = self.engine.accounts.stand.meters = Metrics(self._now)
        try:
            self._begin(accounts, start_at)
        except BaseException:
            with suppress(Exception):  # the first error is the one that is told
                self.leave()
            # Or its lock would be held by nobody who could let go of it.
            store.close()
            raise
        self.courier = Courier(self.engine, settings, wall)
        self.heartbeat = Heartbeat(self.engine, self.courier)
        self.audio = AudioCache(settings.recording_bytes)
        self.wire = create_app(self.engine, self.heartbeat, self.courier, self.audio, metrics)

    def _begin(self, accounts: Sequence[NewAccount], start_at: int | None) -> None:
        """Join the cluster, where there is one, and let the accounts be there."""
        making = self.engine.making
        if self.cluster is not None:
            self.cluster.plays(self.engine)
            self.engine.accounts.owning = self.cluster.registrar
            self.cluster.join()
            self.cluster.meet()
        begin = making.begin_shared if self.engine.store.shared else making.begin
        begin(accounts, start_at)

    def front(self) -> Front:
        """What stands before it, and sends on what is for others."""
        settings = self.engine.settings
        if self.cluster is None:
            return Front(self.wire, settings)
        from exomock.shared_front import SharedFront  # its HTTP client is no part of most servers

        meters = self.engine.accounts.stand.meters
        return SharedFront(self.wire, settings, self.cluster.directory, meters)

    def start(self) -> None:
        """Let time run."""
        self.heartbeat.start()
        if self.cluster is not None:
            # Callbacks never go to another process either, but to its echo.
            self.cluster.tell_of_others(self._siblings_are)
            self.cluster.start()

    def _siblings_are(self, others: "Sequence[There]") -> None:
        found = (urlsplit(each.url) for each in others)
        self.courier.siblings_listen_on(
            (each.hostname or "", each.port or PORTS[each.scheme]) for each in found
        )

    def leave(self) -> None:
        """Hand all accounts over to the other processes, while requests still come in."""
        if self.cluster is not None:
            self.cluster.leave()

    def stop(self) -> None:
        """Stop time, give callbacks on the wire half a second, and close the database."""
        self.heartbeat.stop()
        self.courier.stop(patience=0.5)
        let_turns_end(self.engine.worlds.values(), _LAST_WORDS)
        self.leave()
        self.audio.close()
        self.engine.accounts.close()

    def _now(self) -> Now:
        if self.cluster is not None:
            return self.cluster.now()
        return Now(count_running(self.engine.store), len(self.engine.worlds), resident())

    def advance(self, account: str, seconds: float) -> Advanced:
        """
        Let account time pass now; returns when every callback on the way has been tried.

        Args:
            account: The account's Sid.
            seconds: How long, 0 or more; inf until nothing is due any more.

        Raises:
            AccountGone: There is no such account.
            TimeIsMoving: Another advance of it is under way and does not end.
        """
        world = self.engine.accounts.world(account)
        span = seconds if seconds == math.inf else round(seconds * 1_000_000)
        return self.engine.advancing.advance(world, span, self.courier.round())


def _cluster(store: Store, me: "Advertised", settings: Settings) -> "Cluster":
    from exomock.cluster.cluster import Cluster  # most servers are in none

    return Cluster(store, me, settings)
