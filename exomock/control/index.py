"""`/_exomock/`: a page of links, until there is a console."""

from flask import Blueprint, Response, request

from exomock import __version__
from exomock.api.wiring import engine
from exomock.control.answers import answered

bp = Blueprint("index", __name__)

_HERE = "/_exomock/"
_LINKS = {
    "health": "whether calls can be placed and time runs",
    "accounts": "the accounts: Sid, key, token, clock, scenario",
    "openapi.json": "every route of this server, as OpenAPI 3.1",
    "scenario-schema.json": "the scenario language, as JSON Schema",
}
_OF_AN_ACCOUNT = (
    "calls",
    "messages",
    "callbacks",
    "agents",
    "requests",
    "news",
    "scenario",
    "clock",
    "transcript",
)
_SHOWN = 20
"""Accounts whose links the page has; `accounts` lists all of them."""


@bp.get("")
def show() -> Response:
    """Show where things are: links for people, and the same as JSON for a program."""
    if request.accept_mimetypes.best_match(["application/json", "text/html"]) != "text/html":
        return answered({name: f"{_HERE}{name}" for name in _LINKS})
    page = _PAGE.format(version=__version__, links=_list(_LINKS), accounts=_accounts())
    return Response(page, mimetype="text/html", headers=_HEADERS)


def _list(links: dict[str, str]) -> str:
    lines = (f"<li>{_link(name, name)}: {says}</li>\n" for name, says in links.items())
    return "".join(lines)


def _link(path: str, name: str) -> str:
    return f'<a href="{_HERE}{path}">{name}</a>'


def _accounts() -> str:
    # A Sid is letters, digits, _ and -: nothing in it can be markup.
    worlds = list(engine().worlds)[:_SHOWN]
    return "".join(f"<li>{sid}: {_of(sid)}</li>\n" for sid in worlds)


def _of(sid: str) -> str:
    return ", ".join(_link(f"accounts/{sid}/{name}", name) for name in _OF_AN_ACCOUNT)


_HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>exomock</title>
<style>body {{ font: 1rem/1.5 sans-serif; margin: 2rem; max-width: 50rem }}</style>
<h1>exomock {version}</h1>
<p>This is a local Exotel. What lies under here drives it from tests.</p>
<ul>
{links}</ul>
<h2>Accounts</h2>
<ul>
{accounts}</ul>
</html>
"""
