"""What a call has sent and was answered, byte for byte, and its ladder."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote_plus, unquote_plus, urlsplit

from flask import Blueprint, Response

from exomock.api.records import why_of
from exomock.api.wiring import engine
from exomock.control.ahead import NEVER_SENT, to_come
from exomock.control.answers import answered, passed_over_json
from exomock.control.wiring import courier, world
from exomock.delivery.courier import CallbackRequest
from exomock.domain.call import Call
from exomock.domain.callback import QUESTION
from exomock.domain.telling import TRIES, Telling, accepted
from exomock.drawing import Arrow, ArrowKind, Ladder, bounded, svg_of
from exomock.drawing.calls import EXOTEL, events_of, lanes_of
from exomock.engine import Entry, TriedCallback, World
from exomock.engine.walks import walk_of
from exomock.ist import iso
from exomock.plain import masked
from exomock.storage.deliveries import Attempt, CallbackRow
from exomock.storage.pages import Wanted, callbacks_page

bp = Blueprint("exchanges", __name__)

ROWS = 150
"""How many callbacks of a call are shown at most, the first ones."""

_LONGEST = 16_384
"""Bytes of a request or an answer that are shown."""

LOST = "(what was answered is kept no longer)"
_END = "\r\n"


class TryShown(NamedTuple):
    """
    One try.

    Args:
        number: Which, from 1.
        at: Account time, microseconds.
        said: What came of it, in a few words.
        bad: Whether it failed.
        answered: What the receiver said; empty where that is kept no longer, or nothing came.
    """

    number: int
    at: int
    said: str
    bad: bool
    answered: str


class Exchanged(NamedTuple):
    """
    What was sent, and what came back.

    Args:
        id: Its name in a page.
        title: What it is.
        sent: The bytes, as a text.
        tries: Each time that it was sent.
        state: What became of it.
        callback: Its id, where it can be sent again.
        at: When it was first sent, or is due; account time, microseconds.
    """

    id: str
    title: str
    sent: str
    tries: tuple[TryShown, ...]
    state: str = ""
    callback: int | None = None
    at: int = 0


class Unfolded(NamedTuple):
    """The ladder of a call, what its arrows lead to, and how many callbacks are left out."""

    ladder: Ladder
    exchanges: tuple[Exchanged, ...]
    left_out: int


@bp.get("/accounts/<sid>/calls/<call>/exchanges")
def list_exchanges(sid: str, call: str) -> Response:
    """Show what a call has sent and was answered, byte for byte."""
    here, placed = world(sid), engine().details(sid, call)
    found = unfolded(here, placed)
    return answered(
        {
            "exchanges": [_json(each) for each in found.exchanges],
            "left_out": found.left_out,
            "why": why_of(placed),
            "passed_over": passed_over_json(here, placed),
        }
    )


@bp.get("/accounts/<sid>/calls/<call>/ladder")
def ladder(sid: str, call: str) -> Response:
    """Draw a call as a ladder (SVG); what is still to come is dashed."""
    found = unfolded(world(sid), engine().details(sid, call)).ladder
    plain = tuple(each._replace(link="") for each in found.arrows)
    return Response(svg_of(found._replace(arrows=plain)), mimetype="image/svg+xml")


def _json(each: Exchanged) -> dict[str, Any]:
    return {
        "id": each.id,
        "title": each.title,
        "state": each.state,
        "callback": each.callback,
        "sent": each.sent,
        "tries": [
            {"number": one.number, "at": iso(one.at), "said": one.said, "answered": one.answered}
            for one in each.tries
        ],
    }


def unfolded(here: World, call: Call) -> Unfolded:
    """
    A call as a ladder, and all that its arrows lead to.

    Args:
        here: Its account.
        call: The call as it is now.
    """
    lanes = lanes_of(call, _agents(call))
    server, placed = len(lanes) - 1, _placed(here, call)
    rows = callbacks_page(engine().store, Wanted(here.sid, call_sid=call.sid), ROWS + 1)
    told = _told(here, call.sid)
    marked: list[tuple[tuple[int, int, int], Arrow]] = []
    exchanges: list[Exchanged] = []
    if placed is not None:
        exchanges.append(_request(placed, here.sid))
        marked.append(((0, 0, 0), _connect(placed, server)))
    for place, arrow in events_of(call, len(lanes), past=call.done):
        marked.append(((arrow.at, place + 1, 0), arrow))
    for row in rows[:ROWS]:
        exchange = _callback(row, call, told)
        exchanges.append(exchange)
        marked += [
            ((arrow.at, row.place, row.id), arrow) for arrow in _tries(row, exchange, call, server)
        ]
    marked += [((arrow.at, place, 0), arrow) for place, arrow in to_come(call, server)]
    arrows = [arrow for _mark, arrow in sorted(marked, key=lambda each: each[0])]
    title = f"Ladder of call {call.sid}, {call.status}"
    drawn = Ladder(title, lanes, bounded(arrows, EXOTEL))
    return Unfolded(drawn, tuple(exchanges), max(0, len(rows) - ROWS))


def _agents(call: Call) -> dict[int, str]:
    """Whom the flow of a call has dialled, by leg."""
    if not call.flows:
        return {}
    legs = {each.leg for each in call.plan if not each.event.of_the_call}
    return {each.leg: each.number.shown for each in walk_of(call).rung if each.leg in legs}


def _placed(here: World, call: Call) -> Entry | None:
    """The request that placed a call; None where nobody asked, or the journal has lost it."""
    sid = call.sid.encode()
    return next(
        (
            each
            for each in reversed(here.journal.entries())
            if each.method == "POST" and sid in each.answer
        ),
        None,
    )


def _connect(entry: Entry, server: int) -> Arrow:
    # The journal notes when it was answered; the call began when it was taken.
    said = f"{entry.status} in {entry.milliseconds:.0f} ms"
    word = f"{entry.method} {entry.path}"
    return Arrow(0, server, EXOTEL, word, ArrowKind.REQUEST, said, link="#request")


def _request(entry: Entry, account: str) -> Exchanged:
    query = f"?{_hidden(entry.query)}" if entry.query else ""
    head = [f"{entry.method} /v1/Accounts/{account}/{entry.path}{query}"]
    head += [f"Content-Type: {entry.content_type}"] if entry.content_type else []
    form = entry.content_type.startswith("application/x-www-form-urlencoded")
    body = _hidden(entry.body.decode(errors="replace")).encode() if form else entry.body
    sent = _whole(head, body)
    said = _whole([str(entry.status), f"X-Exomock-Why: {entry.why}"], entry.answer)
    tried = TryShown(1, entry.at, f"{entry.status} in {entry.milliseconds:.0f} ms", False, said)
    return Exchanged("request", f"{entry.method} {entry.path}", sent, (tried,), at=entry.at)


def _hidden(pairs: str) -> str:
    """A form as it came, but for the passwords in URLs: encoded, they do not look like any."""
    found = []
    for pair in pairs.split("&"):
        name, equals, value = pair.partition("=")
        said = unquote_plus(value)
        hidden = masked(said)
        found.append(pair if hidden == said else f"{name}{equals}{quote_plus(hidden)}")
    return "&".join(found)


def _whole(head: Sequence[str], body: bytes) -> str:
    """A message as it goes on the wire: its head, a blank line, its body."""
    text = _END.join([*head, "", ""]) + body[:_LONGEST].decode(errors="replace")
    return masked(text) if len(body) <= _LONGEST else f"{masked(text)}… ({len(body)} bytes)"


def _told(here: World, sid: str) -> Mapping[tuple[int, int], TriedCallback]:
    """The tries of a call's callbacks that the news still have, by callback and number."""
    tries = here.news.tries(sid)
    return {(each.callback, each.attempt.number): each for each in tries if each.attempt}


