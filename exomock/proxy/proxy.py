"""The proxy: a loop of its own that reads heads, and hands bytes to and fro."""

import asyncio
import socket
import threading
from contextlib import suppress

from exomock.plain import plain
from exomock.proxy.head import NoRequest, ProxyHead, asked_by
from exomock.proxy.ways import NoWay, Ways

_HEAD_BYTES = 65_536
_HEAD_SECONDS = 30.0
_DIAL_SECONDS = 30.0
_PIECE = 65_536

_REASONS = {
    400: "Bad Request",
    403: "Forbidden",
    408: "Request Timeout",
    431: "Request Header Fields Too Large",
    502: "Bad Gateway",
}

Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter


class Proxy:
    """
    A proxy on a free port of 127.0.0.1, in a thread of its own; lives from `start` to `stop`.

    Args:
        ways: Who may be reached.
    """

    def __init__(self, ways: Ways) -> None:
        self._ways = ways
        self._loop = asyncio.SelectorEventLoop()
        self._stopped = asyncio.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._open: dict[asyncio.Task[None], socket.socket] = {}
        self._thread = threading.Thread(target=self._run, name="exomock-proxy", daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._socket.getsockname()[1])

    def start(self) -> None:
        """Take connections."""
        self._thread.start()

    def stop(self) -> None:
        """Cut all connections, and take no more."""
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join()

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        # No server of asyncio's, because one that is closed drops the connections it has just
        # accepted without closing their sockets: those clients would wait for ever.
        self._socket.setblocking(False)
        loop = asyncio.get_running_loop()
        loop.add_reader(self._socket, self._take)
        await self._stopped.wait()
        loop.remove_reader(self._socket)
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        self._socket.close()
        for each in self._open.values():
            each.close()

    def _take(self) -> None:
        with suppress(OSError):  # it has gone already
            taken, _address = self._socket.accept()
            taken.setblocking(False)
            task = asyncio.get_running_loop().create_task(self._client(taken))
            self._open[task] = taken
            task.add_done_callback(self._over)

    def _over(self, task: asyncio.Task[None]) -> None:
        # While the proxy ends, each connection is closed once more: its task may not have begun.
        if not self._stopped.is_set():
            self._open.pop(task, None)

    async def _client(self, taken: socket.socket) -> None:
        reader, writer = await asyncio.open_connection(sock=taken, limit=_HEAD_BYTES)
        try:
            # A client that has closed its end cannot be answered, nor one that is cut off when the
            # proxy ends.
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._answer(reader, writer)
        finally:
            writer.close()

    async def _answer(self, reader: Reader, writer: Writer) -> None:
        try:
            async with asyncio.timeout(_HEAD_SECONDS):
                asked = asked_by(await reader.readuntil(b"\r\n\r\n"))
            where = self._ways.to(asked.host, asked.port, tunnel=asked.tunnel)
            _check(asked, where)
        except NoWay as error:
            await _say(writer, 403, str(error))
        except NoRequest as error:
            await _say(writer, 400, str(error))
        except asyncio.LimitOverrunError:
            await _say(writer, 431, f"the headers are longer than {_HEAD_BYTES} bytes")
        except TimeoutError:
            await _say(writer, 408, f"no whole head within {_HEAD_SECONDS:g} s")
        else:
            await _joined(asked, where, reader, writer)


def _check(asked: ProxyHead, where: tuple[str, int]) -> None:
    """Refuse to speak https for a client; to exomock http will do, which is on this machine."""
    if asked.secure and not asked.tunnel and where == (asked.host, asked.port):
        raise NoRequest("https through this proxy needs CONNECT")


async def _joined(asked: ProxyHead, where: tuple[str, int], reader: Reader, writer: Writer) -> None:
    """Hand bytes to and fro until both ends have closed."""
    try:
        async with asyncio.timeout(_DIAL_SECONDS):
            there_reader, there_writer = await asyncio.open_connection(*where)
    except OSError as error:  # a TimeoutError is one
        why = error.strerror or "no connection in time"
        await _say(writer, 502, f"{plain(asked.host, 255)}:{asked.port} cannot be reached: {why}")
        return
    try:
        if asked.tunnel:
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            there_writer.write(asked.head)
        await asyncio.gather(_copy(reader, there_writer), _copy(there_reader, writer))
    finally:
        there_writer.close()


async def _copy(source: Reader, target: Writer) -> None:
    """Copy what comes, and then the end of it; an end that breaks ends the other too."""
    while piece := await source.read(_PIECE):
        target.write(piece)
        await target.drain()
    with suppress(OSError):
        target.write_eof()


async def _say(writer: Writer, status: int, why: str) -> None:
    """Answer by ourselves; a client that is refused a tunnel shows no more than the first line."""
    body = f"{why}\n".encode()
    told = why.encode("ascii", "backslashreplace").decode()
    head = [
        f"HTTP/1.1 {status} {_REASONS[status]}: {told}",
        "Content-Type: text/plain; charset=utf-8",
        f"Content-Length: {len(body)}",
        f"X-Exomock-Why: {told}",
        "Connection: close",
    ]
    writer.write("\r\n".join([*head, "", ""]).encode() + body)
    await writer.drain()
