"""From the outbox to the receiver: every try is recorded, whatever came of it."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import NamedTuple
from urllib.parse import urlsplit

from exomock import __version__
from exomock.delivery.dispatch import Dispatch, Sending
from exomock.delivery.kinds import Message, kinds
from exomock.delivery.lanes import Key, Lanes
from exomock.delivery.post import Body, Means, Poster, PostResult
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
    """A callback on the wire: where to, with which headers, and what; a GET says its query."""

    url: str
    headers: dict[str, str]
    body: Body | None
    query: tuple[tuple[str, str], ...] = ()


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
        self.kinds = kinds(engine.store, engine.recordings)
        self.wall = wall
        self._reach = Reach(frozenset(settings.allow_callbacks_to), dict(settings.host_alias))
        self._poster = Poster(
            timeout=settings.callback_timeout,
            ca=settings.callback_ca,
            user_agent=USER_AGENT,
            reach=self._reach,
        )
        engine.resets.cut_off = self.cut_off
        self.threads = settings.callback_threads
        lanes = Lanes[Due](self.threads, max(1, self.threads // 2))
        self._dispatch = Dispatch(self.begin, self.finish, self._ledger.fail, lanes)
        self._dispatch.start()

    def listens_on(self, addresses: Iterable[tuple[str, int]]) -> None:
        """
        Learn where this server listens: of its own paths callbacks go to the echo only.

        Args:
            addresses: Each host (a name or an IP address, also 0.0.0.0 or ::) and its port.
        """
        self._reach = self._poster.reach = replace(self._reach, own=listening(addresses))

    def submit(self, dues: Sequence[Due]) -> None:
        """Send these soon, and return at once; if it raises, none is sent."""
        self._dispatch.put(keyed(dues))

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
        return CallbackRequest(masked(url), headers, message.body, message.query)

    def cut_off(self, world: World) -> None:
        """End what is on the wire for older epochs of a world: nobody is told of them any more."""

        def old(owner: object) -> bool:
            return isinstance(owner, Due) and owner.world is world and owner.epoch != world.epoch

        self._poster.cut(old, CUT_OFF)

    def round(self) -> "Round":
        """Make the deliverer of one advance."""
        return Round(self, self._ledger.fail, self.threads)

    def stop(self, patience: float = 1.0) -> None:
        """
        End, waiting at most `patience` seconds for what is on the wire.

        What is cut off then, or not begun, costs no try: it is pending again, due as before.
        """
        self._ledger.closing = True
        self._ledger.give_back(self._dispatch.stop(patience))
        self._poster.close()
        end = stopwatch() + patience
        for world in list(self._engine.worlds.values()):
            world.wait_for(lambda: world.in_flight == 0, max(0.0, end - stopwatch()))  # noqa: B023
        self._dispatch.end(max(0.0, end - stopwatch()))
        self._ledger.close()

    def begin(self, due: Due) -> Sending | None:
        """
        Begin to send one callback.

        Returns:
            What `finish` takes; None if it may not be sent any more.
        """
        if not self._ledger.may_send(due):
            self._ledger.give_back([due])
            return None
        delivery = due.delivery
        kind, began = self.kinds[delivery.kind], self.wall()
        message = kind.make(delivery)
        if message is None:
            self._ledger.lost(due)
            return None
        url = message.url(self._reach.url(delivery.url))
        how = Means(delivery.method, message.headers, kind.answered is not None)
        return Sending(began, self._poster.begin(url, message.body, due, how))

    def finish(self, due: Due, sending: Sending, *, last: bool = False) -> None:
        """
        Record what came of a callback.

        Args:
            due: The callback.
            sending: What `begin` gave; waited for.
            last: Whether no retry is to follow whatever came of it.
        """
        result = sending.ended.result()
        if result.stopped:
            self._ledger.give_back([due])
            return
        heard = self.kinds[due.delivery.kind].answered
        if heard is not None and result.heard is not None and self._ledger.may_send(due):
            heard(due.delivery, result.heard)
        number = due.delivery.tries + 1
        attempt = Attempt(number, sending.began, result.status, result.error, result.milliseconds)
        self._ledger.settle(due, attempt, refused=result.refused, last=last)
        if not result.delivered:
            self._log_failure(due, number, result)

    def _send_last(self, dues: Sequence[Due]) -> None:
        """Send each and wait for it; trouble of exomock itself is a failed try."""
        for due in dues:
            try:
                if (sending := self.begin(due)) is not None:
                    self.finish(due, sending, last=True)
            except Exception as error:  # noqa: BLE001
                self._ledger.fail(due, error, last=True)

    def _log_failure(self, due: Due, number: int, result: PostResult) -> None:
        delivery = due.delivery
        about = self.kinds[delivery.kind].event(delivery.notice)
        _log.warning(
            "%s callback of %s %s to %s failed (try %d): %s",
            about, *delivery.lane, plain(masked(self._reach.url(delivery.url))), number,
            result.error or f"HTTP {result.status}", extra={"is_news": True},
        )  # fmt: skip


class Round:
    """
    Delivers for one advance, which waits for it; a receiver that never answers is given up.

    Args:
        courier: Sends.
        failed: Called with a callback whose sending raised, and with what it raised.
        most: How many may be on the wire at once, 1 or more.
    """

    def __init__(
        self, courier: Courier, failed: Callable[[Due, Exception], None], most: int
    ) -> None:
        self._courier = courier
        self._late: Counter[str] = Counter()
        lanes = Lanes[Due](most, most)
        self._dispatch = Dispatch(self._begin, self._finish, failed, lanes)

    def __call__(self, dues: Sequence[Due]) -> None:
        """Send these now, and return when each has been tried: lanes in parallel."""
        self._dispatch.put(keyed(dues))
        self._dispatch.work_off()

    def _begin(self, due: Due) -> Sending | None:
        if self._late[_receiver(due)] < PATIENCE:
            return self._courier.begin(due)
        ended: Future[PostResult] = Future()
        ended.set_result(_GIVEN_UP)
        return Sending(self._courier.wall(), ended)

    def _finish(self, due: Due, sending: Sending) -> None:
        result = sending.ended.result()
        if result is not _GIVEN_UP:
            receiver = _receiver(due)
            self._late[receiver] = self._late[receiver] + 1 if result.timed_out else 0
        self._courier.finish(due, sending)


def keyed(dues: Sequence[Due]) -> list[tuple[Key, Due]]:
    """Each callback with its lane."""
    return [((due.delivery.account, due.delivery.lane), due) for due in dues]


def _receiver(due: Due) -> str:
    return urlsplit(due.delivery.url).netloc


_GIVEN_UP = PostResult(
    None, f"given up for the rest of this advance: timed out {PATIENCE} times in a row", 0
)
