"""What happened in an account, as a client sees it."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from exomock.client.clocked import Clocked
from exomock.client.lists import Callbacks, Requests, sid_of
from exomock.client.records import Agent, Call, Callback, Message, Request, Verified
from exomock.client.story import in_lines

_PAGE = 10_000


class Watched(Clocked):
    """An account whose calls, callbacks and requests can be looked at."""

    @property
    def calls(self) -> list[Call]:
        """Its calls, the oldest first."""
        return [Call.of(each) for each in self._all("calls")]

    def call(self, call: Call | str) -> Call:
        """
        A call as it is now.

        Raises:
            NotThere: There is none.
        """
        return Call.of(self.control("GET", f"/calls/{quote(str(sid_of(call)), safe='')}"))

    @property
    def agents(self) -> list[Agent]:
        """Whom flows have dialled: whether each is in a call, and its pop-up events."""
        return [Agent.of(each) for each in self.control("GET", "/agents")["agents"]]

    @property
    def messages(self) -> list[Message]:
        """Its text messages, sent and received, the oldest first."""
        return [Message.of(each) for each in self._all("messages")]

    def message(self, message: Message | str) -> Message:
        """
        A message as it is now.

        Raises:
            NotThere: There is none.
        """
        return Message.of(self.control("GET", f"/messages/{quote(str(sid_of(message)), safe='')}"))

    @property
    def callbacks(self) -> Callbacks:
        """Callbacks and questions it owes or has sent, each with what it says and its tries."""
        return Callbacks(Callback.of(each) for each in self._all("callbacks"))

    @property
    def requests(self) -> Requests:
        """What clients sent to the v1 API, the oldest first."""
        return Requests(Request.of(each) for each in self._all("requests"))

    def _all(self, what: str) -> Iterator[Mapping[str, Any]]:
        after: Any = 0
        while after is not None:
            page = self.control("GET", f"/{what}?limit={_PAGE}&after={after}")
            yield from page[what]
            after = page.get("next")

    def verify(
        self,
        *,
        method: str | None = None,
        path: str | None = None,
        form: Mapping[str, Any] | None = None,
        count: int | Mapping[str, int] | None = None,
    ) -> Verified:
        """
        Ask the server whether clients sent a request.

        Args:
            method: Such as POST; None is any.
            path: What follows the account; None is any.
            form: Parameters and their values; a value of None is any.
            count: How often exactly, or `{"gte": 1, "lte": 3}`; None is once or more.
        """
        wanted: dict[str, Any] = {"method": method, "path": path, "form": dict(form or {})}
        if count is not None:
            wanted["count"] = {"eq": count} if isinstance(count, int) else dict(count)
        asked = {name: value for name, value in wanted.items() if value is not None}
        return Verified.of(self.control("POST", "/requests/verify", asked))

    def wait(
        self,
        *,
        call: Call | str | None = None,
        message: Message | str | None = None,
        status: str | None = None,
        callback: str | None = None,
        timeout: float = 10.0,
    ) -> Any:
        """
        Wait until a call or message has a status, a callback was tried, or else nothing is due.

        It is for clocks that run; a frozen one is advanced.

        Args:
            call: Which call.
            message: Which message, where it is one.
            status: The status it must have.
            callback: terminal, answered or received, or who asks, as passthru; of `call` or
                `message`, or of any.
            timeout: Seconds of wall time, 0 to 300.

        Returns:
            The call, the message, the callbacks, or None.

        Raises:
            NotYet: It is not so when the time is over.
        """
        asked: dict[str, Any] = {"call": sid_of(call), "message": sid_of(message), "status": status}
        asked |= {"callback": callback, "timeout": timeout}
        if status is None and callback is None:
            asked["idle"] = "true"
        query = urlencode({name: value for name, value in asked.items() if value is not None})
        found = self.control("GET", f"/wait?{query}", timeout=timeout + 30)
        if found.get("call"):
            return Call.of(found["call"])
        if found.get("message"):
            return Message.of(found["message"])
        if "callbacks" in found:
            return Callbacks(Callback.of(each) for each in found["callbacks"])
        return None

    def transcript(self) -> list[dict[str, Any]]:
        """The account's whole story: requests, events and callbacks, by account time."""
        return self.wire.lines(f"/accounts/{quote(self.sid, safe='')}/transcript")

    def story(self) -> list[str]:
        """The same in words, by the lines that the terminal of its server shows."""
        told, missed, after = [], 0, 0
        while after is not None:
            page = self.control("GET", f"/news?limit={_PAGE}&after={after}")
            told += page["news"]
            missed += page["missed"]
            after = page["next"]
        return in_lines(told, missed)
