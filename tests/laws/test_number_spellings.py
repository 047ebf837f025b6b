"""Any spelling of an Indian number is that number: exotel-v1.md sections 1, 2 (S) and 5 (S)."""

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import EXOPHONE, FROM, TO
from exomock.numbering import read_number

MANY = 5000 if os.environ.get("EXOMOCK_SOAK") else 200

law = settings(deadline=None, max_examples=MANY)
MOBILES = st.from_regex(r"[6-9][0-9]{9}", fullmatch=True)
MARKS = st.sampled_from(["", "", "", " ", "-", ".", "  ", "\u00a0", "\u2013", ") ", " ("])
OUTER = st.sampled_from(["", " ", "  ", "\t", "\n", "\u00a0"])
COUNTRY = ["", "0", "91", "+91", "+91 0", "(+91) ", "+(91)", "91-", "+91-(0)", "0091 ", "[91]"]


@st.composite
def spelled(draw):
    """A mobile's ten digits, and them in some spelling."""
    digits = draw(MOBILES)
    marks = draw(st.lists(MARKS, min_size=10, max_size=10))
    body = digits[0] + "".join(mark + digit for mark, digit in zip(marks, digits[1:], strict=False))
    country = draw(st.sampled_from(COUNTRY))
    return digits, draw(OUTER) + country + body + draw(OUTER)


class TestASpelling:
    @law
    @given(spelled())
    def test_of_a_mobile_is_that_mobile(self, pair):
        """Blanks, dashes, brackets, dots, with any way to write the country; a blank before it."""
        digits, text = pair

        assert f"+91{digits}" == read_number(text).e164

    @law
    @given(st.sampled_from(["11 4123 4567", "80-4711-2233", "(22) 6134 5678"]), OUTER)
    def test_of_a_landline_is_that_landline(self, national, blank):
        """With the STD code, whatever stands before it."""
        digits = "".join(filter(str.isdigit, national))

        for country in ("0", "+91", "+91 ", "91 ", ""):
            assert f"+91{digits}" == read_number(f"{blank}{country}{national}").e164


class TestABlank:
    @pytest.mark.parametrize(
        ("text", "sent", "e164"),
        [
            (" 9876543210", "9876543210", "+919876543210"),
            (" 6561234567", "6561234567", "+916561234567"),
            (" 919876543210", "+919876543210", "+919876543210"),
            (" 09876543210", "09876543210", "+919876543210"),
            (" 14155552671", "+14155552671", "+14155552671"),
            (" 4930123456", "+4930123456", "+4930123456"),
        ],
    )
    def test_was_a_plus_where_a_country_code_follows(self, text, sent, e164):
        """Ten digits of India had none; what is echoed is what was sent."""
        number = read_number(text)

        assert (sent, e164) == (number.sent, number.e164)

    def test_is_read_alike_by_connect_list_and_look_up(self, driver):
        """` 9876543210` was Iran's +98 once; three surfaces know it as one number."""
        sid = driver.connect(To=" 9876543210")
        driver.advance(60)
        found = driver.calls(To=" 9876543210")["Calls"]
        known = driver.get("Numbers/ 9876543210.json").json()["Numbers"]

        assert ["09876543210"] == [call["To"] for call in found if call["Sid"] == sid]
        assert "09876543210" == known["PhoneNumber"]

    def test_is_read_alike_in_a_query(self, driver):
        """A `+` that nobody encoded."""
        query = f"From=+91{FROM[1:]}&To=+{TO[1:]}&CallerId=+{EXOPHONE}"
        call = driver.post(f"Calls/connect.json?{query}").json()["Call"]

        assert (FROM, TO, EXOPHONE) == (call["From"], call["To"], call["PhoneNumberSid"])
