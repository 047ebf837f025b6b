"""News as lines for people: one for each thing that happened, aligned, coloured where one wants."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from exomock.plain import masked, plain

Told = Mapping[str, Any]
"""An item as the control API shows it, with its `account`."""

_RESET, _DIM, _RED, _GREEN, _YELLOW, _CYAN = (f"\x1b[{n}m" for n in (0, 2, 31, 32, 33, 36))

_COLOURS = {
    "request": _CYAN,
    "event": "",
    "message": "",
    "try": _GREEN,
    "change": _DIM,
    "dropped": _YELLOW,
}
_SHORT = 6
"""Characters of a call's Sid that a line shows; the rest is for machines."""

_BAD = 400

_TOGETHER = 4
"""Events at most that stand on one line."""


def lines(told: Iterable[Told], *, account: bool = False, colour: bool = False) -> Iterator[str]:
    """
    A line for each thing that happened; what happens to a call at one moment is one line.

    Whatever came from outside is made plain: it forges no line, and moves no cursor.

    Args:
        told: Items, in the order of their numbers; those that a callback is owed give no line.
        account: Whether lines name the account.
        colour: Whether they are coloured, as a terminal shows it.
    """
    for group in _grouped(told):
        first = group[0]
        text, bad = _SAID[first["kind"]](group)
        when = "" if first.get("at") is None else f"{first['at'][11:23]} "
        who = f"{plain(str(first.get('account') or ''), 20):<10} " if account else ""
        line = f"{when}{who}{_KINDS[first['kind']]:<8} {text}".rstrip()
        shade = _RED if bad else _COLOURS[first["kind"]]
        yield f"{shade}{line}{_RESET}" if colour and shade else line


def in_order(told: Iterable[Told]) -> list[Told]:
    """Items so that a request comes before what it set going; that is told first, as it commits."""
    found: list[Told] = []
    for each in told:
        place = len(found)
        while each["kind"] == "request" and place and _set_going(found[place - 1], each):
            place -= 1
        found.insert(place, each)
    return found


def _set_going(before: Told, request: Told) -> bool:
    """Whether something happened while a request was answered, in its account."""
    data = request["data"]
    if data["method"] != "POST" or before["kind"] not in ("event", "owed"):
        return False
    if before.get("account") != request.get("account"):
        return False
    took = timedelta(milliseconds=float(data["milliseconds"]))
    return _moment(before["wall"]) >= _moment(request["wall"]) - took


_moment = datetime.fromisoformat


def _grouped(told: Iterable[Told]) -> Iterator[list[Told]]:
    group: list[Told] = []
    for each in in_order(told):
        if each["kind"] not in _SAID:  # what is owed is told by its try; a newer server tells more
            continue
        if group and not (_together(group[-1], each) and len(group) < _TOGETHER):
            yield group
            group = []
        group.append(each)
    if group:
        yield group


def _together(one: Told, other: Told) -> bool:
    return all(
        one.get(name) == other.get(name) for name in ("kind", "account", "subject", "at")
    ) and (one["kind"] == "event")


def _request(group: list[Told]) -> tuple[str, bool]:
    data = group[0]["data"]
    bad = int(data["status"]) >= _BAD
    path = plain(masked(str(data["path"])), 60) or "/"
    text = f"{plain(str(data['method']), 10):<4} {path}"
    if data["from"] is not None or data["to"] is not None:
        text += f"  {_party(data['from'])} → {_party(data['to'])}"
    why = plain(str(data["why"]), 300 if bad else 100)
    return f"{text}  {data['status']}" + (f"  {why}" if why else ""), bad


def _party(said: object) -> str:
    return "-" if said is None else plain(str(said), 40)


def _event(group: list[Told]) -> tuple[str, bool]:
    said = []
    for each in group:
        data = each["data"]
        if data["event"] == "filled" and len(group) > 1:
            continue
        leg = "" if data["leg"] is None else f"leg {data['leg']} "
        said.append(f"{leg}{plain(str(data['event']), 20)}")
    return f"call {short(group[0]['subject'])}  {', '.join(said)}", False


def _message(group: list[Told]) -> tuple[str, bool]:
    data = group[0]["data"]
    bad = str(data["status"]).startswith("failed")
    detail = f"  {data['code']} {plain(str(data['detail']), 60)}" if data["code"] else ""
    return f"{short(group[0]['subject'])}  {plain(str(data['status']), 20)}{detail}", bad


def _whose(data: Mapping[str, Any]) -> str:
    message = data.get("message")
    return f"call {short(data['call'])}" if message is None else f"message {short(message)}"


def _try(group: list[Told]) -> tuple[str, bool]:
    data = group[0]["data"]
    bad = data["state"] not in ("delivered", "collected")
    says = f" Status={plain(str(data['says']), 20)}" if data.get("says") else ""
    text = f"{_whose(data)}  {plain(str(data['event']), 20)}{says}"
    text += f" → {plain(masked(str(data.get('url') or '?')), 80)}  "
    if data["number"] is None:
        return text + plain(str(data["state"]), 20), bad
    came = data["status"] if data["status"] is not None else plain(str(data["error"]), 200)
    text += f"{came} in {data['milliseconds']:.0f} ms, try {data['number']}"
    if data["retry"]:
        return f"{text}, next at {data['retry'][11:19]}", bad
    return text + (f", {plain(str(data['state']), 20)}" if bad else ""), bad


def _change(group: list[Told]) -> tuple[str, bool]:
    data = dict(group[0]["data"])
    did = plain(str(data.pop("did")), 20)
    if data.get("now"):
        data["now"] = str(data["now"])[:19].replace("T", " ")
    rest = ", ".join(f"{name} {_shown(value)}" for name, value in data.items() if value is not None)
    subject = group[0]["subject"]
    about = "" if subject is None else f" {short(subject)}"
    return f"{did}{about}" + (f"  {rest}" if rest else ""), False


def _shown(value: object) -> str:
    if isinstance(value, list):
        return plain(" ".join(map(str, value)), 100) or "nothing"
    return plain(str(value), 100)


def _dropped(group: list[Told]) -> tuple[str, bool]:
    return f"{group[0]['data']['count']} things that happened are not shown here", False


def short(sid: object) -> str:
    """A Sid as far as people read it."""
    text = plain(str(sid), 40)
    return text[:_SHORT] + "…" if len(text) > _SHORT + 2 else text


_KINDS = {
    "request": "request", "event": "call", "message": "message", "try": "callback",
    "change": "control", "dropped": "…",
}  # fmt: skip
_SAID: dict[str, Callable[[list[Told]], tuple[str, bool]]] = {
    "request": _request, "event": _event, "message": _message, "try": _try,
    "change": _change, "dropped": _dropped,
}  # fmt: skip
