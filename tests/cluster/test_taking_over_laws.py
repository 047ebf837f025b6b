"""An account that changes hands between any two steps is as one that never did: issue 15."""

import itertools
import json
import os
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from cluster.nodes import Node, Receiver
from exomock.engine.births import LIFE

EXAMPLES, STEPS = (300, 40) if os.environ.get("EXOMOCK_SOAK") else (8, 15)

SCENARIO = """
account: {rate_limit: 6/min, late_fields: 30s}
inbound:
  - {every: 45s..70s, from: "0990000*", exophone: "08047112233"}
faults:
  - name: the second
    when: {method: POST, path: Calls/connect, nth: 2}
    answer: service-unavailable
  - {name: late news, when: {method: GET, path: Calls, every_nth: 2}, answer: html}
flows:
  "941":
    - gather: Key in your PIN, then hash
      max_digits: 4
      timeout: 60s
    - greeting: Thank you
rules:
  - {name: third, when: {from: "09811100003", nth: 2}, leg1: busy}
  - {name: luck, when: {from: "09811100004", chance: 50%}, refuse: unauthorized}
  - leg1: {answer: 3s..9s}
    leg2: {answer: 2s..5s}
    talk: 40s
"""
"""Whatever counts, in one scenario: limits, callers, faults, chance, and a flow that waits."""

FAULTS = (
    {"name": "once", "when": {"path": "Calls/connect"}, "answer": "unauthorized", "times": 1},
    {"name": "luck", "when": {"method": "POST", "chance": "50%"}, "answer": "service-unavailable"},
    {"name": "thirds", "when": {"path": "Calls/*", "every_nth": 3}, "answer": "html"},
    {"name": "soon", "when": {"between": ["0s", "40s"]}, "answer": {"malformed": True}},
)
TWISTS = (
    {"name": "twice", "callbacks": {"terminal": {"repeat": 2}}, "times": 2},
    {"name": "none", "when": {"every_nth": 2}, "callbacks": {"terminal": {"drop": True}}},
    {"name": "late", "when": {"chance": "50%"}, "callbacks": {"terminal": {"delay": "4s"}}},
)
NEXTS = (
    {"calls": 2, "leg1": "busy"},
    {"calls": 1, "refuse": "kyc"},
    {"calls": 3, "leg2": {"answer": "1s"}, "talk": "5s"},
)
FLOW = "http://my.exotel.com/acc/exoml/start_voice/941"

_sids = itertools.count(1)


class Pair:
    """Two nodes of one database, and one that has a database to itself."""

    def __init__(self, folder):
        self.receiver = Receiver()
        self.receiver.answer = lambda got: 500 if got.form.get("CustomField") == "bad" else 200
        self.nodes = [Node(folder / "shared.db", SCENARIO) for _ in range(2)]
        self.alone = Node(folder / "alone.db", SCENARIO, shared=False)

    def close(self):
        """End all."""
        for node in (*self.nodes, self.alone):
            node.close()
        self.receiver.close()


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """Nodes for all examples: each has an account of its own."""
    found = Pair(tmp_path_factory.mktemp("hands"))
    yield found
    found.close()


def plain(value):
    """JSON without what the machine's clock and the database's numbers say of callbacks."""
    if isinstance(value, list):
        return [plain(each) for each in value]
    if not isinstance(value, dict):
        return value
    leaves_out = {"id"} if "attempts" in value else set()
    leaves_out |= {"at", "milliseconds"} if "milliseconds" in value else set()
    return {name: plain(each) for name, each in value.items() if name not in leaves_out}


def said(text):
    """What an answer says; the text itself where a fault has damaged it."""
    with suppress(ValueError):
        return plain(json.loads(text))
    return text


def seen(node, sid):
    """All that a client can see of an account but for what is said to die with an owner."""
    callbacks = plain(node.control("GET", sid, "/callbacks?limit=1000").json())
    return {
        "calls": node.control("GET", sid, "/calls?limit=1000").json(),
        "callbacks": callbacks,
        "faults": node.control("GET", sid, "/faults").json(),
        "twists": node.control("GET", sid, "/twists").json(),
        "account": node.control("GET", sid, "").json() | {"base_url": None},
        "moments": sorted(node.accounts.world(sid).moments.values()),
    }


