"""
Locks that can be checked: who holds one, and whether it was taken in order.

A `threading.Lock` knows no owner, so prose that says "`state` is held" can be wrong for years. In a
server a lock is one, and `held` does nothing. Where `check` was called (the suite does), each lock
made from then on knows its owner and its place in the order, and what is wrong is raised and noted.
"""

import threading
from enum import IntEnum
from typing import Any, cast


class Rank(IntEnum):
    """The order of locks: a thread that holds one waits only for those that come after it."""

    WORLDS = 1
    TURN = 2
    PAST = 3
    STATE = 4
    FLIGHT = 5
    INNER = 6


class _Checks:
    on = False

    def __init__(self) -> None:
        self.broken: list[str] = []
        self.mine = threading.local()

    def held(self) -> list["_CheckedLock"]:
        """The checked locks that this thread holds."""
        found: list[_CheckedLock] = self.mine.__dict__.setdefault("locks", [])
        return found

    def fail(self, text: str) -> None:
        # Noted too, because a thread of a server catches and logs what is raised in it.
        self.broken.append(text)
        raise AssertionError(text)


_checks = _Checks()


class _CheckedLock:
    """A lock that knows who holds it. It is taken and let go by one thread."""

    __slots__ = ("_lock", "rank")

    def __init__(self, rank: Rank) -> None:
        self._lock = threading.Lock()
        self.rank = rank

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        if blocking:  # who only tries cannot be one of two threads that wait for each other
            self._check_order()
        if not self._lock.acquire(blocking, timeout):
            return False
        _checks.held().append(self)
        return True

    def _check_order(self) -> None:
        for other in _checks.held():
            if other.rank >= self.rank:
                _checks.fail(
                    f"{self.rank.name} is waited for by a thread that has {other.rank.name}"
                )

    def release(self) -> None:
        _checks.held().remove(self)
        self._lock.release()

    def locked(self) -> bool:
        return self._lock.locked()

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_error: object) -> None:
        self.release()


def new_lock(rank: Rank) -> threading.Lock:
    """
    Make a lock; one that knows its owner where locks are checked.

    Args:
        rank: Its place in the order.
    """
    # A cast, because typeshed's Lock cannot be derived from; both have the same methods.
    return cast(threading.Lock, _CheckedLock(rank)) if _checks.on else threading.Lock()


def held(lock: Any) -> None:
    """Assert that this thread holds a lock; does nothing in a server."""
    if _checks.on and isinstance(lock, _CheckedLock) and lock not in _checks.held():
        _checks.fail(f"{lock.rank.name} is not held by {threading.current_thread().name}")


def not_held(lock: Any) -> None:
    """Assert that this thread does not hold a lock; does nothing in a server."""
    if _checks.on and lock in _checks.held():
        _checks.fail(f"{lock.rank.name} is held by {threading.current_thread().name}")


def check() -> None:
    """Check all locks that are made from now on."""
    _checks.on = True


def broken() -> list[str]:
    """Take what was found wrong in any thread since this was asked before."""
    found, _checks.broken = _checks.broken, []
    return found
