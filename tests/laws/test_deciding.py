"""Who decides a call's fate is decided once: a server and a rehearsal say the same of each order."""

import os
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import EXOPHONE, FROM, NOON, TO, Driver
from exomock.domain.errors import DirectiveWrong
from exomock.domain.order import Direction, Order
from exomock.domain.script import Choice, Script
from exomock.engine.deciding import Decider, decide
from exomock.numbering import read_number
from exomock.rehearsal import Asking
from exomock.rehearsal.asking import FreshStanding
from exomock.scenarios import read_given
from exomock.server import Exomock
from exomock.settings import Settings

MANY = 300 if os.environ.get("EXOMOCK_SOAK") else 12

ORDER = Order(read_number(FROM), read_number(TO), read_number(EXOPHONE))
RULES = [
    "{when: {chance: 50%}, leg2: busy}",
    "{when: {nth: 2}, refuse: dnd}",
    "{when: {every_nth: 3}, refuse: kyc}",
    "{when: {chance: 50%}, refuse: service-unavailable}",
]
CATCH_ALLS = [
    "",
    "{attempts: [{leg2: busy}, {refuse: dnd}, {talk: 5s}]}",
    "{leg1: {answer: 1s}, leg2: {answer: 1s}, talk: 10s}",
]
TERMS = st.fixed_dictionaries(
    {},
    optional={
        "rate_limit": st.sampled_from(["1/min", "2/min", "4/min"]),
        "balance": st.sampled_from([0, 0.25, 0.5, 0.75]),
        "exophones": st.sampled_from([f'["{EXOPHONE}"]', '["08047112299"]']),
    },
)


@pytest.fixture(scope="module")
def one():
    """One server for many scenarios, its clock frozen."""
    with Exomock(settings=Settings(rate=0), start_at=NOON) as mock:
        yield Driver(mock)


def begin(driver, text):
    """Let a scenario begin in an empty account at NOON."""
    base = f"{driver.mock.url}/_exomock/accounts/exomock"
    put = driver.http.put(
        f"{base}/scenario", data=text, headers={"Content-Type": "application/yaml"}, timeout=9
    )
    assert put.ok, put.text
    assert driver.http.post(f"{base}/reset", json={"keep": ["scenario"]}, timeout=9).ok


class TestARehearsal:
    @settings(max_examples=MANY, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        TERMS,
        st.lists(st.sampled_from(RULES), max_size=3),
        st.sampled_from(CATCH_ALLS),
        st.integers(1, 6),
        st.sampled_from([0, 15, 40]),
    )
    def test_decides_each_order_as_a_server_does(self, one, terms, rules, last, count, every):
        """Rules, chance, attempts, rate limit, ExoPhones and balance, whatever came before."""
        account = "".join(f"{key}: {value}, " for key, value in terms.items())
        listed = "".join(f"\n  - {rule}" for rule in [*rules, *filter(None, [last])])
        text = f"account: {{{account}}}\nrules:{listed or ' []'}\n"
        begin(one, text)
        seed = one.mock.exchange.engine.worlds["exomock"].seed
        scenario = read_given("scenario", text.encode())
        for nth in range(1, count + 1):
            response = one.try_connect()
            now = NOON + (nth - 1) * every * 1_000_000
            asking = Asking(ORDER, now, nth, seed, "exomock", every * 1_000_000)
            decision = asking.decided(scenario)
            status = 200 if decision.refusal is None else decision.refusal.status

            assert (nth, status) == (nth, response.status_code)
            assert response.headers["X-Exomock-Why"].startswith(decision.choice.by)
            one.advance(every)


class Laid(FreshStanding):
    """An account for whose next calls something is laid down."""

    def __init__(self, scenario, *scripts):
        super().__init__(scenario)
        self.scripts = list(scripts)

    def take_next(self):
        """The first of them."""
        return self.scripts.pop(0) if self.scripts else None


def scenario_of(text):
    return read_given("scenario", text.encode())


DIRECTIVE = "exomock: leg2=busy"


class TestTheOrderOfDeciders:
    @pytest.mark.parametrize(
        ("text", "laid", "custom_field", "decider"),
        [
            ("account: {rate_limit: 1/min}", [Script()], DIRECTIVE, Decider.NEXT),
            ("account: {balance: 0}", [Script()], DIRECTIVE, Decider.LIMIT),
            ('account: {exophones: ["08047112299"]}', [Script()], DIRECTIVE, Decider.LIMIT),
            ("rules: [{leg1: busy}]", [Script()], DIRECTIVE, Decider.NEXT),
            ("rules: [{leg1: busy}]", [], DIRECTIVE, Decider.DIRECTIVE),
            ("rules: [{leg1: busy}]", [], None, Decider.RULES),
            ("rules: []", [], None, Decider.RULES),
        ],
    )
    def test_is_limit_next_directive_rules(self, text, laid, custom_field, decider):
        """Each beats those after it; what a limit refuses takes nothing that was laid down."""
        standing = Laid(scenario_of(text), *laid)
        order = replace(ORDER, custom_field=custom_field)

        assert decider is decide(order, standing, NOON).decider
        assert (decider is Decider.LIMIT and bool(laid)) == bool(standing.scripts)

    def test_is_another_for_a_call_that_comes_in(self):
        """Neither limits nor `next` nor a directive: whoever lets it come in, else the rules."""
        text = 'account: {rate_limit: 1/min, balance: 0, exophones: ["08047112299"]}'
        standing = Laid(scenario_of(text), Script())
        order = replace(ORDER, direction=Direction.INBOUND, custom_field=DIRECTIVE)
        given_by = Choice(Script(), "a caller")

        assert [Decider.CALLER, Decider.RULES] == [
            decide(order, standing, NOON, choice).decider for choice in (given_by, None)
        ]
        assert ([], 1) == (standing.connects, len(standing.scripts))

    def test_is_never_begun_for_a_directive_that_cannot_be_read(self):
        """It takes no place within the rate limit, and no fate that was laid down."""
        standing = Laid(scenario_of("account: {rate_limit: 1/min}"), Script())
        order = replace(ORDER, custom_field="exomock: leg2=bsy")
        with pytest.raises(DirectiveWrong):
            decide(order, standing, NOON)

        assert ([], 1) == (standing.connects, len(standing.scripts))
