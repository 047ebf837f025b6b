"""The OpenAPI document: valid, and of the server as it is."""

import json
import re

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from exomock import __version__


@pytest.fixture
def document(control):
    return control.get("openapi.json")


def test_is_valid_openapi_3_1(document):
    OpenAPIV31SpecValidator(document).validate()
    assert ("3.1.0", __version__) == (document["openapi"], document["info"]["version"])


def test_holds_every_route_of_the_issue(document):
    """The control API's fixed paths and the v1 surface, each with its methods."""
    account = "/_exomock/accounts/{sid}"
    v1, beta = "/v1/Accounts/{account}", "/v2_beta/Accounts/{account}"
    expected = {
        "/_exomock": {"get"},
        "/_exomock/health": {"get"},
        "/_exomock/echo": {"get", "post"},
        "/_exomock/openapi.json": {"get"},
        "/_exomock/accounts": {"get", "post"},
        account: {"get", "delete"},
        f"{account}/reset": {"post"},
        f"{account}/clock": {"get", "put"},
        f"{account}/clock/advance": {"post"},
        f"{account}/scenario": {"get", "put"},
        f"{account}/scenario/played": {"get"},
        "/_exomock/scenario-check": {"post"},
        f"{account}/requests/har": {"get"},
        f"{account}/next": {"post"},
        f"{account}/calls": {"get", "post"},
        f"{account}/calls/{{call}}": {"get"},
        f"{account}/calls/{{call}}/hangup": {"post"},
        f"{account}/calls/{{call}}/exchanges": {"get"},
        f"{account}/calls/{{call}}/ladder": {"get"},
        f"{account}/calls/{{call}}/as-pytest": {"get"},
        f"{account}/calls/{{call}}/as-node-test": {"get"},
        f"{account}/calls/{{call}}/phone": {"post"},
        f"{account}/phones": {"get", "put"},
        f"{account}/calls/{{call}}/reply": {"post"},
        f"{account}/calls/{{call}}/press": {"post"},
        f"{account}/agents": {"get"},
        f"{account}/callbacks": {"get"},
        f"{account}/callbacks/{{callback}}/replay": {"post"},
        f"{account}/requests": {"get", "delete"},
        f"{account}/requests/verify": {"post"},
        "/_exomock/scenario-schema": {"get"},
        f"{account}/faults": {"get", "post", "delete"},
        f"{account}/faults/{{fault}}": {"delete"},
        f"{account}/twists": {"get", "post", "delete"},
        f"{account}/twists/{{twist}}": {"delete"},
        f"{account}/news": {"get"},
        f"{account}/events": {"get"},
        "/_exomock/events": {"get"},
        "/_exomock/coverage": {"get"},
        "/_exomock/cluster": {"get"},
        f"{account}/wait": {"get"},
        f"{account}/transcript": {"get"},
        f"{account}/snapshots": {"get", "post"},
        f"{account}/snapshots/{{snapshot}}/restore": {"post"},
        v1: {"get"},
        f"{v1}/Calls": {"get"},
        f"{v1}/Calls/connect": {"post"},
        f"{v1}/Calls/{{sid}}": {"get"},
        f"{account}/messages": {"get", "post"},
        f"{account}/messages/{{message}}": {"get"},
        f"{v1}/Sms/send": {"post"},
        f"{v1}/Sms/bulksend": {"post"},
        f"{v1}/SMS/Messages/{{sid}}": {"get"},
        f"{v1}/Calls/{{sid}}/Legs": {"get"},
        f"{v1}/Numbers/{{number}}": {"get"},
        "/exotelrecordings/{account}/{sid}.mp3": {"get"},
        f"{v1}/Balance": {"get"},
        f"{v1}/CustomerWhitelist": {"post", "delete"},
        f"{v1}/CustomerWhitelist/{{number}}": {"get"},
        f"{v1}/IncomingPhoneNumbers": {"get"},
        f"{v1}/IncomingPhoneNumbers/{{sid}}": {"get"},
        f"{beta}/IncomingPhoneNumbers": {"get", "post"},
        f"{beta}/IncomingPhoneNumbers/{{sid}}": {"get", "put", "delete"},
        f"{beta}/AvailablePhoneNumbers": {"get"},
        f"{beta}/AvailablePhoneNumbers/{{country}}/{{kind}}": {"get"},
    }
    found = {path: set(operations) for path, operations in document["paths"].items()}

    assert {path: found.get(path) for path in expected} == expected
    extra = {path for path in found if path not in expected and not path.endswith(".json")}
    assert set() == extra
    assert {f"{path}.json" for path in expected if path.startswith("/v1")} <= set(found)


def test_describes_what_the_forms_accept(document):
    """Bounds, words and mandatory parameters, as the forms that check them have them."""
    connect = document["paths"]["/v1/Accounts/{account}/Calls/connect.json"]["post"]
    schema = connect["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
    assert ["From", "CallerId"] == schema["required"]
    assert {"type": "integer", "minimum": 1, "maximum": 14400} == schema["properties"]["TimeLimit"]
    advance = document["paths"]["/_exomock/accounts/{sid}/clock/advance"]["post"]
    assert ["idle", "event"] == advance["requestBody"]["content"]["application/json"]["schema"][
        "properties"
    ]["until"]["enum"]
    names = [
        p["name"] for p in document["paths"]["/v1/Accounts/{account}/Calls"]["get"]["parameters"]
    ]
    assert {
        "account",
        "Sid",
        "DateCreated",
        "Status",
        "PageSize",
        "Before",
        "After",
        "details",
    } <= set(names)


def test_gives_each_operation_an_id_and_a_sentence(document):
    operations = [op for path in document["paths"].values() for op in path.values()]

    assert len(operations) == len({op["operationId"] for op in operations})
    assert all(re.fullmatch(r"[A-Z].{5,}[.;]?.*", op["summary"]) for op in operations)


def test_gives_each_good_answer_a_schema(document):
    """All but those without a body; one that is added must be described."""
    without = {
        (path, method)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        for status, said in operation["responses"].items()
        if status in {"200", "201"} and not said.get("content")
    }

    assert set() == without


def test_describes_errors_of_v1_with_their_why(document):
    """In the format that the path asks for."""
    for suffix, kind in ((".json", "application/json"), ("", "application/xml")):
        operation = document["paths"][f"/v1/Accounts/{{account}}/Calls/connect{suffix}"]["post"]
        for said in operation["responses"].values():
            assert [kind] == list(said["content"])
            assert ["X-Exomock-Why"] == list(said["headers"])


@pytest.mark.parametrize("events", [None, ["terminal", "answered"]])
def test_describes_the_callback_that_is_sent(document, exchange, receiver, events):
    """What a receiver got, in JSON, is of the schema in `callbacks` of a connect."""
    driver = exchange()
    driver.connect(
        StatusCallback=receiver.url,
        StatusCallbackEvents=events,
        StatusCallbackContentType="application/json",
    )
    driver.advance(600)
    connect = document["paths"]["/v1/Accounts/{account}/Calls/connect.json"]["post"]
    ((url, sent),) = connect["callbacks"]["StatusCallback"].items()
    schema = sent["post"]["requestBody"]["content"]["application/json"]["schema"]
    validator = Draft202012Validator(schema | {"components": document["components"]})

    assert "{$request.body#/StatusCallback}" == url
    assert (3 if events else 1) == len(receiver.got)
    for received in receiver.got:
        validator.validate(json.loads(received.raw))
