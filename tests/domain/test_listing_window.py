"""The stretch of time that a list searches: exotel-v1.md section 5, DateCreated."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import NOON
from exomock.domain.clock import SECOND
from exomock.domain.errors import WindowRefused
from exomock.domain.listing import Window, window

TODAY = NOON // SECOND
DAY = 86_400
MONTH, SIX_MONTHS = 31 * DAY, 183 * DAY

law = settings(deadline=None, max_examples=50)
maybe = st.none() | st.integers(-2 * SIX_MONTHS, SIX_MONTHS)


def ago(days, seconds=0):
    """Unix seconds of so many days and seconds before now."""
    return TODAY - round(days * DAY) - seconds


class TestWhatIsSearched:
    @pytest.mark.parametrize(
        ("gte", "lte", "begin", "end"),
        [
            pytest.param(None, None, ago(31), ago(0), id="nothing given: the last 31 days"),
            pytest.param(ago(5), ago(2), ago(5), ago(2), id="both"),
            pytest.param(ago(40), None, ago(40), ago(9), id="gte alone ends 31 days later"),
            pytest.param(ago(3), None, ago(3), ago(0), id="gte alone ends now if that is sooner"),
            pytest.param(ago(31), None, ago(31), ago(0), id="gte a month ago"),
            pytest.param(None, ago(2), ago(33), ago(2), id="lte alone begins 31 days earlier"),
            pytest.param(
                None, ago(170), ago(183), ago(170), id="lte alone begins no earlier than kept calls"
            ),
            pytest.param(None, ago(183), ago(183), ago(183), id="lte alone at the oldest second"),
            pytest.param(ago(183), ago(152), ago(183), ago(152), id="oldest and widest"),
            pytest.param(ago(5), ago(5), ago(5), ago(5), id="one second"),
            pytest.param(ago(-1), None, ago(-1), ago(-1), id="gte in the future: an empty stretch"),
            pytest.param(ago(1), ago(-9), ago(1), ago(-9), id="lte in the future"),
        ],
    )
    def test_a_window(self, gte, lte, begin, end):
        """Both ends included, in unix seconds."""
        assert Window(begin, end) == window(gte, lte, NOON)

    def test_a_part_of_a_second_does_not_matter(self):
        """Calls are listed by whole seconds, and so is now."""
        assert window(None, None, NOON) == window(None, None, NOON + SECOND - 1)


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("gte", "lte", "rule"),
        [
            pytest.param(ago(183, 1), ago(160), "6 months (183 days)", id="a second too old"),
            pytest.param(ago(183, 1), None, "6 months (183 days)", id="gte alone too old"),
            pytest.param(None, ago(183, 1), "6 months (183 days)", id="lte alone too old"),
            pytest.param(ago(31, 1), ago(0), "1 month (31 days)", id="a second too wide"),
            pytest.param(ago(5), ago(5, 1), "'lte' lies before 'gte'", id="ends before it begins"),
        ],
    )
    def test_a_window_is_refused_with_its_rule(self, gte, lte, rule):
        """The message says which of the three rules it breaks."""
        with pytest.raises(WindowRefused) as caught:
            window(gte, lte, NOON)

        assert str(caught.value).startswith("DateCreated: ")
        assert rule in str(caught.value)

    @law
    @given(maybe, maybe)
    def test_what_is_searched_is_never_older_wider_or_backwards(self, gte, lte):
        """Any two ends: refused, or a window within the rules that has the ends that were given."""
        asked = [None if end is None else TODAY + end for end in (gte, lte)]
        try:
            found = window(*asked, NOON)
        except WindowRefused:
            return

        assert ago(183) <= found.begin <= found.end <= found.begin + MONTH
        assert all(end in (None, got) for end, got in zip(asked, found, strict=True))

    @law
    @given(st.integers(0, SIX_MONTHS), st.integers(0, MONTH))
    def test_every_window_within_the_rules_is_granted(self, back, width):
        """At most 183 days back and 31 days wide, to the second."""
        begin = TODAY - back

        assert Window(begin, begin + width) == window(begin, begin + width, NOON)
