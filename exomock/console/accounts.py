"""The first page: the accounts, each with what its client needs, and a form that makes one."""

from typing import Any

from flask import Blueprint

from exomock.api.wiring import engine
from exomock.console.curl import first_call
from exomock.console.pages import page
from exomock.console.scenario import told
from exomock.control.accounts import account, accounts_of_all
from exomock.control.index import LINKS, OF_AN_ACCOUNT
from exomock.control.siblings import others

bp = Blueprint("console_accounts", __name__)

_SHOWN = 200


@bp.get("")
def show() -> str:
    """Show the accounts."""
    elsewhere = others()
    worlds: list[Any] = list(engine().worlds.values())
    if elsewhere is not None:
        worlds = accounts_of_all(elsewhere)
        found = worlds[:_SHOWN]
    else:
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
        left_out=[each["process"] for each in elsewhere.left_out] if elsewhere else [],
    )
