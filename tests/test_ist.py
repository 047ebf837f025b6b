"""Times as Exotel writes and reads them: exotel-v1.md section 1, IST without a zone."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import NOON
from exomock.ist import ist, unix_seconds

law = settings(deadline=None, max_examples=50)
# 1970 to 9999: the years that have four digits.
moments = st.integers(0, 253_402_200_000)


class TestWriting:
    @pytest.mark.parametrize(
        ("time", "text"),
        [
            pytest.param(0, "1970-01-01 05:30:00", id="the epoch, which integrators know well"),
            pytest.param(NOON, "2026-03-01 12:00:00", id="noon"),
            pytest.param(NOON + 999_999, "2026-03-01 12:00:00", id="rounded down to the second"),
            pytest.param(1_772_303_399_000_000, "2026-02-28 23:59:59", id="before midnight in IST"),
            pytest.param(1_772_303_400_000_000, "2026-03-01 00:00:00", id="midnight in IST"),
            pytest.param(1_709_145_000_000_000, "2024-02-29 00:00:00", id="a leap day"),
        ],
    )
    def test_a_time(self, time, text):
        """Microseconds since the epoch become YYYY-MM-DD HH:MM:SS, five and a half hours ahead."""
        assert text == ist(time)

    @law
    @given(moments)
    def test_ist_is_utc_and_five_and_a_half_hours(self, second):
        """In summer as in winter, and whatever zone the machine is in."""
        shifted = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=second, hours=5.5)

        assert shifted.strftime("%Y-%m-%d %H:%M:%S") == ist(second * 1_000_000)


class TestReading:
    @law
    @given(moments)
    def test_what_was_written_is_read_back(self, second):
        """To the second, both ways."""
        assert second == unix_seconds(ist(second * 1_000_000))

    @pytest.mark.parametrize(
        "text",
        [
            pytest.param("2026-03-01", id="a date without a time"),
            pytest.param("2026-03-01T12:00:00", id="ISO with T"),
            pytest.param("2026-03-01 12:00", id="no seconds"),
            pytest.param("2026-02-30 12:00:00", id="no such day"),
            pytest.param("2026-03-01 24:00:00", id="no such hour"),
            pytest.param("2026-03-01 12:00:00 ", id="something after it"),
            pytest.param("2026-03-01 12:00:00+05:30", id="a zone"),
            pytest.param("01-03-2026 12:00:00", id="the day first"),
            pytest.param("", id="nothing"),
        ],
    )
    def test_another_form_is_refused(self, text):
        """One form is read, the one that is written."""
        with pytest.raises(ValueError):
            unix_seconds(text)
