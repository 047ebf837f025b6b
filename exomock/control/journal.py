"""The journal: what clients sent, and whether they sent what they should."""

import heapq
import io
from collections.abc import Iterator
from itertools import accumulate, islice
from typing import Any

from flask import Blueprint, Response
from marshmallow import ValidationError, fields
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from exomock.api.forms import FormRequest, sent_parameters
from exomock.api.wiring import engine
from exomock.control.answers import answered, done
from exomock.control.forms import Form, Truth, body, query
from exomock.control.paging import USUAL, NumberedForm, answered_page
from exomock.control.wiring import world
from exomock.engine import Entry, World
from exomock.engine.journal import Journal
from exomock.field import Whole
from exomock.ist import iso
from exomock.plain import masked

bp = Blueprint("journal", __name__)

CLOSEST = 3
"""How many of the requests that came nearest are shown when none matched."""

_LONGEST = 500
"""Characters of a path or a value that a difference quotes."""

PAGE_BYTES = 8 * 1024 * 1024
"""Bytes at which a page ends whatever its limit; as JSON they can become six times as many."""


class JournalFilter(NumberedForm):
    """Which requests: by method, path (`.json` optional), and `name` or `name=value`."""

    method = fields.String(load_default=None)
    path = fields.String(load_default=None)
    parameter = fields.String(load_default=None)
    limit = Whole(1, 100_000, load_default=USUAL)
    answers = Truth(load_default=False)


class CountForm(Form):
    """How often something is to have happened."""

    gte = Whole(0, 10**9, load_default=None)
    lte = Whole(0, 10**9, load_default=None)
    eq = Whole(0, 10**9, load_default=None)


class VerifyForm(Form):
    """A request that clients should have sent, and how often."""

    method = fields.String(load_default=None)
    path = fields.String(load_default=None)
    form = fields.Dict(keys=fields.String(), load_default=dict)
    count = fields.Nested(CountForm, load_default={"gte": 1, "lte": None, "eq": None})


def parameters_of(entry: Entry) -> dict[str, Any]:
    """The parameters of a request, body before query; a repeated one is a list."""
    request = FormRequest(
        {
            "REQUEST_METHOD": entry.method,
            "CONTENT_TYPE": entry.content_type,
            "CONTENT_LENGTH": str(len(entry.body)),
            "QUERY_STRING": entry.query,
            "wsgi.input": io.BytesIO(entry.body),
        }
    )
    found: dict[str, Any] = {}
    try:
        sent = sent_parameters(request)
    except (ValidationError, HTTPException):
        # The body cannot be read, or has more parts than werkzeug reads; v1 has refused it too.
        sent = MultiDict()
    for values in (request.args, sent):
        for name in values:
            several = values.getlist(name)
            found[name] = several[0] if len(several) == 1 else several
    return found


def shown_parameters(entry: Entry) -> dict[str, Any]:
    """The parameters of a request as people see them: without the passwords of URLs."""
    return {
        name: list(map(masked, value)) if isinstance(value, list) else masked(value)
        for name, value in parameters_of(entry).items()
    }


def entry_json(entry: Entry, *, answers: bool = False) -> dict[str, Any]:
    """A request of the journal; the password of its credentials was never kept."""
    data = {
        "number": entry.number,
        "at": iso(entry.at),
        "method": entry.method,
        "path": entry.path,
        "parameters": shown_parameters(entry),
        "user": entry.user,
        "password": "***" if entry.user else "",
        "status": entry.status,
        "why": entry.why,
        "milliseconds": round(entry.milliseconds, 3),
    }
    return data | {"answer": masked(entry.answer.decode(errors="replace"))} if answers else data


@bp.get("/accounts/<sid>/requests")
def list_requests(sid: str) -> Response:
    """Show what clients sent, the newest last: the newest, or what came after one."""
    asked = query(JournalFilter)
    journal = world(sid).journal
    wanted = {"method": asked["method"], "path": asked["path"], "form": {}}
    name, _equals, value = (asked["parameter"] or "").partition("=")
    if name:
        wanted["form"] = {name: value if _equals else None}
    entries, following = _page(journal, wanted, asked["limit"], asked["after"])
    data = {
        "requests": [entry_json(entry, answers=asked["answers"]) for entry in entries],
        "total": journal.total,
        "dropped": journal.dropped,
    }
    if journal.taken_over is not None:
        data["taken_over"] = iso(journal.taken_over)
    return answered_page(data, following)


