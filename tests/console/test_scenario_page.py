"""Reading, writing and using a scenario by hand."""

import pytest
import requests

from conftest import TO
from console.conftest import board_of


def test_the_page_shows_what_is_in_use_and_a_shipped_story_on_request(driver):
    """Also without a script: the texts are links."""
    url = f"{board_of(driver)}/scenario"
    assert "talk: 40s" in requests.get(url, timeout=5).text
    page = requests.get(url, params={"story": "exotel-down"}, timeout=5).text
    assert "Calls that were placed before go on" in page
    assert "Five minutes of 503, then fine" in page
    none = requests.get(url, params={"story": "exotel-done"}, timeout=5)
    assert (404, "exotel-down") == (none.status_code, none.json()["stories"][0])


def test_played_calls_stand_in_the_editor_as_rules(driver):
    """What a person saves as YAML; its download is the same text."""
    driver.connect()
    driver.advance(300)
    page = requests.get(f"{board_of(driver)}/scenario?played=1", timeout=5).text
    assert "leg2: {answer: 5s}" in page
    control = board_of(driver).replace("/console", "")
    assert "leg2: {answer: 5s}" in requests.get(f"{control}/scenario/played", timeout=5).text


def test_a_person_writes_a_scenario_and_sees_the_line_that_is_wrong(driver, open_page):
    """The mistake stands beside its line; once it is mended the scenario is used."""
    expect = pytest.importorskip("playwright.sync_api").expect
    page = open_page(f"{board_of(driver)}/scenario")
    text = page.get_by_label("Text of a scenario")
    text.fill("rules:\n  - leg1: {answer: 3s}\n    leg2: bussy\n")
    wrong = page.get_by_role("list", name="Mistakes").get_by_role("button")
    expect(wrong).to_contain_text("Line 3: rules.0.leg2: found 'bussy'")
    wrong.click()
    assert 34 == text.evaluate("each => each.selectionStart")  # line 3, column 5
    text.fill("rules:\n  - leg1: {answer: 3s}\n    leg2: busy\n")
    expect(page.get_by_text("Nothing is wrong with it.")).to_be_visible()
    page.get_by_role("button", name="Use it").click()
    expect(page.get_by_text("this account's own")).to_be_visible()
    sid = driver.connect()
    driver.advance(60)
    assert "busy" == driver.call(sid)["Status"]
    page.get_by_role("button", name="Use exotel-down").click()
    expect(page.get_by_text("In use: exotel-down.yaml")).to_be_visible()
    page.get_by_role("button", name="Back to the server's").click()
    expect(page.get_by_text("the server's.")).to_be_visible()
    assert 200 == driver.try_connect().status_code


def test_what_a_person_has_just_done_is_saved_and_played_again(driver, open_page):
    """A call that he ended by hand; the same order then goes the same way."""
    expect = pytest.importorskip("playwright.sync_api").expect
    page = open_page(board_of(driver))
    sid = driver.connect()
    driver.advance(13)
    page.get_by_role("group", name=f"To {TO}").get_by_role("button", name="Hang up").click()
    expect(page.get_by_role("row").last).to_contain_text("completed")
    page.get_by_role("link", name="Save as YAML").click()
    page.get_by_role("button", name="Use it").click()
    expect(page.get_by_text("this account's own")).to_be_visible()
    again = driver.connect()
    driver.advance(13)
    first, second = driver.call(sid), driver.call(again)
    keys = ("Status", "Duration", "From", "To")
    assert [first[key] for key in keys] == [second[key] for key in keys]
