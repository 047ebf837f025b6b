"""A log that a client cannot fill: each sentence once a minute, and not too many of them."""

import logging
import threading

from exomock.plain import masked, plain
from exomock.wall import stopwatch

_MINUTE = 60.0
_MOST = 60
_LONGEST = 2_000


class Sparing:
    """
    Logs sentences for the developer of a client; lives as long as the process.

    Without a bound, a client that polls a wrong path would fill the disk.

    Args:
        log: Where they go, at level info.
    """

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._lock = threading.Lock()
        self._said: set[str] = set()
        self._since = stopwatch()

    def say(self, text: str, *, is_news: bool = False) -> None:
        """
        Log a sentence, unless it or sixty others were logged within this minute.

        Args:
            text: The sentence.
            is_news: Whether an account's news tell it as well.
        """
        line = plain(masked(text), _LONGEST)
        with self._lock:
            if stopwatch() - self._since >= _MINUTE:
                self._said, self._since = set(), stopwatch()
            if line in self._said or len(self._said) >= _MOST:
                return
            self._said.add(line)
        self._log.info("%s", line, extra={"is_news": is_news})
