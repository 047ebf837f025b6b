"""GET Numbers/{number}: exotel-v1.md section 6."""

import xml.etree.ElementTree as ET

import pytest

from conftest import ORDINARY, error_of
from exomock.domain.telecom import CIRCLES, OPERATORS

KEYS = ["PhoneNumber", "Circle", "CircleName", "Type", "Operator", "OperatorName", "DND"]

KNOWN = (
    ORDINARY
    + """
numbers:
  "09876543210": {circle: KA, operator: A, type: Mobile, dnd: "No"}
  "+91 98765 43211": {dnd: "Yes"}
"""
)


class TestALookUp:
    def test_answers_the_seven_documented_keys(self, driver):
        """Names beside codes; the number as 0 and ten digits."""
        numbers = driver.get("Numbers/9811100001.json").json()["Numbers"]

        assert KEYS == list(numbers)
        assert "09811100001" == numbers["PhoneNumber"]
        assert CIRCLES[numbers["Circle"]] == numbers["CircleName"]
        assert OPERATORS[numbers["Operator"]] == numbers["OperatorName"]

    def test_is_xml_without_json(self, driver):
        """The documentation's sample has a bare `&`; ours is escaped and parses."""
        root = ET.fromstring(driver.get("Numbers/07922334455").content)

        assert (
            "Gujarat Telecom Circle (includes Daman & Diu, Dadra & Nagar Haveli)"
            == root.findtext("Numbers/CircleName")
        )

    @pytest.mark.parametrize(
        "spelling",
        ["09811100001", "9811100001", "919811100001", "+919811100001", "%2B919811100001"],
    )
    def test_is_the_same_for_every_spelling(self, driver, spelling):
        """Same number, same answer."""
        expected = driver.get("Numbers/09811100001.json").json()

        assert expected == driver.get(f"Numbers/{spelling}.json").json()

    @pytest.mark.parametrize(
        ("number", "circle"),
        [
            ("08022334455", "KA"),
            ("02222334455", "MU"),
            ("01122334455", "DL"),
            ("04422334455", "CH"),
        ],
    )
    def test_a_landline_is_placed_by_its_std_code(self, driver, number, circle):
        """Bengaluru, Mumbai, Delhi, Chennai."""
        numbers = driver.get(f"Numbers/{number}.json").json()["Numbers"]

        assert (circle, "Landline") == (numbers["Circle"], numbers["Type"])

    def test_the_scenario_comes_first(self, exchange):
        """What is configured is answered; what is left out is derived."""
        driver = exchange(KNOWN)

        known = driver.get("Numbers/09876543210.json").json()["Numbers"]
        partly = driver.get("Numbers/9876543211.json").json()["Numbers"]

        assert ("KA", "A", "No") == (known["Circle"], known["Operator"], known["DND"])
        assert ("Yes", "Mobile") == (partly["DND"], partly["Type"])
        assert CIRCLES[partly["Circle"]] == partly["CircleName"]

    @pytest.mark.parametrize("number", ["+14155552671", "+442071838750"])
    def test_of_a_foreign_number_is_a_clear_error(self, driver, number):
        """Only Indian numbers have a circle."""
        response = driver.get(f"Numbers/{number}.json")

        assert 400 == response.status_code
        assert "not an Indian number" in error_of(response)["Message"]

    @pytest.mark.parametrize("number", ["abc", "123", "0", "98111000011111111"])
    def test_of_no_number_is_a_clear_error(self, driver, number):
        """The message says what a number looks like."""
        response = driver.get(f"Numbers/{number}.json")

        assert 400 == response.status_code
        assert "not a telephone number" in error_of(response)["Message"]