def _callback(
    row: CallbackRow, call: Call, told: Mapping[tuple[int, int], TriedCallback]
) -> Exchanged:
    event = courier().kinds[row.kind].event(row.notice)
    tries = tuple(
        _try(row, each, place, told.get((row.id, each.number)))
        for place, each in enumerate(row.attempts)
    )
    sent = _sent(row, courier().request(row, call))
    return Exchanged(
        f"callback-{row.id}",
        event,
        sent,
        tries,
        str(row.state),
        row.id,
        tries[0].at if tries else row.due_at,
    )


def _sent(row: CallbackRow, said: CallbackRequest) -> str:
    parts = urlsplit(said.url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    head = [f"{row.method} {target} HTTP/1.1"]
    head += [f"{name}: {value}" for name, value in said.headers.items()]
    return _whole(head, b"" if said.body is None else said.body.encoded()[1])


def _try(row: CallbackRow, attempt: Attempt, place: int, told: TriedCallback | None) -> TryShown:
    at = _due(row, place) if told is None else told.at
    said = f"{attempt.status} in {attempt.milliseconds:.0f} ms"
    said = attempt.error or said
    raw = b"" if told is None or told.attempt is None else told.attempt.answered
    text = raw.decode(errors="replace") or ("" if told is not None else LOST)
    # Whatever answers a question of a flow is an answer: a 302 takes another exit.
    good = attempt.error is None if row.kind == QUESTION else accepted(attempt.status)
    return TryShown(attempt.number, at, said, not good, text)


def _due(row: CallbackRow, place: int) -> int:
    """When the try at a place was due: a retry is due so long after the try before it was."""
    pauses = engine().settings.retry_after
    latest = len(row.attempts) - (row.state != Telling.PENDING)
    return row.due_at - sum(pauses[place : min(latest, TRIES - 1)])


_INSTEAD = {
    Telling.DROPPED: NEVER_SENT,
    Telling.COLLECTED: "collected, not sent",
    Telling.SENDING: "on the wire",
}
"""What is said of a callback beside its tries."""


def _tries(row: CallbackRow, told: Exchanged, call: Call, server: int) -> Iterator[Arrow]:
    link = f"#{told.id}"
    kind = ArrowKind.QUESTION if row.kind == QUESTION else ArrowKind.CALLBACK
    for each in told.tries:
        at, word = each.at - call.created, _numbered(told.title, each.number)
        yield Arrow(at, EXOTEL, server, word, kind, each.said, bad=each.bad, link=link)
    instead = _INSTEAD.get(Telling(row.state))
    coming = row.state == Telling.PENDING
    if instead is None and not coming:
        return
    word = _numbered(told.title, len(told.tries) + 1)
    yield Arrow(
        row.due_at - call.created, EXOTEL, server, word, kind, instead or "",
        bad=row.state == Telling.DROPPED, coming=coming, link=link,
    )  # fmt: skip


def _numbered(title: str, number: int) -> str:
    return title if number == 1 else f"{title}, try {number}"
