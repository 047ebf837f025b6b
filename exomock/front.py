"""
The front: requests come in whole, and answers go out; the same for `exomock serve` and `Exomock`.

Granian parses HTTP and holds connections in threads that are not Python's. It calls `Front` in an
event loop once the head of a request is there. What must be waited for is waited for in that loop
(a body) or in a pool (an answer): an idle connection, half a head and half a body hold no thread.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from wsgiref.types import WSGIEnvironment

from exomock.api.kept import KeptAnswer
from exomock.api.stream import STREAM
from exomock.api.wire import Sent, Wire
from exomock.api.wsgi import Said
from exomock.bodies import Bodies
from exomock.pool import Pool
from exomock.rsgi import environ_of, headers_of
from exomock.sending import LongAnswers
from exomock.settings import Settings
from exomock.sharing import AskedPart, SharedParts, asked_of
from exomock.streaming import Streams

_log = logging.getLogger("exomock.front")

_HEADER_BYTES = 65_536

PATIENCE = 0.5
"""Seconds that requests may still take when the server is told to end."""

_TEXT = [("Content-Type", "text/plain")]
BROKEN = Said("500 Internal Server Error", _TEXT, b"exomock could not answer: see its log\n")
"""The answer where something around Flask is wrong."""

_LONG_HEAD = Said(
    "431 Request Header Fields Too Large",
    [*_TEXT, ("Connection", "close")],
    b"the headers are longer than 65536 bytes\n",
)
STOPPING = Said("503 Service Unavailable", _TEXT, b"exomock is stopping\n")
"""What is said to a request that comes, or is cut off, while the server ends."""

_NO_THREAD = Said(
    "503 Service Unavailable", _TEXT, b"the system lets exomock start no thread just now\n"
)

_HEADERS = "exomock.stream.headers"
_HEALTH = "/_exomock/health"

Answer = Said | Callable[[], Sent]
"""An answer, or what makes it in a thread that may wait."""


class Front:
    """
    An RSGI application in front of a `Wire`; lives as long as the server.

    Args:
        wire: Answers requests that are whole.
        settings: Of bodies, as `Bodies`; `threads`, how many requests may take their time at once.
    """

    def __init__(self, wire: Wire, settings: Settings) -> None:
        self._wire = wire
        self._quick: Callable[[str, str, Any, str], KeptAnswer | None] = wire.quick
        self._bodies = Bodies(settings)
        self._pool = Pool("exomock-request", settings.threads)
        # Of its own: health must answer while every other thread waits for something.
        self._health = Pool("exomock-health", 1)
        self._streams = Streams()
        self._long = LongAnswers(self._pool)
        self._shared = SharedParts()
        self._ending = False
        self._open: set[asyncio.Future[bool]] = set()

    def at_once(self, scope: Any, protocol: Any) -> bool:
        """
        Answer a request in whatever thread asks, if its answer is kept; whether it was.

        Args:
            scope: The request's.
            protocol: Its way back.
        """
        return self._give_kept(scope, protocol)

    def _give_kept(self, scope: Any, protocol: Any) -> bool:
        if self._ending or scope.method != "GET":
            return False
        try:
            kept = self._quick(scope.path, scope.query_string, scope.headers, scope.scheme)
        except Exception:  # noqa: BLE001
            # Whatever is wrong with what is kept, the request can be answered anew.
            _log.exception("a kept answer could not be given")
            return False
        if kept is None:
            return False
        with suppress(Exception):  # the client has gone
            protocol.response_bytes(200, kept.headers, kept.body)
        return True

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        """Answer a request."""
        try:
            await self._whole_request(scope, protocol)
        except asyncio.CancelledError:
            # Only the end of the server cancels. Left to Granian, it is a 500 without a word.
            say(protocol, STOPPING)

    async def _whole_request(self, scope: Any, protocol: Any) -> None:
        if self._ending:
            say(protocol, STOPPING)
            return
        # Nobody has looked yet where a sibling sends the request on: it does not come by Granian.
        if self._give_kept(scope, protocol):
            return
        headers = headers_of(scope)
        if sum(len(name) + len(value) for name, value in headers) > _HEADER_BYTES:
            say(protocol, _LONG_HEAD)
            return
        environ = environ_of(scope, headers)
        if "HTTP_TRANSFER_ENCODING" in environ or environ.get("CONTENT_LENGTH", "0") != "0":
            await self._bodies.read(environ, protocol)
        await self._answer(environ, protocol)
        await self._bodies.drain(environ, protocol)

    async def _answer(self, environ: WSGIEnvironment, protocol: Any) -> None:
        if (asked := asked_of(environ)) is not None:
            await self._share(asked, environ, protocol)
            return
        answer: Answer | None = None
        if self._wire.is_short(environ):
            # In the loop itself: handing it to a thread costs as much as answering it.
            answer = self._asked(environ)
            if isinstance(answer, Said):
                say(protocol, answer)
                return
        pool = self._health if environ["PATH_INFO"] == _HEALTH else self._pool
        sent: list[Sent] = []
        await self._in_thread(pool, protocol, lambda: self._work(environ, answer, protocol, sent))
        if sent:
            await self._long.send(protocol, sent[0])
        elif (stream := environ.get(STREAM)) is not None:
            await self._streams.send(protocol, environ[_HEADERS], stream)

    async def _share(self, asked: AskedPart, environ: WSGIEnvironment, protocol: Any) -> None:
        """Answer with a part of a page, which is made once for all who ask for it."""

        async def make() -> Said | None:
            made: list[Answer] = []
            await self._in_thread(self._pool, protocol, lambda: made.append(self._asked(environ)))
            return made[0] if made and isinstance(made[0], Said) else None

        said = await self._shared.said(asked, make)
        say(protocol, said or STOPPING)

    # Answers

    async def _in_thread(self, pool: Pool, protocol: Any, work: Callable[[], None]) -> None:
        """Let a thread work, and return when it has, or when the server ends."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[bool] = loop.create_future()

        def run() -> None:
            try:
                work()
            finally:
                with suppress(RuntimeError):  # the loop has ended meanwhile
                    loop.call_soon_threadsafe(_settle, done, True)

        if not pool.submit(run):
            say(protocol, STOPPING if self._ending else _NO_THREAD)
            return
        self._open.add(done)
        try:
            if not await done:
                say(protocol, STOPPING)
        finally:
            self._open.discard(done)

    def _work(
        self,
        environ: WSGIEnvironment,
        answer: Answer | None,
        protocol: Any,
        sent: list[Sent],
    ) -> None:
        """Answer in a thread; what goes out in pieces is left in `sent`."""
        answer = answer or self._asked(environ)
        if isinstance(answer, Said):
            if STREAM in environ:  # sent by the loop, because it may go on for ever
                environ[_HEADERS] = _endless(answer)
            else:
                say(protocol, answer)
            return
        try:
            sent.append(answer())
        except Exception:  # noqa: BLE001
            _log.exception("a request could not be answered")
            say(protocol, BROKEN)

    def _asked(self, environ: WSGIEnvironment) -> Answer:
        try:
            return self._wire.answer(environ)
        except Exception:  # noqa: BLE001
            # Flask answers its own errors; here stands what is wrong around it.
            _log.exception("a request could not be answered")
            return BROKEN

    # Ending

    async def end(self) -> None:
        """Let requests under way end soon: half a body at once, an answer within half a second."""
        self._ending = True
        self._bodies.end()
        self._streams.end()
        under_way: list[asyncio.Future[Any]] = [*self._open, *self._long.under_way]
        if under_way:
            await asyncio.wait(under_way, timeout=PATIENCE)
        for done in list(self._open):
            _settle(done, False)
        self._long.end()
        self._pool.stop()
        self._health.stop()


def _settle(done: asyncio.Future[bool], worked: bool) -> None:
    if not done.done():
        done.set_result(worked)


def _endless(said: Said) -> list[tuple[str, str]]:
    return [(name, value) for name, value in said.headers if name.lower() != "content-length"]


def say(protocol: Any, said: Said) -> None:
    """Send an answer that is whole, to whoever still listens."""
    with suppress(Exception):  # the client has gone, or has been told that the server ends
        protocol.response_bytes(int(said.status[:3]), said.headers, said.body)
