"""A connection to a sibling: HTTP/1.1 as h11 reads it, kept for the next request."""

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import Any, cast

import h11

from exomock.forwarding.trouble import OwnerGone
from exomock.wall import stopwatch

_HELD = 262_144
"""Bytes that wait for a slow client; the owner is read no further beyond."""

_LONGEST_HEAD = 262_144

Event = Any
"""What h11 says: an answer's head, a piece of its body, its end."""

BROKEN = (OSError, h11.ProtocolError, OwnerGone)
"""What a hop raises where the answer goes no further."""


class Hop(asyncio.Protocol):
    """
    One connection to a sibling; lives until `close`, in the loop it was made in.

    Attributes:
        used: How many requests have gone over it before.
        silent: Whether no byte has come since the last request was sent.
        idle_since: When its last answer ended, by the stopwatch.
    """

    def __init__(self) -> None:
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_LONGEST_HEAD)
        self._transport: asyncio.Transport | None = None
        self._came: deque[bytes] = deque()
        self._held = 0
        self._ended = False
        self._paused = False
        self._error: BaseException | None = None
        self._waiter: asyncio.Future[None] | None = None
        self.used = 0
        self.silent = True
        self.idle_since = 0.0

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Take bytes; the owner is read no further while a slow client leaves too many."""
        self.silent = False
        self._came.append(data)
        self._held += len(data)
        if self._held > _HELD and self._transport is not None and not self._paused:
            self._paused = True
            self._transport.pause_reading()
        self._wake()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Note that nothing more comes, and whether it was torn."""
        self._ended = True
        self._error = self._error or exc
        self._wake()

    def _wake(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    # What a forward does

    @property
    def open(self) -> bool:
        """Whether another request may go over it."""
        return not (self._ended or self._error or self._came or self._transport is None)

    def send(self, head: h11.Request, body: bytes) -> None:
        """Send a request; over a used connection, too."""
        assert self._transport is not None
        events: Iterable[Event] = (head, h11.Data(data=body), h11.EndOfMessage())
        self.silent = True
        self._transport.writelines([self._http.send(each) or b"" for each in events])

    async def head(self) -> h11.Response:
        """
        The head of the answer; interim ones (1xx) are read and left out.

        Raises:
            OSError: The connection was torn, or ended before there was a whole head.
            h11.ProtocolError: It is no answer.
            OwnerGone, ClientGone: As `cut` said.
        """
        while True:
            event = await self.next()
            if isinstance(event, h11.Response):
                return event
            if isinstance(event, h11.ConnectionClosed):
                raise ConnectionResetError("the connection ended without an answer")

    async def next(self) -> Event:
        """The next thing of the answer; raises as `head`."""
        while (event := self._http.next_event()) is h11.NEED_DATA:
            self._http.receive_data(await self._more())
        return event

    def at_hand(self) -> tuple[bytes, bool]:
        """What of the body has come already, and whether that is all of it."""
        if self._came:
            self._http.receive_data(self._take())
        pieces = []
        while isinstance(event := self._http.next_event(), h11.Data):
            pieces.append(bytes(event.data))
        return b"".join(pieces), isinstance(event, h11.EndOfMessage)

    async def _more(self) -> bytes:
        while not self._came:
            if self._error is not None:
                raise self._error
            if self._ended:
                return b""
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        return self._take()

    def _take(self) -> bytes:
        data = b"".join(self._came)
        self._came.clear()
        self._held = 0
        if self._paused and self._transport is not None and not self._ended:
            self._paused = False
            self._transport.resume_reading()
        return data

    def rest(self) -> bool:
        """Be ready for another request; False where the answer's end is that of the connection."""
        if not self.open or self._http.our_state is not h11.DONE:
            return False
        if self._http.their_state is not h11.DONE:
            return False
        self._http.start_next_cycle()
        self.used += 1
        self.idle_since = stopwatch()
        return True

    def cut(self, error: Exception) -> None:
        """End the connection now; the forward that waits for it raises this error."""
        self._error = self._error or error
        self._came.clear()
        self._wake()
        self.close()

    def close(self) -> None:
        """Close it, whatever state it is in; the sibling sees its client go."""
        if self._transport is not None:
            self._transport.abort()
