"""The log of `exomock serve`, in which no text from outside forges a line or steers a terminal."""

import json
import logging
import threading

from exomock.ist import iso, ist
from exomock.plain import masked, plain_lines

_LONGEST_LINE = 4000


class PlainFormatter(logging.Formatter):
    """
    Formats records as lines of plain text, with the passwords of URLs masked.

    A record's first line begins with its time, each further one (of a traceback) with four
    spaces, so that no text from outside looks like a record. It is the second net: what comes
    from outside is made plain where it is logged, for the logs of tests have other formatters.
    """

    def formatTime(  # noqa: N802
        self,
        record: logging.LogRecord,
        datefmt: str | None = None,  # noqa: ARG002
    ) -> str:
        """The machine's time in IST: lines of accounts stand beside it, and they have no other."""
        return ist(round(record.created * 1_000_000))[11:]

    def format(self, record: logging.LogRecord) -> str:
        """The record's lines."""
        lines = plain_lines(masked(super().format(record)), _LONGEST_LINE)
        return lines.replace("\n", "\n    ")


class JsonFormatter(PlainFormatter):
    """
    Formats records as JSON objects, one a line; their keys are documented.

    Args:
        worker: Who logs, where several processes do.
    """

    def __init__(self, text: str, worker: str = "") -> None:
        super().__init__(text)
        self._who = {"worker": worker} if worker else {}

    def format(self, record: logging.LogRecord) -> str:
        """The record as an object."""
        data = {
            "kind": "log",
            "wall": iso(round(record.created * 1_000_000)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": super().format(record),
            **self._who,
        }
        return json.dumps(data)


def is_logged(record: logging.LogRecord) -> bool:
    """Whether a record is to be logged: what the lines of the news tell as well is not."""
    return not getattr(record, "is_news", False)


def set_up(level: str, *, as_json: bool = False, with_news: bool = False, worker: str = "") -> None:
    """
    Log to stderr, for the life of this process.

    Args:
        level: `debug`, `info`, `warning` or `error`.
        as_json: Whether each record is a JSON object.
        with_news: Whether news are printed, too, so that records which are news need not be.
        worker: Who logs, where several processes do; empty where one does.
    """
    handler = logging.StreamHandler()
    who = f"{worker} " if worker else ""
    text = PlainFormatter(f"%(asctime)s %(levelname)s {who}%(message)s")
    handler.setFormatter(JsonFormatter("%(message)s", worker) if as_json else text)
    if with_news:
        handler.addFilter(is_logged)
    logging.basicConfig(level=level.upper(), handlers=[handler])
    threading.excepthook = thread_died


def thread_died(args: threading.ExceptHookArgs) -> None:
    """Log what ended a thread: Python itself would print the exception's text as it is."""
    if args.exc_type is not SystemExit:
        error = args.exc_value or args.exc_type()
        logging.getLogger("exomock").critical("a thread ended", exc_info=error)
