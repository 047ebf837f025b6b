"""Numbers of lives: a world has a new one each time that it is made or opened."""

import threading

LIFE = 1 << 40
"""How many versions, or epochs, a world can have in one life."""

_lock = threading.Lock()
_last = [0]


def born(after: int = 0) -> int:
    """
    Where the versions or epochs of a new life begin.

    No other life in this process has them. So a new account under the Sid of a deleted one is not
    taken for the old one.

    Args:
        after: A version of an earlier life, perhaps in another process; this one's are greater.
    """
    with _lock:
        _last[0] = max(_last[0], after // LIFE) + 1
        return _last[0] * LIFE
