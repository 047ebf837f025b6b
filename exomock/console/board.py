"""The board of an account: calls that are under way as cards with two phones, ended ones below."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, request

from exomock.api.wiring import engine
from exomock.console.pages import page
from exomock.console.shown import card, ended_row
from exomock.control.accounts import account
from exomock.control.problems import Problem
from exomock.control.wiring import world
from exomock.domain.call import Call
from exomock.domain.telling import Telling
from exomock.engine import World
from exomock.storage.pages import EndedCall, ended_calls, running_calls, stuck_calls
from exomock.storage.tally import MOST, tally

bp = Blueprint("console_board", __name__)

CARDS, ROWS = 24, 50
"""How many calls a board shows as cards, and how many ended ones below."""


@bp.get("/accounts/<sid>")
def show(sid: str) -> str:
    """Show an account's calls."""
    here = world(sid)
    engine().agenda.catch_up(here)
    return page("board.html", title=sid, sid=sid, account=account(here), **_calls(here))


def _calls(here: World) -> dict[str, Any]:
    store, now = engine().store, here.clock.at(engine().wall())
    ended, before = _ended(here)
    stuck, running = stuck_calls(store, here.sid, ROWS), running_calls(store, here.sid, CARDS + 1)
    cards: Sequence[Call] = [*stuck, *running]
    return {
        "cards": [card(call, now) for call in cards[:CARDS]],
        "more_cards": len(cards) > CARDS,
        "rows": [ended_row(call) for call in ended[:ROWS]],
        "before": before,
        "older": ended[ROWS - 1].sid if len(ended) > ROWS else None,
        "counters": [
            ("under way", f"{CARDS}+" if len(cards) > CARDS else len(cards), None),
            *_callbacks(here),
        ],
    }


def _callbacks(here: World) -> list[tuple[str, int | str, Telling | None]]:
    """How callbacks stand: what, how many, and the state by which the journal shows them."""
    found = tally(engine().store, here.sid)
    waiting = f"{MOST}+" if found.waiting >= MOST else found.waiting
    counters: list[tuple[str, int | str, Telling | None]] = [
        ("callbacks waiting", waiting, Telling.PENDING),
        ("on the wire", here.in_flight, None),
        ("failed", found.failed, Telling.FAILED),
    ]
    return [*counters, ("refused", found.refused, Telling.REFUSED)] if found.refused else counters


def _ended(here: World) -> tuple[list[EndedCall], str | None]:
    """A page of ended calls and one more, and the call before which it lies."""
    before = request.args.get("before")
    found = ended_calls(engine().store, here.sid, ROWS + 1, before)
    if found is None:
        raise Problem(400, f"before: the account has no call '{before:.60}'")
    return found, before
