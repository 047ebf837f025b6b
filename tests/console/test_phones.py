"""The two phones of the board: people answer them, press keys and hang up."""

import pytest
import requests

from conftest import FROM, TO
from console.conftest import board_of

expect = pytest.importorskip("playwright.sync_api").expect

IVR = """
rules: [{when: {flow: "926"}, leg1: {answer: 2s}, agents: [person]}]
flows:
  "926": [{menu: For sales press 1, 1: [{connect: ["09811100003"]}, hangup], nothing: hangup}]
"""
CLICK = "http://my.exotel.com/exomock/exoml/start_voice/926"


def phone(page, who, number):
    """A phone, by its name."""
    return page.get_by_role("group", name=f"{who} {number}")


def buttons(html):
    """The names of a page's buttons that decide."""
    return [name for name in ("Answer", "Reject", "No answer", "Hang up") if f">{name}<" in html]


class TestThePage:
    def test_has_the_buttons_that_can_be_pressed_now(self, driver):
        """Rings: three; talks: one, on either phone."""
        driver.connect()
        assert ["Answer", "Reject", "No answer"] == buttons(
            requests.get(board_of(driver), timeout=5).text
        )
        driver.advance(15)
        assert ["Hang up"] == buttons(requests.get(board_of(driver), timeout=5).text)

    def test_has_a_keypad_where_a_flow_gathers_digits(self, exchange):
        """And the agent's phone once one is rung."""
        driver = exchange(IVR)
        sid = driver.connect(To=None, Url=CLICK)
        assert "Keypad" not in requests.get(board_of(driver), timeout=5).text
        driver.advance(3)
        text = requests.get(board_of(driver), timeout=5).text
        assert ("Keypad" in text, "To 0981" in text) == (True, False)
        control = driver.mock.url.partition("/v1")[0] + f"/_exomock/accounts/{driver.mock.sid}"
        requests.post(f"{control}/calls/{sid}/press", json={"digits": "1"}, timeout=5)
        text = requests.get(board_of(driver), timeout=5).text
        assert ("Keypad" in text, 'aria-label="To 09811100003"' in text) == (False, True)


def test_a_person_plays_a_call_with_the_mouse(driver, open_page):
    """Both phones ring, are answered and hung up; the ringing is heard."""
    page = open_page(board_of(driver))
    page.evaluate(
        "() => { window.heard = 0; const start = OscillatorNode.prototype.start;"
        " OscillatorNode.prototype.start = function (at) { heard += 1; return start.call(this, at); }; }"
    )
    page.get_by_role("switch", name="I answer the phones").click()
    expect(page.get_by_role("switch", name="I answer the phones")).to_be_checked()
    page.get_by_role("switch", name="Ring").click()
    sid = driver.connect()
    expect(phone(page, "From", FROM)).to_contain_text("rings")
    page.wait_for_function("() => heard > 0")
    driver.advance(5)
    phone(page, "From", FROM).get_by_role("button", name="Answer", exact=True).click()
    expect(phone(page, "To", TO)).to_contain_text("rings")
    expect(page.get_by_role("switch", name="Ring")).to_be_checked()
    phone(page, "To", TO).get_by_role("button", name="Answer", exact=True).click()
    expect(phone(page, "To", TO)).to_contain_text("talks")
    driver.advance(300)
    phone(page, "From", FROM).get_by_role("button", name="Hang up").click()
    expect(page.get_by_role("row").last).to_contain_text("completed")
    assert "305" == str(driver.call(sid)["Duration"])


def test_a_person_presses_keys_and_an_agent_takes_the_call(exchange, open_page):
    """By keyboard alone."""
    driver = exchange(IVR)
    page = open_page(board_of(driver))
    driver.connect(To=None, Url=CLICK)
    driver.advance(3)
    page.get_by_role("group", name="Keypad").get_by_role("button", name="1", exact=True).press(
        "Enter"
    )
    agent = phone(page, "To", "09811100003")
    agent.get_by_role("button", name="Reject").wait_for()
    agent.get_by_role("button", name="Answer", exact=True).press("Enter")
    expect(agent).to_contain_text("talks")
    agent.get_by_role("button", name="Hang up").press("Enter")
    expect(page.get_by_role("row").last).to_contain_text("completed")
