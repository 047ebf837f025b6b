"""The account that a request is about, read before anybody answers it."""

import json
import re
from wsgiref.types import WSGIEnvironment

from exomock.api.edge import BODY
from exomock.api.visit import CONTROL, visit_of

ACCOUNTS = f"{CONTROL}/accounts"
"""Where accounts are made and listed."""

_OF_AN_ACCOUNT = re.compile(r"/_exomock/(?:console/)?accounts/([^/]+)")


def account_of(environ: WSGIEnvironment) -> str:
    """The Sid of the account that a request is about, empty if it is about none."""
    visit = visit_of(environ)
    if visit.account:
        return visit.account
    found = _OF_AN_ACCOUNT.match(visit.route)
    if found is not None:
        return found[1].encode("latin-1").decode(errors="replace")
    if (visit.method, visit.route) == ("POST", ACCOUNTS):
        return _named(environ.get(BODY, b""))
    return ""


def may_make(environ: WSGIEnvironment) -> bool:
    """Whether a request may make the account that it names."""
    return not visit_of(environ).control or visit_of(environ).route == ACCOUNTS


def _named(body: bytes) -> str:
    """The Sid of an account that is to be made, empty where the client leaves it to us."""
    try:
        said = json.loads(body)
    except ValueError:
        return ""
    sid = said.get("sid") if isinstance(said, dict) else None
    return sid if isinstance(sid, str) else ""
