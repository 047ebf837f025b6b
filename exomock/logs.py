"""The log of `exomock serve`, in which no text from outside forges a line or steers a terminal."""

import logging
import threading

from exomock.plain import masked, plain_lines

_LONGEST_LINE = 4000


class PlainFormatter(logging.Formatter):
    """
    Formats records as lines of plain text, with the passwords of URLs masked.

    A record's first line begins with its time, each further one (of a traceback) with four
    spaces, so that no text from outside looks like a record. It is the second net: what comes
    from outside is made plain where it is logged, for the logs of tests have other formatters.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The record's lines."""
        lines = plain_lines(masked(super().format(record)), _LONGEST_LINE)
        return lines.replace("\n", "\n    ")


def set_up(level: str) -> None:
    """
    Log to stderr, for the life of this process.

    Args:
        level: `debug`, `info`, `warning` or `error`.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(PlainFormatter("%(asctime)s %(levelname)s %(message)s", "%H:%M:%S"))
    logging.basicConfig(level=level.upper(), handlers=[handler])
    threading.excepthook = thread_died


def thread_died(args: threading.ExceptHookArgs) -> None:
    """Log what ended a thread: Python itself would print the exception's text as it is."""
    if args.exc_type is not SystemExit:
        error = args.exc_value or args.exc_type()
        logging.getLogger("exomock").critical("a thread ended", exc_info=error)
