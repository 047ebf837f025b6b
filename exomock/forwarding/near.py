"""
The owner's end of a hop on one machine: siblings' requests, read and answered in the event loop.

Granian takes a request from a thread of its own into the loop, and the answer back. That costs five
changes of threads a hop, more than all the rest of it. Clients from outside need Granian, which
bears with anything. Siblings are this same release, in a folder that is this user's alone.
"""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from threading import get_ident
from typing import Any, NamedTuple, cast
from urllib.parse import unquote

from exomock.forwarding.replying import NearProtocol

_HEAD_ENDS = b"\r\n\r\n"


class NearHeaders(dict[str, str]):
    """Headers by lower-case names, listed as Granian lists its own."""

    def items(self) -> list[tuple[str, str]]:  # type: ignore[override]
        """Names and values."""
        return list(super().items())

    def keys(self) -> list[str]:  # type: ignore[override]
        """Names."""
        return list(super().keys())


class NearScope(NamedTuple):
    """A request as RSGI has it; the names are RSGI's."""

    method: str
    path: str
    query_string: str
    headers: NearHeaders
    scheme: str = "http"
    http_version: str = "1.1"
    server: str = "localhost:80"
    client: str = ""


def read_head(head: bytes) -> NearScope:
    """
    Read a request's head as `forwarding.request` writes it.

    Raises:
        ValueError: It is none.
    """
    first, *lines = head.decode().split("\r\n")
    method, target, version = first.split(" ")
    if version != "HTTP/1.1":
        raise ValueError(version)
    headers = NearHeaders()
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            raise ValueError(line)
        headers[name.lower()] = value.strip(" \t")
    path, _mark, query = target.partition("?")
    return NearScope(method, unquote(path) if "%" in path else path, query, headers)


class Near(asyncio.Protocol):
    """
    A connection from a sibling; one request after the other, lives as long as it.

    Args:
        answer: Answers a request, an RSGI application.
        tasks: Where answers under way are held: a loop holds them weakly.
    """

    def __init__(
        self,
        answer: Callable[[Any, Any], Coroutine[Any, Any, None]],
        tasks: "dict[asyncio.Task[None], Near]",
    ) -> None:
        self._answer, self._tasks = answer, tasks
        self._came = bytearray()
        self._busy = False
        self._writable: asyncio.Future[None] | None = None
        self._transport: asyncio.Transport
        self.loop = asyncio.get_running_loop()
        self.thread = get_ident()
        self.gone = self.loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Begin to answer once a request is whole."""
        self._came += data
        if not self._busy:
            self._begin()

    def _begin(self) -> None:
        end = self._came.find(_HEAD_ENDS)
        if end < 0:
            return
        try:
            scope = read_head(bytes(self._came[:end]))
            length = int(scope.headers.get("content-length", "0"))
        except ValueError:
            self.close()  # no sibling writes that
            return
        end += len(_HEAD_ENDS)
        if len(self._came) < end + length:
            return
        body = bytes(self._came[end : end + length])
        del self._came[: end + length]
        self._busy = True
        self._tasks[self.loop.create_task(self._answered(scope, body))] = self

    async def _answered(self, scope: NearScope, body: bytes) -> None:
        protocol = NearProtocol(self, body, head_only=scope.method == "HEAD")
        try:
            await self._answer(scope, protocol)
        finally:
            self._tasks.pop(cast("asyncio.Task[None]", asyncio.current_task()), None)
            if protocol.end():
                self._busy = False
                self._begin()
            else:
                self.close()

    def write(self, data: bytes) -> None:
        """Write, from any thread."""
        if get_ident() == self.thread:
            self._write(data)
        else:
            self.loop.call_soon_threadsafe(self._write, data)

    def _write(self, data: bytes) -> None:
        if not self.gone.done():
            self._transport.write(data)

    def pause_writing(self) -> None:
        """Let whoever writes wait for the sibling."""
        self._writable = self.loop.create_future()

    def resume_writing(self) -> None:
        """Let him go on."""
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)
        self._writable = None

    async def room(self) -> None:
        """Wait until more may be written; raises ConnectionError once nobody reads it."""
        if self._writable is not None:
            await asyncio.shield(self._writable)
        if self.gone.done():
            raise ConnectionResetError("the sibling has gone")

    def connection_lost(self, _exc: BaseException | None) -> None:
        """Tell whoever waits that nobody listens any more."""
        if not self.gone.done():
            self.gone.set_result(None)
        self.resume_writing()

    def close(self) -> None:
        """End the connection; what was written still goes out."""
        self._transport.close()


class NearServer:
    """
    Listens on a Unix socket for siblings; lives in one event loop.

    Args:
        answer: An RSGI application.
        path: Of the socket, in a folder of this user's alone.
        backlog: How many connections may wait to be taken.
    """

    def __init__(
        self, answer: Callable[[Any, Any], Coroutine[Any, Any, None]], path: Path, backlog: int
    ) -> None:
        self._answer, self._path, self._backlog = answer, path, backlog
        self._tasks: dict[asyncio.Task[None], Near] = {}
        self._lines: set[Near] = set()
        self._stopped = asyncio.Event()

    async def serve(self) -> None:
        """Listen until `stop`; returns when what was under way then has been answered."""
        # A worker that was killed has left its socket behind.
        self._path.unlink(missing_ok=True)
        loop = asyncio.get_running_loop()
        server = await loop.create_unix_server(self._line, str(self._path), backlog=self._backlog)
        try:
            await self._stopped.wait()
            server.close()
            if self._tasks:
                await asyncio.wait(list(self._tasks))
        finally:
            server.close()
            for line in list(self._lines):
                line.close()

    def _line(self) -> Near:
        line = Near(self._answer, self._tasks)
        self._lines.add(line)
        line.gone.add_done_callback(lambda _gone: self._lines.discard(line))
        return line

    def stop(self) -> None:
        """Listen no more."""
        self._stopped.set()
