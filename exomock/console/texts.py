"""The page of an account's text messages."""

from flask import Blueprint

from exomock.api.wiring import engine
from exomock.console.pages import page
from exomock.control.accounts import account
from exomock.control.answers import message_json
from exomock.control.wiring import world

bp = Blueprint("console_messages", __name__)

SHOWN = 50
"""How many messages the page shows, the newest."""


@bp.get("/accounts/<sid>/messages")
def show(sid: str) -> str:
    """Show messages, the newest first."""
    here = world(sid)
    engine().agenda.catch_up(here)
    found = [message_json(each) for each in engine().store.messages.all(sid, SHOWN)][::-1]
    return page("messages.html", title="Messages", sid=sid, account=account(here), messages=found)
