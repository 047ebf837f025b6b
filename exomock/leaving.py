"""The end of a server's process, which takes as long as the server and no longer."""

import logging
import os
import sys
from contextlib import suppress
from typing import NoReturn


class _Process:
    served = False
    told: int | None = None


def end_by(which: int, _frame: object) -> NoReturn:
    """
    End by a signal: a handler for whoever has no better one yet.

    Temporary files go, because it raises SystemExit. That may be lost: the import of a package may
    catch everything, and Python drops what is raised while an object is finalized. So it is noted
    as well, and a server looks before it begins.
    """
    _Process.told = which
    sys.exit(128 + which)


def end_if_told() -> None:
    """
    End by the signal that has come, if one has: an error may be what became of its SystemExit.

    Raises:
        SystemExit: One has.
    """
    if _Process.told is not None:
        raise SystemExit(128 + _Process.told) from None


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
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # nobody reads it any more
            stream.flush()
    os._exit(0)
