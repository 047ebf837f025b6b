"""Laws of flows that are played: split advances, snapshots, resets and restarts change nothing."""

import math
import os
from contextlib import closing
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from conftest import NOON
from exomock.scenarios import read_scenario
from exomock.server import Exomock
from exomock.settings import Settings
from exomock.storage.flows import flows_json, read_flows
from exomock.storage.tables import calls, flows
from flows.conftest import EXOPHONE, Customer
from flows.sounds import wav

SOUND = "a file of 7.25 s"
"""An answer; its name, because a test that fails shows what it was given."""

MANY = 100 if os.environ.get("EXOMOCK_SOAK") else 4

FLOW = """
flows:
  "926":
    exophone: "08047112233"
    steps:
      - greeting: "{url}/hello"
      - menu: Press a key
        1: {connect: "{url}/agents", popup: "{url}/popup", emails: {"09811100001": a@b.example}, ring: 10s}
      - passthru: "{url}/route"
        302: voicemail
      - passthru: "{url}/end"
rules:
  - {leg2: no_answer, talk: 20s, caller: {presses: ["1"], message: 7s}}
"""


def lived(pieces, answers):
    """A call that came in, advanced by so many seconds each; what it and its outbox have become."""
    with closing(Customer()) as customer:
        for path, answer in answers.items():
            customer.says(path, _at(customer, answer))
        text = FLOW.replace("{url}", customer.url)
        with Exomock(text, Settings(rate=0), start_at=NOON) as mock:
            sid = mock.inbound("09900001111", EXOPHONE).sid
            for seconds in pieces:
                mock.exchange.advance(mock.sid, seconds)
            store = mock.exchange.engine.store
            call, rows = store.calls.one(mock.sid, sid), store.outbox.of(mock.sid)
            return (
                [(at - NOON, leg, str(event)) for at, leg, event in call.plan],
                [(each.at, repr(each.what).replace(customer.url, "{url}")) for each in call.inputs],
                [(each.notice, each.place, each.due_at, each.state) for each in rows],
                customer.paths,
            )


def _at(customer, answer):
    """An answer that may name the customer's own server."""
    if answer == SOUND:
        return 200, wav(7.25), "audio/wav"
    if not isinstance(answer, tuple):
        return answer
    return (answer[0], answer[1].replace("{url}", customer.url), *answer[2:])


answers = st.fixed_dictionaries(
    {
        "/hello": st.sampled_from(
            [(200, "Good day", "text/plain"), (200, "{url}/a.wav", "text/plain"), 404]
        ),
        "/a.wav": st.sampled_from([SOUND, 404]),
        "/agents": st.sampled_from([(200, "09811100001,09811100002", "text/plain"), 500]),
        "/route": st.sampled_from([200, 302]),
    }
)


@settings(deadline=None, max_examples=MANY)
@given(st.lists(st.integers(0, 90), max_size=4), answers)
def test_an_advance_in_pieces_makes_the_same_call_as_one(cuts, given_answers):
    """Plan, inputs, outbox and what the customer was asked, wherever the advance is split."""
    ends = [0, *sorted(cuts), 90]
    pieces = [b - a for a, b in pairwise(ends)]

    assert lived([90], given_answers) == lived(pieces, given_answers)
    assert lived([90], given_answers) == lived([math.inf], given_answers)


class TestAWorldWithFlows:
    @pytest.fixture
    def driver(self, flowing):
        """A call that has asked once, of two questions."""
        driver = flowing(
            '"926": {exophone: "08047112233", steps: '
            '[{greeting: Welcome to us all}, {passthru: "{url}/a"}, {greeting: And now we wait}, '
            '{passthru: "{url}/b"}]}'
        )
        driver.line = driver.comes_in()
        driver.advance(1.5)
        return driver

    def test_comes_back_by_a_restore(self, driver, customer):
        """Flows and inputs too: the second question is asked after each of two restores."""
        snapshot = driver.mock.snapshot()
        stories = []
        for _ in range(2):
            driver.mock.restore(snapshot)
            driver.advance(60)
            stories.append(driver.line.call)

        assert stories[0] == stories[1]
        assert ["GET /a", "GET /b", "GET /b"] == customer.paths

    def test_keeps_one_text_for_a_thousand_calls(self, driver):
        """Fifty calls, a row; a reset sweeps it."""
        for _ in range(49):
            driver.comes_in()
        store = driver.mock.exchange.engine.store
        counted = [_count(store)]
        driver.mock.reset()
        counted.append(_count(store))

        assert [1, 0] == counted

    def test_costs_a_plain_call_nothing(self, driver):
        """Its two columns are NULL."""
        driver.connect()
        rows = driver.mock.exchange.engine.store.reader.execute(
            select(calls.c.flows, calls.c.inputs).order_by(calls.c.id), {}
        ).all()

        assert [(False, False), (True, True)] == [(a is None, b is None) for a, b in rows]

    def test_that_is_reset_while_asked_hears_nothing_more(self, flowing, customer):
        """The answer belongs to an old epoch, and the account is as new."""
        held = customer.holds("/a")
        driver = flowing('"926": {exophone: "08047112233", steps: [{passthru: "{url}/a"}]}', rate=1)
        driver.comes_in()
        customer.wait_for(1)
        driver.mock.reset()
        held.set()
        driver.mock.wait()

        assert ([], []) == (driver.mock.calls, list(driver.mock.callbacks))


def _count(store):
    return store.reader.execute(select(func.count()).select_from(flows), {}).scalar()


def test_flows_read_back_as_they_were():
    """Those of the contract's section 8, and each word of a step."""
    text = FLOW.replace("{url}", "http://127.0.0.1:1")
    found = read_scenario("f.yaml", text.encode()).flows

    assert found == read_flows(flows_json(found))
    assert flows_json(found) == flows_json(read_flows(flows_json(found)))
