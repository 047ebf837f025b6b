"""Calls that come in by themselves: docs/scenarios.md "inbound"."""

from itertools import pairwise

import pytest

TRAFFIC = """
inbound:
  - {every: 30s, from: "0990000*", exophone: "08047112233", leg2: {answer: 8s}, talk: 1m}
"""


def incoming(account):
    return [call for call in account.get("calls")["calls"] if call["direction"] == "inbound"]


@pytest.fixture
def busy(control):
    return control.account(scenario=TRAFFIC)


class TestAGenerator:
    def test_lets_a_call_come_in_at_each_of_its_moments(self, busy):
        busy.advance(120)
        assert ["12:00:30", "12:01:00", "12:01:30", "12:02:00"] == [
            call["created"][11:19] for call in incoming(busy)
        ]

    def test_makes_calls_of_the_form_it_says(self, busy):
        busy.advance(200)
        first = incoming(busy)[0]

        assert "completed" == first["status"]
        assert first["from"].startswith("0990000")
        assert 11 == len(first["from"])
        assert ("08047112233", "08047112233") == (first["to"], first["exophone"])
        assert "scenario:3" == first["why"]

    def test_draws_its_callers_from_the_seed(self, control):
        """The same account in another server has the same callers; each call another one."""
        one = control.account("a", seed=7, scenario=TRAFFIC)
        one.advance(600)
        callers = [call["from"] for call in incoming(one)]
        one.post("reset")
        one.advance(600)

        assert callers == [call["from"] for call in incoming(one)]
        assert 20 == len(set(callers))

    def test_comes_to_the_same_however_time_is_cut(self, control):
        whole, parts = (control.account(f"x{n}", seed=3, scenario=TRAFFIC) for n in (1, 2))
        whole.advance(300)
        for seconds in (0.5, 29.5, 77, 193):
            parts.advance(seconds)

        assert [(c["created"], c["status"]) for c in incoming(whole)] == [
            (c["created"], c["status"]) for c in incoming(parts)
        ]

    def test_may_be_drawn_apart(self, control):
        account = control.account(scenario="inbound: [{every: 10s..50s}]\n")
        account.advance(3600)
        moments = [
            int(c["created"][14:16]) * 60 + int(c["created"][17:19]) for c in incoming(account)
        ]
        gaps = [b - a for a, b in pairwise(moments) if b > a]

        assert 80 < len(moments) < 160
        assert 9 <= min(gaps) < 15
        assert 45 < max(gaps) <= 51

    def test_without_words_asks_the_rules(self, control):
        text = (
            "rules:\n  - {name: calls that come in, when: {direction: inbound}, leg2: no_answer}\n"
            "  - {name: others, leg2: busy}\ninbound: [{every: 30s}]\n"
        )
        account = control.account(scenario=text)
        account.advance(100)
        first = incoming(account)[0]

        assert first["why"].endswith("calls that come in")
        assert ["completed", "no-answer"] == [leg["state"] for leg in first["legs"]]

    def test_tells_the_url_that_the_scenario_gives(self, control, receiver):
        text = f'inbound: [{{every: 30s, leg2: {{answer: 2s}}, talk: 5s, status_callback: "{receiver.url}"}}]\n'
        account = control.account(scenario=text)
        account.advance(70)

        assert ["completed", "completed"] == [got.form["Status"] for got in receiver.got]
        assert {"CallSid", "DateUpdated", "Status", "RecordingUrl"} == set(receiver.got[0].form)

    def test_begins_anew_with_a_reset(self, busy):
        busy.advance(45)
        busy.post("reset")
        busy.advance(29)
        assert [] == incoming(busy)
        busy.advance(1)
        assert 1 == len(incoming(busy))

    def test_goes_with_its_scenario(self, busy):
        busy.put("scenario", {})
        busy.advance(300)
        assert [] == incoming(busy)


class TestIdle:
    def test_does_not_wait_for_calls_that_come_in_by_themselves(self, busy):
        """One is on the line at any moment; a client's own call of 40 s is what is waited for."""
        sid = busy.connect()
        went = busy.idle()

        assert went["idle"]
        assert "completed" == busy.status(sid)
        assert "12:00:40" == went["now"][11:19]

    def test_is_so_at_once_where_only_they_are(self, busy):
        busy.advance(100)
        assert [] == busy.idle()["events"]
        assert busy.get("wait", idle="true", timeout=0)["idle"]


class TestACallPlacedByATest:
    def test_without_words_asks_the_rules_too(self, control):
        account = control.account(scenario="rules: [{when: {from: '099*'}, leg2: busy}]\n")
        call = account.post("calls", {"from": "09900000001", "exophone": "08047112233"}, 201)
        account.advance(60)

        assert ["completed", "busy"] == [
            leg["state"] for leg in account.get(f"calls/{call['sid']}")["legs"]
        ]
