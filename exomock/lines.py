"""News as lines for people: one for each thing that happened, aligned, coloured where one wants."""

import re
from collections import Counter
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


_DETAILS = re.compile(r"Calls/[0-9A-Za-z]{20,}(\.\w+)?(\?.*)?")
"""The path of one call's details: what clients poll."""

_POLLED = 256
"""Calls of which it is remembered how often they were polled; the oldest are told anew."""


def lines(told: Iterable[Told], *, account: bool = False, colour: bool = False) -> Iterator[str]:
    """Lines of a story that is known whole; see `Lines`."""
    return Lines(colour=colour).of(told, account=account)


class Lines:
    """
    Makes lines of what happens, as it comes; for one thread.

    Whatever came from outside is made plain: it forges no line, and moves no cursor. What happens
    to a call at one moment is one line. A GET that polls a call again and again is one line with a
    count; what comes later is told at the 10th, the 100th and the 1,000th.

    Args:
        colour: Whether lines are coloured, as a terminal shows it.
    """

    def __init__(self, *, colour: bool = False) -> None:
        self._colour = colour
        self._polled: dict[tuple[object, ...], int] = {}

    def of(self, told: Iterable[Told], *, account: bool = False) -> Iterator[str]:
        """
        A line for each thing that happened.

        Args:
            told: Items, in the order of their numbers; those that a callback is owed give no line.
            account: Whether lines name the account.
        """
        for group in _grouped(self._folded(in_order(told))):
            yield self._line(group, account=account)

    def _line(self, group: list[Told], *, account: bool) -> str:
        first = group[0]
        text, bad = _SAID[first["kind"]](group)
        when = "" if first.get("at") is None else f"{first['at'][11:23]} "
        who = f"{plain(str(first.get('account') or ''), 20):<10} " if account else ""
        asks = first["kind"] == "try" and first["data"].get("asks")
        kind = "question" if asks else _KINDS[first["kind"]]
        line = f"{when}{who}{kind:<8} {text}".rstrip()
        shade = _RED if bad else _COLOURS[first["kind"]]
        return f"{shade}{line}{_RESET}" if self._colour and shade else line

    def _folded(self, told: list[Told]) -> Iterator[Told]:
        """Items with equal polls folded into one, which says how many there were."""
        polls = Counter(poll for each in told if (poll := _poll(each)) is not None)
        for each in told:
            poll = _poll(each)
            if poll is None:
                yield each
            elif (new := polls.pop(poll, 0)) and (times := self._times(poll, new)):
                yield {**each, "times": times}

    def _times(self, poll: tuple[object, ...], new: int) -> int:
        """How often a call was polled so far; 0 where that is not worth a line."""
        before = self._polled.pop(poll, 0)
        self._polled[poll] = after = before + new
        if len(self._polled) > _POLLED:
            del self._polled[next(iter(self._polled))]
        return after if not before or len(str(before)) < len(str(after)) else 0


def _poll(told: Told) -> tuple[object, ...] | None:
    """The key by which a GET of a call's details equals another; None for any other item."""
    if told["kind"] != "request":
        return None
    data = told["data"]
    if data["method"] != "GET" or int(data["status"]) >= _BAD:
        return None
    if not _DETAILS.fullmatch(str(data["path"])):
        return None
    return told.get("account"), data["path"], data["status"], data["why"]


def in_order(told: Iterable[Told]) -> list[Told]:
    """Items with each request before its effects, which commit, and so are told, before it."""
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
    for each in told:
        # A callback that is owed gets its line with its try. A newer server has kinds unknown here.
        if each["kind"] not in _SAID:
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
    times = group[0].get("times", 1)
    text += f"  {data['status']}" + (f"  {times} times" if times > 1 else "")
    return text + (f"  {why}" if why else ""), bad


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
    # A question tells no Status: `says` would be that of its call.
    status = None if data.get("asks") else data.get("says")
    says = f" Status={plain(str(status), 20)}" if status else ""
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
