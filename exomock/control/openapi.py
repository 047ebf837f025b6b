"""The OpenAPI document, for whoever asks for it."""

from flask import Blueprint, Response, current_app

from exomock.control.answers import answered

bp = Blueprint("openapi", __name__)


@bp.get("/openapi")
def show() -> Response:
    """Show this document; the edge has taken `.json` off the path."""
    # Imported here: few ask for it, and all its shapes are a fiftieth of a start.
    from exomock.control.document import document

    return answered(document(current_app._get_current_object()))  # type: ignore[attr-defined]  # noqa: SLF001
