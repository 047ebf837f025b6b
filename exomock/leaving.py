"""The end of a server's process, which takes as long as the server and no longer."""

import atexit
import logging
import os
import signal
import sys
from contextlib import suppress
from typing import NoReturn

from exomock.wall import stopwatch

ENDING = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]
"""Signals that end a process."""

_ONE_PRESS = 2.0
"""Seconds in which signals say the same once more: a wrapper passes on what a terminal has sent."""


class _Process:
    served = False
    told: int | None = None
    until = 0.0


def end_by(which: int, _frame: object) -> None:
    """
    End by a signal: a handler for whoever has no better one yet.

    Temporary files go, because it raises SystemExit. That may be lost: the import of a package may
    catch everything, and Python drops what is raised while an object is finalized. So it is noted
    as well, and a server looks before it begins. The first signal says the status; another one
    does not interrupt the end, unless the end has had its time.
    """
    if _Process.told is None:
        _Process.told, _Process.until = which, stopwatch() + _ONE_PRESS
        sys.exit(128 + which)
    if stopwatch() > _Process.until:
        os._exit(128 + _Process.told)


def heed_signals() -> None:
    """
    End by the first signal that comes, and by that alone, to the last moment of this process.

    Python itself puts the defaults back in the middle of its own end.
    """
    sys.unraisablehook = _unraisable
    for each in ENDING:
        signal.signal(each, end_by)
    atexit.register(heed_no_signals)


def heed_no_signals() -> None:
    """Let nothing interrupt the clean-up: a second Ctrl-C is likely."""
    for each in ENDING:
        signal.signal(each, signal.SIG_IGN)


def _unraisable(args: "sys.UnraisableHookArgs") -> None:
    """Tell of an error that Python drops, as it does itself; an end by a signal is none."""
    if args.exc_type is not SystemExit:
        sys.__unraisablehook__(args)


def end_if_told() -> None:
    """
    End by the signal that has come, if one has: an error may be what became of its SystemExit.

    Raises:
        SystemExit: One has.
    """
    if _Process.told is not None:
        raise SystemExit(128 + _Process.told) from None


def leave_if_told() -> None:
    """
    End this process if a signal has said so, after its clean-up; else return.

    Threads of Granian's may run by then, which abort a process that is taken apart (`leave`).
    """
    if _Process.told is not None:
        atexit._run_exitfuncs()  # noqa: SLF001 (temporary files go there)
        _flush()
        os._exit(128 + _Process.told)


def is_told() -> bool:
    """Whether a signal has said before that this process is to end."""
    return _Process.told is not None


def served() -> None:
    """Note that this process was a server, which has ended as it should: nothing is left to do."""
    _Process.served = True


def leave_if_served() -> None:
    """End this process if it was a server; else return, because somebody else may go on in it."""
    if _Process.served:
        leave()


def leave() -> NoReturn:
    """
    End this process with status 0, after its last word.

    Python would take the interpreter apart first, object by object: that takes three times as long
    as to end the server, and threads of Granian's that still run may abort the process.
    """
    logging.shutdown()
    _flush()
    os._exit(0)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # nobody reads it any more
            stream.flush()
