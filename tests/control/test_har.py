"""The journal as an HTTP Archive: HAR 1.2."""

from jsonschema import Draft202012Validator

PAIRS = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["name", "value"],
        "properties": {"name": {"type": "string"}, "value": {"type": "string"}},
    },
}
SIZE = {"type": "integer", "minimum": -1}
TIME = {"type": "number", "minimum": 0}
REQUEST = {
    "type": "object",
    "required": [
        "method", "url", "httpVersion", "cookies", "headers", "queryString", "headersSize",
        "bodySize",
    ],
    "properties": {
        "url": {"type": "string", "pattern": "^http://[^?]+"},
        "cookies": PAIRS,
        "headers": PAIRS,
        "queryString": PAIRS,
        "postData": {
            "type": "object",
            "required": ["mimeType", "params", "text"],
            "properties": {"params": PAIRS, "text": {"type": "string"}},
        },
        "headersSize": SIZE,
        "bodySize": SIZE,
    },
}  # fmt: skip
RESPONSE = {
    "type": "object",
    "required": [
        "status", "statusText", "httpVersion", "cookies", "headers", "content", "redirectURL",
        "headersSize", "bodySize",
    ],
    "properties": {
        "status": {"type": "integer"},
        "statusText": {"type": "string"},
        "headers": PAIRS,
        "content": {"type": "object", "required": ["size", "mimeType"]},
        "headersSize": SIZE,
        "bodySize": SIZE,
    },
}  # fmt: skip
ENTRY = {
    "type": "object",
    "required": ["startedDateTime", "time", "request", "response", "cache", "timings"],
    "properties": {
        "startedDateTime": {
            "type": "string",
            "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$",
        },
        "time": TIME,
        "request": REQUEST,
        "response": RESPONSE,
        "cache": {"type": "object"},
        "timings": {
            "type": "object",
            "required": ["send", "wait", "receive"],
            "properties": {"send": TIME, "wait": TIME, "receive": TIME},
        },
    },
}
HAR = {
    "type": "object",
    "required": ["log"],
    "properties": {
        "log": {
            "type": "object",
            "required": ["version", "creator", "entries"],
            "properties": {
                "version": {"const": "1.2"},
                "creator": {"type": "object", "required": ["name", "version"]},
                "entries": {"type": "array", "items": ENTRY},
            },
        }
    },
}
"""Source: HAR 1.2, http://www.softwareishard.com/blog/har-12-spec/."""


def har_of(account):
    found = account.get("requests/har")
    Draft202012Validator(HAR).validate(found)
    return found["log"]["entries"]


def test_holds_each_request_with_what_it_was_answered_and_why(control):
    """In the order they came; a form's parameters, a query, and a refusal."""
    account = control.account()
    account.connect()
    account.v1("GET", "Calls.json", params={"PageSize": "1", "Status": "completed"})
    account.try_connect(From="12")
    placed, listed, refused = har_of(account)
    assert placed["request"]["url"].endswith(f"/v1/Accounts/{account.sid}/Calls/connect.json")
    assert {"name": "To", "value": "09822200002"} in placed["request"]["postData"]["params"]
    assert '"in-progress"' in placed["response"]["content"]["text"]
    assert {"name": "PageSize", "value": "1"} in listed["request"]["queryString"]
    assert listed["request"]["url"].endswith("?PageSize=1&Status=completed")
    assert (400, "Bad Request") == (
        refused["response"]["status"],
        refused["response"]["statusText"],
    )
    assert refused["comment"].startswith("From: '12' is not a telephone number")


def test_holds_no_password(control):
    """Neither that of the account nor that of a callback's URL, in the form and in the query."""
    account = control.account()
    account.connect(StatusCallback="http://me:hunter2@127.0.0.1:9/hook")
    account.v1("GET", "Calls/none.json", params={"Odd": "http://me:hunter2@127.0.0.1/"})
    text = control.http.get(f"{control.url}/_exomock/accounts/{account.sid}/requests/har").text
    assert (False, False) == ("hunter2" in text, account.auth[1] in text)


def test_is_taken_away_as_a_file(control):
    """A browser saves it under the account's name."""
    account = control.account()
    answer = control.http.get(f"{control.url}/_exomock/accounts/{account.sid}/requests/har")
    assert f'attachment; filename="{account.sid}.har"' == answer.headers["Content-Disposition"]
    assert [] == answer.json()["log"]["entries"]
