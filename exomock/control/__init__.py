"""exomock's own routes, under /_exomock/: what a test does to an account, and asks of it."""

from flask import Blueprint, Flask

from exomock.control import (
    accounts,
    callbacks,
    calls,
    clock,
    echo,
    guard,
    health,
    journal,
    openapi,
    problems,
    scenario,
    snapshots,
    transcript,
    waits,
)


def init_app(app: Flask) -> None:
    """Add the control API to an app that `api.init_app` has prepared."""
    # Open to everybody: a container's health check has no token, a callback no JSON body.
    app.register_blueprint(health.bp)
    app.register_blueprint(echo.bp)
    bp = Blueprint("control", __name__, url_prefix="/_exomock")
    bp.before_request(guard.check)
    problems.init_blueprint(bp)
    for part in (
        accounts, clock, scenario, calls, callbacks, journal, waits, transcript, snapshots, openapi,
    ):  # fmt: skip
        bp.register_blueprint(part.bp)
    bp.register_blueprint(problems.bp)
    app.register_blueprint(bp)
