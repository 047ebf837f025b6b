"""Who hangs up, what is recorded and what it costs, where chance decides it for each call."""

from collections import Counter
from random import Random

import pytest

from exomock.domain.clock import SECOND
from exomock.domain.price import Price
from exomock.domain.script import Odds, Party, Script
from exomock.scenarios import ScenarioError, read_scenario

CALLS = 4000


def script(text):
    return read_scenario("f.yaml", f"rules:\n  - {text}\n".encode()).rules[0].script


def drawn(text):
    """What so many calls under a rule are settled as, each with chance of its own."""
    given = script(text)
    return [given.drawn(Random(f"call {n}")) for n in range(CALLS)]


class TestReading:
    @pytest.mark.parametrize(
        ("text", "odds"),
        [
            ("hangup_by: {from: 70%, to: 30%}", Odds(to_hangs_up=0.3)),
            ("hangup_by: {to: 100%}", Odds(to_hangs_up=1.0)),
            ("hangup_by: {from: 100%}", Odds(to_hangs_up=0.0)),
            ("record: 40%", Odds(recorded=0.4)),
            ("price: {per: 15s, amount: 0.10..0.30}", Odds(amount=(100, 300))),
        ],
    )
    def test_shares_and_ranges_are_odds(self, text, odds):
        assert odds == script(text).odds

    @pytest.mark.parametrize(
        "text", ["hangup_by: to", "record: true", "price: {per: 15s, amount: 0.15}", "talk: 3s..6s"]
    )
    def test_what_is_fixed_has_none(self, text):
        assert script(text).odds is None

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("hangup_by: {from: 70%, to: 40%}", "hangup_by: adds up to 110.0000%, expected 100%"),
            ("hangup_by: {form: 100%}", "found 'form', expected one of from, to"),
            ("hangup_by: {from: 1}", "hangup_by.from: found '1', expected a share such as 20%"),
            ("record: maybe", "record: found 'maybe', expected true, false or a share such as 40%"),
            ("record: 140%", "record: found '140%', expected a share such as 20%, at most 100%"),
            ("price: {per: 1s, amount: 2..1}", "price.amount: found '2..1', expected the smaller"),
            ("price: {per: 1s, amount: a..b}", "price.amount: found 'a', expected an amount"),
        ],
    )
    def test_wrong_ones_are_told(self, text, said):
        with pytest.raises(ScenarioError) as caught:
            script(text)
        assert said in str(caught.value)


class TestDrawing:
    def test_to_hangs_up_in_its_share_of_calls(self):
        by = Counter(each.hangup_by for each in drawn("hangup_by: {from: 70%, to: 30%}"))
        assert 0.27 < by[Party.TO] / CALLS < 0.33

    def test_a_share_of_calls_is_recorded(self):
        recorded = sum(each.record for each in drawn("record: 40%"))
        assert 0.37 < recorded / CALLS < 0.43

    def test_amounts_fill_their_range_both_ends_included(self):
        amounts = Counter(
            each.price.amount for each in drawn("price: {per: 15s, amount: 0.1..0.12}")
        )
        assert set(range(100, 121)) == set(amounts)
        assert {15 * SECOND} == {
            each.price.per for each in drawn("price: {per: 15s, amount: 1..2}")
        }

    def test_one_of_them_does_not_change_the_others(self):
        alone = [each.record for each in drawn("record: 40%")]
        beside = drawn(
            "{record: 40%, hangup_by: {to: 50%, from: 50%}, price: {per: 1s, amount: 1..2}}"
        )
        assert alone == [each.record for each in beside]

    def test_nothing_is_left_to_chance_where_nothing_was(self):
        plain = Script(price=Price(SECOND, 5))
        assert plain is plain.drawn(Random(1))