class Hands(RuleBasedStateMachine):
    """One account in two databases: in one it changes hands."""

    pair: Pair

    @initialize()
    def begin(self):
        """Make the account in both databases."""
        self.sid = f"hands{next(_sids)}"
        self.at = 0
        self.time, self.version = 0, 0
        for node in (self.node, self.pair.alone):
            node.make(self.sid, rate=0.0)

    @property
    def node(self):
        """Who owns the account."""
        return self.pair.nodes[self.at]

    def both(self, ask):
        """Do a step in both databases: the answers and what the receiver got are the same."""
        answers, told = [], []
        for node in (self.node, self.pair.alone):
            self.pair.receiver.got.clear()
            answer = ask(node)
            why = answer.headers.get("X-Exomock-Why")
            answers.append((answer.status_code, why, said(answer.text.replace(node.url, ""))))
            told.append(sorted(sorted(got.form.items()) for got in self.pair.receiver.got))
        assert answers[1] == answers[0]
        assert told[1] == told[0]

    def rows(self, path):
        """The ids of faults or twists."""
        return [each["id"] for each in self.node.control("GET", self.sid, f"/{path}").json()[path]]

    @rule(
        number=st.integers(1, 5), tells=st.sampled_from([None, "good", "bad"]), flow=st.booleans()
    )
    def connect(self, number, tells, flow):
        """Place a call."""
        more = {} if tells is None else {
            "StatusCallback": self.pair.receiver.url, "CustomField": tells,
        }  # fmt: skip
        if flow:
            more |= {"Url": FLOW, "To": ""}
        more = {name: value for name, value in more.items() if value}
        self.both(lambda node: node.connect(self.sid, number, **more))

    @rule(seconds=st.sampled_from([1, 5, 20, 61, 400]))
    def advance(self, seconds):
        """Let time pass."""
        self.both(lambda node: node.advance(self.sid, seconds))

    @rule(fault=st.sampled_from(FAULTS))
    def fault(self, fault):
        """Lay a fault down."""
        self.both(lambda node: node.control("POST", self.sid, "/faults", json=fault))

    @rule(twist=st.sampled_from(TWISTS))
    def twist(self, twist):
        """Lay a twist down."""
        self.both(lambda node: node.control("POST", self.sid, "/twists", json=twist))

    @rule(next_=st.sampled_from(NEXTS))
    def lay_next(self, next_):
        """Lay down what becomes of the next calls."""
        self.both(lambda node: node.control("POST", self.sid, "/next", json=next_))

    @rule(kind=st.sampled_from(["faults", "twists"]), which=st.integers(0, 5))
    def lift(self, kind, which):
        """Lift a fault or a twist, also one of the scenario."""
        ids = self.rows(kind)
        if ids:
            each = ids[which % len(ids)]
            self.both(lambda node: node.control("DELETE", self.sid, f"/{kind}/{each}"))

    @rule(digits=st.sampled_from(["12", "1234", "7#"]))
    def press(self, digits):
        """Press keys in the newest call."""
        calls = self.node.control("GET", self.sid, "/calls").json()["calls"]
        if calls:
            path = f"/calls/{calls[-1]['sid']}/press"
            self.both(lambda node: node.control("POST", self.sid, path, json={"digits": digits}))

    @rule(sid=st.integers(0, 3))
    def look(self, sid):
        """Ask the v1 API for a call, which faults may strike."""
        calls = self.node.control("GET", self.sid, "/calls").json()["calls"]
        if calls:
            path = f"Calls/{calls[sid % len(calls)]['sid']}"
            self.both(lambda node: node.v1("GET", self.sid, path))

    @rule(keep=st.sampled_from([[], ["scenario"], ["clock"]]))
    def reset(self, keep):
        """Begin anew."""
        self.both(lambda node: node.control("POST", self.sid, "/reset", json={"keep": keep}))

    @rule(own=st.sampled_from(["rules: [{leg1: busy}]", SCENARIO, ""]))
    def scenario(self, own):
        """Give it another scenario, or the server's again."""
        self.both(lambda node: node.control("PUT", self.sid, "/scenario", data=own.encode()))

    @rule(to=st.integers(0, 1), save=st.booleans())
    def change_hands(self, to, save):
        """Let the account go, as a process that ends or that is killed, and take it."""
        assert self.node.accounts.let_go(self.sid, save=save)
        self.at = to
        world = self.node.accounts.take(self.sid)
        assert world.version // LIFE > self.version // LIFE

    @invariant()
    def same(self):
        """Everything is the same in both; time and version never run back."""
        mine, alone = (seen(node, self.sid) for node in (self.node, self.pair.alone))
        assert alone == mine
        world = self.node.accounts.world(self.sid)
        assert world.version >= self.version
        self.version = world.version


def test_an_account_that_changes_hands_is_as_one_that_does_not(pair):
    """Calls, callbacks, answers and counts are the same, whichever way it was let go of."""

    class Mine(Hands):
        """With the nodes of this module."""

    Mine.pair = pair
    Mine.TestCase.settings = settings(
        max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    Mine.TestCase("runTest").runTest()
