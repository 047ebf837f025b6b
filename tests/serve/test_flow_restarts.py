"""`kill -9` while a flow's question is on the wire: it is asked again, and the call goes on."""

import threading

import pytest

from conftest import Driver
from exomock.client import connect
from flows.conftest import Customer, Line

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
