"""What the log says of callbacks and questions: which failed, and which are asked again."""

import logging
from collections.abc import Mapping

from exomock.delivery.kinds import Teller
from exomock.delivery.post import PostResult
from exomock.delivery.reach import Reach
from exomock.domain.callback import KIND
from exomock.plain import masked, plain
from exomock.storage.deliveries import Delivery

_log = logging.getLogger("exomock.callbacks")


class Remarks:
    """
    Writes to the log what came of deliveries; shared by all threads.

    Args:
        kinds: Names what each kind tells.
        reach: Knows which host a URL leads to.
    """

    def __init__(self, kinds: Mapping[str, Teller], reach: Reach) -> None:
        self._kinds = kinds
        self._reach = reach

    def asks_again(self, delivery: Delivery) -> None:
        """Say that a question is asked again."""
        about, url = self._about(delivery), self._where(delivery)
        _log.info("%s of call %s asks %s again", about, delivery.sid, url)

    def failed(self, delivery: Delivery, number: int, result: PostResult) -> None:
        """
        Say that a try has failed.

        Args:
            delivery: What was tried.
            number: Which try it was, from 1.
            result: How it went.
        """
        asks = self._kinds[delivery.kind].asks
        what, whose = ("question", KIND) if asks else ("callback", delivery.kind)
        _log.warning(
            "%s %s of %s %s to %s failed (try %d): %s",
            self._about(delivery), what, whose, delivery.sid, self._where(delivery), number,
            result.error or f"HTTP {result.status}", extra={"is_news": True},
        )  # fmt: skip

    def _about(self, delivery: Delivery) -> str:
        return self._kinds[delivery.kind].event(delivery.notice)

    def _where(self, delivery: Delivery) -> str:
        return plain(masked(self._reach.url(delivery.url)))
