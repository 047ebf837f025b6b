"""News: what has happened in an account, read on from where a reader is, or waited for."""

from typing import Any

from flask import Blueprint, Response
from marshmallow import ValidationError

from exomock.api.wiring import engine
from exomock.control.following import Wording
from exomock.control.forms import Quantity, query
from exomock.control.paging import NumberedForm, answered_page
from exomock.control.problems import Problem
from exomock.control.waits import LONGEST, waiting_place
from exomock.control.wiring import courier, world
from exomock.engine import News, World
from exomock.field import Whole

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
    read, wording = here.news.since(after, asked["limit"]), Wording(engine().store, courier().kinds)
    shown = read.items[-1].number if read.items else read.last
    data = {
        "news": [wording.told(sid, each) for each in read.items],
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
    if here.left:
        raise here.gone
    if not here.alive:
        raise Problem(404, f"account '{here.sid}' was deleted meanwhile")
