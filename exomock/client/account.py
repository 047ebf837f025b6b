"""An account of an exomock, in a client's hand."""

import json
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urlencode

from exomock.client import given
from exomock.client.errors import NotThere, Refused
from exomock.client.lists import sid_of
from exomock.client.records import Call, Callback, Fault, Message, Overlay
from exomock.client.watched import Watched
from exomock.client.wire import Cut, Reply

FROM, EXOPHONE = "09811100001", "08047112233"
"""Who calls, and by which ExoPhone, unless a test says so."""

_GOOD = 200


class Account(Watched):
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

    def next(self, **words: Any) -> int:
        """
        Lay down what becomes of the next calls, or of the next messages.

        Args:
            words: Those of a rule, and `calls` or `messages`: `next(leg2="busy", calls=2)`,
                `next(messages=1, outcome="dnd")`.

        Returns:
            How many fates wait.

        Raises:
            ValueError: A word is wrong.
        """
        return int(self.control("POST", "/next", words)["waiting"])

    def scenario(self, scenario: given.Scenario | None) -> None:
        """
        Give the account a scenario for the calls that are placed from now on.

        Args:
            scenario: A path, YAML text, a dict, the name of a shipped one; None is the server's.

        Raises:
            TypeError: It is of another type.
            ValueError: It is wrong, or not there.
        """
        found = None if scenario is None else given.scenario(scenario)
        self.control("PUT", "/scenario", found.encode() if isinstance(found, str) else found)

    def fault(self, answer: Any = None, *, times: int | None = None, **words: Any) -> Fault:
        """
        Let the v1 API fail, until the fault is spent or lifted.

        Args:
            answer: What it answers instead, as "service-unavailable" or `{"truncate": "60%"}`; None
                is the right answer, for a fault that has a `delay`.
            times: How often; None is until it is lifted.
            words: Those of a scenario's faults, as `when={"method": "POST"}` and `delay="20s"`.

        Raises:
            ValueError: A word is wrong.
        """
        said = {"answer": answer, "times": times}
        asked = words | {name: value for name, value in said.items() if value is not None}
        return Fault.of(self.control("POST", "/faults", asked))

    def lift(self, fault: Fault | str | None = None) -> None:
        """Lift a fault, or all."""
        found = fault.id if isinstance(fault, Fault) else fault
        self.control("DELETE", "/faults" if found is None else f"/faults/{quote(found, safe='')}")

    def twist(self, *, times: int | None = None, when: Any = None, **callbacks: Any) -> Overlay:
        """
        Let the callbacks of calls that are placed from now on misbehave, whatever decides them.

        Args:
            times: Of how many calls; None is until it is lifted.
            when: Of which calls, as a rule says it: `{"to": "0981*", "every_nth": 2}`.
            callbacks: Those of a rule's `callbacks`, as `delay="20s"` and `drop=True`.

        Raises:
            ValueError: A word is wrong.
        """
        said = {"callbacks": callbacks, "times": times, "when": when}
        asked = {name: value for name, value in said.items() if value is not None}
        return Overlay.of(self.control("POST", "/twists", asked))

    def straighten(self, twist: Overlay | str | None = None) -> None:
        """Lift a twist, or all; calls that are placed already keep theirs."""
        found = twist.id if isinstance(twist, Overlay) else twist
        self.control("DELETE", "/twists" if found is None else f"/twists/{quote(found, safe='')}")

    def inbound(self, from_: str = FROM, exophone: str = EXOPHONE, **words: Any) -> Call:
        """
        Let somebody call an ExoPhone.

        Args:
            from_: Who calls.
            exophone: Which.
            words: `status_callback`, those of a rule, as `leg2="busy"`, and `replies`: answers to
                the first questions of its flow, as `[302]`.

        Raises:
            ValueError: A word is wrong.
        """
        asked = {"from": from_, "exophone": exophone} | words
        return Call.of(self.control("POST", "/calls", asked))

    def hangup(self, call: Call | str, by: str = "from") -> Call:
        """
        Let a party hang up now.

        Args:
            call: Of which call.
            by: "from" or "to".

        Raises:
            ControlError: That party is not on the line.
        """
        return self._of_call(call, "hangup", {"by": by})

    def reply(
        self,
        call: Call | str,
        status: int = 200,
        body: str | Mapping[str, Any] | Sequence[Any] = "",
        content_type: str | None = None,
    ) -> Call:
        """
        Answer what a call's flow asks, in place of your server.

        The question that is open is answered, else the next one that the call asks.

        Args:
            call: Which call.
            status: HTTP status, 200 to 599.
            body: A text, or what is written as JSON.
            content_type: Its media type; None is the one that the step expects.

        Raises:
            ControlError: The call has ended, or is in no flow.
        """
        asked = {"status": status, "body": body, "content_type": content_type}
        return self._of_call(call, "reply", asked)

    def press(self, call: Call | str, digits: str) -> Call:
        """
        Press keys in the Gather or Menu in which a call is now.

        Args:
            call: Which call.
            digits: The keys, as "42#".

        Raises:
            ControlError: The call gathers no keys now; it says where the call is.
        """
        return self._of_call(call, "press", {"digits": digits})

    def _of_call(self, call: Call | str, what: str, asked: Mapping[str, Any]) -> Call:
        path = f"/calls/{quote(str(sid_of(call)), safe='')}/{what}"
        return Call.of(self.control("POST", path, asked))

    def phone(self, call: Call | str, who: str, does: str) -> Call:
        """
        Do what a person does with a telephone of a call, now.

        Args:
            call: Of which call.
            who: Whose telephone: "from" or "to".
            does: "answer", "reject", "no_answer" or "hangup".

        Raises:
            ControlError: That telephone cannot do it now; the text says where the call is.
        """
        path = f"/calls/{quote(str(sid_of(call)), safe='')}/phone"
        return Call.of(self.control("POST", path, {"who": who, "does": does}))

    def replay(self, callback: Callback | int) -> Callback:
        """Send a callback again, once, now; returns it with what came of that."""
        number = callback.id if isinstance(callback, Callback) else callback
        return Callback.of(self.control("POST", f"/callbacks/{number}/replay", timeout=90))

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
