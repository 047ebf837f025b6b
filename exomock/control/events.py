"""What happens, as Server-Sent Events: of one account, or of all."""

import re
from typing import Any

from flask import Blueprint, Response, request
from marshmallow import ValidationError, fields

from exomock.api.stream import STREAM
from exomock.api.wiring import engine
from exomock.control.following import AllNews, Followed, Follower, OneNews, Ticks, Wording
from exomock.control.forms import Form, Quantity, Truth, query
from exomock.control.problems import Problem
from exomock.control.siblings import own_accounts_alone
from exomock.control.wiring import courier, streams, world
from exomock.places import Places

bp = Blueprint("events", __name__)

_ID = re.compile(r"(\d{1,18})-(\d{1,18})")


class EventsForm(Form):
    """
    Where to begin: 0 is the oldest that is kept, else an id; without it, now.

    `brief` asks for ticks that say only that there is more; `lasts`, for an end after so long, so
    that a client that has died without a word holds its place no longer.
    """

    since = fields.String(load_default=None)
    brief = Truth(load_default=False)
    lasts = Quantity(1, 86_400, " seconds", load_default=None)


@bp.get("/accounts/<sid>/events")
def follow(sid: str) -> Response:
    """Follow what happens in an account, as Server-Sent Events."""
    here = world(sid)
    engine().agenda.catch_up(here)
    return _streamed(OneNews(here.news, engine().accounts.stand, sid))


@bp.get("/events")
def follow_all() -> Response:
    """Follow what happens in all accounts of this process, as Server-Sent Events."""
    return own_accounts_alone(_streamed(AllNews(engine().accounts.stand)))


def _streamed(source: Followed) -> Response:
    asked = query(EventsForm)
    after = _after(source, request.headers.get("Last-Event-ID") or asked["since"])
    response = Response(b"", mimetype="text/event-stream", headers={"Cache-Control": "no-cache"})
    if request.method == "HEAD":
        return response
    places = streams()
    if not places.acquire():
        why, setting = places.full("clients follow", "max-streams")
        raise Problem(503, f"{setting}: {why}; try again later")
    request.environ[STREAM] = _following(source, after, asked, places)
    return response


def _following(
    source: Followed, after: int, asked: dict[str, Any], places: Places
) -> Follower | Ticks:
    if asked["brief"]:
        return Ticks(source, after, asked["lasts"], places.release, lambda: places.taken)
    wording = Wording(engine().store, courier().kinds)
    return Follower(source, after, asked["lasts"], places.release, wording)


def _after(source: Followed, said: str | None) -> int:
    """The number of the last item that a client has seen."""
    if said is None:
        return source.last
    if said == "0":
        return 0
    found = _ID.fullmatch(said)
    if found and int(found[1]) == source.life and int(found[2]) <= source.last:
        return int(found[2])
    raise ValidationError(
        {"since": [f"there is no event '{said:.60}' here; expected 0, or the id of one"]}
    )
