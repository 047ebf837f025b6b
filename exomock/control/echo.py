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
_LONGEST, _BRIEF = 2000, 300

_FIRST = ("CallSid", "EventType", "Status", "ConversationDuration")
"""Fields of a callback that a line of the log shows; `--log-level debug` shows all."""


@bp.route("/echo", methods=["GET", "POST"])
def echo() -> Response:
    """Show what came in the log, and answer 200 like a good receiver."""
    fields = _fields()
    _log.info("received %s", plain(masked(_brief(fields)), _BRIEF) or "nothing")
    _log.debug("received in full %s", plain(masked(_whole(fields)), _LONGEST))
    return Response("OK", mimetype="text/plain")


def _fields() -> Mapping[str, Any]:
    """What the body says by name; nothing where it has no names that can be read."""
    try:
        fields = json.loads(request.get_data()) if request.is_json else sent_parameters(request)
        if isinstance(fields, Mapping):
            return fields
    except (ValueError, RecursionError, ValidationError):
        pass  # a callback may be bent on purpose, and anybody may post here
    return {}


def _brief(fields: Mapping[str, Any]) -> str:
    """A callback's main fields, and how many more it has; of any other body all fields."""
    first = [name for name in _FIRST if name in fields]
    if "CallSid" not in first or len(first) == len(fields):
        return _whole(fields)
    return f"{_listed({name: fields[name] for name in first})}  and {len(fields) - len(first)} more"


def _whole(fields: Mapping[str, Any]) -> str:
    if fields:
        return _listed(fields)
    return request.get_data(cache=True)[:_LONGEST].decode(errors="replace")


def _listed(fields: Mapping[str, Any]) -> str:
    return "  ".join(f"{name}={_text(value)}" for name, value in fields.items())


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
