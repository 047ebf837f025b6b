"""Call Sids: exotel-v1.md section 1."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import NOON
from exomock.domain.sid import SID_LENGTH, call_key, call_sid

BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"

law = settings(deadline=None, max_examples=50)
# 2006-01-02 to 2099-12-30: an account's clock goes no further.
times = st.integers(1_136_160_000, 4_102_272_000).map(lambda at: datetime.fromtimestamp(at, UTC))


def micros(year, month, day, hour=0, minute=0, second=0):
    """A moment in IST, as microseconds since the epoch."""
    utc = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    return round((utc - timedelta(hours=5, minutes=30)).timestamp()) * 1_000_000


class TestTheDate:
    @pytest.mark.parametrize(
        ("created", "ending"),
        [
            pytest.param(micros(2020, 1, 2), "1412", id="captured: 2020-01-02 is 1412"),
            pytest.param(micros(2026, 4, 15), "1a4f", id="captured: 2026-04-15 is 1a4f"),
            pytest.param(micros(2026, 3, 1, 12), "1a31", id="2026-03-01"),
            pytest.param(micros(2026, 10, 9), "1aa9", id="October is a"),
            pytest.param(micros(2026, 12, 31, 23, 59, 59), "1acv", id="31 December is cv"),
            pytest.param(micros(2027, 1, 1), "1b11", id="a second later"),
            pytest.param(micros(2007, 2, 10), "072a", id="two digits for the year"),
            # 18:29:59 and 18:30:00 UTC lie on two days of IST.
            pytest.param(1_772_303_399_000_000, "1a2s", id="a second before midnight in IST"),
            pytest.param(1_772_303_400_000_000, "1a31", id="midnight in IST"),
        ],
    )
    def test_the_last_four_characters_are_the_day_in_ist(self, created, ending):
        """Year less 2000 in hex, then month and day in base 36."""
        assert ending == call_sid("key", created)[-4:]

    @law
    @given(times)
    def test_the_day_can_be_read_back(self, moment):
        """For every moment of a century, in IST whatever zone the machine is in."""
        sid = call_sid("key", round(moment.timestamp()) * 1_000_000)
        day = moment + timedelta(hours=5, minutes=30)

        assert (day.year - 2000, day.month, day.day) == (
            int(sid[28:30], 16),
            BASE36.index(sid[30]),
            BASE36.index(sid[31]),
        )


class TestTheRest:
    @law
    @given(st.text(), times)
    def test_a_sid_is_28_hex_digits_and_the_date(self, key, moment):
        """32 characters, lower case, whatever the key."""
        sid = call_sid(key, round(moment.timestamp()) * 1_000_000)

        assert 32 == SID_LENGTH == len(sid)
        assert re.fullmatch("[0-9a-f]{30}[1-9a-c][1-9a-v]", sid)

    def test_the_same_key_and_day_give_the_same_sid(self):
        """A Sid is a function of its call: runs with one seed have the same Sids."""
        assert call_sid("key", NOON) == call_sid("key", NOON + 1)

    @pytest.mark.parametrize(
        "other",
        [
            pytest.param((2, "exomock", "print", 0), id="another seed"),
            pytest.param((1, "other", "print", 0), id="another account"),
            pytest.param((1, "exomock", "other", 0), id="another order"),
            pytest.param((1, "exomock", "print", 1), id="the same order again"),
        ],
    )
    def test_what_differs_has_another_sid(self, other):
        """Seed, account, order and its number among its equals: any of them makes a new Sid."""
        one = call_sid(call_key(1, "exomock", "print", 0), NOON)

        assert one != call_sid(call_key(*other), NOON)

    def test_a_thousand_equal_orders_have_a_thousand_sids(self):
        """A client that redials the same number all day never sees a Sid twice."""
        sids = {call_sid(call_key(1, "exomock", "print", nth), NOON) for nth in range(1000)}

        assert 1000 == len(sids)
