"""What happens, as Server-Sent Events: of one account, or of all."""

import re

from flask import Blueprint, Response, request
from marshmallow import ValidationError, fields

from exomock.api.stream import STREAM
from exomock.api.wiring import engine
from exomock.control.following import AllNews, Followed, Follower, OneNews, Wording
from exomock.control.forms import Form, query
from exomock.control.problems import Problem
from exomock.control.wiring import courier, streams, world

bp = Blueprint("events", __name__)

_ID = re.compile(r"(\d{1,18})-(\d{1,18})")


class EventsForm(Form):
    """Where to begin: 0 is the oldest that is kept, else an id; without it, now."""

    since = fields.String(load_default=None)


@bp.get("/accounts/<sid>/events")
def follow(sid: str) -> Response:
    """Follow what happens in an account, as Server-Sent Events."""
    here = world(sid)
    engine().agenda.catch_up(here)
    return _streamed(OneNews(here.news, engine().accounts.stand, sid))


@bp.get("/events")
def follow_all() -> Response:
    """Follow what happens in all accounts, as Server-Sent Events."""
    return _streamed(AllNews(engine().accounts.stand))


def _streamed(source: Followed) -> Response:
    asked = query(EventsForm)
    after = _after(source, request.headers.get("Last-Event-ID") or asked["since"])
    response = Response(b"", mimetype="text/event-stream", headers={"Cache-Control": "no-cache"})
    if request.method == "HEAD":
        return response
    places = streams()
    if not places.acquire(blocking=False):
        most = engine().settings.max_streams
        raise Problem(503, f"max-streams: {most} clients follow already; try again later")
    wording = Wording(engine().store, courier().kinds)
    request.environ[STREAM] = Follower(source, after, wording, places.release)
    return response


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
