"""Answers in pieces behind the front: made in threads, and sent from its event loop."""

import asyncio
import logging
import threading
from collections.abc import Iterable
from typing import Any

from exomock.api.wire import Sent
from exomock.pool import Pool

_log = logging.getLogger("exomock.front")

STALLED = 60.0
"""
Seconds in which a client takes a piece, or is let go.

Without a bound it keeps a recording's file open, or a place among the answers that wait, for ever.
"""


class LongAnswers:
    """
    Sends answers whose pieces take their time; who does not read them holds no thread.

    Args:
        pool: Its threads make the pieces, one at a time.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self.under_way: set[asyncio.Task[None]] = set()
        """What is being sent."""

    async def send(self, protocol: Any, sent: Sent) -> None:
        """Send an answer to its end, or until its client has gone or the server ends."""
        sending = asyncio.ensure_future(self._send(protocol, sent))
        self.under_way.add(sending)
        try:
            await asyncio.wait((sending,))
        finally:
            sending.cancel()
            self.under_way.discard(sending)

    def end(self) -> None:
        """Let go of every client now."""
        for sending in list(self.under_way):
            sending.cancel()

    async def _send(self, protocol: Any, sent: Sent) -> None:
        pieces = _Pieces(sent.pieces)
        try:
            out = protocol.response_stream(int(sent.status[:3]), sent.headers)
            while (piece := await self._next(pieces)) is not None:
                async with asyncio.timeout(STALLED):
                    await out.send_bytes(piece)
        except Exception:  # noqa: BLE001 (Granian's errors have no base)
            _log.debug("a client did not wait for the end of its answer")
        finally:
            # A piece may still be made, which takes its time.
            if not self._pool.submit(pieces.close):
                pieces.close()

    async def _next(self, pieces: "_Pieces") -> bytes | None:
        if pieces.are_made:
            return pieces.next()
        made = self._pool.future(pieces.next)
        return None if made is None else await made


class _Pieces:
    """The pieces of an answer; `_lock` keeps them from being closed while one is made."""

    def __init__(self, of: Iterable[bytes]) -> None:
        self.are_made = isinstance(of, list)
        self._of, self._iterator, self._lock = of, iter(of), threading.Lock()

    def next(self) -> bytes | None:
        """The next one; None after the last."""
        with self._lock:
            return next(self._iterator, None)

    def close(self) -> None:
        """Let go of what they are made of."""
        close = getattr(self._of, "close", None)
        if close is not None:
            with self._lock:
                close()
