"""A receiver of its own: every callback that is sent here is shown in the server's log."""

import json
import logging

from flask import Blueprint, Response, request

bp = Blueprint("echo", __name__, url_prefix="/_exomock")

_log = logging.getLogger("exomock.echo")
_LONGEST = 2000


@bp.route("/echo", methods=["GET", "POST"])
def echo() -> Response:
    """Show what came in the log, and answer 200 like a good receiver."""
    fields = request.get_json(silent=True) if request.is_json else request.form.to_dict()
    # As JSON strings: what a sender writes can then neither break a line nor colour a terminal.
    said = (
        "  ".join(f"{name}={_text(value)}" for name, value in fields.items())
        if isinstance(fields, dict)
        else _text(fields)
    )
    _log.info("received %s", said[:_LONGEST] or "nothing")
    return Response("OK", mimetype="text/plain")


def _text(value: object) -> str:
    text = json.dumps(value)
    return text[1:-1] if isinstance(value, str) else text
