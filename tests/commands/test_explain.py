"""`exomock scenario explain`: which rule, and why not those before it."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import conftest
from exomock.domain.choosing import tried
from exomock.domain.order import Direction, Order
from exomock.domain.refusals import REFUSALS, Rejection
from exomock.domain.rule import Rule
from exomock.domain.scenario import Scenario
from exomock.domain.script import Script
from exomock.domain.when import Nth, Pattern, When
from exomock.numbering import read_number
from exomock.rehearsal import Asking

MISSED = "to is 09812345678, expected 09052161119"
NOON, HALF_PAST_ONE = "2026-03-01T12:00:00", "2026-03-01T13:30:00"


class TestExplain:
    def test_says_what_each_rule_before_missed_and_what_then_becomes_of_the_call(self, commands):
        assert [
            f"evening.yaml:3 the customer who is always busy: no: {MISSED}",
            "evening.yaml:7 the third try succeeds, attempt 1 of 3 decides",
            "  From (09811100001) answers after 4 s",
            "  then To (09812345678) is busy after 3 s",
        ] == commands.lines("explain", "evening.yaml", "--to", "+919812345678")

    @pytest.mark.parametrize(
        ("nth", "said"),
        [
            ("2", "  the order is refused: 403: Call to [09812345678] can not be made"),
            ("3", "  then To (09812345678) answers after 5 s"),
            ("9", "  if both answer they talk for 40 s, and From hangs up"),
        ],
    )
    def test_takes_the_orders_before_into_account(self, commands, nth, said):
        lines = commands.lines("explain", "evening.yaml", "--to", "09812345678", "--nth", nth)
        assert any(line.startswith(said) for line in lines)

    @pytest.mark.parametrize(
        ("at", "rule"), [(HALF_PAST_ONE, "agents at lunch"), (NOON, "everybody else")]
    )
    def test_looks_at_the_clock(self, commands, at, rule):
        lines = commands.lines("explain", "evening.yaml", "--from", "08040000000", "--at", at)
        assert any(line.endswith(f"{rule} decides") for line in lines)

    def test_knows_magic_numbers(self, commands):
        lines = commands.lines("explain", "evening.yaml", "--to", "09000000001", "--at", NOON)
        assert "magic number 09000000001 decides" in lines
        assert any("a magic number comes before it" in line for line in lines)

    def test_knows_directives(self, commands):
        lines = commands.lines(
            "explain", "evening.yaml", "--custom-field", "exomock: leg2=busy talk=10s"
        )
        assert "directive in CustomField: exomock: leg2=busy talk=10s decides" == lines[0]

    def test_knows_that_a_call_that_comes_in_has_no_directive(self, commands):
        """Whoever calls in sends no CustomField that decides: the rules do."""
        lines = commands.lines(
            "explain", "default", "--direction", "inbound", "--custom-field", "exomock: leg2=busy"
        )
        assert "default.yaml:6 everybody answers decides" == lines[0]

    def test_knows_the_exophones_of_the_account(self, commands):
        """The order is refused before any rule is tried; a call that comes in is not ordered."""
        commands.write("ours.yaml", 'account: {exophones: ["08047112233"]}\nrules: [{}]\n')
        other = ("explain", "ours.yaml", "--exophone", "08047112299")

        assert [
            "account of ours.yaml: CallerId 08047112299 is none of its ExoPhones, 08047112233 decides",
            "  the order is refused: 400: " + Rejection.EXOPHONE.message(""),
        ] == commands.lines(*other)
        assert "ours.yaml:2 decides" == commands.lines("explain", "ours.yaml")[0]
        assert "ours.yaml:2 decides" == commands.lines(*other, "--direction", "inbound")[0]

    def test_says_where_nothing_matched(self, commands):
        commands.write("one.yaml", "rules: [{when: {to: '0977*'}, leg2: busy}]\n")
        lines = commands.lines("explain", "one.yaml")
        assert "no rule matched: the defaults of the scenario language decide" in lines

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            (("--to", "abc"), "--to: found 'abc', expected a telephone number"),
            (("--at", "soon"), "--at: found 'soon', expected a time such as"),
            (("--at", "1960-01-01"), "--at: found '1960-01-01', expected a time such as"),
            (("--at", "9999-12-31T23:59:59-23:59"), "expected a time such as 2026-03-01T10:00:00+05:30, from 1970 to 2099"),
            (("--to", ""), "--to: found '', expected a telephone number"),
            (("--from", ""), "--from: found '', expected a telephone number"),
            (("--exophone", "x"), "--exophone: found 'x', expected a telephone number"),
            (("--seed", "-1"), "--seed: found '-1', expected a whole number, 0 or more"),
            (("--flow", ""), "--flow: found '', expected an app id"),
            (("--flow", "926", "--direction", "inbound"), "--flow: found '926', expected none beside --direction"),
            (("--flow", "926", "--to", "09812345678"), "--flow: found '926', expected none beside --to"),
            (("--nth", "0"), "--nth: found '0', expected a whole number from 1"),
            (("--direction", "up"), "--direction: found 'up', expected outbound-api or inbound"),
            (("--custom-field", "exomock: leg2=bsy"), "CustomField: directive: leg2: found 'bsy'"),
        ],
    )  # fmt: skip
    def test_refuses_wrong_options_in_one_line(self, commands, options, said):
        status, lines = commands.run("explain", "evening.yaml", *options)
        assert 2 == status
        assert said in lines[-1]


ORDERS = st.builds(
    lambda to, direction: Order(
        read_number(conftest.FROM), read_number(to), read_number(conftest.EXOPHONE), direction
    ),
    st.sampled_from([conftest.TO, "09000000001", "09812345678"]),
    st.sampled_from([Direction.OUTBOUND_API, Direction.INBOUND]),
)
RULES = st.builds(
    lambda when, refuses: Rule("", when, Script(refuse=REFUSALS["dnd"] if refuses else None)),
    st.builds(
        When,
        to=st.none() | st.sampled_from([Pattern(conftest.TO), Pattern("09", rest=True)]),
        nth=st.none() | st.sampled_from([Nth(1, 1), Nth(2, 4)]),
        every_nth=st.none() | st.integers(1, 3),
        chance=st.none() | st.just(0.5),
    ),
    st.booleans(),
)


@settings(deadline=None, max_examples=150)
@given(st.lists(RULES, max_size=5), ORDERS, st.integers(1, 6), st.booleans())
def test_the_rule_that_was_tried_last_is_the_one_that_decides(rules, order, nth, magic):
    """Of the N-th such order, whatever was counted before; where a rule decides at all."""
    placed = tuple(replace(rule, place=f"rule {index}") for index, rule in enumerate(rules))
    world, asking = Scenario("s", placed, magic=magic), Asking(order, conftest.NOON, nth)
    found = tried(world, order, now=asking.now, key=asking.key, counts=asking.counts(world))
    by = asking.decided(world).choice.by
    last = [each.place for each in found if not each.misses]

    if by.startswith("rule "):
        assert [by] == last
    else:
        assert last == [] or (by.startswith("magic") and not placed[len(found) - 1].when.named)


class TestLimits:
    """What an account may, and has, decides as it does in a server."""

    def test_of_calls_a_minute_are_known(self, commands):
        """The third at once is over 2/min; a minute later it is not."""
        commands.write("few.yaml", "account: {rate_limit: 2/min}\nrules: [{}]\n")
        third = ("explain", "few.yaml", "--nth", "3")

        assert [
            "account of few.yaml: 2/min decides",
            "  the order is refused: 429: Too Many Requests",
        ] == commands.lines(*third)
        assert "few.yaml:2 decides" == commands.lines(*third, "--every", "30")[0]

    def test_of_money_are_known(self, commands):
        """Two pulses of 0.250 a call; the second finds 0.500 spent, once the first has ended."""
        commands.write("poor.yaml", "account: {balance: 0.5}\nrules: [{talk: 40s}]\n")
        second = ("preview", "poor.yaml", "--nth", "2")

        assert "poor.yaml:2 decides" == commands.lines(*second)[0]
        assert [
            "account of poor.yaml: 0.500 are spent decides",
            "  the order is refused: 402: Insufficient balance",
        ] == commands.lines(*second, "--every", "100")[:2]

    def test_are_known_to_a_simulation(self, commands):
        """Ten calls at once, of which three are within the limit; and two that money is there for."""
        commands.write("few.yaml", "account: {rate_limit: 3/min}\n")
        commands.write("poor.yaml", "account: {balance: 1}\nrules: [{talk: 40s}]\n")
        at_once = commands.lines("simulate", "few.yaml", "--calls", "10")
        apart = commands.lines("simulate", "poor.yaml", "--calls", "10", "--every", "100")

        assert any(line.split() == ["refused", "with", "429", "7", "70.00%"] for line in at_once)
        assert any(line.split() == ["refused", "with", "402", "8", "80.00%"] for line in apart)
