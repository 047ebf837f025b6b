"""The deliveries of one advance, which waits for each of them."""

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Protocol
from urllib.parse import urlsplit

from exomock.delivery.dispatch import Dispatch, Sending
from exomock.delivery.lanes import Key, Lanes
from exomock.delivery.post import PostResult
from exomock.engine import Due

PATIENCE = 3
"""How often in a row a receiver may time out in one advance before it is given up."""


class Deliverer(Protocol):
    """Who sends callbacks and questions, one at a time, and records what came of each."""

    def begin(self, due: Due) -> Sending | None:
        """Begin to send one."""

    def finish(self, due: Due, sending: Sending) -> None:
        """Record what came of one."""

    def fail(self, due: Due, error: Exception) -> None:
        """Record one that could not be sent."""

    def wall(self) -> int:
        """The wall time, microseconds."""

    def sorted(self, dues: Sequence[Due]) -> tuple[Sequence[Due], Sequence[Due]]:
        """Those that tell, and those that ask."""


class Round:
    """
    Delivers for one advance; a receiver that never answers is given up for the rest of it.

    A question that is given up is one that was not answered in time.

    Args:
        sender: Sends.
        most: How many callbacks may be on the wire at once, 1 or more.
        questions: How many questions.
    """

    def __init__(self, sender: Deliverer, most: int, questions: int) -> None:
        self._sender = sender
        self._late: Counter[str] = Counter()
        self._telling, self._asking = self._way(most), self._way(questions)

    def _way(self, most: int) -> Dispatch[Due]:
        lanes = Lanes[Due](most, most)
        return Dispatch(self._begin, self._finish, self._sender.fail, lanes)

    def __call__(self, dues: Sequence[Due]) -> None:
        """Send these now, and return when each has been tried: lanes in parallel."""
        told, asked = self._sender.sorted(dues)
        self._asking.put(keyed(asked))
        self._telling.put(keyed(told))
        # All are on the wire; what came of callbacks can wait until every question is answered.
        self._asking.work_off()
        self._telling.work_off()

    def _begin(self, due: Due) -> Sending | None:
        if self._late[_receiver(due)] < PATIENCE:
            return self._sender.begin(due)
        ended: Future[PostResult] = Future()
        ended.set_result(_GIVEN_UP)
        return Sending(self._sender.wall(), ended)

    def _finish(self, due: Due, sending: Sending) -> None:
        result = sending.ended.result()
        if result is not _GIVEN_UP:
            receiver = _receiver(due)
            self._late[receiver] = self._late[receiver] + 1 if result.timed_out else 0
        self._sender.finish(due, sending)


def keyed(dues: Sequence[Due]) -> list[tuple[Key, Due]]:
    """Each callback with its lane."""
    return [((due.delivery.account, due.delivery.lane), due) for due in dues]


def _receiver(due: Due) -> str:
    return urlsplit(due.delivery.url).netloc


_GIVEN_UP = PostResult(
    None,
    f"given up for the rest of this advance: timed out {PATIENCE} times in a row",
    0,
    timed_out=True,
    given_up=True,
)
