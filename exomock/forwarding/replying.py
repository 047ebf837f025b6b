"""An answer to a sibling as HTTP/1.1, by the names that RSGI has for it."""

import asyncio
from collections.abc import Iterator
from typing import Any, Protocol

Pairs = list[tuple[str, str]]

_BODILESS = (204, 304)


class Sibling(Protocol):
    """The connection to a sibling, as an answer needs it."""

    gone: "asyncio.Future[None]"
    """Done once the sibling has gone."""

    def write(self, data: bytes) -> None:
        """Write, from any thread."""

    async def room(self) -> Any:
        """Wait until more may be written; raises ConnectionError once nobody reads it."""


class NearProtocol:
    """
    The way back for one request; RSGI's names, as `Signed` uses them.

    Args:
        line: The connection.
        body: Of the request, all of it.
        head_only: Whether the answer has no body, whatever its length says.
    """

    def __init__(self, line: Sibling, body: bytes, *, head_only: bool) -> None:
        self._line, self._body, self._head_only = line, body, head_only
        self._said = False
        self._stream: NearStream | None = None

    async def __call__(self) -> bytes:
        """The body."""
        return self._body

    def __aiter__(self) -> "NearProtocol":
        """The body in one piece."""
        return self

    async def __anext__(self) -> bytes:
        """The body, once."""
        piece, self._body = self._body, b""
        if not piece:
            raise StopAsyncIteration
        return piece

    async def client_disconnect(self) -> None:
        """Return when the sibling has gone, or does not want the answer any more."""
        await asyncio.shield(self._line.gone)

    def response_bytes(self, status: int, headers: Pairs, body: bytes) -> None:
        """Answer at once."""
        self._begin()
        bodiless = self._head_only or status in _BODILESS
        if not bodiless:
            headers = [each for each in headers if each[0].lower() != "content-length"]
            headers.append(("content-length", str(len(body))))
        self._line.write(_head(status, headers) + (b"" if bodiless else body))

    def response_stream(self, status: int, headers: Pairs) -> "NearStream":
        """Begin an answer that comes in pieces."""
        self._begin()
        bodiless = self._head_only or status in _BODILESS
        length = next((v for n, v in headers if n.lower() == "content-length"), None)
        left = int(length) if length is not None and not bodiless else None
        if length is None and not bodiless:
            headers = [*headers, ("transfer-encoding", "chunked")]
        self._line.write(_head(status, headers))
        self._stream = NearStream(self._line, left, bodiless=bodiless)
        return self._stream

    def _begin(self) -> None:
        if self._said:
            raise RuntimeError("there is an answer already")
        self._said = True

    def end(self) -> bool:
        """End the answer; whether it is whole, so that another may follow it."""
        if not self._said:
            self.response_bytes(500, [], b"")
        return self._stream is None or self._stream.end()


class NearStream:
    """
    An answer in pieces.

    Args:
        line: The connection.
        left: Bytes that were announced; None where each piece says how long it is.
        bodiless: Whether it has none.
    """

    def __init__(self, line: Sibling, left: int | None, *, bodiless: bool) -> None:
        self._line, self._left, self._bodiless = line, left, bodiless

    async def send_bytes(self, piece: bytes) -> None:
        """Send a piece; raises ConnectionError where nobody reads it."""
        await self._line.room()
        if self._bodiless or not piece:
            return
        if self._left is None:
            self._line.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            return
        piece = piece[: self._left]
        self._left -= len(piece)
        self._line.write(piece)

    def end(self) -> bool:
        """End it; whether all came that was announced."""
        if self._left is None and not self._bodiless:
            self._line.write(b"0\r\n\r\n")
        return not self._left


def _head(status: int, headers: Pairs) -> bytes:
    return b"".join((b"HTTP/1.1 %d \r\n" % status, *_lines(headers), b"\r\n"))


def _lines(headers: Pairs) -> Iterator[bytes]:
    for name, value in headers:
        yield f"{name}: {value}\r\n".encode()
