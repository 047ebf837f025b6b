"""Telephone numbers in any spelling: exotel-v1.md section 1."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exomock.numbering import NotANumber, is_mobile, read_number

law = settings(deadline=None, max_examples=50)
nationals = st.from_regex(r"[1-9][0-9]{9}", fullmatch=True)

SPELLINGS = [
    pytest.param("0{}", id="0 and 10 digits"),
    pytest.param("+91{}", id="E.164"),
    pytest.param("91{}", id="91 and 10 digits"),
    pytest.param("{}", id="10 digits"),
    pytest.param("+910{}", id="+91 and 0"),
    pytest.param("0091{}", id="as dialled from abroad"),
]


class TestIndianNumbers:
    @pytest.mark.parametrize("spelling", SPELLINGS)
    @law
    @given(national=nationals)
    def test_one_number_has_many_spellings_and_one_form(self, spelling, national):
        """Any ten digits, also those no operator has: masked digits are filled with anything."""
        number = read_number(spelling.format(national))

        assert (f"+91{national}", f"0{national}") == (number.e164, number.shown)
        assert number.indian

    @pytest.mark.parametrize("spelling", ["0{}", "+91{}", "91{}", "{}"])
    @law
    @given(national=st.from_regex(r"[6-9][0-9]{9}", fullmatch=True))
    def test_a_mobiles_short_cut_leads_where_the_library_does(self, spelling, national):
        """A space keeps a number off the short cut."""
        text = spelling.format(national)
        assert read_number(text).e164 == read_number(f"{text[:-5]} {text[-5:]}").e164

    @law
    @given(national=st.from_regex(r"91[0-9]{8}", fullmatch=True))
    def test_ten_digits_that_begin_with_91_have_no_country_code(self, national):
        """9123456789 is a mobile of its own, not 23456789 with 91 before it."""
        assert f"0{national}" == read_number(national).shown

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            pytest.param("+91 98111 00001", "09811100001", id="spaces"),
            pytest.param("098111-00001", "09811100001", id="a hyphen"),
            pytest.param("+91 (98111) 00001", "09811100001", id="brackets"),
            pytest.param("98.111.00.001", "09811100001", id="dots"),
            pytest.param("  09811100001\n", "09811100001", id="space around it"),
            pytest.param("080 4711 2233", "08047112233", id="a landline with its STD code"),
            pytest.param("+918047112233", "08047112233", id="an ExoPhone in E.164"),
            pytest.param("011-41234567", "01141234567", id="Delhi"),
        ],
    )
    def test_punctuation_does_not_matter(self, text, shown):
        """As people write numbers into contact lists."""
        assert shown == read_number(text).shown

    def test_the_spelling_is_kept(self):
        """StatusCallbacks echo To and From as they were sent."""
        assert "+91 98111 00001" == read_number("+91 98111 00001").sent


class TestNumbersAbroad:
    @pytest.mark.parametrize(
        ("text", "e164"),
        [
            pytest.param("+14155552671", "+14155552671", id="America"),
            pytest.param("14155552671", "+14155552671", id="America without +"),
            pytest.param("+1 (415) 555-2671", "+14155552671", id="America, punctuated"),
            pytest.param("+442079460018", "+442079460018", id="Britain"),
        ],
    )
    def test_a_number_abroad_is_shown_as_e164(self, text, e164):
        """Only Indian numbers are rewritten to 0 and 10 digits."""
        number = read_number(text)

        assert (e164, e164, False) == (number.e164, number.shown, number.indian)


class TestWhatIsNone:
    @pytest.mark.parametrize(
        "text",
        [
            pytest.param("", id="nothing"),
            pytest.param("   ", id="spaces"),
            pytest.param("abc", id="letters"),
            pytest.param("+", id="only a plus"),
            pytest.param("12", id="two digits"),
            pytest.param("0981110000", id="nine digits after 0"),
            pytest.param("+91981110000", id="nine digits after +91"),
            pytest.param("+9198111000011", id="eleven digits after +91"),
            pytest.param("098111000011", id="eleven digits after 0"),
            pytest.param("0XXXXXX4890", id="masked"),
            pytest.param("sip:09811100001", id="a SIP address"),
            pytest.param("09811100001,09811100002", id="two numbers"),
            pytest.param("09811100001;ext=4", id="an extension"),
            pytest.param("०९८१११००००१", id="digits of Devanagari"),
            pytest.param("+999123456789", id="a country that is none"),
            pytest.param("1" * 40, id="forty digits"),
        ],
    )
    def test_it_is_refused_with_what_was_expected(self, text):
        """The message quotes what came, and says which forms are read."""
        with pytest.raises(NotANumber) as caught:
            read_number(text)

        assert str(caught.value).startswith(f"'{text.strip()}' is not a telephone number; expected")
        assert "10 digits, or with 0, 91 or +91 before them" in str(caught.value)

    def test_a_long_text_is_cut_in_the_message(self):
        """A body of a megabyte does not come back in its error."""
        with pytest.raises(NotANumber) as caught:
            read_number("x" * 1_000_000)

        assert len(str(caught.value)) < 250

    @law
    @given(st.text(max_size=30))
    def test_any_text_is_a_number_or_none(self, text):
        """No text raises anything else, and what is read has an E.164 form."""
        try:
            number = read_number(text)
        except NotANumber:
            return

        assert number.e164[0] == "+"
        assert number.e164[1:].isdecimal()
        assert read_number(number.e164).e164 == read_number(number.shown).e164 == number.e164


class TestMobiles:
    @pytest.mark.parametrize(
        ("text", "mobile"),
        [
            pytest.param("09811100001", True, id="a mobile"),
            pytest.param("07012345670", True, id="a mobile that begins with 7"),
            pytest.param("08047112233", False, id="a Bangalore landline begins with 8"),
            pytest.param("07926512345", False, id="an Ahmedabad landline begins with 7"),
            pytest.param("01141234567", False, id="a Delhi landline"),
            pytest.param("09000000001", True, id="a magic number"),
            pytest.param("05005756682", False, id="outside the plan, first digit 5"),
            pytest.param("06000000000", True, id="a mobile that begins with 6"),
        ],
    )
    def test_a_number_is_a_mobile_by_the_numbering_plan(self, text, mobile):
        """Not by its first digit alone, for landlines begin with 7 and 8 too."""
        assert mobile is is_mobile(read_number(text))
