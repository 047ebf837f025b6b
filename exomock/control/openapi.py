"""The OpenAPI document of the whole server, made of its routes and of the forms that check them."""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from flask import Blueprint, Flask, Response, current_app
from marshmallow import Schema, fields

from exomock import __version__
from exomock.api import fields as v1
from exomock.api.connect_form import ConnectForm
from exomock.api.filter_form import FilterForm
from exomock.control import accounts, callbacks, calls, clock, forms, journal, news, waits
from exomock.control.answers import answered
from exomock.control.paging import PageForm
from exomock.scenarios.faults import FaultSchema
from exomock.scenarios.rules import NextSchema

bp = Blueprint("openapi", __name__)

BODIES: dict[str, Schema] = {
    "control.accounts.make": accounts.AccountForm(),
    "control.accounts.reset": accounts.ResetForm(),
    "control.clock.put": forms.ClockForm(),
    "control.clock.advance": clock.AdvanceForm(),
    "control.calls.inbound": calls.InboundForm(),
    "control.calls.hang_up": calls.HangUpForm(),
    "control.journal.verify": journal.VerifyForm(),
    "control.scenario.lay_down": NextSchema(),
    "control.faults.add": FaultSchema(),
}
QUERIES: dict[str, Schema] = {
    "calls.list_calls": FilterForm(),
    "calls.details": FilterForm(only=("details",)),
    "control.accounts.list_accounts": PageForm(),
    "control.calls.list_calls": PageForm(),
    "control.faults.list_faults": PageForm(),
    "control.snapshots.list_snapshots": PageForm(),
    "control.callbacks.list_callbacks": callbacks.CallbackFilter(),
    "control.journal.list_requests": journal.JournalFilter(),
    "control.news.list_news": news.NewsForm(),
    "control.waits.wait": waits.WaitForm(),
}
_CONNECT = "calls.connect"
_SCENARIO = "control.scenario.put"
_CREATED = {
    "control.accounts.make", "control.calls.inbound", "control.snapshots.take",
    "control.scenario.lay_down", "control.faults.add",
}  # fmt: skip
_EMPTY = {
    "control.accounts.delete", "control.journal.forget", "control.faults.lift",
    "control.faults.lift_all",
}  # fmt: skip
_ELSEWHERE = ".elsewhere"
_METHODS = ("GET", "PUT", "POST", "DELETE")

Found = dict[str, Any]


@bp.get("/openapi")
def show() -> Response:
    """Show this document; the edge has taken `.json` off the path."""
    return answered(document(current_app._get_current_object()))  # type: ignore[attr-defined]  # noqa: SLF001


@cache
def document(app: Flask) -> Found:
    """
    The document of an app.

    Args:
        app: With all routes registered.
    """
    paths: dict[str, Found] = {}
    for rule in app.url_map.iter_rules():
        if rule.endpoint.endswith(_ELSEWHERE) or "any(" in rule.rule:
            continue
        control = rule.rule.startswith("/_exomock")
        path = re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule)
        # Paths have the `.json` that clients write; the edge removes it before routing.
        path = "/_exomock/openapi.json" if rule.endpoint == "control.openapi.show" else path
        for method in sorted((rule.methods or set()) & set(_METHODS)):
            operation = _operation(app, rule.endpoint, method, path, control=control)
            paths.setdefault(path, {})[method.lower()] = operation
            if not control:
                asked = {**operation, "operationId": operation["operationId"] + ".json"}
                paths.setdefault(f"{path}.json", {})[method.lower()] = asked
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "exomock",
            "version": __version__,
            "description": "A local Exotel: its v1 voice API, and the control API of tests.",
        },
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": _SCHEMAS, "securitySchemes": _SECURITY},
    }


