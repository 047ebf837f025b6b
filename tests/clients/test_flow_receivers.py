"""
What public receivers of flow requests need, each as a small Flask application that reads as it does.

A receiver that misses something answers 500 or raises, as the real one would; its row then fails.
Source: exotel-flows.md, the captures and clients named there; issue 12, "Real receivers".
"""

import json
import threading
from collections.abc import Callable
from typing import NamedTuple

import pytest
from flask import Flask, Response, jsonify, redirect, request
from werkzeug.serving import make_server

from flows.conftest import Line


class Row(NamedTuple):
    """
    A receiver.

    Args:
        name: Whose code reads so.
        flow: The steps that ask it; `{url}` is where it listens.
        routes: Its views by path; each gets the request's parameters and a list to note in.
        exits: What its answers make of the call: each step and its exit.
        noted: What it has noted.
        rules: What people do.
    """

    name: str
    flow: str
    routes: dict[str, Callable]
    exits: list[tuple[str, str]]
    noted: list
    rules: str = "{}"


def simple_server(says, noted):
    """A PIN between quotes; an unset variable is the word null; digits are JSON-encoded."""
    digits = json.loads(says["digits"])
    noted.append((digits, says["CallType"], says.get("CallStatus", "null")))
    return "", 200 if digits == "215250" else 302


def glific(says, noted):
    """A missed call: three numbers must not be empty, the answer is plain text."""
    if not all(says[name] for name in ("CallFrom", "CallTo", "To")):
        raise ValueError(says)
    noted.append((says["CallFrom"], says["CallTo"], says["To"]))
    return Response("ok", 200, content_type="text/plain")


def crm_popup(says, noted):
    """Opens on `Dial` and `busy`, closes on `Terminal` and `free`; who is rung must be told."""
    noted.append((says["EventType"], says["Status"], says["DialWhomNumber"], says["CallSid"] != ""))
    return ""


def crm_user(says, noted):
    """Opens for the user whom it finds by AgentEmail, which a plain number has not."""
    noted.append((says["EventType"], says["Status"], says.get("AgentEmail")))
    return ""


def crm_ended(says, noted):
    """The captured Connect's parameters, with the words null; a recording's URL is looked for."""
    assert says["ForwardedFrom"] == says["ProcessStatus"] == "null"
    assert says["Legs[0][Cause]"].isdigit()
    noted.append((says["DialCallStatus"], says["Legs[0][CauseCode]"]))
    return ""


def dial_whom(_says, _noted):
    """A comma list in +91 form, with spaces."""
    return Response("+919811100001, +919811100002", content_type="text/plain; charset=utf-8")


def nobody(_says, _noted):
    """A route that has nobody to dial: 404."""
    return Response("", 404)


def dynamic(_says, noted):
    """Strings for numbers, an empty parallel_ringing, as a CRM answers; the version is read."""
    noted.append(request.headers["Exotel-Version"])
    return jsonify(
        fetch_after_attempt=False,
        destination={"numbers": ["+919811100001"]},
        max_ringing_duration="45",
        max_conversation_duration="3600",
        record="true",
        parallel_ringing={},
        music_on_hold={"type": "operator_tone"},
    )


def is_vip(says, noted):
    """Answers with a redirect that nobody follows."""
    noted.append(says["CallFrom"])
    return redirect("/nowhere", 302)


def greets(says, noted):
    """Asked by HEAD and by GET, with four parameters; answers a text."""
    noted.append((request.method, sorted(says)))
    return Response("Namaste", content_type="text/plain")


