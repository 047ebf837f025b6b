"""
The answer to a post, read as it comes and parsed by the standard library's `http.client`.

`http.client` blocks, so it is given heads only when they are whole. It decides what an answer is,
and what is wrong with it. h11 is stricter: what a lenient receiver says today would be an error.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from http.client import HTTPException, HTTPResponse, IncompleteRead
from io import BytesIO
from typing import Any

_LONGEST = 65_536  # bytes of a line; `http.client` refuses one that is longer
_MOST_LINES = 101  # `http.client` refuses a head with more than 100 headers
MOST_READ = 65_536
"""Bytes of a body that are kept at most, and that are read where nobody asks for more."""

SHOWN = 4096
"""Bytes of an answer that people are shown."""

_CRLF = b"\r\n"
_BLANK = (_CRLF, b"\n", b"")
_STATUS = re.compile(rb"HTTP/\S*\s+([1-9]\d\d)(?!\S)")


class NoChunk(IncompleteRead):
    """
    A body says that it comes in chunks, and a line of it is no length of one.

    Args:
        line: That line.
    """

    def __init__(self, line: bytes) -> None:
        super().__init__(b"")
        self.line = line

    def __str__(self) -> str:
        """The line, as it may be shown."""
        return self.line.strip().decode(errors="replace")


class Answer:
    """
    The answer of a receiver, of which most often only the status is wanted.

    Args:
        receive: Gives what has come, b'' at the end.
        method: What was asked by: the answer to a HEAD has no body, whatever its head says.
        most: Bytes of its body that are read at most: it has to end.

    Attributes:
        said: Its first bytes as they came, head and all; `SHOWN` at most.
        body: What has been read of its body, the first `MOST_READ` bytes of it.
        size: Bytes of its body that have been read.
        cut: Whether the body is known to be longer.
    """

    def __init__(
        self,
        receive: Callable[[], Awaitable[bytes]],
        method: str = "POST",
        most: int = MOST_READ,
    ) -> None:
        self._receive = receive
        self._method = method
        self._most = most
        self._held = bytearray()
        self._ended = False
        self.said = bytearray()
        self.body = bytearray()
        self.size = 0
        self.cut = False

    async def head(self) -> HTTPResponse:
        """
        The first head that is no interim one: `http.client` itself skips 100 only, not 103.

        Raises:
            HTTPException: It is none.
        """
        while True:
            line = await self._line()
            said = _STATUS.match(line)
            if said is None:
                # Refuse a first line that is no HTTP before waiting for a head: a mail server says
                # "220 smtp ready", and then waits for us.
                parsed(line, self._method)
            head = line + await self._headers()
            if said is None or not said[1].startswith(b"1"):
                return parsed(head, self._method)

    async def finish(self, head: HTTPResponse) -> None:
        """
        Read the body to its end, but no more of it than was asked for.

        Raises:
            IncompleteRead: It ended too soon, or is no body (`NoChunk`).
        """
        if self._method == "HEAD":
            return
        if head.chunked:
            await self._chunks()
        elif head.length is None:
            await self._read(self._most)
            self.cut = bool(self._held)
        else:
            self.cut = head.length > self._most
            await self._all_of(min(head.length, self._most))

    async def _headers(self) -> bytes:
        """Header lines with the blank one, or as many as `http.client` needs to refuse them."""
        lines = []
        while (line := await self._line()) not in _BLANK:
            lines.append(line)
            if len(line) > _LONGEST or len(lines) > _MOST_LINES:
                break
        return b"".join([*lines, b"\r\n"])

    async def _chunks(self) -> None:
        left = self._most
        while left > 0:
            size = _size(await self._line())
            if size == 0:
                while await self._line() not in _BLANK:
                    pass  # a trailer
                return
            await self._all_of(min(size, left))
            left -= size
            if left > 0:
                await self._line_end()
        self.cut = True

    async def _line_end(self) -> None:
        """Pass over CR LF."""
        while len(self._held) < len(_CRLF):
            if not await self._more():
                raise IncompleteRead(b"")
        del self._held[: len(_CRLF)]

    async def _all_of(self, size: int) -> None:
        if await self._read(size) < size:
            raise IncompleteRead(b"")

    async def _read(self, size: int) -> int:
        """Take so many bytes as the body; how many there were."""
        left = size
        while left and (self._held or await self._more()):
            taken = min(left, len(self._held))
            room = MOST_READ - len(self.body)
            self.body += self._held[: min(taken, room)]
            del self._held[:taken]
            self.size += taken
            left -= taken
        return size - left

    async def _line(self) -> bytes:
        """The next line with its end; what is left if it has none, or is too long."""
        seen = 0
        while (end := self._held.find(b"\n", seen)) < 0:
            seen = len(self._held)
            if seen > _LONGEST or not await self._more():
                end = _LONGEST
                break
        end = min(end, _LONGEST) + 1
        line = bytes(self._held[:end])
        del self._held[:end]
        return line

    async def _more(self) -> bool:
        if not self._ended:
            piece = await self._receive()
            if (room := SHOWN - len(self.said)) > 0:
                self.said += piece[:room]
            self._held += piece
            self._ended = not piece
        return not self._ended


class _Said:
    """A socket to `http.client`: all that it will ever say is here."""

    def __init__(self, said: bytes) -> None:
        self._said = said

    def makefile(self, *_: Any) -> BytesIO:
        return BytesIO(self._said)


def parsed(head: bytes, method: str = "POST") -> HTTPResponse:
    """A head as `http.client` reads it, in answer to a method; HTTPException if it is none."""
    response = HTTPResponse(_Said(head), method=method)  # type: ignore[arg-type]
    response.begin()
    return response


def _size(line: bytes) -> int:
    try:
        size = int(line.partition(b";")[0], 16)
    except ValueError:
        size = -1
    if size < 0:
        raise NoChunk(line) if line else IncompleteRead(b"")
    return size


async def rest_of(answer: Answer, head: HTTPResponse, until: float) -> None:
    """Read what comes of a body by a moment (`stopwatch`); what does not come changes nothing."""
    # Read all the same: a receiver whose answer nobody reads finds its connection reset.
    with suppress(TimeoutError, HTTPException, OSError):
        async with asyncio.timeout_at(until):
            await answer.finish(head)
