"""A customer's web server that answers one callback in twenty badly, in a process of its own."""

import asyncio
import hashlib
import multiprocessing
import random
import re
import socket
import struct
from collections import Counter, defaultdict
from typing import Any, Self

BAD = 0.05
WAYS = ("500", "reset", "reset at once", "hang")
HANG = 2.5  # seconds; longer than the soak's --callback-timeout
_ANSWER = b"HTTP/1.1 %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_FIELD = re.compile(rb'name="(CallSid|EventType)"\r\n\r\n([^\r]*)')


class FailingReceiver:
    """A process with a receiver; lives as long as its with-block."""

    def __enter__(self) -> Self:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        self.url = f"http://127.0.0.1:{self._pipe.recv()}/hook"
        return self

    def __exit__(self, *_: object) -> None:
        self._pipe.close()
        self._process.join(5)

    def account(self) -> tuple[dict[tuple[str, str], int], Counter[str]]:
        """Different callbacks answered 200, by Sid and event; and posts answered badly, by how."""
        self._pipe.send("account")
        received, bad = self._pipe.recv()
        return dict(received), bad


class _Receiver:
    def __init__(self) -> None:
        # A callback's bytes are the same in each try, so that a hash tells two from two tries.
        self.received: dict[tuple[str, str], set[bytes]] = defaultdict(set)
        self.bad: Counter[str] = Counter()
        self._chance = random.Random(8)

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read a callback, and answer it well or badly."""
        how = self._chance.choice(WAYS) if self._chance.random() < BAD else ""
        self.bad[how] += bool(how)
        try:
            if how != "reset at once":
                body = await _body(reader)
                await self._answer(writer, body, how)
            if how.startswith("reset"):
                linger = struct.pack("ii", 1, 0)  # closing it resets it
                sock = writer.get_extra_info("socket")
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the server was killed in the middle of it, or the soak is over
        finally:
            writer.close()

    async def _answer(self, writer: asyncio.StreamWriter, body: bytes, how: str) -> None:
        if how == "500":
            writer.write(_ANSWER % b"500 Internal Server Error")
        elif how == "hang":
            await asyncio.sleep(HANG)
        elif not how:
            said = dict(_FIELD.findall(body))
            key = said[b"CallSid"].decode(), said[b"EventType"].decode()
            self.received[key].add(hashlib.sha256(body).digest()[:8])
            writer.write(_ANSWER % b"200 OK")
            await writer.drain()


async def _body(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
    return await reader.readexactly(int(length[1]) if length else 0)


def _serve(pipe: Any) -> None:
    asyncio.run(_run(pipe))


async def _run(pipe: Any) -> None:
    receiver = _Receiver()
    server = await asyncio.start_server(receiver.take, "127.0.0.1", 0, backlog=1024)
    pipe.send(server.sockets[0].getsockname()[1])
    over, loop = asyncio.Event(), asyncio.get_running_loop()

    def asked() -> None:
        try:
            pipe.recv()
        except EOFError:
            loop.remove_reader(pipe.fileno())
            over.set()
            return
        pipe.send(({key: len(found) for key, found in receiver.received.items()}, +receiver.bad))

    loop.add_reader(pipe.fileno(), asked)
    await over.wait()
