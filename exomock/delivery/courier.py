"""From the outbox to the receiver: every try is recorded, whatever came of it."""

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import NamedTuple
from urllib.parse import urlsplit

from exomock import __version__
from exomock.delivery.kinds import Message, kinds
from exomock.delivery.lanes import Lanes
from exomock.delivery.post import Body, Poster, PostResult
from exomock.delivery.reach import Reach, listening
from exomock.engine import Due, Engine, World
from exomock.plain import masked, plain
from exomock.settings import Settings
from exomock.storage.deliveries import Attempt, CallbackRow
from exomock.wall import stopwatch

# UNVERIFIED: the name Exotel's sender gives itself; the headers of a live callback would settle it.
USER_AGENT = f"exomock/{__version__}"
PATIENCE = 3
"""How often in a row a receiver may time out in one advance before it is given up."""

CUT_OFF = "cut off: the account was reset, restored or deleted"


class CallbackRequest(NamedTuple):
    """A callback on the wire: where to, with which headers, and what."""

    url: str
    headers: dict[str, str]
    body: Body | None


Post = Callable[[str, Callable[[], PostResult]], PostResult]

_log = logging.getLogger("exomock.callbacks")


class Courier:
    """
    Sends callbacks; lives as long as the server.

    First tries of one lane, as of one call, go one after the other; lanes do not wait for each
    other.

    Args:
        engine: Records what came of each try.
        settings: Timeout, authority, threads and reach.
        wall: Reads the wall clock, microseconds since the epoch.

    Attributes:
        kinds: Makes what is said, and hears what is answered, for each kind of what is told.
    """

    def __init__(self, engine: Engine, settings: Settings, wall: Callable[[], int]) -> None:
        self._engine = engine
        self._ledger = engine.ledger
        self.kinds = kinds(engine.store)
        self._wall = wall
        self._reach = Reach(frozenset(settings.allow_callbacks_to), dict(settings.host_alias))
        self._poster = Poster(
            timeout=settings.callback_timeout,
            ca=settings.callback_ca,
            user_agent=USER_AGENT,
            reach=self._reach,
        )
        engine.resets.cut_off = self.cut_off
        self.threads = settings.callback_threads
        share = max(1, self.threads // 2)
        self._lanes = Lanes(self.send, self._ledger.fail, self.threads, share)

    def listens_on(self, addresses: Iterable[tuple[str, int]]) -> None:
        """
        Learn where this server listens: of its own paths callbacks go to the echo only.

        Args:
            addresses: Each host (a name or an IP address, also 0.0.0.0 or ::) and its port.
        """
        self._reach = self._poster.reach = replace(self._reach, own=listening(addresses))

    def submit(self, dues: Sequence[Due]) -> None:
        """Send these soon, and return at once; if it raises, none is sent."""
        deliveries = [due.delivery for due in dues]
        keys = [(each.account, each.lane) for each in deliveries]
        self._lanes.put(list(zip(keys, dues, strict=True)))

    def replay(self, account: str, callback: int) -> bool:
        """
        Send a callback again, now, and once; returns when it has been tried.

        In an account that collects its callbacks it is collected again, and nothing is sent.

        Args:
            account: The account's Sid.
            callback: The callback's id.

        Returns:
            Whether it could be sent: it exists, and is not on the wire.

        Raises:
            AccountGone: There is no such account.
        """
        world = self._engine.accounts.world(account)
        return self._engine.outgoing.send_again(world, callback, self._send_last)

    def request(self, row: CallbackRow, subject: object) -> CallbackRequest:
        """
        A callback as it goes on the wire, but for the password of its URL.

        Args:
            row: The callback.
            subject: Its owner, as its call.
        """
        message = self.kinds[row.kind].make(row.delivery(subject)) or Message()
        url = message.url(self._reach.url(row.url))
        headers = self._poster.headers(url, message.body) | dict(message.headers)
        return CallbackRequest(masked(url), headers, message.body)

    def cut_off(self, world: World) -> None:
        """End what is on the wire for older epochs of a world: nobody is told of them any more."""

        def old(owner: object) -> bool:
            return isinstance(owner, Due) and owner.world is world and owner.epoch != world.epoch

        self._poster.cut(old, CUT_OFF)

    def round(self) -> "Round":
        """Make the deliverer of one advance."""
        return Round(self, self._ledger.fail)

    def stop(self, patience: float = 1.0) -> None:
        """
        End, waiting at most `patience` seconds for what is on the wire.

        What is cut off then, or not begun, costs no try: it is pending again, due as before.
        """
        self._ledger.closing = True
        self._ledger.give_back(self._lanes.stop(patience))
        self._poster.close()
        end = stopwatch() + patience
        for world in list(self._engine.worlds.values()):
            world.wait_for(lambda: world.in_flight == 0, max(0.0, end - stopwatch()))  # noqa: B023
        self._ledger.close()

    def send(self, due: Due, post: Post | None = None, *, last: bool = False) -> None:
        """
        Send one callback and record what came of it; trouble of exomock itself is a failed try.

        Args:
            due: The callback.
            post: Makes the post, or decides otherwise; called with the URL and the post.
            last: Whether no retry is to follow whatever comes of it.
        """
        try:
            if self._ledger.may_send(due):
                self._tell(due, post, last=last)
            else:
                self._ledger.give_back([due])
        except Exception as error:  # noqa: BLE001
            self._ledger.fail(due, error, last=last)

    def _send_last(self, dues: Sequence[Due]) -> None:
        for due in dues:
            self.send(due, last=True)

    def _tell(self, due: Due, post: Post | None, *, last: bool) -> None:
        delivery = due.delivery
        kind = self.kinds[delivery.kind]
        began = self._wall()
        message = kind.make(delivery)
        if message is None:
            self._ledger.lost(due)
            return
        url = message.url(self._reach.url(delivery.url))

        def go() -> PostResult:
            return self._poster.post(
                url, message.body, due,
                method=delivery.method, headers=message.headers, hear=kind.answered is not None,
            )  # fmt: skip

        result = go() if post is None else post(url, go)
        if result.stopped:
            self._ledger.give_back([due])
            return
        if kind.answered is not None and result.reply is not None and self._ledger.may_send(due):
            kind.answered(delivery, result.reply)
        number = delivery.tries + 1
        attempt = Attempt(number, began, result.status, result.error, result.milliseconds)
        self._ledger.settle(due, attempt, refused=result.refused, last=last)
        if not result.delivered:
            _log.warning(
                "%s callback of %s %s to %s failed (try %d): %s",
                kind.event(delivery.notice), delivery.kind, delivery.sid, plain(masked(url)),
                number, result.error or f"HTTP {result.status}",
            )  # fmt: skip


class Round:
    """
    Delivers for one advance, which waits for it; a receiver that never answers is given up.

    Args:
        courier: Sends.
        failed: Called with a callback whose sending raised, and with what it raised.
    """

    def __init__(self, courier: Courier, failed: Callable[[Due, Exception], None]) -> None:
        self._courier = courier
        self._failed = failed
        self._late: Counter[str] = Counter()

    def __call__(self, dues: Sequence[Due]) -> None:
        """Send these now, and return when each has been tried: lanes in parallel."""
        lanes = defaultdict(list)
        for due in dues:
            lanes[due.delivery.lane].append(due)
        if len(lanes) <= 1:
            self._send_all(dues)
            return
        with ThreadPoolExecutor(min(len(lanes), self._courier.threads)) as pool:
            list(pool.map(self._send_all, lanes.values()))

    def _send_all(self, dues: Sequence[Due]) -> None:
        for due in dues:
            try:
                self._courier.send(due, self._post)
            except Exception as error:  # noqa: BLE001
                self._failed(due, error)  # the others of its lane are to be sent all the same

    def _post(self, url: str, go: Callable[[], PostResult]) -> PostResult:
        receiver = urlsplit(url).netloc
        if self._late[receiver] >= PATIENCE:
            return PostResult(
                None,
                f"given up for the rest of this advance: timed out {PATIENCE} times in a row",
                0,
            )
        result = go()
        self._late[receiver] = self._late[receiver] + 1 if result.timed_out else 0
        return result
