"""The connections to siblings that are kept between two forwards."""

import asyncio
import ssl
from collections import defaultdict
from urllib.parse import urlsplit

from exomock.delivery.dial import trusting
from exomock.forwarding.hop import Hop
from exomock.wall import stopwatch

UNIX = "unix:"
"""How the way to a worker of the same machine begins; the path of its socket follows."""

_IDLE = 10.0
"""Seconds that a connection is kept; a server closes it after thirty, so none is closed in use."""

_KEPT = 64
"""Connections that are kept to one sibling."""

_CONNECT = 3.0
"""Seconds until a connection is given up."""

_PORTS = {"http": 80, "https": 443}


class KeptHops:
    """
    Connections to siblings; belongs to one event loop.

    Args:
        ca: PEM file of the authorities to trust where a sibling advertises https; None is those
            of certifi.
    """

    def __init__(self, ca: str | None) -> None:
        self._ca = ca
        self._tls: ssl.SSLContext | None = None
        self._idle: defaultdict[str, list[Hop]] = defaultdict(list)

    async def take(self, reach: str, *, new: bool = False) -> Hop:
        """
        A connection that nobody else uses.

        Args:
            reach: A URL, or `unix:` and the path of a socket.
            new: Whether it must be one that nothing has gone over.

        Raises:
            OSError: There is no way there.
        """
        while not new and self._idle[reach]:
            hop = self._idle[reach].pop()
            if hop.open and stopwatch() - hop.idle_since < _IDLE:
                return hop
            hop.close()
        try:
            async with asyncio.timeout(_CONNECT):
                return await self._connected(reach)
        except TimeoutError:
            raise OSError(f"no connection within {_CONNECT:g} s") from None

    async def _connected(self, reach: str) -> Hop:
        loop = asyncio.get_running_loop()
        if reach.startswith(UNIX):
            return (await loop.create_unix_connection(Hop, reach.removeprefix(UNIX)))[1]
        parts = urlsplit(reach)
        context = self._context() if parts.scheme == "https" else None
        port = parts.port or _PORTS[parts.scheme]
        return (await loop.create_connection(Hop, parts.hostname or "", port, ssl=context))[1]

    def _context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = trusting(self._ca)
        return self._tls

    def give_back(self, reach: str, hop: Hop) -> None:
        """Keep a connection whose answer has been read to its end, if it can be used again."""
        if hop.rest() and len(self._idle[reach]) < _KEPT:
            self._idle[reach].append(hop)
        else:
            hop.close()

    def close(self) -> None:
        """Close those that nobody uses."""
        for each in self._idle.values():
            for hop in each:
                hop.close()
            each.clear()
