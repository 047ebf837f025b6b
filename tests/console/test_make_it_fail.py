"""Making an account fail by hand."""

import re

import pytest
import requests

from console.conftest import board_of, console_of
from exomock.console.switches import FAULTS, TWISTS
from exomock.domain.fault import Damage
from exomock.domain.situations import Situation
from exomock.scenarios.faults import PRESETS
from exomock.scenarios.rules import CallbacksSchema


def control_of(driver):
    """Where the control API of its account is."""
    return board_of(driver).replace("/console", "")


class TestTheSwitches:
    def test_cover_every_preset_and_every_damage_of_an_answer(self):
        """Another preset of the language is another switch."""
        answers = [each.words.get("answer") for each in FAULTS]
        assert set(PRESETS) == {each for each in answers if isinstance(each, str)}
        assert set(Damage) == {next(iter(each)) for each in answers if isinstance(each, dict)}
        assert any("delay" in each.words for each in FAULTS)

    def test_cover_every_misbehaviour_of_callbacks_that_coverage_counts(self):
        """One for each situation of the group; every word is one of the language."""
        words = {key for each in TWISTS for key in each.words}
        assert len(TWISTS) == sum(each.value.group == "callbacks" for each in Situation)
        known = CallbacksSchema().fields
        assert words <= {field.data_key or name for name, field in known.items()}

    @pytest.mark.parametrize("kind", ["faults", "twists"])
    def test_send_what_the_control_api_takes(self, driver, kind):
        """Each body is posted as the page holds it; then each switch is on."""
        page = requests.get(f"{board_of(driver)}/fail", timeout=10).text
        bodies = re.findall(rf"data-send=\"POST \S+/{kind}\" data-body='([^']+)'", page)
        assert len(FAULTS if kind == "faults" else TWISTS) == len(bodies)
        for body in bodies:
            kind_of_body = {"Content-Type": "application/json"}
            answer = requests.post(
                f"{control_of(driver)}/{kind}", data=body, headers=kind_of_body, timeout=10
            )
            assert 201 == answer.status_code, answer.text
        page = requests.get(f"{board_of(driver)}/fail", timeout=10).text
        assert len(bodies) == page.count('aria-checked="true"')

    def test_a_page_of_another_account_and_the_list_of_accounts_say_nothing(self, driver):
        """What is on is said where it is on."""
        requests.post(
            f"{control_of(driver)}/faults", json={"name": "Bad day", "answer": "html"}, timeout=5
        )
        assert "Bad day" in requests.get(board_of(driver), timeout=5).text
        assert "Bad day" not in requests.get(console_of(driver), timeout=5).text


def test_a_person_switches_exotel_off_and_on_again(driver, open_page):
    """The client's 503, twice of four times; what is on is seen on the board, and lifted there."""
    expect = pytest.importorskip("playwright.sync_api").expect
    page = open_page(f"{board_of(driver)}/fail")
    page.get_by_label("How often").select_option("every 2nd time")
    page.get_by_label("For how many").select_option("3")
    down = page.get_by_role("switch", name="Exotel down")
    down.click()
    expect(down).to_have_attribute("aria-checked", "true")
    page.get_by_label("How often").select_option("every time")
    page.get_by_role("switch", name="Callbacks lost").click()
    assert [200, 503, 200, 503] == [driver.try_connect().status_code for _ in range(4)]
    page.get_by_role("link", name="Board").click()
    laid = page.get_by_role("region", name="What is made to fail")
    expect(laid).to_contain_text("every 2nd request, 2 of 3 requests")
    driver.connect(StatusCallback="http://127.0.0.1:9/hook")
    driver.advance(300)
    assert ["dropped"] == [row.state for row in driver.rows()]
    page.get_by_role("button", name="Lift all").click()
    expect(laid).to_have_count(0)
    assert [200, 200] == [driver.try_connect().status_code for _ in range(2)]
