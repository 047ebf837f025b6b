"""exomock's own routes, under /_exomock/: what a test does to an account, and asks of it."""

from flask import Blueprint, Flask, request
from werkzeug.exceptions import MethodNotAllowed

from exomock.control import (
    accounts,
    callbacks,
    calls,
    clock,
    cluster,
    coverage,
    echo,
    events,
    exchanges,
    faults,
    flows,
    guard,
    har,
    health,
    index,
    journal,
    messages,
    metrics,
    news,
    openapi,
    phones,
    problems,
    retellings,
    scenario,
    snapshots,
    transcript,
    twists,
    waits,
)

_PREFIX = "/_exomock"


def init_app(app: Flask) -> None:
    """Add the control API to an app that `api.init_app` has prepared."""
    # These need no token: a health check and Prometheus have none, and a callback is no JSON.
    app.register_blueprint(health.bp)
    app.register_blueprint(echo.bp)
    app.register_blueprint(metrics.bp)
    app.before_request(_no_such_method)
    app.register_error_handler(problems.Problem, problems.Problem.response)
    bp = Blueprint("control", __name__, url_prefix=_PREFIX)
    bp.before_request(guard.check)
    problems.init_blueprint(bp)
    for part in (
        accounts, clock, scenario, faults, twists, calls, exchanges, retellings, flows, phones,
        messages, callbacks, journal, news, events, waits, har, transcript, snapshots, coverage,
        cluster, openapi, index,
    ):  # fmt: skip
        bp.register_blueprint(part.bp)
    bp.register_blueprint(problems.bp)
    app.register_blueprint(bp)


def _no_such_method() -> None:
    """Answer a method that no route here has, as TRACE, like everything else here."""
    wrong_method = isinstance(request.routing_exception, MethodNotAllowed)
    if wrong_method and request.path.startswith(f"{_PREFIX}/"):
        guard.check()
        problems.elsewhere(request.path.removeprefix(f"{_PREFIX}/"))
