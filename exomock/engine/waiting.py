"""Threads that wait for an account to change: each change wakes them, and nothing is polled."""

import threading
from collections.abc import Callable

from exomock.wall import stopwatch


class Waiting:
    """
    Whoever waits for something in one account; lives as long as its news, safe for all threads.

    Args:
        making: Held while the condition is made; many accounts share it.

    Attributes:
        readers: How many threads wait for more news: without any, a writer wakes nobody.
    """

    __slots__ = ("_changed", "_making", "readers")

    def __init__(self, making: threading.Lock) -> None:
        self._making = making
        self._changed: threading.Condition | None = None
        self.readers = 0

    @property
    def changed(self) -> threading.Condition:
        """Notified when anything in the account has changed, news or not."""
        # Made on first use, because it takes a kilobyte, and most accounts are idle.
        if self._changed is None:
            with self._making:
                self._changed = self._changed or threading.Condition()
        return self._changed

    def wake(self) -> None:
        """Let whoever waits look again."""
        with self.changed:
            self.changed.notify_all()

    def for_news(self, there: Callable[[], bool], seconds: float) -> None:
        """
        Wait until there are news.

        Args:
            there: Whether there are.
            seconds: Wall time to wait at most.
        """
        with self.changed:
            self.readers += 1
            try:
                self.changed.wait_for(there, seconds)
            finally:
                self.readers -= 1

    def until(
        self, so: Callable[[], bool], version: Callable[[], int], seconds: float, pause: float
    ) -> bool:
        """
        Wait until something has come to hold; whether it has in time.

        Args:
            so: Whether it holds; asked at once and after each change.
            version: The account's version, which each change moves.
            seconds: Wall time to wait at most.
            pause: Seconds in which it is not asked twice.
        """
        deadline = stopwatch() + seconds
        while True:
            seen, asked = version(), stopwatch()
            if so():
                return True
            with self.changed:
                left = deadline - stopwatch()
                if left <= 0:
                    return False
                self.changed.wait_for(lambda: version() != seen, left)  # noqa: B023
            early = min(asked + pause, deadline) - stopwatch()
            if early > 0:
                # Pause outside the condition, because each change would end the pause otherwise.
                threading.Event().wait(early)
