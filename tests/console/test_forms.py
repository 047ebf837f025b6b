"""Forms of the console: what they ask, and what they say where the API refuses."""

import pytest
import requests

from console.conftest import board_of, console_of

expect = pytest.importorskip("playwright.sync_api").expect


def test_somebody_calls_in_and_a_wrong_field_is_told_beside_it(driver, board):
    """In the words of the control API; once it is mended, the call is there."""
    form = board.get_by_role("region", name="Somebody calls in")
    caller = form.get_by_label("Caller")
    caller.fill("12")
    form.get_by_role("button", name="Let the call come in").click()
    expect(caller).to_have_attribute("aria-invalid", "true")
    expect(form.locator("#inbound-from-error")).to_contain_text("12")
    caller.fill("09833300003")
    form.get_by_role("button", name="Let the call come in").click()
    expect(board.get_by_role("group", name="From 09833300003")).to_be_visible()
    expect(form.locator(".error")).to_have_count(0)


def test_a_number_is_looked_up_and_a_refusal_of_v1_stands_beside_the_field(driver, board):
    """What the service says of it, and what it would say of one that is none."""
    form = board.get_by_role("region", name="Look a number up")
    form.get_by_role("button", name="Look it up").click()
    expect(form).to_contain_text("OperatorName")
    form.get_by_label("Number").fill("12")
    form.get_by_role("button", name="Look it up").click()
    expect(form.locator("#lookup-number-error")).to_contain_text("12")


def test_a_person_sends_a_message_and_texts_an_exophone(driver, open_page):
    """Both stand in the list, live."""
    page = open_page(f"{board_of(driver)}/messages")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("row").nth(1)).to_contain_text("Your code is 1234")
    page.get_by_role("button", name="Text", exact=True).click()
    expect(page.get_by_role("row").nth(1)).to_contain_text("YES")


def test_a_person_makes_an_account_of_a_story_and_a_wrong_sid_is_told_beside_it(driver, open_page):
    """With a clock that stands still; the board of the new account is opened."""
    page = open_page(console_of(driver))
    sid = page.get_by_label("Sid")
    sid.fill("no good")
    page.get_by_label("Scenario").select_option("everyone-busy")
    page.get_by_label("Clock").select_option("frozen")
    page.get_by_role("button", name="Make it").click()
    expect(page.locator("#sid-error")).to_contain_text("letters, digits")
    sid.fill("mine")
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_role("heading", name="mine")).to_be_visible()
    made = requests.get(f"{console_of(driver).replace('/console', '')}/accounts/mine", timeout=5)
    assert ("everyone-busy.yaml", 0) == (made.json()["scenario"], made.json()["clock"]["rate"])