def _operation(app: Flask, endpoint: str, method: str, path: str, *, control: bool) -> Found:
    says = (app.view_functions[endpoint].__doc__ or "").strip()
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{([^}]+)}", path)
    ]
    if endpoint in QUERIES:
        parameters += _query(QUERIES[endpoint])
    found: Found = {
        "operationId": f"{endpoint}.{method.lower()}",
        "summary": says.splitlines()[0],
        "tags": ["control" if control else "v1"],
        "parameters": parameters,
        "responses": _responses(endpoint, control=control),
        "security": [{"token": []}, {}] if control else [{"basic": []}],
    }
    if endpoint in BODIES:
        body = {"application/json": {"schema": described(BODIES[endpoint])}}
        found["requestBody"] = {"required": False, "content": body}
    elif endpoint == _CONNECT:
        schema = {"schema": described(ConnectForm(60))}
        kinds = ("application/x-www-form-urlencoded", "multipart/form-data")
        found["requestBody"] = {"required": True, "content": dict.fromkeys(kinds, schema)}
    elif endpoint == _SCENARIO:
        text = {"application/json": "object", "application/yaml": "string"}
        content = {kind: {"schema": {"type": shape}} for kind, shape in text.items()}
        found["requestBody"] = {"required": False, "content": content}
    return found


def _responses(endpoint: str, *, control: bool) -> Found:
    name, kinds = ("Problem", ["application/problem+json"]) if control else (
        "RestException", ["application/json", "application/xml"])  # fmt: skip
    schema = {"schema": {"$ref": f"#/components/schemas/{name}"}}
    error = {
        "description": "What was wrong, and what was expected",
        "content": dict.fromkeys(kinds, schema),
    }
    status = "201" if endpoint in _CREATED else "204" if endpoint in _EMPTY else "200"
    return {status: {"description": "Done"}, "default": error}


def _query(form: Schema) -> list[Found]:
    shape = described(form)
    return [
        {"name": name, "in": "query", "required": False, "schema": schema}
        for name, schema in shape["properties"].items()
    ]


def described(form: Schema) -> Found:
    """A form as JSON Schema: what its fields accept."""
    known = {field.data_key or name: field for name, field in form.fields.items()}
    found: Found = {
        "type": "object",
        "properties": {name: _described(field) for name, field in known.items()},
    }
    required = [name for name, field in known.items() if field.required]
    return found | ({"required": required} if required else {})


def _described(field: Any) -> Found:
    for kinds, describe in _KINDS:
        if isinstance(field, kinds):
            return describe(field)
    # The scenario language reads these in several forms; docs/scenarios.md lists them.
    return {}


def _bounds(kind: str) -> Callable[[Any], Found]:
    return lambda field: {"type": kind, "minimum": field.low, "maximum": field.high}


def _words(field: Any) -> Found:
    return {"type": "string", "enum": list(field.words)}


_KINDS: tuple[tuple[Any, Callable[[Any], Found]], ...] = (
    (fields.Nested, lambda field: described(field.schema)),
    (fields.List, lambda field: {"type": "array", "items": _described(field.inner)}),
    (forms.Quantity, _bounds("number")),
    ((forms.Count, v1.Whole), _bounds("integer")),
    ((forms.Truth, v1.Flag), lambda _: {"type": "boolean"}),
    ((forms.OneOf, v1.OneOf), _words),
    (v1.WordList, lambda field: {"type": "array", "items": _words(field)}),
    (forms.Matching, lambda field: {"type": "string", "pattern": f"^{field.form.pattern}$"}),
    (forms.Moment, lambda _: {"type": "string", "format": "date-time"}),
    (fields.Dict, lambda _: {"type": "object"}),
    (
        (fields.String, v1.Telephone, v1.WebAddress, v1.Text, calls.Telephone),
        lambda _: {"type": "string"},
    ),
)

_SECURITY: Found = {
    "basic": {"type": "http", "scheme": "basic", "description": "API key (or Sid) and API token"},
    "token": {"type": "http", "scheme": "bearer", "description": "Needed beyond loopback only"},
}
_SCHEMAS: Found = {
    "Problem": {
        "type": "object",
        "description": "RFC 9457",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
        },
    },
    "RestException": {
        "type": "object",
        "required": ["RestException"],
        "properties": {
            "RestException": {
                "type": "object",
                "required": ["Status", "Message"],
                "properties": {
                    "Status": {"type": "integer"},
                    "Message": {"type": "string"},
                    "Code": {"type": "integer"},
                },
            }
        },
    },
}
