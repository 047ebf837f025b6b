"""From the outbox to the receiver: every try is recorded, whatever came of it."""

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple
from urllib.parse import urlsplit

from exomock import __version__
from exomock.delivery.body import callback_body
from exomock.delivery.lanes import Lanes
from exomock.delivery.post import Body, Outcome, Poster
from exomock.delivery.reach import Reach
from exomock.domain.call import Call
from exomock.domain.callback import Notice
from exomock.engine import Due, Engine, World
from exomock.settings import Settings
from exomock.storage.outbox import Attempt, CallbackRow

# UNVERIFIED: the name Exotel's sender gives itself; the headers of a live callback would settle it.
USER_AGENT = f"exomock/{__version__}"
PATIENCE = 3
"""How often in a row a receiver may time out in one advance before it is given up."""

CUT_OFF = "cut off: the account was reset, restored or deleted"


class Sent(NamedTuple):
    """A callback on the wire: where to, with which headers, and what."""

    url: str
    headers: dict[str, str]
    body: Body


Post = Callable[[str, Callable[[], Outcome]], Outcome]

_log = logging.getLogger("exomock.callbacks")


class Courier:
    """
    Sends callbacks; lives as long as the server.

    First tries of one call go one after the other; calls do not wait for each other.

    Args:
        engine: Records what came of each try.
        settings: Timeout, authority, threads and reach.
        wall: Reads the wall clock, microseconds since the epoch.
    """

    def __init__(self, engine: Engine, settings: Settings, wall: Callable[[], int]) -> None:
        self._engine = engine
        self._wall = wall
        self._reach = Reach(frozenset(settings.allow_callbacks_to), dict(settings.host_alias))
        self._poster = Poster(
            timeout=settings.callback_timeout,
            ca=settings.callback_ca,
            user_agent=USER_AGENT,
            reach=self._reach,
        )
        engine.accounts.cut_off = self.cut_off
        self.threads = settings.callback_threads
        self._lanes = Lanes(self.send, self.threads, share=max(1, self.threads // 2))

    def submit(self, dues: Sequence[Due]) -> None:
        """Send these soon, and return at once."""
        for due in dues:
            call = due.delivery.call
            self._lanes.put(call.account, call.sid, due)

    def replay(self, account: str, callback: int) -> bool:
        """
        Send a callback again, now, and once; returns when it has been tried.

        Args:
            account: The account's Sid.
            callback: The callback's id.

        Returns:
            Whether the account has such a callback.

        Raises:
            AccountGone: There is no such account.
        """
        world = self._engine.accounts.world(account)
        delivery = self._engine.store.outbox.one(account, callback)
        if delivery is None:
            return False
        (due,) = self._engine.agenda.hand_out(world, [delivery])
        self.send(due, last=True)
        return True

    def request(self, row: CallbackRow, call: Call) -> Sent:
        """
        A callback as it goes on the wire.

        Args:
            row: The callback.
            call: Its call.
        """
        url = self._reach.url(call.order.callback or "")
        body = callback_body(call.as_of(row.done), Notice(row.notice))
        return Sent(url, self._poster.headers(url, body), body)

    def cut_off(self, world: World) -> None:
        """End what is on the wire for older epochs of a world: nobody is told of them any more."""

        def old(owner: object) -> bool:
            return isinstance(owner, Due) and owner.world is world and owner.epoch != world.epoch

        self._poster.cut(old, CUT_OFF)

    def round(self) -> "Round":
        """What delivers for one advance."""
        return Round(self)

    def stop(self, patience: float = 1.0) -> None:
        """End, waiting at most `patience` seconds for what is on the wire."""
        self._lanes.stop(patience)
        self._poster.close()

    def send(self, due: Due, post: Post | None = None, *, last: bool = False) -> None:
        """
        Send one callback and record what came of it.

        Args:
            due: The callback.
            post: Makes the post, or decides otherwise; called with the URL and the post.
            last: Whether no retry is to follow whatever comes of it.
        """
        delivery = due.delivery
        call, number = delivery.call, delivery.tries + 1
        try:
            if not self._engine.agenda.may_send(due):
                return
            began = self._wall()
            url = self._reach.url(call.order.callback or "")
            body = callback_body(call, delivery.notice)

            def go() -> Outcome:
                return self._poster.post(url, body, due)

            outcome = go() if post is None else post(url, go)
            attempt = Attempt(number, began, outcome.status, outcome.error, outcome.milliseconds)
            self._engine.agenda.settle(due, attempt, refused=outcome.refused, last=last)
            if not outcome.delivered:
                _log.warning(
                    "%s callback of call %s to %s failed (try %d): %s",
                    delivery.notice.event, call.sid, url, number,
                    outcome.error or f"HTTP {outcome.status}",
                )  # fmt: skip
        except Exception:  # noqa: BLE001
            # The thread must live; the callback stays `sending` and goes out after a restart.
            _log.exception("callback of call %s could not be recorded", call.sid)
        finally:
            self._engine.agenda.done_with(due)


class Round:
    """
    Delivers for one advance, which waits for it; a receiver that never answers is given up.

    Args:
        courier: Sends.
    """

    def __init__(self, courier: Courier) -> None:
        self._courier = courier
        self._late: Counter[str] = Counter()

    def __call__(self, dues: Sequence[Due]) -> None:
        """Send these now, and return when each has been tried: calls in parallel."""
        lanes = defaultdict(list)
        for due in dues:
            lanes[due.delivery.call.sid].append(due)
        if len(lanes) <= 1:
            self._send_all(dues)
            return
        with ThreadPoolExecutor(min(len(lanes), self._courier.threads)) as pool:
            list(pool.map(self._send_all, lanes.values()))

    def _send_all(self, dues: Sequence[Due]) -> None:
        for due in dues:
            self._courier.send(due, self._post)

    def _post(self, url: str, go: Callable[[], Outcome]) -> Outcome:
        receiver = urlsplit(url).netloc
        if self._late[receiver] >= PATIENCE:
            return Outcome(
                None,
                f"given up for the rest of this advance: timed out {PATIENCE} times in a row",
                0,
            )
        outcome = go()
        self._late[receiver] = self._late[receiver] + 1 if outcome.timed_out else 0
        return outcome
