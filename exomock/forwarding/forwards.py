"""Forwards: requests under way to their owners, how many, for how long, and what comes of each."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from typing import Any, NamedTuple
from wsgiref.types import WSGIEnvironment

import h11

from exomock.cluster.where import There
from exomock.forwarding.hop import BROKEN, Head, Hop
from exomock.forwarding.lines import KeptHops
from exomock.forwarding.passing import pass_on, passed_on
from exomock.forwarding.request import ELSEWHERE, Onward, onward
from exomock.forwarding.trouble import ClientGone, Moved, NotForwarded, OwnerGone

_ROOM = 5.0
"""Seconds that a request waits for a place."""

_SOON = 0.05
"""Seconds after which the client is watched, because most answers come before."""

_LOOK_EVERY = 0.5
"""Seconds between two looks at whether the processes that are asked still live."""

_ASKED = 2.0
"""Seconds that a sibling may take for its part of a list of all accounts."""

_ELSEWHERE = ELSEWHERE.lower()


class SiblingAnswer(NamedTuple):
    """
    What a sibling has answered for itself.

    Args:
        process: The sibling.
        status: HTTP status; 0 where it has not answered.
        body: Its answer, whole.
        why: Why there is none.
    """

    process: There
    status: int
    body: bytes
    why: str = ""


class Forwards:
    """
    Sends requests on and passes answers back; lives in the front's event loop.

    A forward holds a place and two descriptors, but no thread. So two processes whose threads all
    wait can still answer each other: what was sent on is answered there, and never sent on again.

    Args:
        me: The URL of this process, as its siblings are told.
        most: How many may be under way at once, 1 or more.
        lives: Whether the lease of a process holds; never waits.
        ca: PEM file for siblings on https; None is certifi's.
        counted: Told what became of each: `answered`, `cut` (in the middle), `left` (its client did
            not wait), `unreachable`, `died` (its owner, before it answered) or `busy`.
    """

    def __init__(
        self,
        me: str,
        most: int,
        lives: Callable[[int], bool],
        ca: str | None,
        counted: Callable[[str], None],
    ) -> None:
        self._me, self._most = me, most
        self._lives = lives
        self._places = asyncio.Semaphore(most)
        self._hops = KeptHops(ca)
        self._held: dict[Hop, int] = {}
        self._watch: asyncio.Task[None] | None = None
        self._none_held: asyncio.Event | None = None
        self._counted = counted

    @property
    def taken(self) -> int:
        """How many forwards are under way."""
        return len(self._held)

    async def forward(self, environ: WSGIEnvironment, there: There, protocol: Any) -> None:
        """
        Have a request answered by its owner.

        Args:
            environ: The request, its body read.
            there: The owner.
            protocol: Granian's, of the client; `peer` says who that is.

        Raises:
            NotForwarded: There is no answer to pass on, and the client has been told nothing.
            Moved: The account has another owner by now; nothing was done.
        """
        request = onward(environ, self._me)
        try:
            async with self._place():
                await self._forward(request, there, protocol)
        except NotForwarded as error:
            self._counted(error.result)
            raise
        except ClientGone:
            self._counted("left")

    async def _forward(self, request: Onward, there: There, protocol: Any) -> None:
        hop, head = await self._answer(request, there, protocol)
        if any(name == _ELSEWHERE for name, _value in head.headers):
            hop.close()
            raise Moved
        try:
            if not (whole := passed_on(hop, head, protocol)):
                with self._minded(hop, there, protocol):
                    whole = await pass_on(hop, head, protocol)
        except BaseException:
            hop.close()
            raise
        self._hops.give_back(there.reach, hop)
        self._counted("answered" if whole else "cut")

    async def ask(self, environ: WSGIEnvironment, there: There, target: str) -> SiblingAnswer:
        """
        Ask a sibling for its part of what concerns all accounts; never raises.

        Args:
            environ: The request for the whole: its headers say who asks.
            there: The sibling.
            target: The path and query.
        """
        try:
            async with asyncio.timeout(_ASKED), self._place():
                return await self._heard(onward(environ, self._me, target), there)
        except TimeoutError:
            return SiblingAnswer(there, 0, b"", f"no answer within {_ASKED:g} s")
        except (NotForwarded, *BROKEN) as error:
            return SiblingAnswer(there, 0, b"", str(error))

    async def _heard(self, request: Onward, there: There) -> SiblingAnswer:
        hop, head = await self._answer(request, there, None)
        try:
            piece, ended = hop.at_hand()
            body = bytearray(piece)
            while not ended and isinstance(event := await hop.next(), h11.Data):
                body += event.data
        except BaseException:
            hop.close()
            raise
        self._hops.give_back(there.reach, hop)
        return SiblingAnswer(there, head.status, bytes(body))

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        if self._places.locked():
            await self._wait_for_place()
        else:
            await self._places.acquire()  # which is at once
        try:
            yield
        finally:
            self._places.release()

    async def _wait_for_place(self) -> None:
        try:
            async with asyncio.timeout(_ROOM):
                await self._places.acquire()
        except TimeoutError:
            why = f"{self._most} requests are being forwarded already (setting max-forwards)"
            raise NotForwarded(f"{why}; nothing was done", "busy") from None

    async def _answer(self, request: Onward, there: There, protocol: Any) -> tuple[Hop, Head]:
        """Send a request, and get the head of its answer."""
        new = False
        while True:
            hop = await self._hop(there, new=new)
            try:
                with self._minded(hop, there, protocol):
                    hop.send(request)
                    return hop, await hop.head()
            except BROKEN as error:
                hop.close()
                # A server may close an idle connection. Only a request that changes nothing is
                # sent again, because the owner may have carried out any other.
                again = hop.used and hop.silent and request.again
                if not again or isinstance(error, OwnerGone):
                    raise _died(there, request, error) from None
                new = True
            except BaseException:
                hop.close()
                raise

    async def _hop(self, there: There, *, new: bool) -> Hop:
        try:
            return await self._hops.take(there.reach, new=new)
        except OSError as error:
            why = f"the account's process {there.shown} cannot be reached ({error})"
            raise NotForwarded(f"{why}; nothing was done", "unreachable") from None

    # Whom a forward waits for

    @contextmanager
    def _minded(self, hop: Hop, there: There, protocol: Any) -> Iterator[None]:
        """Cut a hop once its client has gone, or the lease of its owner is over."""
        loop, gone = asyncio.get_running_loop(), []

        def watch() -> None:
            task = asyncio.ensure_future(protocol.client_disconnect())
            task.add_done_callback(partial(_left, hop))
            gone.append(task)

        timer = loop.call_later(_SOON, watch) if protocol is not None else None
        self._held[hop] = there.process
        if self._watch is None:
            self._watch = asyncio.ensure_future(self._look())
        try:
            yield
        finally:
            del self._held[hop]
            if not self._held and self._none_held is not None:
                self._none_held.set()
            if timer is not None:
                timer.cancel()
            for task in gone:
                task.cancel()

    async def _look(self) -> None:
        """Look at the leases of the processes that are asked, while any is."""
        try:
            while self._held:
                before = dict(self._held)
                await asyncio.sleep(_LOOK_EVERY)
                waiting = {p for hop, p in self._held.items() if before.get(hop) == p}
                for process in waiting:
                    if not self._lives(process):
                        self._cut(process)
        finally:
            self._watch = None

    def _cut(self, process: int) -> None:
        for hop, held in list(self._held.items()):
            if held == process:
                hop.cut(OwnerGone("its lease is over"))

    async def end(self, patience: float) -> None:
        """Let forwards end within so many seconds; clients of the others are told of the stop."""
        self._none_held = asyncio.Event()
        if self._held:
            with suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await self._none_held.wait()
        if self._watch is not None:
            self._watch.cancel()
        for hop in list(self._held):
            hop.cut(NotForwarded("exomock is stopping; it may have been done", "died"))
        self._hops.close()


def _left(hop: Hop, gone: "asyncio.Future[Any]") -> None:
    if not gone.cancelled():
        gone.exception()  # asked for, because asyncio logs an exception that nobody has asked for
        hop.cut(ClientGone())


def _died(there: There, request: Onward, error: BaseException) -> NotForwarded:
    known = (
        "; nothing changes by asking again"
        if request.again
        else ("; it may have been done, and is not sent twice")
    )
    why = f"the account's process {there.shown} ended before it answered ({error})"
    return NotForwarded(f"{why}{known}", "died")
