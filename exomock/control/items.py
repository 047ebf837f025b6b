"""What an item of the news looks like in answers, in streams and in the log."""

from collections.abc import Callable
from typing import Any

from exomock.control.answers import event_json, message_event_json, owner_json
from exomock.control.journal import brief, shown_parameters
from exomock.delivery.kinds import Kinds
from exomock.engine import AccountChange, Entry, Happened, Item, NowOwed, TriedCallback
from exomock.engine.items import MessageHappened
from exomock.ist import iso
from exomock.plain import masked


def item_json(item: Item, kinds: Kinds) -> dict[str, Any]:
    """
    An item of the news.

    Args:
        item: What happened.
        kinds: What tells, by name; they name what callbacks are about.
    """
    return {
        "number": item.number,
        "at": iso(item.what.at),
        "wall": iso(item.wall),
        "kind": item.kind,
        "subject": item.subject,
        "data": _DATA[type(item.what)](item.what, kinds),
    }


def _request(entry: Entry, _kinds: Kinds) -> dict[str, Any]:
    # Most requests have no body, and reading parameters is the dearest part of an item.
    given = shown_parameters(entry) if entry.body or "From" in entry.query else {}
    return {
        "method": entry.method,
        "path": brief(masked(entry.path)),
        "from": _said(given.get("From")),
        "to": _said(given.get("To")),
        "status": entry.status,
        "why": brief(entry.why),
        "milliseconds": round(entry.milliseconds, 3),
    }


def _said(value: str | list[str] | None) -> str | None:
    if value is None:
        return None
    return brief(value if isinstance(value, str) else ", ".join(value))


def _event(happened: Happened, _kinds: Kinds) -> dict[str, Any]:
    data = event_json(happened)
    return {"leg": data["leg"], "event": data["event"]}


def _message(happened: MessageHappened, _kinds: Kinds) -> dict[str, Any]:
    data = message_event_json(happened)
    return {name: data[name] for name in ("status", "code", "detail")}


def _owed(told: NowOwed, kinds: Kinds) -> dict[str, Any]:
    owed = told.owed
    return {
        "event": kinds[owed.kind].event(owed.notice),
        "state": owed.state,
        "due": iso(owed.due_at),
    }


def _tried(tried: TriedCallback, kinds: Kinds) -> dict[str, Any]:
    attempt = tried.attempt
    return {
        **owner_json(tried.owner, tried.sid),
        "event": kinds[tried.owner].event(tried.notice),
        "state": tried.state,
        "url": brief(masked(tried.url)),
        "number": attempt and attempt.number,
        "status": attempt and attempt.status,
        "error": attempt and attempt.error,
        "milliseconds": attempt and round(attempt.milliseconds, 3),
        "retry": iso(tried.due_at) if tried.state == "pending" else None,
        **({"asks": True} if kinds[tried.owner].asks else {}),
    }


def _change(change: AccountChange, _kinds: Kinds) -> dict[str, Any]:
    moments = {key: iso(change.data[key]) for key in ("now",) if key in change.data}
    return {"did": change.did, **change.data, **moments}


_DATA: dict[type[Any], Callable[[Any, Kinds], dict[str, Any]]] = {
    Entry: _request,
    Happened: _event,
    MessageHappened: _message,
    NowOwed: _owed,
    TriedCallback: _tried,
    AccountChange: _change,
}
