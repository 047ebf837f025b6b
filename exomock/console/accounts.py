"""The first page: the accounts, each with what its client needs, and a form that makes one."""

from flask import Blueprint

from exomock.api.wiring import engine
from exomock.console.curl import first_call
from exomock.console.pages import page
from exomock.console.scenario import told
from exomock.control.accounts import account
from exomock.control.index import LINKS, OF_AN_ACCOUNT

bp = Blueprint("console_accounts", __name__)

_SHOWN = 200


@bp.get("")
def show() -> str:
    """Show the accounts."""
    worlds = list(engine().worlds.values())
    found = [account(world) for world in worlds[:_SHOWN]]
    return page(
        "accounts.html",
        title="Accounts",
        found=found,
        more=len(worlds) - len(found),
        curls={each["sid"]: first_call(each) for each in found},
        stories=told(),
        links=LINKS,
        below=OF_AN_ACCOUNT,
    )
