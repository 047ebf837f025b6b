"""An account of an exomock, in a client's hand."""

import json
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urlencode

from exomock.client.errors import NotThere, Refused
from exomock.client.records import Call, Message
from exomock.client.steering import EXOPHONE, FROM, Steering
from exomock.client.wire import Cut, Reply

_GOOD = 200


class Account(Steering):
    """
    An account: what a test does to it, and asks of it.

    `url` is the base URL that the application gets, with `sid`, `key` and `token`; `base` is the
    account's own URL. As a context manager it is deleted at the end.
    """

    def connect(
        self,
        to: str | None = None,
        *,
        from_: str = FROM,
        caller_id: str = EXOPHONE,
        **parameters: Any,
    ) -> Call:
        """
        Place a call, as an application would by `POST Calls/connect`.

        Args:
            to: Who is called; None where `Url` names a flow.
            from_: Who is called first.
            caller_id: The ExoPhone.
            parameters: Exotel's own, as `StatusCallback="http://…"` and `TimeLimit=60`; a list is
                sent as `Name[0]`, `Name[1]`, …, None is not sent.

        Raises:
            Refused: It was not placed.
            NoServer: There is no server.
        """
        __tracebackhide__ = True  # so that pytest shows the test's own line
        form = {"From": from_, "To": to, "CallerId": caller_id} | parameters
        (sid,) = self._asked("Calls/connect", form)
        return self.call(sid)

    def text(
        self, to: str | Sequence[str], body: str, *, from_: str = EXOPHONE, **parameters: Any
    ) -> Any:
        """
        Send a text message, as an application would by `POST Sms/send`.

        Args:
            to: Who gets it; several are sent as `To[0]`, `To[1]`, ….
            body: The text.
            from_: The ExoPhone or sender id.
            parameters: Exotel's own, as `StatusCallback="http://…"` and `DltTemplateId="1007"`.

        Returns:
            The message; a list of them where `to` is one.

        Raises:
            Refused: It was not sent.
            NoServer: There is no server.
        """
        __tracebackhide__ = True
        several = not isinstance(to, str)
        form = {"From": from_, "To": list(to) if several else to, "Body": body}
        found = [self.message(sid) for sid in self._asked("Sms/send", form | parameters)]
        return found if several else found[0]

    def inbound_text(self, body: str, *, from_: str = FROM, exophone: str = EXOPHONE) -> Message:
        """
        Let somebody text an ExoPhone: its `sms_url` is asked.

        Args:
            body: The text.
            from_: Who texts.
            exophone: Which ExoPhone.

        Raises:
            ValueError: A number or the text is wrong.
        """
        asked = {"from": from_, "exophone": exophone, "body": body}
        return Message.of(self.control("POST", "/messages", asked))

    def _asked(self, path: str, form: Mapping[str, Any]) -> list[str]:
        """The Sids of what a POST of a form to the v1 API has placed."""
        __tracebackhide__ = True
        body = urlencode(_pairs(form)).encode()
        here = f"/v1/Accounts/{quote(self.sid, safe='')}/{path}.json"
        try:
            reply = self.wire.post_form(here, body, self.key, self.token)
        except Cut as error:
            raise Refused(None, None, str(error), "") from None
        return _placed(reply)

    def snapshot(self) -> str:
        """Keep the account's world as it is now; returns what `restore` takes."""
        return str(self.control("POST", "/snapshots")["id"])

    def restore(self, snapshot: str) -> None:
        """Bring the account's world back to a snapshot."""
        self.control("POST", f"/snapshots/{quote(snapshot, safe='')}/restore")

    def reset(self, *, keep: Sequence[str] = ()) -> None:
        """
        Empty the account: no calls, callbacks, requests and next fates.

        Args:
            keep: What stays as it is: "scenario", "clock".
        """
        self.control("POST", "/reset", {"keep": list(keep)})

    def close(self) -> None:
        """Delete the account: nothing more is sent for it."""
        try:
            self.control("DELETE", "")
        except NotThere:  # somebody did so already
            return

    def __enter__(self) -> Self:
        """The account."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Delete it."""
        self.close()


def _pairs(form: Mapping[str, Any]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, value in form.items():
        if isinstance(value, list | tuple):
            found += [(f"{name}[{place}]", _text(each)) for place, each in enumerate(value)]
        elif value is not None:
            found.append((name, _text(value)))
    return found


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _sids(data: Any) -> list[str]:
    several = data if isinstance(data, list) else [data]
    return [str(record["Sid"]) for each in several for record in each.values()]


def _placed(reply: Reply) -> list[str]:
    """
    The Sids of the call or the messages that were placed.

    Raises:
        Refused: None was, or the answer is none that a client can read.
    """
    __tracebackhide__ = True
    why = reply.headers.get("x-exomock-why", "")
    try:
        data = json.loads(reply.body)
        if reply.status == _GOOD:
            return _sids(data)
        error = data["RestException"]
        code, message = error.get("Code"), str(error.get("Message"))
    except (ValueError, LookupError, TypeError, AttributeError):
        text = reply.body[:200].decode(errors="replace")
        raise Refused(
            reply.status, None, f"an answer that nobody can read: {text!r}", why
        ) from None
    raise Refused(reply.status, code, message, why)
