"""
The connection under a post: a socket that is waited for in an event loop, and never used twice.

Every step (connect, handshake, send, receive) is tried at once. Where the socket is not ready, the
loop does something else until it is. Nothing here has a time: who awaits it sets the deadline, and
a cancelled step leaves a socket that its owner closes.
"""

import asyncio
import errno
import os
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")

_UNDER_WAY = {errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EALREADY, errno.EINTR}
_PIECE = 65_536  # bytes


class Connection:
    """
    One connection of one post; lives until `close`, and belongs to the loop it was made in.

    Args:
        kind: Family, type and protocol, as `socket.socket` takes them.
    """

    def __init__(self, *kind: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._socket = socket.socket(*kind)
        self._socket.setblocking(False)

    async def connect(self, address: Any) -> None:
        """
        Connect to an address, as `socket.connect` takes it.

        Raises:
            OSError: It cannot be.
        """
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        problem = self._socket.connect_ex(address)
        if problem in _UNDER_WAY:
            await self._writable()
            problem = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if problem:
            raise OSError(problem, os.strerror(problem))

    async def secure(self, context: ssl.SSLContext, host: str) -> None:
        """
        Go on in TLS.

        Args:
            context: What is trusted.
            host: Whose certificate it has to be.

        Raises:
            OSError: It is another's, or there is no TLS (ssl.SSLError).
        """
        secured = context.wrap_socket(
            self._socket, server_hostname=host, do_handshake_on_connect=False
        )
        self._socket = secured
        await self._patiently(secured.do_handshake, self._readable)

    async def send(self, content: bytes) -> None:
        """Send all of it; OSError if the receiver has gone."""
        left = memoryview(content)
        while left:
            sent = await self._patiently(lambda: self._socket.send(left), self._writable)  # noqa: B023
            left = left[sent:]

    async def receive(self) -> bytes:
        """What has come, b'' at the end; OSError if the connection was reset."""
        return await self._patiently(lambda: self._socket.recv(_PIECE), self._readable)

    def close(self) -> None:
        """Close it, whatever state it is in."""
        with suppress(OSError):
            self._socket.close()

    async def _patiently(self, step: Callable[[], T], ready: Callable[[], Any]) -> T:
        while True:
            try:
                return step()
            except ssl.SSLWantReadError:
                await self._readable()
            except ssl.SSLWantWriteError:
                await self._writable()
            except BlockingIOError:
                await ready()

    async def _readable(self) -> None:
        waker = self._loop.create_future()
        self._loop.add_reader(self._socket, _wake, waker)
        try:
            await waker
        finally:
            self._loop.remove_reader(self._socket)

    async def _writable(self) -> None:
        waker = self._loop.create_future()
        self._loop.add_writer(self._socket, _wake, waker)
        try:
            await waker
        finally:
            self._loop.remove_writer(self._socket)


def _wake(waker: "asyncio.Future[None]") -> None:
    if not waker.done():  # its post may have been cancelled in the same turn of the loop
        waker.set_result(None)
