"""What decides when the same order comes again: attempts, turns, chance, hours, and the index."""

from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from conftest import EXOPHONE, FROM, NOON, TO
from exomock.domain.choosing import NO_RULE, choose, tried
from exomock.domain.clock import SECOND
from exomock.domain.counts import FreshCounts
from exomock.domain.fate import Fate, Outcome
from exomock.domain.magic import MAGIC
from exomock.domain.order import Direction, Order
from exomock.domain.refusals import REFUSALS
from exomock.domain.rule import Rule
from exomock.domain.scenario import Scenario
from exomock.domain.script import Script
from exomock.domain.when import Hours, Nth, Pattern, When, luck_of, texts_of
from exomock.numbering import read_number
from exomock.scenarios import read_scenario

law = settings(deadline=None, max_examples=100)

ORDER = Order(*map(read_number, (FROM, TO, EXOPHONE)))
OTHER = replace(ORDER, to=read_number("09822200003"))
INBOUND = replace(ORDER, direction=Direction.INBOUND)
MINUTE, HOUR = 60 * SECOND, 3600 * SECOND
MIDNIGHT = NOON - 12 * HOUR

BUSY, SILENT, TALKS = (Script(leg2=Outcome(fate)) for fate in (Fate.BUSY, Fate.NO_ANSWER, Fate.ANSWER))  # fmt: skip
REFUSES = Script(refuse=REFUSALS["dnd"])
# The chance of a rule that refuses with `dnd` is drawn once a number: tests/laws/test_do_not_disturb
ANOTHER_REFUSAL = Script(refuse=REFUSALS["kyc"])


def scenario(*rules):
    """Rules called 0, 1, 2, … by their place."""
    return Scenario(
        "s", tuple(replace(rule, place=str(index)) for index, rule in enumerate(rules)), magic=False
    )


def rule(script=BUSY, attempts=(), **when):
    return Rule("", When(**when), script, attempts)


def deciders(scenario, orders, now=NOON):
    """Which rules decide these orders one after another."""
    counts = FreshCounts()
    return [
        choose(scenario, order, now=now, key=str(index), counts=counts).by
        for index, order in enumerate(orders)
    ]


class TestAttempts:
    THREE = rule(TALKS, (BUSY, SILENT, TALKS), to=Pattern("0982", rest=True))

    def scripts(self, orders, world=None):
        counts = FreshCounts()
        world = world or scenario(self.THREE)
        return [choose(world, order, counts=counts).script for order in orders]

    def test_each_call_takes_a_step_and_the_last_repeats(self):
        """Busy, silent, and then they talk, for ever."""
        assert [BUSY, SILENT, TALKS, TALKS, TALKS] == self.scripts([ORDER] * 5)

    def test_each_number_has_its_own(self):
        """A second number begins at the first step, however far the first has come."""
        orders = [ORDER, OTHER, ORDER, OTHER, OTHER, ORDER]

        assert [BUSY, BUSY, SILENT, SILENT, TALKS, TALKS] == self.scripts(orders)

    def test_two_spellings_are_one_number(self):
        """Steps are counted by E.164."""
        spelled = replace(ORDER, to=read_number("+91 98222 00002"))

        assert [BUSY, SILENT, TALKS] == self.scripts([ORDER, spelled, ORDER])

    def test_of_a_flow_call_it_is_from_that_counts(self):
        """To is the ExoPhone of all of them."""
        one = replace(ORDER, flow="926")
        other = replace(one, from_=read_number("09811100002"))
        world = scenario(rule(attempts=(BUSY, TALKS), flow=Pattern("926")))

        assert [BUSY, BUSY, TALKS, TALKS] == self.scripts([one, other, one, other], world)

    def test_a_call_that_another_rule_decides_takes_no_step(self):
        """Only who is asked counts."""
        first = rule(SILENT, nth=Nth(2, 2))

        assert [BUSY, SILENT, SILENT, TALKS] == self.scripts([ORDER] * 4, scenario(first, self.THREE))  # fmt: skip

    def test_two_rules_count_apart(self):
        """Each has its own steps for the same number."""
        turns = rule(attempts=(BUSY, TALKS), every_nth=2)

        assert [BUSY, BUSY, SILENT, TALKS, TALKS, TALKS] == self.scripts(
            [ORDER] * 6, scenario(turns, self.THREE)
        )

    def test_the_choice_says_which(self):
        """In the log: the rule, and the attempt."""
        assert ["0, attempt 1 of 3", "0, attempt 2 of 3", "0, attempt 3 of 3", "0, attempt 3 of 3"] == deciders(
            scenario(self.THREE), [ORDER] * 4
        )  # fmt: skip


