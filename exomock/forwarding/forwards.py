"""Forwards: requests under way to their owners, how many, for how long, and what comes of each."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Any, NamedTuple
from wsgiref.types import WSGIEnvironment

import h11

from exomock.cluster.where import There
from exomock.forwarding.cutting import cut_peer
from exomock.forwarding.hop import BROKEN, Hop
from exomock.forwarding.lines import KeptHops
from exomock.forwarding.request import HOP_BY_HOP, Onward, onward
from exomock.forwarding.trouble import ClientGone, NotForwarded, OwnerGone

_ROOM = 5.0
"""Seconds that a request waits for a place."""

_SOON = 0.05
"""Seconds after which the client is watched: most answers are there before."""

_LOOK_EVERY = 0.5
"""Seconds between two looks at whether the processes that are asked still live."""

_PAUSE = 0.02
"""Seconds before a short end: without them a server sends nothing at all (`api/dripping.py`)."""

_ASKED = 2.0
"""Seconds that a sibling may take for its part of a list of all accounts."""

Headers = list[tuple[str, str]]


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
        try:
            with self._minded(hop, there, protocol):
                whole = await _pass_on(hop, head, protocol)
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
            body = bytearray()
            while isinstance(event := await hop.next(), h11.Data):
                body += event.data
        except BaseException:
            hop.close()
            raise
        self._hops.give_back(there.reach, hop)
        return SiblingAnswer(there, head.status_code, bytes(body))

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(_ROOM):
                await self._places.acquire()
        except TimeoutError:
            why = f"{self._most} requests are being forwarded already (setting max-forwards)"
            raise NotForwarded(f"{why}; nothing was done", "busy") from None
        try:
            yield
        finally:
            self._places.release()

    async def _answer(
        self, request: Onward, there: There, protocol: Any
    ) -> tuple[Hop, h11.Response]:
        """Send a request, and get the head of its answer."""
        new = False
        while True:
            hop = await self._hop(there, new=new)
            try:
                with self._minded(hop, there, protocol):
                    hop.send(request.head, request.body)
                    return hop, await hop.head()
            except BROKEN as error:
                hop.close()
                # A server may close a connection that nothing has gone over for a while. Only what
                # changes nothing is sent again: the owner may have done the rest.
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

    def end(self) -> None:
        """End every forward now."""
        if self._watch is not None:
            self._watch.cancel()
        for hop in list(self._held):
            hop.cut(ClientGone())
        self._hops.close()


def _left(hop: Hop, gone: "asyncio.Future[Any]") -> None:
    if not gone.cancelled():
        gone.exception()  # however it ended: nobody listens there any more
        hop.cut(ClientGone())


def _died(there: There, request: Onward, error: BaseException) -> NotForwarded:
    known = (
        "; nothing changes by asking again"
        if request.again
        else ("; it may have been done, and is not sent twice")
    )
    why = f"the account's process {there.shown} ended before it answered ({error})"
    return NotForwarded(f"{why}{known}", "died")


async def _pass_on(hop: Hop, head: h11.Response, protocol: Any) -> bool:
    """Pass an answer on as it comes; whether it came whole."""
    headers = _headers(head)
    piece, ended = hop.at_hand()
    if ended:
        protocol.response_bytes(head.status_code, headers, piece)
        return True
    out = protocol.response_stream(head.status_code, headers)
    try:
        await _send(out, piece)
        while isinstance(event := await hop.next(), h11.Data):
            await _send(out, bytes(event.data))
    except BROKEN:
        await _end_short(headers, protocol)
        return False
    return True


async def _send(out: Any, piece: bytes) -> None:
    if not piece:
        return
    try:
        await out.send_bytes(piece)
    except Exception:  # noqa: BLE001 - Granian's errors have no base of their own
        raise ClientGone from None


async def _end_short(headers: Headers, protocol: Any) -> None:
    """End an answer so that its client sees that it is not whole."""
    await asyncio.sleep(_PAUSE)
    # Of a length that was announced Granian itself sees that it is not met. Without one it would
    # end the answer in good order.
    if not any(name == "content-length" for name, _value in headers):
        cut_peer(protocol.peer)


def _headers(head: h11.Response) -> Headers:
    return [
        (name.decode(), value.decode("utf-8", "replace"))
        for name, value in head.headers
        if name.decode() not in HOP_BY_HOP
    ]
