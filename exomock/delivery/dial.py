"""From a receiver's name to a connection with it, in TLS where its URL says so."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from exomock.delivery.line import Connection
from exomock.delivery.origin import Endpoint
from exomock.delivery.reach import Reach

InThread = Callable[[Callable[[], Any]], Awaitable[Any]]

_LOOPBACK = {"localhost": ("::1", "127.0.0.1"), "127.0.0.1": ("::1",), "::1": ("127.0.0.1",)}
_PROBE = 0.2  # seconds; a loopback address answers or refuses at once


class Dial:
    """
    Makes connections in a loop of posts; lives as long as it.

    Args:
        ca: PEM file of the authorities to trust for https; None for those of certifi.
        in_thread: Does in a thread what would block the loop.
    """

    def __init__(self, ca: str | None, in_thread: InThread) -> None:
        self._ca = ca
        self._in_thread = in_thread
        self._tls: ssl.SSLContext | None = None

    async def line(self, origin: Endpoint, target: str, reach: Reach | None) -> Connection:
        """
        A line to a receiver.

        Args:
            origin: The receiver.
            target: The path and query that are about to be asked for.
            reach: How far the line may go; None is anywhere.

        Raises:
            TooFar: It may not go there.
            OSError: There is no way there, or no TLS that can be trusted (ssl.SSLError).
        """
        context = await self._context() if origin.secure else None
        line = await self._connected(origin, target, reach)
        try:
            if context is not None:
                await line.secure(context, origin.host.rstrip("."))
        except BaseException:
            line.close()
            raise
        return line

    async def _connected(self, origin: Endpoint, target: str, reach: Reach | None) -> Connection:
        """A line to the first of a host's addresses that takes the connection."""
        problem = OSError("the host has no address")
        for *kind, _, address in await self._addresses(origin.host, origin.port):
            try:
                # Check here, after the look-up, because any name can resolve to any address.
                if reach is not None:
                    reach.check(origin.host, str(address[0]), origin.port, target)
                return await connected(address, *kind)
            except OSError as error:
                problem = error
        if isinstance(problem, ConnectionRefusedError):
            hint = await _hint(origin.host, origin.port)
            raise ConnectionRefusedError(problem.errno, f"connection refused{hint}")
        raise problem

    async def _addresses(self, host: str, port: int) -> Any:
        ask = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        try:
            return ask(flags=socket.AI_NUMERICHOST)  # asks nobody, so it cannot block
        except socket.gaierror:
            return await self._in_thread(ask)  # never cached: names move in a container's life

    async def _context(self) -> ssl.SSLContext:
        """What https trusts; made once, in a thread, because certifi's file takes 20 ms to read."""
        if self._tls is None:
            self._tls = await self._in_thread(partial(trusting, self._ca))
        assert self._tls is not None
        return self._tls


async def connected(address: Any, *kind: int) -> Connection:
    """A line to an address; OSError if there can be none."""
    line = Connection(*kind)
    try:
        await line.connect(address)
    except BaseException:
        line.close()
        raise
    return line


def trusting(ca: str | None) -> ssl.SSLContext:
    """
    The TLS settings of requests and urllib3, with the authorities of a file or folder.

    Raises:
        OSError: There is no such file, or no authority in it.
    """
    # Imported here, because most receivers are on http, and these two are 10 MB.
    from requests.utils import DEFAULT_CA_BUNDLE_PATH
    from urllib3.util.ssl_ import create_urllib3_context

    file = Path(ca or DEFAULT_CA_BUNDLE_PATH)
    if not file.exists():
        raise OSError(f"could not find a suitable TLS CA certificate bundle, invalid path: {file}")
    context = create_urllib3_context()
    if file.is_dir():
        context.load_verify_locations(capath=file)
    else:
        context.load_verify_locations(cafile=file)
    context.set_alpn_protocols(["http/1.1"])
    return context


async def _hint(host: str, port: int) -> str:
    """Which loopback address would have answered: `localhost` may be one of two, or both."""
    for other in _LOOPBACK.get(host, ()):
        family = socket.AF_INET6 if ":" in other else socket.AF_INET
        with suppress(OSError):
            async with asyncio.timeout(_PROBE):
                (await connected((other, port), family, socket.SOCK_STREAM)).close()
            shown = f"[{other}]" if ":" in other else other
            return f" (something listens on {shown}:{port}: use that address)"
    return ""
