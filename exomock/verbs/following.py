"""One call of all that happens, drawn as a ladder while it happens."""

from collections.abc import Iterable, Iterator
from typing import Any

from exomock import ladder
from exomock.client.events import Happening
from exomock.ladder import EXOTEL, SERVER, arrow
from exomock.lines import in_order
from exomock.plain import plain

Told = dict[str, Any]


_ENDS_CALLS = ("reset", "restored", "deleted")
"""What is done to an account and leaves none of its calls."""


class Onlooker:
    """
    One call's part of what happens, from its request on.

    Args:
        sid: The call's.

    Attributes:
        begun: Whether its request has been told.
        gone: What was done to the account that ended the call unseen, empty if nothing was.
    """

    def __init__(self, sid: str) -> None:
        self._sid = sid
        self.begun = self._ended = self._titled = False
        self._untried, self.gone = 0, ""
        self._early: list[Told] = []

    @property
    def over(self) -> bool:
        """Whether the call has ended, and each callback was tried once."""
        return self.begun and self._ended and self._untried <= 0

    def mine(self, batch: Iterable[Happening]) -> list[Told]:
        """Those of a batch that are of this call: its request, events and callbacks, in order."""
        self._early += [each.data for each in batch if self._take(each)]
        if not self.begun:  # what a request has set going is told before it; it is drawn after it
            return []
        found, self._early = self._early, []
        return list(map(dict, in_order(found)))

    def _take(self, each: Happening) -> bool:
        told = each.data.get("data", {})
        if each.kind == "request":
            first = told["method"] == "POST" and not self.begun
            self.begun = self.begun or first
            return first
        if each.kind == "change" and self.begun and told["did"] in _ENDS_CALLS:
            self.gone = told["did"]
        if self._sid not in (each.data.get("subject"), told.get("call")):
            return False
        self._ended = self._ended or told.get("event") == "ended"
        self._untried += each.kind == "owed" and told["state"] == "pending"
        self._untried -= each.kind == "try" and (told["number"] or 1) == 1
        return True

    def drawn(self, mine: Iterable[Told]) -> Iterator[str]:
        """Lines of the ladder; its titles come before the first."""
        mine = list(mine)
        # A request is noted once it is answered; it was there before what it has set going.
        first = min((each["at"] for each in mine), default="")
        for each in mine:
            at = first if each["kind"] == "request" else each["at"]
            lines = list(_DRAWN.get(each["kind"], _nothing)(each["data"]))
            if lines and not self._titled:
                self._titled = True
                yield ladder.titles()
            for number, line in enumerate(lines):
                # The account's time, in IST; an answer stands below what it answers.
                yield line if number else ladder.at_time(at[11:23], line)


def _nothing(_data: Told) -> Iterator[str]:
    return iter(())


def _request(data: Told) -> Iterator[str]:
    yield arrow(SERVER, EXOTEL, f"{plain(data['method'], 10)} {plain(data['path'], 30)}")
    yield arrow(EXOTEL, SERVER, str(data["status"]))


_CALLER = 1
"""The number of the caller's leg, as the control API has it."""


def _event(data: Told) -> Iterator[str]:
    line = (
        None if data["leg"] is None else ladder.event(data["event"], caller=data["leg"] == _CALLER)
    )
    if line is not None:
        yield line


def _try(data: Told) -> Iterator[str]:
    status = None if data.get("asks") else data.get("says")  # a question says no Status
    says = f" Status={plain(str(status), 20)}" if status else ""
    again = f", try {data['number']}" if (data["number"] or 1) > 1 else ""
    yield arrow(EXOTEL, SERVER, f"{plain(str(data['event']), 20)}{says}{again}")
    if data["number"] is None:
        return
    came = data["status"] if data["status"] is not None else plain(str(data["error"]), 30)
    then = f", next at {data['retry'][11:19]}" if data["retry"] else ""
    yield arrow(
        SERVER, EXOTEL, f"{came}{then}" if then else f"{came} in {data['milliseconds']:.0f} ms"
    )


_DRAWN = {"request": _request, "event": _event, "try": _try}
