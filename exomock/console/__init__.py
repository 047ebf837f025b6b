"""
The console: pages on which a person sees an account's calls, and plays them.

Pages are rendered here, from the engine's own use cases, and are whole without JavaScript. A script
(`static/console.js`) makes them live: it follows the account's stream, asks for the parts of the
page that have changed, and sends what a person does to the control API.
"""

from typing import Any

from flask import Blueprint, Flask, Response, redirect, request
from werkzeug.exceptions import NotFound

from exomock.console import accounts, board, call, failing, journal, scenario, texts
from exomock.console.pages import HOME, finish, let_in
from exomock.control import problems
from exomock.plain import plain_page

NAME = "console"


def init_app(app: Flask) -> None:
    """Add the console to an app that has the control API."""
    bp = Blueprint(
        NAME,
        __name__,
        url_prefix=HOME,
        template_folder="templates",
        static_folder="static",
        static_url_path="/static",
    )
    bp.before_request(let_in)
    bp.after_request(finish)
    problems.init_blueprint(bp)
    for part in (accounts, board, call, failing, scenario, journal, texts):
        bp.register_blueprint(part.bp)
    app.register_blueprint(bp)
    app.jinja_options = {**app.jinja_options, "finalize": _shown}
    app.add_url_rule("/", view_func=_begin, methods=["GET"])


def _shown(value: Any) -> Any:
    """What a template shows; text from outside may hold anything; what is escaped stays."""
    return plain_page(value) if type(value) is str else value


def _begin() -> Response:
    """Show a person the console; a program that asks for `/` has mistaken its path."""
    if request.accept_mimetypes.best_match(["application/json", "text/html"]) != "text/html":
        raise NotFound
    found = redirect(HOME)
    assert isinstance(found, Response)
    return found
