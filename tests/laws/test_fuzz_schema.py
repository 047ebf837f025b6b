"""
What schemathesis makes of the OpenAPI document gets answers, all of them well-formed, none a 5xx.

Both surfaces, asked of a running server by the document it serves (`make fuzz`: for long).
"""

import json
import os
import re
import xml.etree.ElementTree as ET

import pytest
import requests
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from exomock.app import routes
from exomock.control.document import document
from laws.attack import TROUBLE
from serve.conftest import Server

schemathesis = pytest.importorskip("schemathesis", reason="`pip install -e '.[fuzz]'`")

MANY = 100 if os.environ.get("EXOMOCK_SOAK") else 4
"""Examples an operation and a mode: as the document says, and as it does not."""

OPERATIONS = sorted(
    (method.upper(), path)
    for path, operations in document(routes()).get("paths").items()
    for method in operations
    if not path.endswith("/events")  # an answer without an end; tests/control/test_events.py
)
MODES = (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE)
FORM = {"From": "09811100001", "To": "09822200002", "CallerId": "08047112233"}
DOCUMENT = document(routes())


class Target:
    """A server and an account of it that has one of everything."""

    def __init__(self, server):
        self.server, self.url = server, server.url
        self.schema = schemathesis.openapi.from_url(f"{server.url}/_exomock/openapi.json")

    def ask(self, method, path, **kwargs):
        """What the control API answers, which must be good."""
        answer = requests.request(method, f"{self.url}/_exomock/{path}", timeout=20, **kwargs)
        assert answer.ok, answer.text
        return answer.json() if answer.content else {}

    def account(self):
        """A new account, and the names of what there is in it by the parameters of paths."""
        wish = {"clock": {"now": "2026-03-01T12:00:00+05:30", "rate": 0}, "collect": True}
        made = self.ask("POST", "accounts", json=wish)
        mine, auth = f"accounts/{made['sid']}", (made["key"], made["token"])
        order = FORM | {
            "StatusCallback": f"{self.url}/_exomock/echo",
            "StatusCallbackEvents": "terminal",
        }
        placed = requests.post(
            f"{made['base_url']}/Calls/connect.json", data=order, auth=auth, timeout=20
        )
        text = {"From": order["CallerId"], "To": order["To"], "Body": "hello"}
        sent = requests.post(f"{made['base_url']}/Sms/send.json", data=text, auth=auth, timeout=20)
        self.ask("POST", f"{mine}/clock/advance", json={"seconds": 3600})
        return auth, {
            "account": made["sid"],
            "call": placed.json()["Call"]["Sid"],
            "message": sent.json()["SMSMessage"]["Sid"],
            "callback": str(self.ask("GET", f"{mine}/callbacks")["callbacks"][0]["id"]),
            "fault": str(self.ask("POST", f"{mine}/faults", json={"answer": "rate-limited", "times": 1})["id"]),
            "twist": str(self.ask("POST", f"{mine}/twists", json={"callbacks": {"drop": True}, "times": 1})["id"]),
            "snapshot": str(self.ask("POST", f"{mine}/snapshots")["id"]),
            "number": FORM["From"],
        }  # fmt: skip


@pytest.fixture(scope="module")
def target(tmp_path_factory):
    """One server for all operations that a process tries; its house is closed, so no account makes itself."""
    server = Server(tmp_path_factory.mktemp("fuzz"), "--account", "other:key:token").ready()
    yield Target(server)
    server.close()


def known(names, path):
    """What stands for the parameters of a path so that it leads somewhere."""
    v1 = path.startswith("/v1/Accounts/{account}/Calls")
    said = names | {"country": "IN", "kind": "Landline"}
    said["sid"] = names["call" if v1 else "account"]
    if "/SMS/" in path:
        said["sid"] = names["message"]
    if "IncomingPhoneNumbers" in path:
        said["sid"] = "08047112233"
    return {name: said[name] for name in re.findall(r"{(\w+)}", path)}


