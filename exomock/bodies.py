"""Bodies of requests: read whole within a deadline, in the event loop, before anybody looks."""

import asyncio
from contextlib import suppress
from io import BytesIO
from typing import Any
from wsgiref.types import WSGIEnvironment

from exomock.api.edge import BODY, UNREAD, Unread
from exomock.settings import Settings

_PIECE = 65_536
"""Bytes for which a body gets its time anew: a slow upload may go on, one that stops may not."""

_DRAINED = 64 * 1024 * 1024
"""Bytes of a refused body that are read all the same."""


class _TooLongError(Exception):
    """A body is longer than is allowed."""


class Bodies:
    """
    Reads the bodies of one server's requests; lives in the front's event loop.

    Args:
        settings: `max_body`, of a longer one nothing is kept; `body_timeout`, how long it may stop
            for.
    """

    def __init__(self, settings: Settings) -> None:
        self._max_body = settings.max_body
        self._too_long = Unread(
            413, f"the body is longer than {settings.max_body} bytes (setting max-body)"
        )
        self._body_timeout = settings.body_timeout
        self._reading: set[asyncio.Task[Any]] = set()

    async def read(self, environ: WSGIEnvironment, protocol: Any) -> None:
        """Read a body whole, or note why it cannot be."""
        task = asyncio.current_task()
        assert task is not None
        self._reading.add(task)
        try:
            body = await self._whole(environ, protocol)
        except _TooLongError:
            body, environ[UNREAD] = b"", self._too_long
        except TimeoutError:
            why = f"the body stopped for {self._body_timeout:g} s (setting body-timeout)"
            body, environ[UNREAD] = b"", Unread(408, why)
        except asyncio.CancelledError:
            raise
        except Exception:  # noqa: BLE001
            # Granian's errors have no base of their own. The client closed its end too early, or
            # broke the framing: nothing may be done with half a request.
            body, environ[UNREAD] = b"", Unread(400, "the body ended before it was complete")
        finally:
            self._reading.discard(task)
        environ[BODY] = body
        environ["wsgi.input"] = BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body))
        environ.pop("HTTP_TRANSFER_ENCODING", None)

    async def _whole(self, environ: WSGIEnvironment, protocol: Any) -> bytes:
        length = environ.get("CONTENT_LENGTH", "")
        if length.isdecimal() and int(length) > self._max_body:
            raise _TooLongError  # before any of it is read
        if length.isdecimal() and int(length) <= _PIECE:
            async with asyncio.timeout(self._body_timeout):
                return bytes(await protocol())
        body = await self._pieces(protocol)
        if length.isdecimal() and len(body) < int(length):
            raise EOFError
        return body

    async def _pieces(self, protocol: Any) -> bytes:
        """A long body, or one that does not say how long it is."""
        body, ends = bytearray(), 0
        clock = asyncio.get_running_loop().time
        async with asyncio.timeout(self._body_timeout) as patience:
            async for piece in protocol:
                before = len(body) // _PIECE
                body += piece
                # Granian ends a body with an empty piece, and says by one more that it was broken.
                ends += not piece
                if len(body) > self._max_body:
                    raise _TooLongError
                if len(body) // _PIECE > before:
                    patience.reschedule(clock() + self._body_timeout)
        if ends > 1:
            raise EOFError
        return bytes(body)

    async def drain(self, environ: WSGIEnvironment, protocol: Any) -> None:
        """
        Read on what was refused for its length, for as long as a body may take.

        Else the connection is reset while its client is still sending, and he never sees why.
        """
        if environ.get(UNREAD) != self._too_long:
            return
        with suppress(Exception):  # its reading has begun already
            protocol.__aiter__()
        left = _DRAINED
        with suppress(Exception):  # its end, or that of the time, or of the client
            async with asyncio.timeout(self._body_timeout):
                while left > 0:
                    left -= len(await anext(protocol))

    def end(self) -> None:
        """Read no more, not even the rest of half a body."""
        for task in list(self._reading):
            task.cancel()
