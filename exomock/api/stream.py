"""A stream: an answer that goes on until somebody ends it, as the front sees it."""

from collections.abc import Callable
from typing import Protocol

STREAM = "exomock.stream"
"""Where a view leaves a stream in the WSGI environment; its own answer has the headers."""


class Stream(Protocol):
    """What is sent for as long as its client listens; whoever has it calls `close` once."""

    @property
    def lasts(self) -> float | None:
        """Seconds after which it ends, whoever listens; None is never."""

    @property
    def pause(self) -> float:
        """Seconds between two pieces at least, 0 or more."""

    @property
    def light(self) -> bool:
        """Whether `read` takes microseconds, so that the loop may call it itself."""

    @property
    def over(self) -> bool:
        """Whether nothing is to come."""

    def listen(self, bell: Callable[[], None]) -> None:
        """Ring this whenever there may be more; it is called by any thread, and does not wait."""

    def read(self) -> bytes:
        """What is to be sent now; empty if there is nothing yet. Takes milliseconds."""

    def close(self) -> None:
        """Let go of it."""
