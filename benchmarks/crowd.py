"""Open boards of the console, as their script does it: a stream each, and parts on each tick."""

import asyncio
import json
import multiprocessing
import re
import time
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Self

from benchmarks.load import request

_LEAST = 0.05
"""Seconds between two drawings of a board, as in `console/static/console.js`."""

_HEADS = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
_PARTS = re.compile(rb'data-live="([a-z-]+)"')
_SINCE = re.compile(rb'data-since="([\d-]+)"')


class Crowd:
    """
    Boards in a process of its own; lives as long as its with-block.

    Args:
        port: Of the server.
        account: Whose board.
        many: How many.

    Attributes:
        drawings: How often they have asked for their parts, in all; there at the end.
    """

    def __init__(self, port: int, account: str, many: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._here, there = context.Pipe()
        self._process = context.Process(target=_run, args=(port, account, many, there), daemon=True)
        self.drawings = 0

    def __enter__(self) -> Self:
        self._process.start()
        self._here.recv()  # all follow
        return self

    def __exit__(self, *_: object) -> None:
        self._here.send(None)
        self.drawings = self._here.recv()
        self._process.join()


def _run(port: int, account: str, many: int, parent: Connection) -> None:
    asyncio.run(_crowd(port, account, many, parent))


async def _crowd(port: int, account: str, many: int, parent: Connection) -> None:
    boards = [_Board(port, account) for _ in range(many)]
    tasks = [asyncio.ensure_future(each.run()) for each in boards]
    await asyncio.gather(*(each.follows.wait() for each in boards))
    begun = sum(each.drawings for each in boards)
    parent.send(None)
    await asyncio.get_running_loop().run_in_executor(None, parent.recv)
    parent.send(sum(each.drawings for each in boards) - begun)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


class _Board:
    """One page: a line for the stream, and one for what is asked."""

    def __init__(self, port: int, account: str) -> None:
        self._port, self._page = port, f"/_exomock/console/accounts/{account}"
        self._stream = f"/_exomock/accounts/{account}/events?brief=true&lasts=25"
        self.follows, self._ticked = asyncio.Event(), asyncio.Event()
        self._heard = ""
        self.drawings = 0

    async def run(self) -> None:
        """Open the page, follow and draw until it is cancelled."""
        self._line = await asyncio.open_connection("127.0.0.1", self._port)
        page = await self._get(self._page)
        parts = b",".join(dict.fromkeys(_PARTS.findall(page))).decode()
        self._heard = _SINCE.findall(page)[0].decode()
        drawing = asyncio.ensure_future(self._draw(f"{self._page}?part={parts}"))
        with suppress(asyncio.CancelledError):
            while True:
                await self._follow()
        drawing.cancel()

    async def _get(self, target: str) -> bytes:
        reader, writer = self._line
        writer.write(request(target))
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head.decode())
        return await reader.readexactly(int(_HEADS.findall(head)[0]))

    async def _follow(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(request(self._stream))
        await reader.readuntil(b"\r\n\r\n")
        self.follows.set()
        async for line in reader:
            if line.startswith(b"data: "):
                self._heard = f"{self._heard.partition('-')[0]}-{json.loads(line[6:])['number']}"
                self._ticked.set()
        writer.close()

    async def _draw(self, target: str) -> None:
        took = 0.0
        while True:
            await self._ticked.wait()
            self._ticked.clear()
            began = time.perf_counter()
            await self._get(f"{target}&heard={self._heard}")
            self.drawings += 1
            took = time.perf_counter() - began
            await asyncio.sleep(max(_LEAST, 2 * took))