class TestTurns:
    @pytest.mark.parametrize(
        ("when", "turns"),
        [
            pytest.param({"nth": Nth(3, 3)}, [3], id="the third"),
            pytest.param({"nth": Nth(1, 3)}, [1, 2, 3], id="the first three"),
            pytest.param({"every_nth": 3}, [3, 6, 9], id="every third"),
            pytest.param({"every_nth": 1}, list(range(1, 11)), id="every one"),
            pytest.param({"nth": Nth(3, 8), "every_nth": 2}, [4, 6, 8], id="both"),
            pytest.param({"nth": Nth(11, 99)}, [], id="none yet"),
        ],
    )
    def test_of_ten_requests(self, when, turns):
        """Counted from 1."""
        found = deciders(scenario(rule(**when)), [ORDER] * 10)

        assert turns == [nth for nth, by in enumerate(found, 1) if by == "0"]

    def test_only_those_that_fit_the_rest_are_counted(self):
        """The second call to that number, not the second call."""
        world = scenario(rule(to=Pattern(TO), nth=Nth(2, 2)))

        assert [NO_RULE, NO_RULE, NO_RULE, "0", NO_RULE] == deciders(world, [OTHER, ORDER, OTHER, ORDER, ORDER])  # fmt: skip

    def test_also_those_that_an_earlier_rule_decided(self):
        """nth counts the account's matching requests, whoever decided them."""
        world = scenario(
            rule(nth=Nth(1, 2)), rule(to=Pattern(TO)), rule(nth=Nth(4, 4)), rule(nth=Nth(5, 5))
        )

        assert ["0", "0", NO_RULE, "2", "1"] == deciders(world, [ORDER, OTHER, OTHER, OTHER, ORDER])

    def test_no_request_is_counted_twice(self):
        """Beginnings of several lengths lead to a rule once, also for a shorter text."""
        world = scenario(
            rule(nth=Nth(2, 2), flow=Pattern("92", rest=True)),
            rule(flow=Pattern("926500", rest=True)),
        )

        assert [NO_RULE, "0", NO_RULE] == deciders(world, [replace(ORDER, flow="92")] * 3)

    def test_hours_and_chance_come_before_the_count(self):
        """The first call of the night is the first."""
        world = scenario(rule(time=Hours(22 * 3600, 6 * 3600), nth=Nth(1, 1)))
        counts = FreshCounts()
        found = [choose(world, ORDER, now=at, counts=counts).by for at in (NOON, MIDNIGHT, MIDNIGHT)]  # fmt: skip

        assert [NO_RULE, "0", NO_RULE] == found

    def test_a_magic_number_is_counted_too(self):
        """It decides after the rules, and every rule counts what fits it."""
        magic = replace(ORDER, to=read_number("09000000001"))
        world = replace(scenario(rule(nth=Nth(2, 2))), magic=True)

        assert ["magic number 09000000001", "0"] == deciders(world, [magic, ORDER])


class TestFlows:
    @pytest.mark.parametrize(("exophone", "by"), [(EXOPHONE, "f.yaml:2"), ("08047112244", NO_RULE)])
    def test_a_rule_for_a_flow_is_for_calls_to_its_exophone_too(self, exophone, by):
        """Found by the index, and by what tells why; one to another ExoPhone has no flow."""
        found = read_scenario(
            "f.yaml",
            f"rules:\n  - {{when: {{flow: '926'}}}}\n"
            f"flows: {{'926': {{exophone: '{EXOPHONE}', steps: hangup}}}}".encode(),
        )
        order = replace(INBOUND, exophone=read_number(exophone))

        assert by == choose(found, order).by
        (told,) = tried(found, order)
        assert (by == NO_RULE) == bool(told.misses)


