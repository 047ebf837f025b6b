"""The printer of `exomock serve`: a line on stderr for each thing that happens."""

import json
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, TextIO

from exomock.control.following import AllNews, Next, Wording
from exomock.engine.newsstand import Newsstand, Told
from exomock.lines import Lines
from exomock.wall import rest

_BEHIND = 300
"""Things that happened between two looks of which all are printed; of more the last only."""

_LAST = 50

_GATHERED, _REST, _LONG_REST = 0.02, 0.1, 0.5
"""Seconds before a look, so that what belongs together is told together; after one, and after one
that has left things out: what is busy now has the processor for itself."""

_log = logging.getLogger("exomock.printer")

Write = Callable[[Iterable[dict[str, Any]]], None]


class Printer:
    """
    Prints what happens in all accounts, in a thread of its own, from `start` to `stop`.

    It must not slow down what it tells of. So it looks ten times a second at most; where more has
    happened than anybody can read, it prints how much, and the last of it.

    Args:
        stand: The news of all accounts.
        wording: Writes items out.
        write: Prints them.
    """

    def __init__(self, stand: Newsstand, wording: Wording, write: Write) -> None:
        self._source, self._wording, self._write = AllNews(stand), wording, write
        self._seen = self._source.last
        self._more, self._pause = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="exomock-printer", daemon=True)

    def start(self) -> None:
        """Print what happens from now on."""
        self._source.stand.listen(self._ring)
        self._thread.start()

    def stop(self) -> None:
        """Print what has happened so far, and end."""
        self._source.stand.leave(self._ring)
        self._pause.set()
        self._more.set()
        with suppress(RuntimeError):  # not started yet: it ends as soon as it is
            self._thread.join(1.0)  # or longer, where nobody reads what it prints

    def _ring(self, _news: Told) -> None:
        if not self._more.is_set():
            self._more.set()

    def _run(self) -> None:
        while True:
            self._more.wait()
            ending = self._pause.is_set()
            rest(self._pause, _GATHERED)
            self._more.clear()
            try:
                while pause := self._told():
                    rest(self._pause, pause)
            except (OSError, ValueError):  # nobody reads stderr any more, or it is closed
                self._source.stand.leave(self._ring)
                return
            if ending or self._pause.is_set():
                return

    def _told(self) -> float:
        """Tell what has come; how long to rest then, 0 where there was nothing."""
        behind = self._source.last - self._seen
        if not behind:
            return 0.0
        left_out = behind - _LAST if behind > _BEHIND else 0
        found = self._source.after(self._seen + left_out, _BEHIND)
        self._seen = found.last
        # Before the writing, whose errors end the printer.
        told = list(self._items(found, left_out + found.missed))
        self._write(told)
        return _LONG_REST if left_out else _REST

    def _items(self, found: Next, missed: int) -> Iterable[dict[str, Any]]:
        if missed:
            yield {"kind": "dropped", "at": None, "account": None, "data": {"count": missed}}
        for _number, account, item in found.items:
            try:
                yield self._wording.told(account, item)
            except Exception:  # noqa: BLE001
                # One thing that cannot be told must not keep all that follow from being told.
                _log.exception("a %s of account %s cannot be shown", item.kind, account)


def text_writer(out: TextIO, several: Callable[[], bool]) -> Write:
    """
    Prints lines for people.

    Args:
        out: Where.
        several: Whether there is more than one account, so that lines must name it.
    """
    lines = Lines(colour=coloured(out))

    def write(told: Iterable[dict[str, Any]]) -> None:
        encoding = out.encoding or "utf-8"
        # A name in Hindi must not end the printer of a terminal that cannot write it.
        out.writelines(
            line.encode(encoding, "backslashreplace").decode(encoding) + "\n"
            for line in lines.of(told, account=several())
        )
        out.flush()

    return write


def json_writer(out: TextIO, worker: str = "") -> Write:
    """
    Prints a JSON object a line, in ASCII.

    Args:
        out: Where.
        worker: Who prints, where several do.
    """
    who = {"worker": worker} if worker else {}

    def write(told: Iterable[dict[str, Any]]) -> None:
        out.writelines(json.dumps({**each, **who}) + "\n" for each in told)
        out.flush()

    return write


def coloured(out: TextIO) -> bool:
    """Whether lines may have colours there: on a terminal, unless NO_COLOR forbids it."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return out.isatty() and not plain


def say(**told: Any) -> None:
    """Print a JSON object of its own on stderr, if it takes one, as `started` and `stopped` are."""
    with suppress(OSError):
        json_writer(sys.stderr)([told])