@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=lambda part: part)
def test_every_answer_to_what_the_document_allows_and_forbids_is_well_formed(target, method, path):
    """No 5xx; JSON, XML or a problem of the documented shape; nothing that looks like a traceback."""
    operation = target.schema[path][method]
    auth, names = target.account()
    before = len(target.server.err.all())

    @given(data=st.data(), there=st.integers(0, 4))
    @settings(
        max_examples=MANY * len(MODES), derandomize=True, database=None, deadline=None,
        phases=(Phase.generate,), suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    def try_it(data, there):
        mode = data.draw(st.sampled_from(modes(operation)))
        case = data.draw(operation.as_strategy(generation_mode=mode))
        if there:
            case.path_parameters = known(names, path)
        if path.endswith("/wait"):
            case.query = {**(case.query or {}), "timeout": "0.05"}
        answer = case.call(base_url=target.url, auth=auth if there < 4 else None, timeout=20)
        problem = wrong_with(answer, path) or unlike(answer, method, path)
        assert None is problem, f"{problem}\n  {case.as_curl_command()}\n  {answer.content[:500]!r}"

    try_it()

    said = target.server.err.all()[before:]
    assert [] == [line for line in said if TROUBLE.search(line)], "\n".join(said[-40:])


def modes(operation):
    """The modes that an operation can be tried in: without a parameter nothing can be wrong."""
    takes = operation.path_parameters or operation.query or operation.body
    return MODES if takes else MODES[:1]


def wrong_with(answer, path):
    """What is wrong with an answer; None is nothing."""
    code, kind = answer.status_code, answer.headers.get("content-type", [""])[0].partition(";")[0]
    if code >= 500 and code != 501:
        return f"answered {code}"
    try:
        if path.endswith(".mp3"):
            return (
                wrong_sound(kind)
                if code < 400
                else wrong_v1(code, kind, answer.content, as_json=False)
            )
        if path.startswith("/v"):
            as_json = path.endswith(".json") or path.startswith("/v2_beta")
            return wrong_v1(code, kind, answer.content, as_json=as_json)
        return wrong_control(code, kind, answer.content)
    except (ValueError, ET.ParseError, AssertionError) as error:
        return f"{code} {kind}: {type(error).__name__} {error}"


def unlike(answer, method, path):
    """How an answer in JSON differs from the shape that the document gives it; None is nothing."""
    responses = DOCUMENT["paths"][path][method.lower()]["responses"]
    said = responses.get(str(answer.status_code), responses["default"])
    kind = answer.headers.get("content-type", [""])[0].partition(";")[0]
    if answer.status_code < 300 and str(answer.status_code) not in responses:
        return f"{answer.status_code} is not documented"
    if kind not in said.get("content", {"": None}):
        return f"{answer.status_code} has {kind}, documented is {list(said.get('content', {}))}"
    if not kind.endswith("json"):
        return None
    schema = said["content"][kind]["schema"] | {"components": DOCUMENT["components"]}
    errors = Draft202012Validator(schema).iter_errors(json.loads(answer.content))
    return next((f"{each.json_path}: {each.message}" for each in errors), None)


def wrong_v1(code, kind, body, *, as_json):
    """v1 answers in the format of its path; what fails is a RestException."""
    if as_json:
        assert "application/json" == kind
        found = json.loads(body)
        roots = set(found) if isinstance(found, dict) else {"a bare list"}
    else:
        assert "application/xml" == kind
        root = ET.fromstring(body)
        assert "TwilioResponse" == root.tag
        roots = {child.tag for child in root}
    assert ("RestException" in roots) == (code >= 400), roots


def wrong_sound(kind):
    """A recording is one of two kinds of sound."""
    assert kind in {"audio/mpeg", "audio/wav", "audio/x-wav"}


def wrong_control(code, kind, body):
    """The control API answers JSON, lines of it, or what the route is for; what fails is a problem."""
    if code == 204:
        assert b"" == body
    elif code >= 400:
        problem = json.loads(body)
        assert ("application/problem+json", code) == (kind, problem["status"])
        assert all(isinstance(problem[name], str) for name in ("type", "title", "detail"))
    elif kind in {"application/x-ndjson", "application/jsonl"}:
        assert all(json.loads(line) for line in body.splitlines())
    elif kind == "image/svg+xml":
        ET.fromstring(body)
    elif kind == "text/x-python":
        compile(body, "test_call.py", "exec")
    elif kind not in {"application/yaml", "text/yaml", "text/plain", "text/javascript"}:
        assert kind in {"application/json", "application/schema+json"}
        json.loads(body)
