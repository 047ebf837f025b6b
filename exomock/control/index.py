"""`/_exomock/`: the console for people, and for programs where things are."""

from flask import Blueprint, Response, redirect, request

from exomock.control.answers import answered

bp = Blueprint("index", __name__)

HERE = "/_exomock/"
LINKS = {
    "health": "whether calls can be placed and time runs",
    "accounts": "the accounts: Sid, key, token, clock, scenario",
    "openapi.json": "every route of this server, as OpenAPI 3.1",
    "scenario-schema.json": "the scenario language, as JSON Schema",
}
OF_AN_ACCOUNT = (
    "calls", "messages", "callbacks", "agents", "requests", "news", "scenario", "clock",
    "transcript",
)  # fmt: skip
"""What an account has to be read, each below its own path."""


@bp.get("")
def show() -> Response:
    """Lead a browser to the console, and tell a program where things are."""
    if request.accept_mimetypes.best_match(["application/json", "text/html"]) != "text/html":
        return answered({name: f"{HERE}{name}" for name in LINKS})
    led = redirect(f"{HERE}console")
    assert isinstance(led, Response)
    return led
