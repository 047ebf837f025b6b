"""
The front of a process that shares its database: what is another's goes to its owner.

A request without an account is answered here. One with an account is answered by whoever plays
that account, wherever it comes in, and by nobody who has lost his lease.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from exomock.api.kept import KeptAnswer
from exomock.api.quick import Headers
from exomock.api.unsettled import unsettled
from exomock.api.visit import CONTROL, visit_of
from exomock.api.visitors import Visitors
from exomock.api.wire import Wire
from exomock.cluster.where import Here, Nobody, There, Unsettled, Where
from exomock.control.guard import refuses
from exomock.control.siblings import CLUSTER, SIBLINGS
from exomock.engine.meters import Meters
from exomock.forwarding.forwards import Forwards
from exomock.forwarding.request import ELSEWHERE, FORWARDED, is_forwarded, scheme_header, take_facts
from exomock.forwarding.sharing import Sharing
from exomock.forwarding.strays import Strays
from exomock.forwarding.trouble import Moved, NotForwarded
from exomock.front import BROKEN, PATIENCE, Front, say
from exomock.pool import Pool
from exomock.settings import Settings
from exomock.signed import Signed
from exomock.whose import ACCOUNTS, account_of, may_make

_ALL = f"{ACCOUNTS}?limit=10000"
_COVERAGE = f"{CONTROL}/coverage"
_OF_ALL = {ACCOUNTS: _ALL, f"{CONTROL}/console": _ALL, _COVERAGE: _COVERAGE}
"""Routes whose answer concerns all accounts, and what siblings are asked for it."""

_IN_VAIN = (ELSEWHERE, "1")
_PLACES = 10_000
"""Accounts whose place is remembered; each takes 200 bytes."""

_PATIENCE, _PAUSE = 1.0, 0.05
"""Seconds in which an account is looked for again whose process is not there, and between two
looks: a worker that is started again listens soon, and what a dead one played is taken over."""

_READS = ("GET", "HEAD")
_LOOKING = 4
"""Threads that ask the database where accounts are."""

_log = logging.getLogger("exomock.front")
_SCHEME, _SENT_ON = scheme_header(), FORWARDED.lower()


class SharedFront(Front):
    """
    A front that knows whose accounts are whose; lives as long as the server.

    Args:
        wire: Answers requests that are whole.
        settings: As `Front`; `max_forwards`, how many requests are sent on at once.
        cluster: Knows who plays what.
        meters: Counts forwards.
    """

    def __init__(self, wire: Wire, settings: Settings, cluster: Sharing, meters: Meters) -> None:
        super().__init__(wire, settings)
        self._cluster, self._settings = cluster, settings
        self._kept, self._quick = wire.quick, self._kept_here
        self._visitors = Visitors(_nobody, settings)
        self._places: dict[str, There] = {}
        self._strays = Strays()
        self._looking = Pool("exomock-where", _LOOKING)
        self.forwards = Forwards(
            cluster.me, settings.max_forwards, cluster.lives, settings.callback_ca, meters.forwarded
        )

    def at_once(self, scope: Any, protocol: Any) -> bool:
        """As `Front`."""
        if not self._give_kept(scope, Signed(protocol, self._cluster.me, scope.client)):
            return False
        self._strays.note(scope.client, None)
        return True

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        """Answer a request, or have it answered."""
        signed = Signed(protocol, self._cluster.me, scope.client)
        await super().__rsgi__(scope, signed)
        self._strays.note(scope.client, signed.sent_to)

    def _kept_here(self, path: str, query: str, headers: Headers, scheme: str) -> KeptAnswer | None:
        """A kept answer of an account that is still ours."""
        if not self._cluster.holds:
            return None
        if _SENT_ON in headers:
            scheme = headers.get(_SCHEME, scheme)
        return self._kept(path, query, headers, scheme)

    async def _answer(self, environ: WSGIEnvironment, protocol: Any) -> None:
        try:
            await self._settled(environ, protocol)
        except NotForwarded as error:
            say(protocol, unsettled(environ, str(error), 1))
        except Exception:  # noqa: BLE001
            _log.exception("a request could not be answered")
            say(protocol, BROKEN)

    async def _settled(self, environ: WSGIEnvironment, protocol: Signed) -> None:
        environ[CLUSTER] = self._cluster
        forwarded = is_forwarded(environ)
        if forwarded:
            take_facts(environ)
        sid = account_of(environ)
        if not sid:
            await self._without_account(environ, protocol, forwarded=forwarded)
            return
        term = self._cluster.term(sid)
        if term is not None:  # most requests
            await self._played(environ, protocol, sid, term)
            return
        clock = asyncio.get_running_loop().time
        give_up = clock() + _PATIENCE
        while not await self._settles(environ, protocol, sid, last=forwarded or clock() > give_up):
            # The process that was asked does not play the account any more, or is not there. It has
            # done nothing.
            self._places.pop(sid, None)
            protocol.owner, protocol.sent_to = self._cluster.me, None
            await asyncio.sleep(_PAUSE)

    async def _settles(
        self, environ: WSGIEnvironment, protocol: Signed, sid: str, *, last: bool
    ) -> bool:
        """Answer, or have it answered; False where nothing was done, and it may be tried again."""
        try:
            await self._settle(environ, protocol, sid, forwarded=is_forwarded(environ))
        except Moved:
            if last:
                why = "the account goes from process to process just now; nothing was done"
                raise NotForwarded(why, "busy") from None
            return False
        except NotForwarded as error:
            if last or error.result != "unreachable":
                raise
            return False
        return True

    async def _settle(
        self, environ: WSGIEnvironment, protocol: Signed, sid: str, *, forwarded: bool
    ) -> None:
        term = self._cluster.term(sid)
        where: Where | None = self._last_place(sid) if term is None else Here()
        if where is None or (forwarded and term is None):
            # In a thread of its own, because it may read the database.
            found = self._looking.future(partial(self._where, sid, environ, forwarded=forwarded))
            if found is None:
                raise NotForwarded("exomock is stopping", "busy")
            where = await found
        if isinstance(where, There):
            if len(self._places) > _PLACES:
                self._places.clear()
            self._places[sid] = where
            await self._forward(environ, where, protocol)
        elif isinstance(where, Unsettled):
            said = unsettled(environ, where.why, where.retry_after)
            say(protocol, said._replace(headers=[*said.headers, _IN_VAIN]) if forwarded else said)
        else:
            await self._played(environ, protocol, sid, term or self._cluster.term(sid))

    def _last_place(self, sid: str) -> There | None:
        """
        Where an account was when it was looked for last.

        To ask the table each time costs as much as the rest of a hop. A place that has changed
        costs one hop more, because whoever is asked in vain says so and has done nothing.
        """
        found = self._places.get(sid)
        return found if found is not None and self._cluster.lives(found.process) else None

    def _where(self, sid: str, environ: WSGIEnvironment, *, forwarded: bool) -> Where:
        """Where an account is, or will be; asked in a thread."""
        where: Where = self._cluster.where(sid)
        if isinstance(where, Nobody) and not forwarded and may_make(environ):
            # A sibling may make it at the same moment: the row of its owner decides whose it is.
            where = self._cluster.home(sid)
        if isinstance(where, There) and forwarded:
            return Unsettled(
                f"the account has gone to {where.shown} while this request was on its way from "
                "another process; nothing was done"
            )
        return where

    async def _forward(self, environ: WSGIEnvironment, there: There, protocol: Signed) -> None:
        if self._refuses(environ):
            # Refuse here: the settings of the owner may let in whom those of this process must not.
            await super()._answer(environ, protocol)
            return
        protocol.owner = None  # the owner's answer is signed
        protocol.sent_to = there.process
        protocol.closes = bool(there.name) and self._strays.enough(protocol.peer, there.process)
        try:
            await self.forwards.forward(environ, there, protocol)
        except NotForwarded:
            self._places.clear()  # whatever is wrong with its owner concerns all of his accounts
            protocol.owner, protocol.sent_to = there.shown, None
            raise

    def _refuses(self, environ: WSGIEnvironment) -> bool:
        if visit_of(environ).control:
            return refuses(self._settings, environ) is not None
        return self._visitors.refuses(environ)

    async def _played(
        self, environ: WSGIEnvironment, protocol: Signed, sid: str, term: int | None
    ) -> None:
        """Answer for an account of this process, or for one that nobody has."""
        if term is not None:
            # An answer that was read is sent only if nobody else can have written meanwhile.
            _if_read(environ, protocol, self._cluster.stays(sid, term))
        await super()._answer(environ, protocol)

    async def _without_account(
        self, environ: WSGIEnvironment, protocol: Signed, *, forwarded: bool
    ) -> None:
        route, tenure = visit_of(environ).route, self._cluster.tenure
        target = _OF_ALL.get(route) if environ["REQUEST_METHOD"] in _READS else None
        if target is None or self._refuses(environ):
            await super()._answer(environ, protocol)
            return
        if tenure is None:
            raise NotForwarded("this process has lost its lease, and shows nothing", "busy")
        if not forwarded:
            if route == _COVERAGE:
                target += f"?{environ['QUERY_STRING']}"
            asked = [self.forwards.ask(environ, each, target) for each in self._cluster.others()]
            environ[SIBLINGS] = await asyncio.gather(*asked)
        _if_read(environ, protocol, lambda: self._cluster.tenure == tenure)
        await super()._answer(environ, protocol)

    async def end(self) -> None:
        """As `Front`; forwards have as long as answers of this process's own."""
        self._ending = True
        await self.forwards.end(PATIENCE)
        await super().end()
        self._looking.stop()


def _if_read(environ: WSGIEnvironment, protocol: Signed, still: Callable[[], bool]) -> None:
    """Have what was read sent only if it is still so when its answer begins."""
    if environ["REQUEST_METHOD"] in _READS:
        protocol.instead = lambda: None if still() else unsettled(environ, _ENDED, 1)


_ENDED = "the lease of this process ended while it read; another one plays the account"


def _nobody(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """The app behind the visitors: never called, because they are only asked whom they refuse."""
    raise NotImplementedError
