"""What every page has: who may see it, its frame, and the rules its browser keeps."""

from typing import Any

from flask import Response, g, render_template, request

from exomock import __version__
from exomock.api.wiring import engine
from exomock.console.switches import SwitchedOn, laid_in
from exomock.control import guard
from exomock.control.problems import Problem

HOME = "/_exomock/console"
"""Where the console begins."""

STAND = "X-Exomock-Stand"
"""The header of a part that says after which event it was made."""

PART = "part"
"""The parameter that asks for live parts of a page instead of the whole."""

# Nothing inline, and nothing of another origin: a text that slips through cannot run.
_POLICY = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


_BY_THEMSELVES = ("console.static", "console.console_call.recording")
"""Routes that need no token: static files, and a recording, whose address is signed."""


def let_in() -> Response | None:
    """
    Let a request pass by the rules of the control API, or answer with an empty page.

    Beyond loopback a page holds nothing until the control token is given: a browser cannot send it
    with an address that a person has typed.
    """
    if request.endpoint in _BY_THEMSELVES:
        return None
    try:
        guard.check()
    except Problem as problem:
        if problem.status == 401:  # noqa: PLR2004 - the token is missing
            shell = Response(render_template("locked.html", version=__version__, home=HOME))
            shell.headers["X-Exomock-Locked"] = "1"
            return shell
        raise
    g.since = _newest()
    return None


def _newest() -> str:
    """The id of the newest event before anything of the page is read: it follows from there."""
    sid = (request.view_args or {}).get("sid")
    stand = engine().accounts.stand
    if sid is None:
        return f"{stand.life}-{stand.total}"
    world = engine().worlds.get(sid)
    return "" if world is None else f"{world.news.life}-{world.news.total}"


def finish(response: Response) -> Response:
    """Add the rules that a browser keeps; a page is never older than the account."""
    response.headers.update(_HEADERS)
    if request.endpoint == "console.static":
        response.headers["Cache-Control"] = "no-cache"
        return response
    response.headers["Cache-Control"] = "no-store"
    if PART in request.args and "since" in g:
        response.headers[STAND] = g.since
    return response


def page(template: str, **known: Any) -> str:
    """A page, or the live parts of it that are asked for (`?part=NAME,NAME`)."""
    known = {
        "home": HOME,
        "version": __version__,
        "here": request.path,
        "since": g.since,
        "laid": _laid(known.get("sid")),
        "within": [(name, f"{HOME}/accounts/{known.get('sid')}{path}") for name, path in WITHIN],
        **known,
    }
    part = request.args.get(PART)
    if part is None:
        return render_template(template, **known)
    return "".join(_part(name, known) for name in dict.fromkeys(part.split(",")))


def _part(name: str, known: dict[str, Any]) -> str:
    found = PARTS.get(name)
    if found is None:
        raise Problem(404, f"there is no part '{name:.60}' of a page", parts=list(PARTS))
    return f'<div data-part="{name}">{render_template(found, **known)}</div>'


def _laid(sid: str | None) -> list[SwitchedOn]:
    """What is made to fail in the account of a page: each page says so at its head."""
    world = None if sid is None else engine().worlds.get(sid)
    return [] if world is None else laid_in(world)


WITHIN = (
    ("Board", ""),
    ("Make it fail", "/fail"),
    ("Scenario", "/scenario"),
    ("Messages", "/messages"),
    ("Journal", "/journal"),
)
"""The pages of an account: what each is called, and where it lies below the board."""

PARTS = {
    "accounts": "parts/accounts.html",
    "call": "parts/call.html",
    "calls": "parts/calls.html",
    "clock": "parts/clock.html",
    "failing": "parts/failing.html",
    "switches": "parts/switches.html",
    "in-use": "parts/in_use.html",
    "requests": "parts/requests.html",
    "messages": "parts/messages.html",
    "callbacks": "parts/callbacks.html",
    "phones": "parts/phones.html",
}
"""The parts of pages that change while one looks at them, each in a template of its own."""
