"""From the outbox to the receiver: every try is recorded, whatever came of it."""

import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from exomock import __version__
from exomock.delivery.body import callback_body
from exomock.delivery.lanes import Lanes
from exomock.delivery.post import Poster
from exomock.engine import Engine
from exomock.settings import Settings
from exomock.storage.store import Attempt, Delivery

# UNVERIFIED: the name Exotel's sender gives itself; the headers of a live callback would settle it.
USER_AGENT = f"exomock/{__version__}"

_log = logging.getLogger("exomock.callbacks")


class Courier:
    """
    Sends callbacks; lives as long as the server.

    First tries of one call go one after the other; calls do not wait for each other.

    Args:
        engine: Records what came of each try.
        settings: Timeout, authority and threads.
        wall: Reads the wall clock, microseconds since the epoch.
    """

    def __init__(self, engine: Engine, settings: Settings, wall: Callable[[], int]) -> None:
        self._engine = engine
        self._wall = wall
        self._poster = Poster(
            timeout=settings.callback_timeout, ca=settings.callback_ca, user_agent=USER_AGENT
        )
        threads = settings.callback_threads
        self._threads = threads
        self._lanes = Lanes(self._send, threads, share=max(1, threads // 2))

    def submit(self, deliveries: Sequence[Delivery]) -> None:
        """Send these soon, and return at once."""
        for delivery in deliveries:
            self._lanes.put(delivery.call.account, delivery.call.sid, delivery)

    def deliver(self, deliveries: Sequence[Delivery]) -> None:
        """Send these now, and return when each has been tried: calls in parallel."""
        lanes = defaultdict(list)
        for delivery in deliveries:
            lanes[delivery.call.sid].append(delivery)
        if len(lanes) <= 1:
            self._send_all(deliveries)
            return
        with ThreadPoolExecutor(min(len(lanes), self._threads)) as pool:
            list(pool.map(self._send_all, lanes.values()))

    def stop(self, patience: float = 1.0) -> None:
        """End, waiting at most `patience` seconds for what is on the wire."""
        self._lanes.stop(patience)
        self._poster.close()

    def _send_all(self, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            self._send(delivery)

    def _send(self, delivery: Delivery) -> None:
        call, number = delivery.call, delivery.tries + 1
        try:
            began = self._wall()
            body = callback_body(call, delivery.notice)
            outcome = self._poster.post(call.order.callback or "", body)
            attempt = Attempt(number, began, outcome.status, outcome.error, outcome.milliseconds)
            self._engine.agenda.settle(self._engine.worlds[call.account], delivery, attempt)
            if not outcome.delivered:
                _log.warning(
                    "%s callback of call %s to %s failed (try %d): %s",
                    delivery.notice, call.sid, call.order.callback, number,
                    outcome.error or f"HTTP {outcome.status}",
                )  # fmt: skip
        except Exception:  # noqa: BLE001
            # The thread must live; the callback stays `sending` and goes out after a restart.
            _log.exception("callback of call %s could not be recorded", call.sid)
