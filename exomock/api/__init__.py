"""Exotel's v1 surface: one file a resource, and what happens around every request."""

from flask import Flask, Response, g, request

from exomock.api import (
    accounts,
    auth,
    calls,
    errors,
    exophones,
    faulty,
    legs,
    messages,
    numbers,
    recordings,
    taken,
    whitelist,
)
from exomock.api.edge import UNREAD
from exomock.api.forms import FormRequest
from exomock.api.packed import unpack
from exomock.api.versions import is_imitated, other_version
from exomock.api.visit import visit_of
from exomock.api.wiring import engine
from exomock.domain.dialect import Dialect
from exomock.engine.options import dialect_of


def init_app(app: Flask) -> None:
    """Add the v1 routes to an app whose extensions hold an engine."""
    app.request_class = FormRequest
    app.before_request(_before)
    app.after_request(faulty.explain)
    app.after_request(taken.explain)
    errors.init_app(app)
    parts = (accounts, calls, legs, messages, numbers, recordings, whitelist, exophones)
    for blueprint in (*(part.bp for part in parts), exophones.beta):
        app.register_blueprint(blueprint)


def _before() -> Response | None:
    visit = visit_of(request.environ)
    g.as_json, g.dialect = visit.as_json or visit.control, Dialect.DOCUMENTED
    if visit.control:
        return None
    if visit.version and not is_imitated(visit):
        raise other_version(visit)
    if visit.recording:
        recordings.admit(visit)
    elif visit.account:
        auth.check(engine(), visit.account, request.headers.get("Authorization"))
        packed = unpack(request.environ, engine().settings.max_body)
        if packed is not None:
            taken.say([packed])
        world = engine().worlds.get(visit.account)
        g.dialect = dialect_of(world) if world else Dialect.DOCUMENTED
        struck = world and faulty.strike(world, visit)
        if struck:
            return struck
    unread = request.environ.get(UNREAD)
    if unread is not None:
        raise errors.unread(*unread)
    return None
