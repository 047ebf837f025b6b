"""Circle, operator, type and DND of a number that no scenario describes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exomock.domain.telecom import (
    CIRCLES,
    DND_VALUES,
    OPERATORS,
    STD_CIRCLES,
    TYPES,
    NumberInfo,
    derive,
)

ALIASES = {"AN", "BY", "HA", "ND", "UPE", "UPW"}

nationals = st.text("0123456789", min_size=10, max_size=10)


class TestTables:
    def test_all_documented_codes_are_there(self):
        """29 circles, 18 operators: the counts of the documentation (exotel-v1.md section 6)."""
        assert (29, 18) == (len(CIRCLES), len(OPERATORS))

    @pytest.mark.parametrize(
        ("alias", "code"),
        [
            pytest.param("BY", "MU", id="Bombay"),
            pytest.param("HA", "HR", id="Haryana"),
            pytest.param("ND", "DL", id="New Delhi"),
            pytest.param("UPE", "UE", id="Uttar Pradesh (East)"),
            pytest.param("UPW", "UW", id="Uttar Pradesh (West)"),
        ],
    )
    def test_an_alias_has_the_name_of_its_circle(self, alias, code):
        """Two codes, one circle: the documentation prints the same name for both."""
        assert CIRCLES[code] == CIRCLES[alias]

    def test_each_region_of_the_numbering_plan_has_a_circle(self):
        """The 80 two-digit beginnings 10 to 89 are covered, so that no landline is without one."""
        regions = {str(region) for region in range(10, 90)}

        assert set() == regions - STD_CIRCLES.keys()

    def test_std_codes_name_no_alias(self):
        """Every one of the 23 circles that are not aliases has landlines, and only those."""
        assert CIRCLES.keys() - ALIASES == set(STD_CIRCLES.values())


class TestLandline:
    @pytest.mark.parametrize(
        ("national", "circle"),
        [
            pytest.param("1141234567", "DL", id="New Delhi 11"),
            pytest.param("1204123456", "DL", id="Noida and Ghaziabad 120"),
            pytest.param("1244123456", "DL", id="Gurgaon 124"),
            pytest.param("1294123456", "DL", id="Faridabad 129"),
            pytest.param("1212765432", "UW", id="Meerut 121"),
            pytest.param("1352712345", "UW", id="Dehradun 135"),
            pytest.param("1262212345", "HR", id="Rohtak 1262"),
            pytest.param("1712512345", "HR", id="Ambala 171"),
            pytest.param("1722712345", "PB", id="Chandigarh 172"),
            pytest.param("1733212345", "PB", id="Panchkula 1733"),
            pytest.param("1772812345", "HP", id="Shimla 177"),
            pytest.param("1942412345", "JK", id="Srinagar 194"),
            pytest.param("1412312345", "RJ", id="Jaipur 141"),
            pytest.param("5644212345", "RJ", id="Bharatpur 5644"),
            pytest.param("2025512345", "MH", id="Pune 20"),
            pytest.param("8322412345", "MH", id="Goa 832"),
            pytest.param("2226512345", "MU", id="Mumbai 22"),
            pytest.param("2512412345", "MU", id="Kalyan 251"),
            pytest.param("7926512345", "GJ", id="Ahmedabad 79"),
            pytest.param("2602212345", "GJ", id="Daman 260"),
            pytest.param("3322412345", "KO", id="Kolkata 33"),
            pytest.param("3532512345", "WB", id="Siliguri 353"),
            pytest.param("3592212345", "WB", id="Gangtok 3592"),
            pytest.param("3192212345", "WB", id="Port Blair 3192"),
            pytest.param("3262212345", "BR", id="Dhanbad 326"),
            pytest.param("6122212345", "BR", id="Patna 612"),
            pytest.param("3612512345", "AS", id="Guwahati 361"),
            pytest.param("3842212345", "AS", id="Silchar 3842"),
            pytest.param("3642212345", "NE", id="Shillong 364"),
            pytest.param("3812212345", "NE", id="Agartala 381"),
            pytest.param("4023412345", "AP", id="Hyderabad 40"),
            pytest.param("8842312345", "AP", id="Yanam 884"),
            pytest.param("4428112345", "CH", id="Chennai 44"),
            pytest.param("4132212345", "TN", id="Pondicherry 413"),
            pytest.param("4842312345", "KL", id="Kochi 484"),
            pytest.param("4896212345", "KL", id="Kavaratti 4896"),
            pytest.param("4902312345", "KL", id="Mahe 490"),
            pytest.param("5222212345", "UE", id="Lucknow 522"),
            pytest.param("5842212345", "UE", id="Shahjahanpur 5842"),
            pytest.param("5688212345", "UW", id="Etawah 5688"),
            pytest.param("6742512345", "OR", id="Bhubaneswar 674"),
            pytest.param("7312512345", "MP", id="Indore 731"),
            pytest.param("7162212345", "MP", id="Chhindwara 7162"),
            pytest.param("7122512345", "MH", id="Nagpur 712"),
            pytest.param("8041234567", "KA", id="Bengaluru 80"),
        ],
    )
    def test_its_circle_is_where_its_std_code_is(self, national, circle):
        """Cities on both sides of the borders that the circles' names describe."""
        assert circle == derive(national, mobile=False).circle

    @pytest.mark.parametrize(
        ("national", "operator"),
        [
            pytest.param("1123412345", "MTNL", id="2 in Delhi"),
            pytest.param("2226512345", "MTNL", id="2 in Mumbai"),
            pytest.param("8025512345", "BSNL", id="2 in Bengaluru"),
            pytest.param("1722712345", "BSNL", id="2 after a code of three digits"),
            pytest.param("1733212345", "BSNL", id="2 after a code of four digits"),
            pytest.param("1139123456", "Reliance", id="3"),
            pytest.param("8041234567", "Airtel", id="4"),
            pytest.param("4055123456", "Airtel", id="5"),
            pytest.param("2266123456", "Tata", id="6"),
        ],
    )
    def test_its_operator_is_told_by_the_digit_after_the_std_code(self, national, operator):
        """2 is BSNL or, in Delhi and Mumbai, MTNL; 3 Reliance; 4 and 5 Airtel; 6 Tata."""
        assert operator == derive(national, mobile=False).operator_name

    def test_another_digit_leaves_the_operator_to_the_series(self):
        """Numbers that share 80 712 share an operator, whatever it is."""
        first, second = (derive(n, mobile=False) for n in ("8071200001", "8071299999"))

        assert first.operator == second.operator

    @given(rest=st.text("0123456789", min_size=9, max_size=9), first=st.sampled_from("12345678"))
    def test_it_is_never_given_an_alias(self, first, rest):
        """Whatever follows 1 to 8, the circle is one of the 23."""
        assert derive(first + rest, mobile=False).circle not in ALIASES


