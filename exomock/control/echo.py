"""A receiver of its own: every callback that is sent here is shown in the server's log."""

import json
import logging
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request
from marshmallow import ValidationError

from exomock.api.forms import sent_parameters
from exomock.plain import masked, plain

bp = Blueprint("echo", __name__, url_prefix="/_exomock")

_log = logging.getLogger("exomock.echo")
_LONGEST = 2000


@bp.route("/echo", methods=["GET", "POST"])
def echo() -> Response:
    """Show what came in the log, and answer 200 like a good receiver."""
    _log.info("received %s", plain(masked(_said()), _LONGEST) or "nothing")
    return Response("OK", mimetype="text/plain")


def _said() -> str:
    """What the body says: fields by name, or its text where it has none that can be read."""
    try:
        fields = json.loads(request.get_data()) if request.is_json else sent_parameters(request)
        if isinstance(fields, Mapping) and fields:
            return "  ".join(f"{name}={_text(value)}" for name, value in fields.items())
    except (ValueError, RecursionError, ValidationError):
        pass  # a callback may be bent on purpose, and anybody may post here
    return request.get_data(cache=True)[:_LONGEST].decode(errors="replace")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
