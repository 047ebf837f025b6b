"""The garbage collector of a process that is ours: off while it is imported, spared what stays."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def resting() -> Iterator[None]:
    """
    Look for no garbage until `settle`, or the end of the block.

    What is imported makes none, and to look for it among so much is a tenth of a start.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def settle() -> None:
    """
    Look for garbage from now on, but not among what there is.

    That stays until the process ends. The first look at all of it takes 30 ms, in which nobody is
    answered, and each full one later as long.
    """
    gc.freeze()
    gc.enable()


def rests() -> bool:
    """Whether nobody looks for garbage."""
    return not gc.isenabled()
