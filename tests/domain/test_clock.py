"""An account's time as a line over wall time."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import NOON
from exomock.domain.clock import SECOND, Clock

WALL = 1_700_000_000 * SECOND
DAY = 86_400 * SECOND

law = settings(deadline=None, max_examples=50)
moments = st.integers(0, 100 * DAY)
rates = st.sampled_from([1.0, 60.0, 0.5, 0.1, 3600.0]) | st.floats(0.01, 3600)


class TestReading:
    @pytest.mark.parametrize(
        ("rate", "later", "seconds"),
        [
            pytest.param(0, 10 * DAY, 0, id="frozen"),
            pytest.param(1, 90 * SECOND, 90, id="real"),
            pytest.param(60, SECOND, 60, id="a minute a second"),
            pytest.param(0.5, 10 * SECOND, 5, id="half as fast"),
            pytest.param(60, 0, 0, id="at the anchor"),
        ],
    )
    def test_time_runs_at_the_rate(self, rate, later, seconds):
        """time0 + rate x (wall - wall0)."""
        assert NOON + seconds * SECOND == Clock(WALL, NOON, rate).at(WALL + later)

    def test_a_part_of_a_microsecond_has_not_passed(self):
        """Times are whole microseconds, rounded down, so that nothing happens early."""
        assert NOON == Clock(WALL, NOON, 0.5).at(WALL + 1)
        assert isinstance(Clock(WALL, NOON, 0.5).at(WALL + 1), int)

    @law
    @given(rates | st.just(0.0), moments, moments)
    def test_time_never_runs_backwards(self, rate, one, other):
        """A later wall time never shows an earlier account time."""
        clock = Clock(WALL, NOON, rate)
        earlier, later = sorted((one, other))

        assert clock.at(WALL + earlier) <= clock.at(WALL + later)

    @law
    @given(moments)
    def test_a_real_clock_is_exact(self, later):
        """At rate 1 not a microsecond is lost, in a hundred days."""
        assert NOON + later == Clock(WALL, NOON, 1.0).at(WALL + later)


class TestAlarm:
    @law
    @given(rates, moments)
    def test_it_is_the_first_wall_time_that_shows_the_moment(self, rate, ahead):
        """Within one microsecond: at the alarm the moment has come, a microsecond before not."""
        clock = Clock(WALL, NOON, rate)
        alarm = clock.wall_of(NOON + ahead)

        assert clock.at(alarm) >= NOON + ahead - 1
        assert ahead == 0 or clock.at(alarm - 1) < NOON + ahead + 1

    @law
    @given(moments, st.floats(0.01, 1))
    def test_it_inverts_a_clock_that_is_no_faster_than_the_wall(self, ahead, rate):
        """What the clock shows at the alarm for a moment is that moment, within a microsecond."""
        clock = Clock(WALL, NOON, rate)

        assert abs(clock.at(clock.wall_of(NOON + ahead)) - (NOON + ahead)) <= 1

    @law
    @given(st.integers(SECOND, 7 * DAY), st.floats(1, 3600))
    def test_a_fast_clock_is_its_inverse(self, later, rate):
        """The wall time at which the clock shows what it shows now is now, within a microsecond."""
        clock = Clock(WALL, NOON, rate)

        assert abs(clock.wall_of(clock.at(WALL + later)) - (WALL + later)) <= 1

    @pytest.mark.parametrize("rate", [0, 1, 60])
    @pytest.mark.parametrize("ahead", [0, -1, -SECOND])
    def test_what_is_not_in_the_future_is_due_at_once(self, rate, ahead):
        """The anchor's own moment and everything before it: whatever the wall clock shows."""
        assert -math.inf == Clock(WALL, NOON, rate).wall_of(NOON + ahead)

    def test_a_frozen_clock_never_gets_there(self):
        """Rate 0: the wall time of any later moment is infinite."""
        assert math.inf == Clock(WALL, NOON, 0).wall_of(NOON + 1)


class TestMovingTheAnchor:
    def test_a_pinned_clock_stands_still(self):
        """While an advance holds the time at a moment, it shows that moment for ever."""
        pinned = Clock(WALL, NOON, 60).pinned(WALL + SECOND, NOON + 7 * SECOND)

        assert NOON + 7 * SECOND == pinned.at(WALL + SECOND) == pinned.at(WALL + DAY)

    @law
    @given(rates | st.just(0.0), moments, st.integers(-DAY, DAY))
    def test_a_clock_runs_on_from_a_new_moment_at_its_old_rate(self, rate, later, jump):
        """After an advance the line passes through the new moment, and is as steep as before."""
        clock = Clock(WALL, NOON, rate)
        moved = clock.running_from(WALL + later, NOON + jump)

        assert NOON + jump == moved.at(WALL + later)
        assert moved.at(WALL + later + SECOND) - moved.at(WALL + later) == clock.at(
            WALL + SECOND
        ) - clock.at(WALL)