class TestChance:
    HALF = 10_000

    @pytest.mark.parametrize("share", [0.01, 0.2, 0.5, 0.9])
    def test_about_its_share_of_ten_thousand_strike(self, share):
        """Four standard deviations; the keys are fixed, so it strikes the same ones every time."""
        world = scenario(rule(chance=share))
        struck = sum(choose(world, ORDER, key=f"k{i}").by == "0" for i in range(self.HALF))

        deviation = (self.HALF * share * (1 - share)) ** 0.5
        assert abs(struck - share * self.HALF) < 4 * deviation

    @pytest.mark.parametrize(("share", "by"), [(0.0, NO_RULE), (1.0, "0")])
    def test_never_and_always(self, share, by):
        """0% and 100% mean it."""
        world = scenario(rule(chance=share))

        assert {by} == {choose(world, ORDER, key=str(i)).by for i in range(500)}

    @law
    @given(st.text(max_size=20), st.floats(0, 1))
    def test_the_same_key_is_struck_again(self, key, share):
        """Chance comes from the key alone."""
        world = scenario(rule(chance=share))

        assert choose(world, ORDER, key=key) == choose(world, ORDER, key=key, now=NOON)
        assert 0 <= luck_of(key, "x") < 1

    def test_rules_are_struck_independently(self):
        """Of two rules of a half each, a quarter of the keys is left: not none, as with one die."""
        world = scenario(rule(chance=0.5), rule(chance=0.5))
        found = [choose(world, ORDER, key=str(i)).by for i in range(4_000)]

        assert 850 < found.count(NO_RULE) < 1150
        assert 850 < found.count("1") < 1150


class TestHours:
    @pytest.mark.parametrize(
        ("hours", "moments"),
        [
            pytest.param("13:00-14:00", {"12:59:59": 0, "13:00:00": 1, "13:59:59": 1, "14:00:00": 0}, id="lunch"),
            pytest.param("22:00-06:00", {"21:59:59": 0, "22:00:00": 1, "00:00:00": 1, "05:59:59": 1, "06:00:00": 0},
                         id="across midnight"),
            pytest.param("00:00-24:00", {"00:00:00": 1, "23:59:59": 1}, id="the whole day"),
            pytest.param("22:00-24:00", {"23:59:59": 1, "00:00:00": 0}, id="until midnight"),
        ],
    )  # fmt: skip
    def test_are_those_of_india_and_their_end_is_excluded(self, hours, moments):
        """On any day; midnight of IST is 18:30 UTC."""
        world = read_scenario("s", f'rules: [{{when: {{time: "{hours}"}}}}]'.encode())
        for text, within in moments.items():
            hour, minute, second = map(int, text.split(":"))
            for day in (0, 1, 200):
                now = MIDNIGHT + (day * 24 + hour) * HOUR + minute * MINUTE + second * SECOND
                assert bool(within) == (choose(world, ORDER, now=now).by != NO_RULE), text


class TestInbound:
    def test_direction_tells_them_apart(self):
        """One rule for those that come in, one for those that go out."""
        world = scenario(
            rule(direction=Pattern("inbound")), rule(direction=Pattern("outbound-api"))
        )

        assert ["1", "0"] == deciders(world, [ORDER, INBOUND])

    def test_a_rule_that_refuses_does_not_match_them(self):
        """Nobody can refuse a call that comes in; the next rule decides, and nothing is counted."""
        world = scenario(rule(REFUSES, nth=Nth(1, 1), to=Pattern(TO)), rule(TALKS))

        assert ["1", "1", "0", "1"] == deciders(world, [INBOUND, INBOUND, ORDER, ORDER])

    def test_a_catch_all_that_refuses_leaves_them_the_defaults(self):
        """As if there were no rule."""
        assert [NO_RULE, "0"] == deciders(scenario(rule(REFUSES)), [INBOUND, ORDER])

    @law
    @given(
        st.lists(st.tuples(st.sampled_from([BUSY, REFUSES]), st.lists(st.sampled_from([TALKS, REFUSES]), max_size=3)),
                 max_size=4),
        st.integers(1, 4),
    )  # fmt: skip
    def test_none_is_ever_refused(self, rules, calls):
        """Whatever rules and attempts say."""
        world = scenario(*(rule(script, tuple(attempts)) for script, attempts in rules))
        counts = FreshCounts()

        for _ in range(calls):
            assert None is choose(world, INBOUND, counts=counts).script.refuse

    @pytest.mark.parametrize("number", MAGIC)
    @pytest.mark.parametrize("side", ["from_", "to"])
    def test_magic_numbers_are_ordinary_on_them(self, side, number):
        """A client chooses an outcome by the number it dials, and here it dials none."""
        order = replace(INBOUND, **{side: read_number(number)})

        assert (NO_RULE, Script()) == (choose(Scenario("s"), order).by, choose(Scenario("s"), order).script)  # fmt: skip