ROWS = [
    Row(
        "simple-server: a PIN",
        """
        - gather: Your PIN
        - passthru: "{url}/pin"
          302: hangup
        - greeting: Welcome
        """,
        {"/pin": simple_server},
        [("gather", "digits"), ("passthru", "200"), ("greeting", "")],
        [("215250", "call-attempt", "null")],
        '{caller: {presses: ["215250#"]}}',
    ),
    Row(
        "glific: a missed call",
        """
        - passthru: "{url}/missed"
        - hangup
        """,
        {"/missed": glific},
        [("passthru", "200"), ("hangup", "")],
        [("09900001111", "08047112233", "08047112233")],
    ),
    Row(
        "a CRM's pop-up, and what it is told at the end",
        """
        - connect: "09811100001"
          popup: "{url}/popup"
        - passthru: "{url}/ended"
        """,
        {"/popup": crm_popup, "/ended": crm_ended},
        [("connect", "talked"), ("passthru", "200")],
        [
            ("Dial", "busy", "09811100001", True),
            ("Answered", "busy", "09811100001", True),
            ("Terminal", "free", "09811100001", True),
            ("completed", "NORMAL_CLEARING"),
        ],
        "{leg2: {answer: 5s}, talk: 20s}",
    ),
    Row(
        "a CRM's pop-up for the users of its dashboard",
        """
        - connect: ["+919811100001", "09811100002"]
          popup: "{url}/popup"
          emails: {"09811100001": asha@shop.example}
        """,
        {"/popup": crm_user},
        [("connect", "talked")],
        [
            ("Dial", "busy", "asha@shop.example"),
            ("Terminal", "free", "asha@shop.example"),
            ("Dial", "busy", None),
            ("Answered", "busy", None),
            ("Terminal", "free", None),
        ],
        "{agents: [busy, {answer: 5s}], talk: 20s}",
    ),
    Row(
        "simple-server: no PIN at all",
        """
        - gather: Your PIN
          nothing: {passthru: "{url}/pin"}
        """,
        {"/pin": simple_server},
        [("gather", "nothing"), ("passthru", "302")],
        [("", "call-attempt", "null")],
    ),
    Row(
        "dial-whom with a list in +91 form",
        """
        - connect: "{url}/agents"
        - passthru: "{url}/ended"
        """,
        {"/agents": dial_whom, "/ended": crm_ended},
        [("connect", "talked"), ("passthru", "200")],
        [("completed", "RING_TIMEOUT")],
        "{agents: [no_answer, answer], talk: 20s}",
    ),
    Row(
        "dial-whom with nobody to dial",
        """
        - connect: "{url}/agents"
          not_dialled: {greeting: Nobody is there}
          talked: hangup
        """,
        {"/agents": nobody},
        [("connect", "not_dialled"), ("greeting", "")],
        [],
    ),
    Row(
        "a dynamic Connect with strings for numbers",
        """
        - connect: {url: "{url}/connect"}
          talked: {greeting: Goodbye}
        """,
        {"/connect": dynamic},
        [("connect", "talked"), ("greeting", "")],
        ["1.0"],
        "{leg2: {answer: 40s}, talk: 20s, hangup_by: agent}",
    ),
    Row(
        "a Passthru that redirects",
        """
        - passthru: "{url}/vip"
          200: hangup
          302: {greeting: Please hold}
        """,
        {"/vip": is_vip},
        [("passthru", "302"), ("greeting", "")],
        ["09900001111"],
    ),
    Row(
        "a Greeting by URL",
        """
        - greeting: "{url}/hello"
        """,
        {"/hello": greets},
        [("greeting", "")],
        [(method, ["CallSid", "DialWhomNumber", "From", "To"]) for method in ("HEAD", "GET")],
    ),
]


@pytest.fixture
def serving():
    """Serve a row's routes: `serving(routes)` gives its URL and what it notes."""
    running = []

    def start(routes):
        app, noted = Flask("receiver"), []
        for path, view in routes.items():
            app.add_url_rule(
                path, path, lambda view=view: view(request.args.to_dict(), noted), methods=["GET"]
            )
        server = make_server("127.0.0.1", 0, app, threaded=True)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        running.append(server)
        return f"http://127.0.0.1:{server.server_port}", noted

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_a_receiver_gets_what_it_needs_and_its_answer_steers(exchange, serving, row):
    """Its own code reads the request; the call takes the exits that its answers mean."""
    url, noted = serving(row.routes)
    steps = row.flow.replace("{url}", url)
    head = 'flows:\n  "926":\n    exophone: "08047112233"\n    steps:'
    driver = exchange(f"{head}{steps}\nrules: [{row.rules}]\n")
    line = Line(driver, driver.mock.inbound("09900001111", "08047112233").sid)
    driver.advance(200)

    assert row.exits == line.exits
    assert row.noted == noted
