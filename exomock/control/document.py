"""The OpenAPI document of the whole server, made of its routes and of the forms that check them."""

import re
from functools import cache, partial
from typing import Any

from flask import Flask
from marshmallow import Schema

from exomock import __version__
from exomock.api.render import ROOT, WHY
from exomock.control import reads, shapes
from exomock.control.components import COMPONENTS
from exomock.control.shaping import TEXT, component
from exomock.field import described, properties
from exomock.scenarios.faults import FaultSchema
from exomock.scenarios.fields import Keys
from exomock.scenarios.jsonschema import definitions, reference
from exomock.scenarios.overlay import OverlaySchema
from exomock.scenarios.rules import NextSchema

_CONNECT = "calls.connect"
_SCENARIO = "control.scenario.put"
_CREATED = (
    "control.accounts.make", "control.calls.inbound", "control.messages.texted",
    "control.snapshots.take", "control.scenario.lay_down", "control.faults.add",
    "control.twists.add",
)  # fmt: skip
_EMPTY = (
    "control.accounts.delete", "control.journal.forget", "control.faults.lift",
    "control.faults.lift_all", "control.twists.lift", "control.twists.lift_all",
)  # fmt: skip
_STATUS = (
    dict.fromkeys(_CREATED, "201")
    | dict.fromkeys(_EMPTY, "204")
    | {"exophones_beta.give_up": "202"}
)
"""The status of a good answer that is not 200."""
_ELSEWHERE = ".elsewhere"
_METHODS = ("GET", "PUT", "POST", "DELETE")

Found = dict[str, Any]


@cache
def document(app: Flask) -> Found:
    """
    The document of an app.

    Args:
        app: With all routes registered.
    """
    paths: dict[str, Found] = {}
    for rule in app.url_map.iter_rules():
        if rule.endpoint.endswith(_ELSEWHERE) or "any(" in rule.rule or _is_a_page(rule.rule):
            continue
        control = rule.rule.startswith("/_exomock")
        path = re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule)
        # Paths have the `.json` that clients write; the edge removes it before routing.
        path = "/_exomock/openapi.json" if rule.endpoint == "control.openapi.show" else path
        for method in sorted((rule.methods or set()) & set(_METHODS)):
            # v2_beta has one format, and so has a recording: their paths have one spelling.
            both = path.startswith("/v1")
            for spelled in (path, f"{path}.json") if both else (path,):
                operation = _operation(app, rule.endpoint, method, spelled, control=control)
                paths.setdefault(spelled, {})[method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "exomock",
            "version": __version__,
            "description": "A local Exotel: its v1 API, and the control API of tests.",
        },
        "paths": _moved(dict(sorted(paths.items()))),
        "components": {
            "schemas": COMPONENTS | _LANGUAGE,
            "securitySchemes": _SECURITY,
        },
    }


def _is_a_page(path: str) -> bool:
    """Whether it is for people, or for Prometheus: neither is part of the API."""
    return path in ("/", "/metrics") or path.startswith("/_exomock/console")


def _operation(app: Flask, endpoint: str, method: str, path: str, *, control: bool) -> Found:
    says = (app.view_functions[endpoint].__doc__ or "").strip()
    spelled = not control and path.endswith(".json")
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{([^}]+)}", path)
    ]
    if endpoint in reads.QUERIES:
        parameters += _query(reads.QUERIES[endpoint])
    found: Found = {
        "operationId": f"{endpoint}.{method.lower()}{path[-5:] if spelled else ''}",
        "summary": says.splitlines()[0],
        "tags": ["control" if control else path.split("/")[1]],
        "parameters": parameters,
        "responses": _responses(endpoint, path, control=control),
        "security": [{"token": []}, {}] if control else [{"basic": []}],
    }
    if (body := _request_body(endpoint)) is not None:
        found["requestBody"] = body
    if endpoint == _CONNECT:
        found["callbacks"] = _callbacks()
    return found


def _request_body(endpoint: str) -> Found | None:
    """The body that a route reads, None if it reads none."""
    if endpoint in reads.BODIES:
        body = {"application/json": {"schema": described_form(reads.BODIES[endpoint])}}
        return {"required": False, "content": body}
    if endpoint in reads.FORMS:
        schema = {"schema": described_form(reads.FORMS[endpoint])}
        kinds = ("application/x-www-form-urlencoded", "multipart/form-data")
        return {"required": True, "content": dict.fromkeys(kinds, schema)}
    if endpoint in (_SCENARIO, "control.scenario.check"):
        text = {"application/json": "object", "application/yaml": "string"}
        content = {kind: {"schema": {"type": shape}} for kind, shape in text.items()}
        return {"required": False, "content": content}
    return None


def _responses(endpoint: str, path: str, *, control: bool) -> Found:
    as_json = control or path.endswith(".json") or path.startswith("/v2")
    kind = "application/json" if as_json else "application/xml"
    name = "Problem" if control else "RestException"
    failed = "application/problem+json" if control else kind
    error = {
        "description": "What was wrong, and what was expected",
        "content": {failed: {"schema": _in_xml(component(name), as_json=as_json)}},
    }
    status = _STATUS.get(endpoint, "200")
    done: Found = {"description": "Done"}
    if endpoint in shapes.SHAPES:
        done["content"] = {kind: {"schema": _in_xml(shapes.SHAPES[endpoint], as_json=as_json)}}
    elif endpoint in shapes.TEXTS:
        done["content"] = {shapes.TEXTS[endpoint]: {"schema": TEXT}}
    if not control:
        why = {"description": "What decided it, or why it was refused", "schema": TEXT}
        done["headers"] = error["headers"] = {WHY: why}
    return {status: done, "default": error}


def _in_xml(shape: Found, *, as_json: bool) -> Found:
    """A shape as the root element of XML holds it; in JSON it is the whole."""
    return shape if as_json else {"allOf": [shape], "xml": {"name": ROOT}}


def _callbacks() -> Found:
    """What a connect has sent: a POST to its StatusCallback."""
    schema = {"schema": component("StatusCallback")}
    kinds = ("multipart/form-data", "application/json")
    return {
        "StatusCallback": {
            "{$request.body#/StatusCallback}": {
                "post": {
                    "operationId": "StatusCallback",
                    "summary": "Tell the customer's application what became of a call.",
                    "requestBody": {"required": True, "content": dict.fromkeys(kinds, schema)},
                    "responses": {"2XX": {"description": "Received; else it is tried twice more"}},
                }
            }
        }
    }


def _query(form: Schema) -> list[Found]:
    shape = described_form(form)
    needed = shape.get("required", ())
    return [
        {"name": name, "in": "query", "required": name in needed, "schema": schema}
        for name, schema in shape["properties"].items()
    ]


def described_form(form: Schema) -> Found:
    """A form as JSON Schema: what its fields accept."""
    if isinstance(form, Keys):
        return reference(form)
    return properties(form, partial(described, refer=described_form))


def _moved(schema: Any) -> Any:
    """A schema that refers to components, where the language refers to its own definitions."""
    if isinstance(schema, dict):
        return {key: _moved(value) for key, value in schema.items()}
    if isinstance(schema, list):
        return [_moved(value) for value in schema]
    if isinstance(schema, str):
        return schema.replace("#/$defs/", "#/components/schemas/")
    return schema


_LANGUAGE: Found = _moved(definitions(NextSchema, FaultSchema, OverlaySchema))
_SECURITY: Found = {
    "basic": {"type": "http", "scheme": "basic", "description": "API key (or Sid) and API token"},
    "token": {"type": "http", "scheme": "bearer", "description": "Needed beyond loopback only"},
}
