"""Lists of callbacks and requests that can be expected of, in sentences."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from exomock.client.records import Call, Callback, Message, Request

_SHOWN = 10
"""How many of those that differ a failure shows."""

_NEVER_SENT = ("refused", "dropped")
_PARTS = re.compile(r"[^\[\]]+")


class Requests(list[Request]):
    """What clients sent, the oldest first."""

    def expect(
        self, method: str | None = None, path: str | None = None, *, count: int = 1, **form: Any
    ) -> Any:
        """
        Say that clients sent a request so many times.

        Args:
            method: Such as POST; None is any.
            path: What follows the account, `.json` optional; None is any.
            count: How often exactly.
            form: Parameters and their values; see `Callbacks.expect`.

        Returns:
            The request; a list of them where `count` is not 1.

        Raises:
            AssertionError: They did not; it says what they sent, and how that differs.
        """
        __tracebackhide__ = True  # so that pytest shows the test's own line
        compared = [(each, _differs(each, method, path, form)) for each in self]
        wanted = " ".join(each for each in (method and method.upper(), path) if each)
        return _judged(
            f"request{_times(count)} {wanted}".rstrip() + _with(form),
            count,
            [(each, differs, _request_line(each)) for each, differs in compared],
        )


class Callbacks(list[Callback]):
    """Callbacks that an account owes or has sent, in the order they came to be owed."""

    def __call__(
        self, call: Call | Message | str | None = None, event: str | None = None
    ) -> "Callbacks":
        """Those of one call or message, of one event, or all."""
        sid = sid_of(call)
        return Callbacks(
            each
            for each in self
            if (sid is None or sid in (each.call, each.message)) and event in (None, each.event)
        )

    def expect(
        self,
        event: str | None = None,
        *,
        call: Call | Message | str | None = None,
        count: int = 1,
        **fields: Any,
    ) -> Any:
        """
        Say that a callback was sent so many times.

        Args:
            event: terminal, answered or received; None is any.
            call: Of which call or message; None is of any.
            count: How many callbacks exactly; retries of one are not counted.
            fields: Values that its fields have, as text. A compiled pattern must match the whole
                value, `...` is any value, None is a field that is not there. Nested ones are
                `**{"Legs[0][Status]": "busy"}`.

        Returns:
            The callback; a list of them where `count` is not 1.

        Raises:
            AssertionError: It was not; it says what was sent, and how that differs.
        """
        __tracebackhide__ = True
        mine = self(call)
        compared = [(each, _unlike(each, event, fields)) for each in mine]
        what = f"callback{_times(count)}{f' {event}' if event else ''}{_with(fields)}"
        of = "" if call is None else f" of call {sid_of(call)}"
        return _judged(
            what + of, count, [(each, differs, _callback_line(each)) for each, differs in compared]
        )


def sid_of(call: Call | Message | str | None) -> str | None:
    """
    The Sid of a call or a message.

    Raises:
        TypeError: It is neither, nor a text.
    """
    if call is None or isinstance(call, str):
        return call
    if isinstance(call, Call | Message):
        return call.sid
    raise TypeError(f"{call!r} is no call; expected a Call or its Sid")


def _judged(what: str, count: int, compared: Sequence[tuple[Any, list[str], str]]) -> Any:
    __tracebackhide__ = True
    found = [each for each, differs, _line in compared if not differs]
    if len(found) == count:
        return found[0] if count == 1 else found
    kind = what.split(" ", 1)[0].rstrip("s")
    lines = [f"expected {count} {what}; {_came(len(found), len(compared), kind)}"]
    near = sorted(compared, key=lambda each: len(each[1]))[:_SHOWN]
    lines += [f"  {line}: {', '.join(differs) or 'as expected'}" for _each, differs, line in near]
    if len(compared) > _SHOWN:
        lines.append(f"  and {len(compared) - _SHOWN} more")
    raise AssertionError("\n".join(lines))


def _came(matching: int, total: int, kind: str) -> str:
    if not total:
        return f"there was no {kind} at all"
    verb = "is" if matching == 1 else "are"
    came = f"{matching} {verb}" if matching else "none is"
    return f"of {total} {kind}{_times(total)} {came} so:"


def _times(count: int) -> str:
    return "" if count == 1 else "s"


def _with(values: Mapping[str, Any]) -> str:
    if not values:
        return ""
    return " with " + ", ".join(f"{name}={_wanted(value)}" for name, value in values.items())


def _unlike(callback: Callback, event: str | None, fields: Mapping[str, Any]) -> list[str]:
    found = []
    if event is not None and callback.event != event:
        found.append(f"event is {callback.event}, wanted {event}")
    found += _values(callback.fields, fields)
    if callback.state in _NEVER_SENT:
        found.append(f"it was {callback.state}, not sent")
    elif callback.state == "pending" and not callback.attempts:
        found.append(f"it is not sent yet, but due at {callback.due:%H:%M:%S}")
    return found


def _differs(
    request: Request, method: str | None, path: str | None, form: Mapping[str, Any]
) -> list[str]:
    found = []
    if method is not None and request.method != method.upper():
        found.append(f"method is {request.method}, wanted {method.upper()}")
    if path is not None and _plain(request.path) != _plain(path):
        found.append(f"path is {_plain(request.path)}, wanted {_plain(path)}")
    return found + _values(request.parameters, form)


def _plain(path: str) -> str:
    return path.strip("/").removesuffix(".json")


def _values(sent: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    found = []
    for name, value in wanted.items():
        got = value_of(sent, name)
        if _same(got, value):
            continue
        if got is None:
            found.append(f"{name} is missing, wanted {_wanted(value)}")
        else:
            found.append(f"{name} is {got!r}, wanted {_wanted(value)}")
    return found


def value_of(sent: Mapping[str, Any], name: str) -> Any:
    """A field by its name; of JSON `Legs[0][Status]` leads inwards. None is not there."""
    if name in sent:
        return sent[name]
    here: Any = sent
    for part in _PARTS.findall(name):
        try:
            here = here[int(part)] if isinstance(here, list) else here[part]
        except (KeyError, IndexError, ValueError, TypeError):
            return None
    return here if name else None


def _same(got: Any, wanted: Any) -> bool:
    if wanted is None or got is None:
        return wanted is got
    if wanted is ...:
        return True
    if isinstance(wanted, re.Pattern):
        return wanted.fullmatch(str(got)) is not None
    if isinstance(wanted, bool):
        return str(got).lower() == str(wanted).lower()
    return bool(got == wanted) or str(got) == str(wanted)


def _wanted(value: Any) -> str:
    if value is ...:
        return "any value"
    if value is None:
        return "none"
    return f"/{value.pattern}/" if isinstance(value, re.Pattern) else repr(value)


def _callback_line(callback: Callback) -> str:
    whose = f"call {callback.call}" if callback.message is None else f"message {callback.message}"
    return f"{callback.due:%H:%M:%S} {callback.event} of {whose}"


def _request_line(request: Request) -> str:
    return f"{request.at:%H:%M:%S} {request.method} {_plain(request.path)} → {request.status}"
