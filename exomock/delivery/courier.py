"""From the outbox to the receiver: every try is recorded, whatever came of it."""

import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, NamedTuple

from exomock import __version__
from exomock.delivery.dispatch import Dispatch, Sending
from exomock.delivery.kinds import Message, kinds
from exomock.delivery.lanes import Lanes
from exomock.delivery.payload import Body
from exomock.delivery.post import Means, Poster, PostResult
from exomock.delivery.questions import questions
from exomock.delivery.reach import Address, Reach, listening
from exomock.delivery.remarks import Remarks
from exomock.delivery.round import Round, keyed
from exomock.domain.callback import QUESTION
from exomock.engine import Due, Engine, World
from exomock.plain import masked
from exomock.settings import Settings
from exomock.storage.deliveries import Attempt, CallbackRow
from exomock.storage.trouble import DatabaseFault
from exomock.wall import stopwatch

# UNVERIFIED: the name Exotel's sender gives itself; the headers of a live callback would settle it.
USER_AGENT = f"exomock/{__version__}"

QUESTIONS = 1024
"""How many questions may be on the wire at once; half of them may be one account's."""

CUT_OFF = "cut off: the account was reset, restored or deleted"


class CallbackRequest(NamedTuple):
    """A callback or question on the wire: where to, with which headers, and what."""

    url: str
    headers: dict[str, str]
    body: Body | None
    fields: dict[str, Any]


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
        told = kinds(engine.store, engine.recordings)
        self.kinds = told | {QUESTION: questions(engine, settings)}
        self.wall = wall
        self._own: frozenset[tuple[Address, int]] = frozenset()
        self._reach = Reach(frozenset(settings.allow_callbacks_to), dict(settings.host_alias))
        self._remarks = Remarks(self.kinds, self._reach)
        self._poster = Poster(
            timeout=settings.callback_timeout,
            ca=settings.callback_ca,
            user_agent=USER_AGENT,
            reach=self._reach,
        )
        engine.resets.cut_off = self.cut_off
        self.threads = settings.callback_threads
        lanes = Lanes[Due](self.threads, max(1, self.threads // 2))
        self._dispatch = Dispatch(self.begin, self.finish, self.fail, lanes)
        self._dispatch.start()
        # Questions have places and a thread of their own: a customer's server that takes five
        # seconds for each must hold up no callback.
        asking = Lanes[Due](QUESTIONS, QUESTIONS // 2)
        self._asking = Dispatch(self.begin, self.finish, self.fail, asking)
        self._asking.start()

    def listens_on(self, addresses: Iterable[tuple[str, int]]) -> None:
        """
        Learn where this server listens: of its own paths callbacks go to the echo only.

        Args:
            addresses: Each host (a name or an IP address, also 0.0.0.0 or ::) and its port.
        """
        self._own = listening(addresses)
        self._reach = self._poster.reach = replace(self._reach, own=self._own)

    def siblings_listen_on(self, addresses: Iterable[tuple[str, int]]) -> None:
        """
        Learn where the other processes on the database listen now: theirs are as this server's own.

        Looks names up, and leaves out those that nobody knows; it may take seconds.

        Args:
            addresses: Each host (a name or an IP address) and its port.
        """
        found = set(self._own)
        for each in addresses:
            with suppress(OSError):
                found |= listening([each])
        self._reach = self._poster.reach = replace(self._reach, own=frozenset(found))

    def submit(self, dues: Sequence[Due]) -> None:
        """Send these soon, and return at once; if it raises, none is sent."""
        callbacks, asked = self.sorted(dues)
        if callbacks:
            self._dispatch.put(keyed(callbacks))
        if asked:
            self._asking.put(keyed(asked))

    def sorted(self, dues: Sequence[Due]) -> tuple[Sequence[Due], Sequence[Due]]:
        """Those that tell, and those that ask."""
        asks = [self.kinds[due.delivery.kind].asks for due in dues]
        if not any(asks):  # most often, and then thousands are told
            return dues, ()
        pairs = list(zip(dues, asks, strict=True))
        return [due for due, asked in pairs if not asked], [due for due, asked in pairs if asked]

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
        return CallbackRequest(masked(url), headers, message.body, _fields(message))

    def cut_off(self, world: World) -> None:
        """End what is on the wire for older epochs of a world: nobody is told of them any more."""

        def old(owner: object) -> bool:
            return isinstance(owner, Due) and owner.world is world and owner.epoch != world.epoch

        self._poster.cut(old, CUT_OFF)

    def round(self) -> Round:
        """Make the deliverer of one advance."""
        return Round(self, self.threads, QUESTIONS)

    def stop(self, patience: float = 1.0) -> None:
        """
        End, waiting at most `patience` seconds for what is on the wire.

        What is cut off then, or not begun, costs no try: it is pending again, due as before.
        """
        self._ledger.closing = True
        end = stopwatch() + patience
        for dispatch in (self._asking, self._dispatch):
            self._ledger.give_back(dispatch.stop(max(0.0, end - stopwatch())))
        self._poster.close()
        end = stopwatch() + patience
        for world in list(self._engine.worlds.values()):
            world.wait_for(lambda: world.in_flight == 0, max(0.0, end - stopwatch()))  # noqa: B023
        for dispatch in (self._asking, self._dispatch):
            dispatch.end(max(0.0, end - stopwatch()))
        self._ledger.close()

    def begin(self, due: Due, *, here: bool = False) -> Sending | None:
        """
        Begin to send one callback.

        Args:
            due: The callback.
            here: Whether this thread sends it, because it would only wait for it.

        Returns:
            What `finish` takes; None if it may not be sent any more.
        """
        if not (due.world.alive and self._ledger.may_send(due)):
            self._ledger.give_back([due])
            return None
        delivery = due.delivery
        kind, began = self.kinds[delivery.kind], self.wall()
        try:
            message = kind.make(delivery)
        except DatabaseFault as error:
            # Nothing was sent, so it is no try; it is pending again in a moment.
            self._ledger.drop([due], error)
            return None
        if message is None:
            self._ledger.lost(due, last=kind.asks)
            return None
        if kind.asks and delivery.tries:
            self._remarks.asks_again(due.delivery)
        url = message.url(self._reach.url(delivery.url))
        hears = kind.ended is not None
        how = Means(
            delivery.method, message.headers, hears, kind.timeout, message.rest, message.most, here
        )
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
        kind, number = self.kinds[due.delivery.kind], due.delivery.tries + 1
        if kind.ended is not None and self._ledger.may_send(due):
            try:
                kind.ended(due, result)
            except DatabaseFault:
                if not kind.asks:
                    raise
                # The answer could not be kept, so the call does not know it: the question is asked
                # again.
                self._ledger.give_back([due])
                return
        attempt = Attempt(
            number, sending.began, result.status, result.error, result.milliseconds, result.said
        )
        self._ledger.settle(
            due, attempt, refused=result.refused, last=last or kind.asks, asks=kind.asks
        )
        if result.status is None or not (result.delivered or kind.asks):
            self._remarks.failed(due.delivery, number, result)

    def fail(self, due: Due, error: Exception, *, last: bool = False) -> None:
        """Record a try that exomock itself could not make; who asks hears that no answer came."""
        kind = self.kinds[due.delivery.kind]
        if kind.asks and kind.ended is not None and self._ledger.may_send(due):
            text = f"exomock itself failed: {type(error).__name__}"
            kind.ended(due, PostResult(None, text, 0.0))
        self._ledger.fail(due, error, last=last or kind.asks)

    def _send_last(self, dues: Sequence[Due]) -> None:
        """Send each and wait for it; trouble of exomock itself is a failed try."""
        for due in dues:
            try:
                if (sending := self.begin(due, here=True)) is not None:
                    self.finish(due, sending, last=True)
            except Exception as error:  # noqa: BLE001
                self.fail(due, error, last=True)


def _fields(message: Message) -> dict[str, Any]:
    """What is said, by name: of a form, of JSON, or of a query."""
    body = message.body
    if body is None:
        return dict(message.query)
    return dict(body.fields) if body.fields else dict(json.loads(body.json or "{}"))
