"""Faults of the API in `explain`, `preview` and `simulate`: they decide there as in a server."""

import os
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commands.test_preview import ladder, words
from conftest import EXOPHONE, FROM, NOON, TO, Driver
from exomock.domain.order import Order
from exomock.numbering import read_number
from exomock.rehearsal import Asking
from exomock.scenarios import read_given
from exomock.server import Exomock
from exomock.settings import Settings
from laws.test_deciding import begin

MANY = 200 if os.environ.get("EXOMOCK_SOAK") else 12
SECOND = 1_000_000

DOWN = """\
rules: [{leg1: busy}]
faults:
  - name: the third request
    when: {path: Calls/connect, nth: 3}
    answer: service-unavailable
  - name: slow to somebody
    when: {to: "09052161119"}
    delay: 4s
  - name: cut to nobody
    when: {to: "09000000003"}
    answer: {truncate: 60%}
  - name: from the tenth minute on
    when: {between: [10m, 15m]}
    answer: {hang: true}
"""


class TestAFault:
    def test_that_refuses_an_order_decides_it(self, commands):
        """Before the rules, which are not asked."""
        commands.write("down.yaml", DOWN)

        assert [
            "fault down.yaml:3 the third request strikes the request",
            "  it is refused: 503, code 35008: Service Unavailable; ",
        ] == commands.lines("explain", "down.yaml", "--nth", "3")
        drawn = ladder(commands.lines("preview", "down.yaml", "--nth", "3"))
        assert ["POST Calls/connect", "503"] == [words(line) for line in drawn]

    def test_that_delays_an_answer_shows_when_it_comes(self, commands):
        """The call goes on meanwhile."""
        commands.write("down.yaml", DOWN)
        lines = commands.lines("preview", "down.yaml", "--to", "09052161119")
        (answer,) = [line for line in ladder(lines) if "200" == words(line)]

        assert "fault down.yaml:6 slow to somebody strikes the request" == lines[0]
        assert "  it is answered 4 s later" == lines[1]
        assert "down.yaml:1 decides" in lines
        assert "+4.000" == answer.split()[0]

    def test_that_damages_an_answer_leaves_the_call(self, commands):
        """It is placed, and its answer is cut."""
        commands.write("down.yaml", DOWN)
        lines = commands.lines("preview", "down.yaml", "--to", "09000000003")

        assert "  the call is placed, and the answer is cut off after 60% of its bytes" == lines[1]
        assert any("200 (truncate)" == words(line) for line in ladder(lines))

    def test_of_a_time_counts_from_the_first_order_or_the_scenarios_now(self, commands):
        """The fourth of orders that are 200 s apart comes 10 minutes after the first."""
        commands.write("down.yaml", DOWN)
        commands.write("since.yaml", f"clock: {{now: '2026-03-01T12:00:00'}}\n{DOWN}")
        fourth = commands.lines("explain", "down.yaml", "--nth", "4", "--every", "200")
        later = commands.lines("explain", "since.yaml", "--at", "2026-03-01T12:10:00")

        for lines in (fourth, later):
            assert "from the tenth minute on strikes" in lines[0]
            assert "the answer never comes" in lines[1]

    def test_is_not_met_by_a_call_that_comes_in(self, commands):
        """Nobody sends a request for it."""
        commands.write("down.yaml", "faults: [{answer: service-unavailable}]\n")
        lines = commands.lines("explain", "down.yaml", "--direction", "inbound")
        assert "strikes" not in "".join(lines)

    def test_is_counted_by_a_simulation(self, commands):
        """A request that it refuses has no effect: it takes no place in the rate limit."""
        commands.write("down.yaml", "account: {rate_limit: 2/min}\n"
                       "faults: [{when: {every_nth: 2}, answer: service-unavailable}]\n")  # fmt: skip
        lines = commands.lines("simulate", "down.yaml", "--calls", "10")
        counts = {found[1]: int(found[2]) for line in lines
                  if (found := re.match(r"refused with (\d+) +(\d+)", line))}  # fmt: skip

        assert {"503": 5, "429": 3} == counts


@pytest.fixture(scope="module")
def one():
    """One server for many scenarios, its clock frozen."""
    with Exomock(settings=Settings(rate=0), start_at=NOON) as mock:
        yield Driver(mock)


FAULTS = [
    "{when: {chance: 50%}, answer: service-unavailable}",
    "{when: {nth: 2}, answer: rate-limited}",
    "{when: {every_nth: 3, path: Calls/connect}, answer: html}",
    "{when: {between: [30s, 70s], method: POST}, answer: service-unavailable, times: 1}",
]
RULES = ["{when: {chance: 50%}, leg2: busy}", "{when: {nth: 2}, refuse: dnd}"]
LAST = "{leg1: {answer: 1s..9s}, leg2: busy}"
ORDER = Order(read_number(FROM), read_number(TO), read_number(EXOPHONE))


@settings(max_examples=MANY, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.sampled_from(FAULTS), max_size=3),
    st.lists(st.sampled_from(RULES), max_size=3),
    st.sampled_from(["", "rate_limit: 2/min"]),
    st.sampled_from([0, 20]),
)
def test_a_rehearsal_meets_the_faults_that_a_server_meets(one, faults, rules, terms, every):
    """Status and, of what is placed, the very Sid and plan: each of five orders."""
    listed = "".join(f"\n  - {each}" for each in faults) or " []"
    ruled = "".join(f"\n  - {each}" for each in [*rules, LAST])
    text = f"account: {{{terms}}}\nrules:{ruled}\nfaults:{listed}\n"
    begin(one, text)
    seed = one.mock.exchange.engine.worlds["exomock"].seed
    scenario = read_given("scenario", text.encode())
    for nth in range(1, 6):
        response = one.try_connect()
        now = NOON + (nth - 1) * every * SECOND
        asking = Asking(ORDER, now, nth, seed, "exomock", every * SECOND)
        struck, decision = asking.struck(scenario), asking.decided(scenario)
        refusal = decision.refusal if struck is None else struck.answer.refusal

        assert (nth, 200 if refusal is None else refusal.status) == (nth, response.status_code)
        if refusal is None:
            call, shown = asking.call(scenario, decision), response.json()["Call"]
            assert call.sid == shown["Sid"]
            plan = one.mock.call(call.sid).plan
            assert [each.event for each in plan] == [str(each.event) for each in call.plan]
            assert [round(each.at.timestamp() * SECOND) for each in plan] == [
                each.at for each in call.plan
            ]
        one.advance(every)
