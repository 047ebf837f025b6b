"""The standard streams of the command line, which whoever starts it may have closed."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_STREAMS = (("stdin", "r"), ("stdout", "w"), ("stderr", "w"))


def open_closed() -> None:
    """
    Have each standard stream lead somewhere: one that is closed, as by `2>&-`, to nowhere.

    Descriptors are given out from the lowest: the next socket or database would be standard error,
    and the log would be written into it.
    """
    # From the lowest, or one of them would be the descriptor of another.
    for descriptor, (name, mode) in enumerate(_STREAMS):
        if not _is_open(descriptor):
            os.open(os.devnull, os.O_RDWR)
            os.set_inheritable(descriptor, True)  # the command of `exomock run` has it, too
        if getattr(sys, name) is None:
            # Nothing that is printed there may be an error.
            made = open(descriptor, mode, encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115
            setattr(sys, name, made)


def cannot_write(error: OSError) -> str:
    """
    Write no more to standard output, which takes nothing; empty where nobody reads it any more.

    Args:
        error: What came of the last attempt.

    Returns:
        One line about it.
    """
    _lead_nowhere(1)
    if error.errno == errno.EPIPE:
        return ""
    return f"cannot write to standard output: {error.strerror}"


def complain(line: str) -> None:
    """Write a line to standard error, if it takes one: there is no other place to say so."""
    try:
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()
    except OSError:
        _lead_nowhere(2)


@contextmanager
def written() -> Iterator[None]:
    """
    Have all that a block prints be written, or end by one line.

    Raises:
        SystemExit: It cannot be.
    """
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except OSError as error:
        if said := cannot_write(error):
            complain(f"exomock: {said}")
        sys.exit(1)


def _lead_nowhere(descriptor: int) -> None:
    # The interpreter flushes both when it ends, and would stumble over the same once more.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True
