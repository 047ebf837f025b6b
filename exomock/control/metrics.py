"""Metrics: what the server has done, for Prometheus."""

from flask import Blueprint, Response, request

from exomock.api.wiring import METERS
from exomock.metrics import CONTENT_TYPE, Metrics

bp = Blueprint("metrics", __name__)


@bp.get("/metrics")
def metrics() -> Response:
    """Answer with every number, in Prometheus's text format; no token, for it names nobody."""
    found: Metrics = request.environ[METERS]
    return Response(found.text(), content_type=CONTENT_TYPE)
