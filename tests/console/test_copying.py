"""What a person copies with one click: credentials, and lines that work in a terminal."""

import subprocess

import pytest
import requests

from console.conftest import board_of, console_of

expect = pytest.importorskip("playwright.sync_api").expect


@pytest.fixture
def clipboard(open_page):
    """A page that may copy, and a question for what was copied last."""
    page = open_page()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])

    def pressed(button):
        page.evaluate("navigator.clipboard.writeText('nothing')")
        button.click()
        expect(page.get_by_role("alert")).to_have_text("Copied.")
        return page.evaluate("navigator.clipboard.readText()")

    return page, pressed


def run(line):
    """What a line prints in a shell."""
    return subprocess.run(["sh", "-c", line], capture_output=True, timeout=20, check=False).stdout


def test_credentials_are_copied_one_by_one(driver, clipboard):
    """As they are; no blank, no line."""
    page, pressed = clipboard
    page.goto(console_of(driver))
    mock = driver.mock
    copied = [
        pressed(page.get_by_role("button", name=f"Copy the {what}"))
        for what in ("key", "token", "base URL")
    ]
    assert [mock.key, mock.token, mock.base] == copied


def test_the_curl_line_of_an_account_places_a_call(driver, clipboard):
    """In a real shell."""
    page, pressed = clipboard
    page.goto(console_of(driver))
    page.get_by_text("Place a call from a terminal").click()
    answer = run(pressed(page.get_by_role("button", name="Copy the curl line")))
    assert b'"Status": "in-progress"' in answer


def test_the_curl_line_of_a_request_sends_it_again(driver, clipboard):
    """Of the journal, with what a client has sent."""
    page, pressed = clipboard
    driver.connect(CustomField='it\'s "odd" $HOME')
    page.goto(f"{board_of(driver)}/journal")
    page.locator("summary").first.click()
    run(pressed(page.get_by_role("button", name="Copy as curl")))
    control = board_of(driver).replace("/console", "")
    sent = requests.get(f"{control}/requests", timeout=5).json()["requests"]
    assert sent[0]["parameters"] == sent[1]["parameters"]


def test_a_browser_that_forbids_copying_says_so(driver, open_page):
    """The text can still be read and marked."""
    page = open_page(console_of(driver))
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error()); }")
    page.get_by_role("button", name="Copy the token").click()
    expect(page.get_by_role("alert")).to_have_text("The browser does not allow copying here.")
