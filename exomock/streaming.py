"""Streams behind the front: sent from its event loop, so that none of them holds a thread."""

import asyncio
from contextlib import suppress
from typing import Any

from exomock.api.stream import Stream
from exomock.pool import Pool

HEARTBEAT = 15.0
"""Seconds of silence after which a comment shows that the server is there."""

_REST = 0.02
"""Seconds before a piece of a stream: what happens meanwhile becomes the same piece."""

_BEGUN, _BEAT = b": exomock\n\n", b": still here\n\n"


class Streams:
    """Sends streams, each until its client goes, it is over, or the server ends."""

    def __init__(self) -> None:
        # One thread writes all of them out: many followers must not crowd out what is followed.
        self._pool = Pool("exomock-streams", 1)
        self._sending: set[asyncio.Task[None]] = set()

    async def send(self, protocol: Any, headers: list[tuple[str, str]], stream: Stream) -> None:
        """Send a stream to its end."""
        sending = asyncio.ensure_future(self._send(protocol, headers, stream))
        gone = asyncio.ensure_future(_gone(protocol))
        self._sending.add(sending)
        try:
            await asyncio.wait((sending, gone), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._sending.discard(sending)
            for task in (sending, gone):
                task.cancel()
            stream.close()

    async def _send(self, protocol: Any, headers: list[tuple[str, str]], stream: Stream) -> None:
        ear = _Ear()
        stream.listen(ear.ring)
        with suppress(Exception):  # Granian's errors have no base: the client has gone
            async with asyncio.timeout(stream.lasts):
                out = protocol.response_stream(200, headers)
                await out.send_bytes(_BEGUN)
                await self._pieces(out, stream, ear)

    async def _pieces(self, out: Any, stream: Stream, ear: "_Ear") -> None:
        while True:
            await asyncio.sleep(_REST)
            ear.clear()
            piece = stream.read() if stream.light else await self._read(stream)
            if piece:
                await out.send_bytes(piece)
                await asyncio.sleep(stream.pause)
            elif stream.over:
                return
            elif not await _came(ear):
                await out.send_bytes(_BEAT)

    async def _read(self, stream: Stream) -> bytes:
        loop = asyncio.get_running_loop()
        found: asyncio.Future[bytes] = loop.create_future()

        def work() -> None:
            piece = b""
            try:
                piece = stream.read()
            finally:
                with suppress(RuntimeError):
                    loop.call_soon_threadsafe(_settle, found, piece)

        if not self._pool.submit(work):
            return b""
        return await found

    def end(self) -> None:
        """End all streams now."""
        for task in list(self._sending):
            task.cancel()
        self._pool.stop()


def _settle(found: asyncio.Future[bytes], piece: bytes) -> None:
    if not found.done():
        found.set_result(piece)


class _Ear:
    """Hears in the event loop what any thread rings, once until it is cleared."""

    def __init__(self) -> None:
        self._loop, self.more = asyncio.get_running_loop(), asyncio.Event()
        self._rung = False

    def ring(self) -> None:
        """Say that there may be more."""
        if not self._rung:  # an advance rings a thousand times a second, and waking a loop costs
            self._rung = True
            with suppress(RuntimeError):  # the loop has ended meanwhile
                self._loop.call_soon_threadsafe(self.more.set)

    def clear(self) -> None:
        """Hear what is rung from now on; call it before what there is is read."""
        self._rung = False
        self.more.clear()


async def _came(ear: _Ear) -> bool:
    try:
        async with asyncio.timeout(HEARTBEAT):
            await ear.more.wait()
    except TimeoutError:
        return False
    return True


async def _gone(protocol: Any) -> None:
    """Return when the client has gone."""
    await protocol.client_disconnect()
