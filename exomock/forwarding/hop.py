"""
A connection to a sibling, kept for the next request.

Most answers are there whole at once, and say how long they are: twenty lines read those. Any other
is h11's, which takes 70 µs an answer.
"""

import asyncio
import re
from collections import deque
from typing import Any, NamedTuple, cast

import h11

from exomock.forwarding.request import Onward
from exomock.forwarding.trouble import OwnerGone
from exomock.wall import stopwatch

_HELD = 262_144
"""Bytes that wait for a slow client; the owner is read no further beyond."""

_LONGEST_HEAD = 262_144

Event = Any
"""What h11 says: an answer's head, a piece of its body, its end."""

BROKEN = (OSError, h11.ProtocolError, OwnerGone)
"""What a hop raises where the answer goes no further."""


class Head(NamedTuple):
    """
    The head of an answer.

    Args:
        status: HTTP status.
        headers: Names in lower case, and values.
    """

    status: int
    headers: list[tuple[str, str]]


class Hop(asyncio.Protocol):
    """
    One connection to a sibling; lives until `close`, in the loop it was made in.

    Attributes:
        used: How many requests have gone over it before.
        whole: The body of an answer that came with its head at once, else None.
        silent: Whether no byte has come since the last request was sent.
        idle_since: When its last answer ended, by the stopwatch.
    """

    def __init__(self) -> None:
        self._asked: Onward
        self._http: h11.Connection | None = None
        self.whole: bytes | None = None
        self._keeps = True
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

    # Methods that asyncio calls

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

    # Methods that a forward calls

    @property
    def open(self) -> bool:
        """Whether another request may go over it."""
        return not (self._ended or self._error or self._came or self._transport is None)

    def send(self, request: Onward) -> None:
        """Send a request; over a used connection, too."""
        assert self._transport is not None
        self.silent = True
        self._asked, self._http, self.whole = request, None, None
        self._transport.write(request.written())

    async def head(self) -> Head:
        """
        The head of the answer; interim ones (1xx) are read and left out.

        Raises:
            OSError: The connection was torn, or ended before there was a whole head.
            h11.ProtocolError: It is no answer.
            OwnerGone, ClientGone: As `cut` said.
        """
        came = await self._more()
        if self._asked.method != "HEAD" and (found := read_whole(came)) is not None:
            head, self.whole = found
            self._keeps = ("connection", "close") not in head.headers
            return head
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_LONGEST_HEAD)
        # The bytes that h11 makes of these events have been sent already.
        for each in (self._asked.event(), h11.Data(data=self._asked.body), h11.EndOfMessage()):
            self._http.send(each)
        self._http.receive_data(came)
        while True:
            event = await self.next()
            if isinstance(event, h11.Response):
                return _head_of(event)
            if isinstance(event, h11.ConnectionClosed):
                raise ConnectionResetError("the connection ended without an answer")

    async def next(self) -> Event:
        """The next thing of an answer that did not come whole; raises as `head`."""
        assert self._http is not None
        while (event := self._http.next_event()) is h11.NEED_DATA:
            self._http.receive_data(await self._more())
        return event

    def at_hand(self) -> tuple[bytes, bool]:
        """What of the body has come already, and whether that is all of it."""
        if self._http is None:
            return self.whole or b"", True
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
        if not self.open or not self._keeps:
            return False
        if self._http is not None and {self._http.our_state, self._http.their_state} != {h11.DONE}:
            return False
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


def read_whole(came: bytes) -> tuple[Head, bytes] | None:
    """
    An answer with its body, from what has come of it.

    Returns:
        None where it is not all there and no more, or says in another way than by a length where
        it ends, or is anything but plain.
    """
    head, found, body = came.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    status = first[9:12]
    if not found or not first.startswith(b"HTTP/1.1 ") or not _PLAIN.fullmatch(status):
        return None
    headers, length = [], None
    for line in lines:
        name, colon, value = line.partition(b":")
        name = name.lower()
        if not colon or not _NAME.fullmatch(name) or name == b"transfer-encoding":
            return None
        value = value.strip(b" \t")
        if name == b"content-length":
            if length is not None:
                return None
            length = value
        headers.append((name.decode(), value.decode("utf-8", "replace")))
    if length != b"%d" % len(body):
        return None
    return Head(int(status), headers), body


_PLAIN = re.compile(rb"2(?!04)[0-9]{2}|3(?!04)[0-9]{2}|[45][0-9]{2}")
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9a-z-]+")


def _head_of(event: h11.Response) -> Head:
    headers = [(n.decode(), v.decode("utf-8", "replace")) for n, v in event.headers]
    return Head(event.status_code, headers)
