"""`kill -9` while a flow's question is on the wire: it is asked again, and the call goes on."""

import threading
from urllib.parse import urlsplit

import pytest

from conftest import Driver
from exomock.client import connect
from flows.conftest import Customer, Line
from flows.sounds import wav
from serve.conftest import until

FLOW = """
flows:
  "926":
    exophone: "08047112233"
    steps:
      - passthru: "{url}/one"
      - passthru: "{url}/two"
        302: {passthru: "{url}/three"}
      - hangup
rules: []
"""


@pytest.mark.parametrize("killed", ["/one", "/two"])
def test_a_question_that_was_on_the_wire_is_asked_again_and_says_so(serve, tmp_path, killed):
    """The customer is asked twice, the call takes the exits it would have taken."""
    customer, release = Customer(), threading.Event()
    held = []

    def holds(handler):
        held.append(handler)
        if len(held) == 1:
            release.wait(30)
        handler.give(302)

    customer.says("/two", 302)
    customer.says(killed, holds)
    (tmp_path / "flow.yaml").write_text(FLOW.replace("{url}", customer.url))
    options = ("--database", "sqlite:///calls.db", "--scenario", "flow.yaml")
    driver = Driver(server := serve(*options))
    control = control_of(server)
    asked = {"from": "09900001111", "exophone": "08047112233"}
    line = Line(driver, control("POST", "/calls", asked)["sid"], control)
    customer.wait_for(1 if killed == "/one" else 2)
    server.kill()
    release.set()

    line.control = control_of(serve(*options))
    line.control("GET", f"/wait?call={line.sid}&status=completed")
    found = line.control("GET", f"/callbacks?call={line.sid}")["callbacks"]
    tries = next(each["attempts"] for each in found if f"{killed}?" in each["url"])
    assert [("passthru", "302" if killed == "/one" else "200"), ("passthru", "302")] == line.exits[
        :2
    ]
    assert "exomock ended before the answer came; it is asked again" == tries[0]["error"]
    assert (2, 302) == (tries[1]["number"], tries[1]["status"])
    paths = [path for path in customer.paths if path != f"GET {killed}"]
    assert 1 == len([path for path in paths if path == "GET /three"])
    customer.close()


def control_of(server):
    """The control API of a server's account."""
    (account,) = connect(server.url).accounts
    return account.control


KINDS = {
    "greeting": ('greeting: "{url}/greeting"', "Hello there", "text/plain"),
    "gather": ('gather: "{url}/gather"', '{"gather_prompt": {"text": "Your PIN"}}', "application/json"),
    "dial-whom": ('connect: "{url}/dial-whom"', "09811100001", "text/plain"),
    "dynamic": ('connect: {url: "{url}/dynamic"}', '{"destination": {"numbers": ["09811100001"]}}', "application/json"),
    "audio": ('greeting: "{url}/spoken"', wav(3.0), "audio/wav"),
    "sms": ('sms: "{url}/sms"', "We call you back", "text/plain"),
}  # fmt: skip
"""A step that asks, and a right answer to it."""


def tried(control, sid, kind):
    """The tries of a call's question of a kind."""
    found = control("GET", f"/callbacks?call={sid}")["callbacks"]
    asked = (each for each in found if each["method"] == "GET")
    return next(each["attempts"] for each in asked if urlsplit(each["url"]).path == f"/{kind}")


def test_no_call_is_lost_at_any_kind_of_question(serve, tmp_path):
    """Each kind is on the wire when the server is killed; each is asked again and answered."""
    customer, release, held = Customer(), threading.Event(), []
    flows = ""
    for number, (kind, (step, body, media)) in enumerate(KINDS.items()):
        flows += (
            f'  "{number}":\n    exophone: "0804711220{number}"\n    steps: [{{{step}}}, hangup]\n'
        )

        def answers(handler, kind=kind, said=(200, body, media)):
            if handler.command == "GET" and kind not in held:
                held.append(kind)
                release.wait(30)
            handler.give(said)

        customer.says(f"/{kind}", answers)
    customer.says("/spoken", (200, f"{customer.url}/audio", "text/plain"))
    (tmp_path / "flow.yaml").write_text("flows:\n" + flows.replace("{url}", customer.url))
    options = ("--database", "sqlite:///calls.db", "--scenario", "flow.yaml", "--clock", "x60")
    control = control_of(server := serve(*options))
    sids = {
        kind: control("POST", "/calls", {"from": "09900001111", "exophone": f"0804711220{n}"})[
            "sid"
        ]
        for n, kind in enumerate(KINDS)
    }
    until(lambda: set(held) == set(KINDS))
    server.kill()
    release.set()

    control = control_of(serve(*options))
    for kind, sid in sids.items():
        control("GET", f"/wait?call={sid}&status=completed")
        # The call hears an answer before its try is written, and at x60 it is over at once.
        until(lambda k=kind, s=sid: len(tried(control, s, k)) > 1)
        tries = tried(control, sid, kind)
        assert [None, 200] == [each["status"] for each in tries], kind
        assert "it is asked again" in tries[0]["error"]
    customer.close()
