"""Empty databases of each kind, for the tests of storage."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def empty(kind: str, folder: Path, fixture: Callable[[str], Any]) -> Iterator[str]:
    """
    The URL of an empty database, which goes at the end.

    Args:
        kind: `sqlite` or `postgresql`.
        folder: Where a file may be made.
        fixture: Gives a fixture by its name: the cluster is asked for only where it is needed.
    """
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'calls.db'}"
        return
    with fixture("cluster").schema() as url:
        yield url
