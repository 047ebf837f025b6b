"""News: what has happened in an account, read on from where a reader is, or waited for."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response
from marshmallow import ValidationError

from exomock.api.wiring import engine
from exomock.control.answers import event_json
from exomock.control.forms import Quantity, query
from exomock.control.journal import brief, shown_parameters
from exomock.control.paging import NumberedForm, answered_page
from exomock.control.problems import Problem
from exomock.control.waits import LONGEST, waiting_place
from exomock.control.wiring import courier, world
from exomock.engine import AccountChange, Entry, Happened, Item, News, NowOwed, TriedCallback, World
from exomock.field import Whole
from exomock.ist import iso
from exomock.plain import masked

bp = Blueprint("news", __name__)


class NewsForm(NumberedForm):
    """After which number, how many, how long to wait for the first, and of which numbering."""

    wait = Quantity(0, LONGEST, " seconds", load_default=0.0)
    life = Whole(0, 10**18, load_default=None)


@bp.get("/accounts/<sid>/news")
def list_news(sid: str) -> Response:
    """Show what has happened, the newest last: the newest, or what came after one."""
    asked = query(NewsForm)
    here = world(sid)
    engine().agenda.catch_up(here)
    after = _after(here.news, asked)
    if asked["wait"] and here.news.total <= after:
        _wait(here, after, asked["wait"])
    read = here.news.since(after, asked["limit"])
    shown = read.items[-1].number if read.items else read.last
    data = {
        "news": [item_json(each) for each in read.items],
        "missed": read.missed,
        "last": read.last,
        "life": here.news.life,
    }
    return answered_page(data, shown if shown < read.last else None)


def _after(news: News, asked: dict[str, Any]) -> int:
    """The number of the last item that the reader has seen."""
    after: int | None = asked["after"]
    limit: int = asked["limit"]
    life, last = asked["life"], news.total
    if life not in (None, news.life):
        raise Problem(409, "life: news are numbered anew since; begin with after=0", life=news.life)
    if after is None:
        if asked["wait"]:
            raise ValidationError({"after": ["is missing; expected the last number that was seen"]})
        return max(0, last - limit)
    if after > last:
        raise ValidationError({"after": [f"there is no {after} here yet; the last is {last}"]})
    return after


def _wait(here: World, after: int, seconds: float) -> None:
    with waiting_place():
        here.news.wait(after, seconds)
    if not here.alive:
        raise Problem(404, f"account '{here.sid}' was deleted meanwhile")


def item_json(item: Item) -> dict[str, Any]:
    """An item of the news."""
    return {
        "number": item.number,
        "at": iso(item.what.at),
        "wall": iso(item.wall),
        "kind": item.kind,
        "subject": item.subject,
        "data": _DATA[type(item.what)](item.what),
    }


def _request(entry: Entry) -> dict[str, Any]:
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


def _event(happened: Happened) -> dict[str, Any]:
    data = event_json(happened)
    return {"leg": data["leg"], "event": data["event"]}


def _named(kind: str, notice: str) -> str:
    """What a notice is called outside."""
    return courier().kinds[kind].event(notice)


def _owed(told: NowOwed) -> dict[str, Any]:
    owed = told.owed
    return {"event": _named(owed.kind, owed.notice), "state": owed.state, "due": iso(owed.due_at)}


def _tried(tried: TriedCallback) -> dict[str, Any]:
    attempt = tried.attempt
    return {
        "call": tried.sid,
        "event": _named(tried.owner, tried.notice),
        "state": tried.state,
        "number": attempt and attempt.number,
        "status": attempt and attempt.status,
        "error": attempt and attempt.error,
        "milliseconds": attempt and round(attempt.milliseconds, 3),
        "retry": iso(tried.due_at) if tried.state == "pending" else None,
    }


def _change(change: AccountChange) -> dict[str, Any]:
    moments = {key: iso(change.data[key]) for key in ("now",) if key in change.data}
    return {"did": change.did, **change.data, **moments}


_DATA: dict[type[Any], Callable[[Any], dict[str, Any]]] = {
    Entry: _request,
    Happened: _event,
    NowOwed: _owed,
    TriedCallback: _tried,
    AccountChange: _change,
}