patterns = st.builds(
    Pattern,
    st.sampled_from(["", "0", "09", "0982", "09822200002", "09822200003", "9", "92", "926", "92655"]),
    rest=st.booleans(),
)  # fmt: skip
whens = st.builds(
    When,
    to=st.none() | patterns,
    from_=st.none() | patterns,
    flow=st.none() | patterns,
    custom_field=st.none() | patterns,
    direction=st.none() | st.just(Pattern("outbound-api")),
    time=st.none() | st.just(Hours(0, 3600)),
    nth=st.none() | st.just(Nth(2, 3)),
    every_nth=st.none() | st.integers(1, 3),
    chance=st.none() | st.sampled_from([0.5, 1.0]),
)
orders = st.builds(
    lambda order, flow, field: replace(order, flow=flow, custom_field=field),
    st.sampled_from([ORDER, OTHER, INBOUND]),
    st.none() | st.sampled_from(["92", "926", "9265"]),
    st.none() | st.sampled_from(["", "0", "9", "92", "9265"]),
)


def by_hand(world, orders):
    """Which rules decide, by trying all of them in order, each counting what fits it."""
    seen = dict.fromkeys(range(len(world.rules)), 0)
    for number, order in enumerate(orders):
        found = NO_RULE
        for index, each in enumerate(world.rules):
            luck = luck_of(str(number), f"rule:{index}")
            refuses = each.script.refuse is not None and order.direction is Direction.INBOUND
            if refuses or not each.when.fits(texts_of(order), NOON, lambda luck=luck: luck):
                continue
            seen[index] += 1
            if found == NO_RULE and each.when.its_turn(seen[index]):
                found = str(index)
        yield found


@law
@given(st.lists(whens, max_size=6), orders)
def test_an_order_gives_only_the_texts_that_any_rule_compares(rules, order):
    """They are what it gives where all are asked for, and no pattern asks for another."""
    index = scenario(*(Rule("", when) for when in rules)).index
    asked = {key for when in rules for key, _pattern in when.patterns}

    assert {key: texts_of(order)[key] for key in asked} == texts_of(order, index.compares)


@pytest.mark.parametrize(
    ("when", "decides"),
    [
        ({}, "magic number 09000000001"), ({"to": Pattern("09", rest=True)}, "0"),
        ({"time": Hours(0, 24 * 3600)}, "0"), ({"nth": Nth(1, 1)}, "0"), ({"every_nth": 1}, "0"),
        ({"chance": 1.0}, "0"),
    ],
)  # fmt: skip
def test_any_condition_puts_a_rule_before_a_magic_number(when, decides):
    """A rule without one is a catch-all, and leaves magic numbers their say."""
    world = replace(scenario(rule(**when)), magic=True)

    assert decides == choose(world, replace(ORDER, to=read_number("09000000001")), now=NOON).by


class TestTheIndex:
    @law
    @given(
        st.lists(st.tuples(whens, st.booleans()), max_size=6),
        st.lists(orders, min_size=1, max_size=6),
    )
    @example(
        [(When(custom_field=Pattern("9", rest=True), nth=Nth(2, 3)), False),
         (When(custom_field=Pattern("926", rest=True)), False)],
        [replace(ORDER, custom_field="9")],
    )  # fmt: skip
    def test_it_finds_what_trying_all_rules_finds(self, rules, orders):
        """Any rules, any orders, one after another: the same rule decides."""
        world = scenario(
            *(Rule("", when, ANOTHER_REFUSAL if refuses else BUSY) for when, refuses in rules)
        )

        assert list(by_hand(world, orders)) == deciders(world, orders)

    @law
    @given(st.lists(whens, max_size=6), orders)
    def test_what_was_tried_ends_with_what_decided(self, rules, order):
        """The explanation of a first request agrees with its decision."""
        world = scenario(*(Rule("", when) for when in rules))
        found = tried(world, order, now=NOON, key="0")
        decided = choose(world, order, now=NOON, key="0").by

        assert [decided] == ([each.place for each in found if not each.misses] or [NO_RULE])
        assert all(each.misses for each in found[:-1])

    def test_ten_thousand_rules_are_not_all_tried(self):
        """Only those that may match are candidates."""
        world = scenario(*(rule(to=Pattern(f"0981{i:07}")) for i in range(10_000)), rule(from_=Pattern(FROM)))  # fmt: skip

        assert [10_000] == world.index.candidates(texts_of(ORDER))
        assert [77] == world.index.candidates(
            texts_of(replace(OTHER, to=read_number("09810000077"), from_=OTHER.to))
        )
