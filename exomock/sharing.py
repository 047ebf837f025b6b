"""
Parts of pages that many ask for at once, made once for all of them.

Fifty open boards hear of the same event, and ask for the same part at the same moment. The front's
event loop gives it to each: another thread for each would crowd out the requests of v1.
"""

import asyncio
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import NamedTuple
from wsgiref.types import WSGIEnvironment

from exomock.api.wsgi import Said
from exomock.console.pages import HOME, STAND
from exomock.wall import stopwatch

FRESH = 0.25
"""Seconds for which a part serves: its clocks are as old at most, and a browser moves them on."""

_MOST, _LONGEST, _KEY = 64, 262_144, 4_096
"""How many parts are kept, how long each may be, and its address: at most 17 MB."""

_ASKED = re.compile(r"(.*\bpart=.*)&heard=(\d{1,18})-(\d{1,18})")
_STAND = re.compile(r"(\d{1,18})-(\d{1,18})")
_BY = ("PATH_INFO", "HTTP_HOST", "HTTP_AUTHORIZATION", "HTTP_ORIGIN", "wsgi.url_scheme")
"""What else a part depends on: who may see it is a function of these."""

Make = Callable[[], Awaitable[Said | None]]


class AskedPart(NamedTuple):
    """
    A part that a page asks for.

    Args:
        key: What it is, and on what it depends beside the account.
        life: Of the news that the page follows.
        number: The newest event that it has heard of: the part must not be older.
    """

    key: tuple[str, ...]
    life: int
    number: int


class _Kept(NamedTuple):
    life: int
    number: int
    until: float
    said: Said


def asked_of(environ: WSGIEnvironment) -> AskedPart | None:
    """What a request asks for, if it may share the answer: it says of which event it has heard."""
    if environ["REQUEST_METHOD"] != "GET" or not environ["PATH_INFO"].startswith(HOME):
        return None
    found = _ASKED.fullmatch(environ["QUERY_STRING"])
    if found is None or environ.get("CONTENT_LENGTH", "0") != "0":
        return None
    key = (found[1], *(environ.get(each, "") for each in _BY))
    return AskedPart(key, int(found[2]), int(found[3])) if sum(map(len, key)) <= _KEY else None


class SharedParts:
    """Gives parts, and has each made once; lives in one event loop as long as the front."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, ...], _Kept] = OrderedDict()
        self._coming: dict[tuple[str, ...], asyncio.Event] = {}

    async def said(self, asked: AskedPart, make: Make) -> Said | None:
        """
        The part as it was made a moment ago, or is being made for another page, or made now.

        Args:
            asked: Which; never one that was made before the event of which its page has heard.
            make: Makes it; None where that cannot be.
        """
        while (found := self._find(asked)) is None:
            coming = self._coming.get(asked.key)
            if coming is None:
                return await self._made(asked.key, make)
            await coming.wait()
        return found

    def _find(self, asked: AskedPart) -> Said | None:
        kept = self._kept.get(asked.key)
        if kept is None or kept.life != asked.life or kept.number < asked.number:
            return None
        return kept.said if stopwatch() < kept.until else None

    async def _made(self, key: tuple[str, ...], make: Make) -> Said | None:
        coming = self._coming[key] = asyncio.Event()
        try:
            said = await make()
            if said is not None:
                self._keep(key, said)
            return said
        finally:  # whoever waits looks again, and makes it himself if he must
            del self._coming[key]
            coming.set()

    def _keep(self, key: tuple[str, ...], said: Said) -> None:
        stand = _STAND.fullmatch(dict(said.headers).get(STAND, ""))
        if stand is None or len(said.body) > _LONGEST or not said.status.startswith("200"):
            return
        self._kept[key] = _Kept(int(stand[1]), int(stand[2]), stopwatch() + FRESH, said)
        self._kept.move_to_end(key)
        while len(self._kept) > _MOST:
            self._kept.popitem(last=False)