def _page(
    journal: Journal, wanted: dict[str, Any], limit: int, after: int | None
) -> tuple[list[Entry], int | None]:
    """The newest that are wanted; or the oldest after one, and the number of the last if more."""
    entries = journal.entries()
    if after is None:
        newest = (entry for entry in reversed(entries) if not differences(entry, wanted))
        return _fitting(list(islice(newest, limit)))[::-1], None
    later = (e for e in entries if e.number > after and not differences(e, wanted))
    found = list(islice(later, limit + 1))
    page = _fitting(found[:limit])
    return page, page[-1].number if len(page) < len(found) else None


def _fitting(entries: list[Entry]) -> list[Entry]:
    """The first of these that fit on a page, at least one if there is any."""
    sizes = accumulate(entry.size for entry in entries)
    return entries[: max(1, sum(1 for size in sizes if size <= PAGE_BYTES))]


@bp.delete("/accounts/<sid>/requests")
def forget(sid: str) -> Response:
    """Forget what clients sent."""
    engine().resets.forget_requests(sid)
    return done()


@bp.post("/accounts/<sid>/requests/verify")
def verify(sid: str) -> Response:
    """Say whether clients sent what they should, and how the closest requests differ."""
    wanted = body(VerifyForm)
    return answered(_verified(world(sid), wanted))


def _verified(world: World, wanted: dict[str, Any]) -> dict[str, Any]:
    limits = {name: limit for name, limit in wanted["count"].items() if limit is not None}
    if not limits:
        raise ValidationError({"count": ["expected gte, lte or eq"]})
    count, near = _compared(world.journal.entries(), wanted)
    compares = {"gte": int.__ge__, "lte": int.__le__, "eq": int.__eq__}
    matched = all(compares[name](count, limit) for name, limit in limits.items())
    return {
        "matched": matched,
        "count": count,
        "dropped": world.journal.dropped,
        "closest": [{"request": entry_json(entry), "differs": differs} for differs, entry in near],
    }


def _compared(
    entries: list[Entry], wanted: dict[str, Any]
) -> tuple[int, list[tuple[list[str], Entry]]]:
    """How many requests are as wanted, and those that come nearest of the others."""
    count = 0

    def others() -> Iterator[tuple[list[str], Entry]]:
        nonlocal count
        for entry in entries:
            differs = differences(entry, wanted)
            if differs:
                yield differs, entry
            else:
                count += 1

    # Keep only the nearest, because the differences can be as long as the request.
    near = heapq.nsmallest(CLOSEST, others(), key=lambda each: (len(each[0]), -each[1].number))
    return count, near


def differences(entry: Entry, wanted: dict[str, Any]) -> list[str]:
    """
    How a request differs from what was wanted, a sentence each; empty if it does not.

    Args:
        entry: The request.
        wanted: `method`, `path` and `form`; None does not care.
    """
    found = []
    if wanted["method"] is not None and entry.method != wanted["method"].upper():
        found.append(f"method is {entry.method}, wanted {wanted['method'].upper()}")
    if wanted["path"] is not None and _plain(entry.path) != _plain(wanted["path"]):
        found.append(f"path is {brief(entry.path)}, wanted {brief(wanted['path'])}")
    if wanted["form"]:
        sent = parameters_of(entry)
        for name, value in wanted["form"].items():
            said = "any" if value is None else brief(_quoted(value))
            if name not in sent:
                found.append(f"{brief(name)} is missing, wanted {said}")
            elif value is not None and sent[name] != value:
                found.append(f"{brief(name)} is {brief(_quoted(sent[name]))}, wanted {said}")
    return found


def _quoted(value: object) -> str:
    return masked(repr(value))


def brief(text: str) -> str:
    """A text as a message quotes it: of a longer one 500 characters, and how long it is."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text)} characters)"


def _plain(path: str) -> str:
    return path.strip("/").removesuffix(".json")