class TestMobile:
    @given(
        series=st.text("0123456789", min_size=5, max_size=5),
        ends=st.tuples(*[st.text("0123456789", min_size=5, max_size=5)] * 2),
    )
    def test_numbers_of_one_series_share_circle_and_operator(self, series, ends):
        """The first five digits decide both."""
        one, other = (derive(series + end, mobile=True) for end in ends)

        assert (one.circle, one.operator) == (other.circle, other.operator)

    def test_every_circle_and_operator_has_a_series(self):
        """The 10 000 series 90000 to 99999 use all 23 circles and all 18 operators."""
        derived = [derive(f"{series}12345", mobile=True) for series in range(90000, 100000)]

        assert CIRCLES.keys() - ALIASES == {info.circle for info in derived}
        assert OPERATORS.keys() == {info.operator for info in derived}

    def test_none_is_on_the_register(self):
        """A connect to a number that no scenario speaks of is placed, so its DND is `No`."""
        assert {"No"} == {derive(f"98450{n:05}", mobile=True).dnd for n in range(1_000)}


class TestAnyNumber:
    @given(national=nationals, mobile=st.booleans())
    def test_its_codes_are_those_of_the_tables(self, national, mobile):
        """All 10-digit numbers, also those that no plan has, can be shown."""
        info = derive(national, mobile=mobile)

        assert CIRCLES[info.circle] == info.circle_name
        assert OPERATORS[info.operator] == info.operator_name
        assert info.dnd in DND_VALUES

    @given(national=nationals, mobile=st.booleans())
    def test_its_type_is_what_it_was_asked_as(self, national, mobile):
        """`Mobile` if and only if mobile."""
        assert TYPES[0 if mobile else 1] == derive(national, mobile=mobile).type

    @given(national=nationals, mobile=st.booleans())
    def test_asked_twice_it_answers_the_same(self, national, mobile):
        """No chance is involved."""
        assert derive(national, mobile=mobile) == derive(national, mobile=mobile)

    def test_its_answer_survives_a_restart(self):
        """A value from another process; if it changes, recorded answers of users change too."""
        assert NumberInfo("UE", "LO", "Mobile", "No") == derive("9845012345", mobile=True)

    def test_a_short_number_is_answered_too(self):
        """Digits that end before the STD code does still give codes of the tables."""
        info = derive("1", mobile=False)

        assert info.circle in CIRCLES
        assert info.operator in OPERATORS
