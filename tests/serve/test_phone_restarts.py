"""`kill -9` between the decisions of people: each stands, and the next one can be made."""

from conftest import Driver
from exomock.client import connect

FROZEN = ("--database", "sqlite:///calls.db", "--clock", "frozen", "--scenario", "flow.yaml")
FLOW = """
flows:
  "926":
    exophone: "08047112233"
    steps: [{greeting: Hello}, {connect: ["09811100003", "09811100004"]}, hangup]
rules: []
"""


def test_decisions_survive_a_kill_and_so_does_the_switch(serve, tmp_path):
    """A call of two legs and one in a flow, killed after half of the decisions."""
    (tmp_path / "flow.yaml").write_text(FLOW)
    driver = Driver(server := serve(*FROZEN))
    (account,) = connect(server.url).accounts
    account.control("PUT", "/phones", {"people": True})
    two = driver.connect()
    flow = account.inbound(exophone="08047112233").sid
    for seconds, sid, who, does, legs in (
        (1, two, "from", "answer", ["talking", "ringing"]),
        (9, flow, "to", "reject", ["talking", "busy", "ringing"]),
        (1, flow, "to", "answer", ["talking", "busy", "talking"]),
        (1, two, "to", "answer", ["talking", "talking"]),
        (600, flow, "from", "hangup", ["completed", "busy", "completed"]),
        (1, two, "to", "hangup", ["completed", "completed"]),
    ):
        account.advance(seconds)
        account.phone(sid, who=who, does=does)
        if (sid == flow) == (does != "hangup"):  # a start costs a second
            server.kill()
            (account,) = connect((server := serve(*FROZEN)).url).accounts
        call = account.control("GET", f"/calls/{sid}")
        assert legs == [each["state"] for each in call["legs"]]
    assert {"people": True} == account.control("GET", "/phones")
    assert ["completed", "completed"] == [
        account.control("GET", f"/calls/{each}")["status"] for each in (two, flow)
    ]
