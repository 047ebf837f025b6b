"""The wire between an answer and its client: here it waits, is cut, drips, or never comes."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import NamedTuple
from wsgiref.types import WSGIApplication, WSGIEnvironment

from exomock.api.dripping import Cut, Drops
from exomock.api.pieces import PIECES, Pieces
from exomock.api.quick import Quick
from exomock.api.render import WHY, header_text
from exomock.api.visit import visit_of
from exomock.api.wiring import BEATEN, ROUTE, STRUCK
from exomock.api.wsgi import Said, answer_of
from exomock.delivery.courier import Courier
from exomock.domain.clock import SECOND
from exomock.domain.fault import HUNG, Damage, FaultAnswer
from exomock.domain.telling import Telling
from exomock.engine import Engine, Struck, World
from exomock.engine.meters import UNMETERED, Meters
from exomock.places import Places, Room, passing
from exomock.storage.trouble import DatabaseFault
from exomock.wall import stopwatch

PATIENCE = 15
"""Seconds of wall time that an answer waits for receivers, or where there is no place to wait."""

OTHER = "other"
"""What the metrics call a request that no rule took."""

Headers = list[tuple[str, str]]


class Sent(NamedTuple):
    """An answer on its way: its status line, its headers, and pieces that may take their time."""

    status: str
    headers: Headers
    pieces: Iterable[bytes]


class Wire:
    """
    Does to answers what faults say; lives as long as the app.

    Outside the gate of `Edge`: an answer that waits must hold up nobody else.

    Args:
        app: What answers.
        engine: Whose accounts.
        courier: Sends the callbacks that beat an answer.
        quick: Gives answers that are kept, before `answer` is asked.
        is_short: Whether a request will be answered without waiting for anybody.
        room: The threads that answers may hold while they wait.
        meters: Counts what was answered.
    """

    def __init__(
        self,
        app: WSGIApplication,
        engine: Engine,
        courier: Courier,
        quick: Quick,
        is_short: Callable[[WSGIEnvironment], bool],
        room: Room,
        meters: Meters = UNMETERED,
    ) -> None:
        self._app = app
        self._engine = engine
        self._courier = courier
        self._meters = meters
        self.quick = quick
        self.is_short = is_short
        self._delays = Places(engine.settings.max_delays, room)
        self._passing = Places(passing(engine.settings.max_delays))

    def answer(self, environ: WSGIEnvironment) -> Said | Callable[[], Sent]:
        """
        Answer a request.

        Returns:
            The answer, or what makes it: that must be called in a thread which may wait.
        """
        account = visit_of(environ).account
        if not account:
            said, body = self._said(environ), environ.get(PIECES)
            return said if body is None else partial(self._played, said, body)
        before = self._engine.worlds.get(account)
        epoch = None if before is None else before.epoch
        said = self._said(environ)
        if (body := environ.get(PIECES)) is not None:
            return partial(self._played, said, body)
        struck, beaten = environ.get(STRUCK), environ.get(BEATEN)
        if struck is None and beaten is None:
            return said
        # Look again, because an open house may have made the account meanwhile.
        world = before or self._engine.worlds.get(account)
        if world is None:
            return said
        # The epoch is that of the request, so that a later reset ends the wait.
        return partial(
            self._late, world, world.epoch if epoch is None else epoch, said, struck, beaten
        )

    def _said(self, environ: WSGIEnvironment) -> Said:
        said = answer_of(self._app, environ)
        self._meters.answered(environ.get(ROUTE) or OTHER, int(said.status[:3]))
        return said

    def _played(self, said: Said, body: Pieces) -> Sent:
        """The answer with a body in pieces, which a view has left for the wire."""
        status, headers, _ = said
        pieces = body.each
        if body.share is not None:
            pieces = Cut(pieces, int(body.size * body.share))
        if body.rate is not None:
            if self._delays.acquire():
                drops = Drops(pieces, body.rate, self._delays.release)
                return Sent(status, headers, drops)
            headers = noted(headers, f"did not drip, {self._full}")
        return Sent(status, headers, pieces)

    def _late(
        self, world: World, epoch: int, said: Said, struck: Struck | None,
        beaten: Sequence[str] | None,
    ) -> Sent:  # fmt: skip
        for sid in beaten or ():
            try:
                said = said._replace(headers=self._tell(world, sid, said.headers))
            except DatabaseFault as fault:
                # The order is placed all the same. Its callbacks stay in the outbox, and the
                # heartbeat sends them.
                said = said._replace(headers=noted(said.headers, str(fault)))
        if struck is None:
            return Sent(said.status, said.headers, [said.body])
        if struck.delay:
            said = said._replace(headers=self._delay(world, epoch, struck, said.headers))
        return self._damaged(world, epoch, struck.answer, said)

    def _tell(self, world: World, call_sid: str, headers: Headers) -> Headers:
        """Send the callbacks of a call or message; wait until each was tried, or time is up."""
        dues = self._engine.outgoing.take_call(world, call_sid)
        try:
            self._courier.submit(dues)
        except Exception as error:
            self._engine.ledger.drop(dues, error)
            raise
        outbox = self._engine.store.outbox

        def all_tried() -> bool:
            rows = outbox.of(world.sid, call_sid)
            return all(row.attempts or row.state != Telling.SENDING for row in rows)

        if not self._delays.acquire():
            return noted(headers, f"did not wait for its callbacks, {self._full}")
        try:
            world.wait_for(lambda: not world.alive or all_tried(), PATIENCE)
        finally:
            self._delays.release()
        return headers

    def _delay(self, world: World, epoch: int, struck: Struck, headers: Headers) -> Headers:
        if world.telling:
            # Account time stands until the advance has heard from its receivers. The client may be
            # one of them, so a delay by account time could never end.
            return self._pass(world, epoch, struck, headers, "for an advance waits for receivers")
        if self._delays.acquire():
            try:
                self._until(world, epoch, struck.due)
            finally:
                self._delays.release()
            return headers
        return self._pass(world, epoch, struck, headers, self._full)

    def _pass(
        self, world: World, epoch: int, struck: Struck, headers: Headers, why: str
    ) -> Headers:
        """Let a delay pass in wall time, and say so; without a place even for that, do not wait."""
        if not self._passing.acquire():
            return noted(headers, f"did not wait, {why}")
        seconds = min(struck.delay / SECOND, PATIENCE)
        try:
            world.wait_for(lambda: world.over(epoch), seconds)
        finally:
            self._passing.release()
        return noted(headers, f"waited {seconds:g} s of wall time, {why}")

    @property
    def _full(self) -> str:
        why, setting = self._delays.full("answers wait", "max-delays")
        return f"for {why} ({setting})"

    def _until(self, world: World, epoch: int, moment: int) -> None:
        """Wait until the account's clock shows `moment`, however it comes to."""
        give_up = stopwatch() + HUNG

        def over() -> bool:
            return world.over(epoch) or world.clock.at(self._engine.wall()) >= moment

        while not over() and (left := give_up - stopwatch()) > 0:
            ahead = (world.clock.wall_of(moment) - self._engine.wall()) / SECOND
            line = world.clock
            # A clock that is set or advanced is another line: compute the time to wait again.
            world.wait_for(lambda: over() or world.clock is not line, min(left, max(ahead, 0)))  # noqa: B023

    def _damaged(self, world: World, epoch: int, answer: FaultAnswer, said: Said) -> Sent:
        damage, (status, headers, body) = answer.damage, said
        slow = damage in (Damage.HUNG, Damage.DRIPPED)
        # A waiting answer holds a server thread; its place keeps some free for other requests.
        placed = slow and self._delays.acquire()
        if slow and not placed:
            headers = noted(headers, f"neither hung nor dripped, {self._full}")
        if damage is Damage.HUNG and placed:
            world.wait_for(lambda: world.over(epoch), HUNG)
            self._delays.release()
        if damage is Damage.MALFORMED:
            body = malformed(body)
        if body:  # a HEAD has none, and the length of what a GET would have
            headers = [(n, v) for n, v in headers if n.lower() != "content-length"]
            headers.append(("Content-Length", str(len(body))))
        return Sent(status, headers, self._pieces(body, answer, placed=placed))

    def _pieces(self, body: bytes, answer: FaultAnswer, *, placed: bool) -> Iterable[bytes]:
        if answer.damage is Damage.TRUNCATED:
            return Cut([body], int(len(body) * answer.amount))
        if answer.damage is Damage.HUNG:
            return Cut([body], 0)
        if answer.damage is Damage.DRIPPED and placed:
            return Drops([body], answer.amount, self._delays.release)
        return [body]


def noted(headers: Headers, what: str) -> Headers:
    """Headers whose X-Exomock-Why begins with this."""
    return [(n, header_text(f"{what}; {v}") if n == WHY else v) for n, v in headers]


def malformed(body: bytes) -> bytes:
    """A body whose last bracket or tag is missing, so that no parser takes it."""
    text = body.rstrip()
    end = text.rfind(b"<") if text.endswith(b">") else len(text) - 1
    return text[: max(end, 0)]
