"""Exotel's v1 surface: one file a resource, and what happens around every request."""

from flask import Flask, Response, g, request

from exomock.api import accounts, auth, calls, errors, faulty, numbers
from exomock.api.edge import AS_JSON, UNREAD
from exomock.api.forms import FormRequest
from exomock.api.wiring import engine

_V1_PARTS = 4


def init_app(app: Flask) -> None:
    """Add the v1 routes to an app whose extensions hold an engine."""
    app.request_class = FormRequest
    app.before_request(_before)
    app.after_request(faulty.explain)
    errors.init_app(app)
    for blueprint in (accounts.bp, calls.bp, numbers.bp):
        app.register_blueprint(blueprint)


def _before() -> Response | None:
    g.as_json = request.environ[AS_JSON]
    if request.path.startswith("/_exomock"):
        g.as_json = True
        return None
    parts = request.path.split("/")
    if len(parts) >= _V1_PARTS and parts[2].lower() == "accounts":
        if parts[1] != "v1":
            raise errors.Refused(
                400, f"API version '{parts[1]}' is not supported; exomock imitates v1"
            )
        if parts[2] == "Accounts":
            auth.check(engine().accounts, parts[3], request.headers.get("Authorization"))
            world = engine().worlds.get(parts[3])
            struck = world and faulty.strike(world, "/".join(parts[4:]))
            if struck:
                return struck
    unread = request.environ.get(UNREAD)
    if unread is not None:
        raise errors.Refused(*unread)
    return None
