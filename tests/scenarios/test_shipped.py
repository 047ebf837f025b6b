"""The scenarios that come with exomock."""

from random import Random

import pytest

from conftest import EXOPHONE, FROM, NOON, TO
from exomock.domain.call import Call
from exomock.domain.choosing import choose
from exomock.domain.clock import SECOND
from exomock.domain.order import Order
from exomock.domain.plan import plan
from exomock.numbering import read_number
from exomock.scenarios import read_scenarios, shipped

ORDER = Order(*map(read_number, (FROM, TO, EXOPHONE)))
SEEDS = 300


@pytest.fixture(scope="module")
def calls():
    """300 ordinary calls under the default scenario, each of another seed, played to their end."""
    script = choose(read_scenarios(("default",)), ORDER).script
    plans = [plan(script, ORDER, NOON, 0, Random(seed)) for seed in range(SEEDS)]
    return [
        Call(
            account="a",
            sid="s",
            order=ORDER,
            script=script,
            key="key",
            created=NOON,
            plan=events,
            done=len(events),
            rule="",
        )
        for events in plans
    ]


def spread(values, low, high):
    """Assert that values fill low..high: none outside, each end within a tenth, few twice."""
    room = (high - low) / 10
    assert low <= min(values) < low + room
    assert high - room < max(values) <= high
    assert len(set(values)) > 0.9 * len(values)


class TestDefault:
    def test_from_answers_after_2_to_4_seconds(self, calls):
        """The README: "From answers after 2-4 s"."""
        spread([(call.story.legs[0].answered_at - NOON) / SECOND for call in calls], 2, 4)

    def test_to_answers_3_to_5_seconds_later(self, calls):
        """The README: "To 3-5 s later"."""
        spread(
            [
                (call.story.legs[1].answered_at - call.story.legs[0].answered_at) / SECOND
                for call in calls
            ],
            3,
            5,
        )

    def test_they_talk_20_to_60_seconds(self, calls):
        """No TimeLimit in the order."""
        legs = [call.story.legs[1] for call in calls]

        spread([(leg.ended_at - leg.answered_at) / SECOND for leg in legs], 20, 60)

    def test_every_call_completes(self, calls):
        """An ordinary day: nobody is busy."""
        assert {"completed"} == {call.status for call in calls}

    def test_magic_numbers_hold_and_the_seed_is_the_servers(self):
        """The README's table works on it; chance is drawn from what the server prints."""
        scenario = read_scenarios(("default",))

        assert (True, None) == (scenario.magic, scenario.seed)


class TestAll:
    def test_default_is_among_them(self):
        """What `exomock serve` plays when nothing is said."""
        assert "default" in shipped()

    @pytest.mark.parametrize("name", shipped())
    def test_each_can_be_read_by_its_name(self, name):
        """Its file is named in messages, without a folder."""
        assert f"{name}.yaml" == read_scenarios((name,)).name

    @pytest.mark.parametrize("name", shipped())
    def test_each_says_what_it_is_for(self, name):
        """Its description is for people who choose one."""
        assert "\ndescription: " in shipped()[name].read_text(encoding="utf-8")
