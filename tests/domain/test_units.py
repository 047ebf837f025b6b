"""How many units a text takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exomock.domain.units import units_of


@pytest.mark.parametrize(
    ("text", "units"),
    [
        pytest.param("", 1, id="nothing is one"),
        pytest.param("a" * 160, 1, id="160 of GSM-7"),
        pytest.param("a" * 161, 2, id="161"),
        pytest.param("a" * 306, 2, id="twice 153"),
        pytest.param("a" * 307, 3, id="one more"),
        pytest.param("€" * 80, 1, id="80 of the extension, each two"),
        pytest.param("€" * 81, 2, id="81 of the extension"),
        pytest.param(
            "a" * 152 + "€" + "a" * 152, 3, id="an escape and its character stay together"
        ),
        pytest.param("न" * 70, 1, id="70 of UCS-2"),
        pytest.param("न" * 71, 2, id="71"),
        pytest.param("न" * 134, 2, id="twice 67"),
        pytest.param("न" * 135, 3, id="one more of UCS-2"),
        pytest.param("😀" * 35, 1, id="35 pairs of surrogates"),
        pytest.param("😀" * 36, 2, id="36 pairs, 33 in a part"),
        pytest.param("a" * 69 + "न", 1, id="one letter beyond GSM-7 makes all of it UCS-2"),
        pytest.param("`" * 71, 2, id="a backtick is none of GSM-7"),
    ],
)
def test_units(text, units):
    """160 and 153 letters of GSM-7, 70 and 67 of UCS-2."""
    assert units == units_of(text)


def test_unicode_may_be_asked_for():
    """EncodingType=unicode: 71 plain letters are two units of 67."""
    assert (1, 2) == (units_of("a" * 71), units_of("a" * 71, unicode=True))


@given(st.text(max_size=400), st.text(max_size=50))
def test_more_text_never_takes_fewer_units_of_one_alphabet(text, more):
    """In UCS-2, which holds all: a longer text takes as many units or more."""
    assert units_of(text, unicode=True) <= units_of(text + more, unicode=True)


@given(st.text(max_size=400))
def test_units_hold_what_is_sent(text):
    """So many units of 67 have room for the text, and one fewer has none."""
    units, width = units_of(text, unicode=True), len(text.encode("utf-16-le")) // 2

    assert width <= (70 if units == 1 else 67 * units)
    # Each part may lose one place to a pair that is not split.
    assert units == 1 or width > 66 * (units - 1)
