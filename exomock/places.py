"""Places for what goes on for long: how many at once, of one kind and of all that hold threads."""

import threading


class Room:
    """
    The server threads that waits and delays may hold in all; the others stay free for everybody.

    Safe for many threads.

    Args:
        size: How many, 1 or more.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._left = threading.Semaphore(size)

    def acquire(self) -> bool:
        """Take one, if there is one."""
        return self._left.acquire(blocking=False)

    def release(self) -> None:
        """Give it back."""
        self._left.release()


def passing(delays: int) -> int:
    """How many delays may pass in wall time where `delays` wait by the account's already."""
    return max(1, delays // 10)


def room_for(threads: int, delays: int) -> Room:
    """
    The room of a server: half of its threads, less those in which delays pass in wall time.

    Args:
        threads: How many the server has.
        delays: How many answers may be delayed.
    """
    return Room(max(1, threads // 2 - passing(delays)))


class Places:
    """
    The places for one kind of waiting; safe for many threads.

    Args:
        most: How many there are, 0 or more.
        room: What each holds one thread of; None is nothing.

    Attributes:
        most: How many there are.
    """

    def __init__(self, most: int, room: Room | None = None) -> None:
        self.most = most
        self._room = room
        self._lock = threading.Lock()
        self._taken = 0

    @property
    def taken(self) -> int:
        """How many are taken."""
        return self._taken

    def acquire(self) -> bool:
        """Take a place, if there is one, and never wait for it."""
        with self._lock:
            if self._taken >= self.most or (self._room is not None and not self._room.acquire()):
                return False
            self._taken += 1
            return True

    def release(self) -> None:
        """Give a place back."""
        with self._lock:
            self._taken -= 1
        if self._room is not None:
            self._room.release()

    def full(self, what: str, setting: str) -> tuple[str, str]:
        """
        Why there is no place now: what holds them all, and the setting that says how many.

        Args:
            what: Who takes these places, as "requests wait".
            setting: What says how many of these there are.
        """
        if self._room is None or self._taken >= self.most:
            return f"{self.most} {what} already", setting
        return f"{self._room.size} waits and delays hold half of the threads already", "threads"
