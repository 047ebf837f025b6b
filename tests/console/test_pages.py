"""Pages of the console without a browser: whole without a script, safe, small."""

import re
from urllib.parse import quote

import pytest
import requests

from conftest import EXOPHONE, FROM, TO, Driver
from console.conftest import board_of, console_of
from console.every_page import BUSY, pages_of
from delivery.test_post import Receiver as RawReceiver
from exomock.plain import STEERS
from exomock.server import Exomock
from exomock.settings import Settings
from exomock.storage import flows as store_of_flows

URL = "http://my.exotel.com/exomock/exoml/start_voice/7"
TALKS = """
flows: {"7": [{connect: ["09811100011"]}]}
rules: [{when: {flow: "7"}, agents: [{answer: 1s}], talk: 1h}, {leg1: busy}]
"""

HTML = {"Accept": "text/html"}

PRINTED = "a\u202eb\u2066"
"""What YAML takes, and turns the direction of writing."""

ODD = f"x\x1b[201~\r id\x9b {PRINTED}\x07\x7f"


class TestTheFirstPage:
    def test_a_browser_that_asks_for_the_root_is_led_to_it(self, driver):
        """A v1 path stays what it is."""
        root = console_of(driver).removesuffix("/_exomock/console") + "/"
        led = requests.get(root, headers=HTML, allow_redirects=False, timeout=5)
        assert (302, "/_exomock/console") == (led.status_code, led.headers["Location"])
        assert 404 == requests.get(root, timeout=5).status_code

    def test_names_each_account_with_what_its_client_needs(self, driver):
        """Sid, key, token, base URL, and the line that places a call."""
        text = requests.get(console_of(driver), timeout=5).text
        mock = driver.mock
        for needed in (mock.sid, mock.key, mock.token, "Calls/connect.json"):
            assert needed in text

    def test_weighs_less_than_60_kb_with_all_it_loads(self, driver):
        """So that it is there at once, also on a slow machine."""
        home = console_of(driver)
        files = ("console.css", "console.js", "api.js", "stream.js", "morph.js", "icon.svg")
        pages = [home, *(f"{home}/static/{each}" for each in files)]
        assert 60_000 > sum(len(requests.get(each, timeout=5).content) for each in pages)


class TestSafety:
    def test_no_character_that_steers_a_terminal_is_on_any_page(self, exchange):
        """Of an order, a receiver's answer, a message, a scenario: what is copied there is pasted."""
        driver = exchange(BUSY + f"# {PRINTED}\n")
        answer = b"HTTP/1.1 500 " + ODD.encode() + b"\r\nX-Odd: " + ODD.encode()
        with RawReceiver(answer + b"\r\nContent-Length: 4\r\n\r\n\x1b[2J") as receiver:
            odd = driver.connect(CustomField=ODD, StatusCallback=receiver.url(f"/?{quote(ODD)}"))
            driver.try_connect(From=ODD, **{ODD: ODD})
            driver.post(
                "Sms/send.json", data={"From": EXOPHONE, "To": TO, "Body": ODD, "CustomField": ODD}
            )
            driver.get(f"Calls/{quote(ODD)}.json")
            account = f"{driver.mock.url}/_exomock/accounts/{driver.mock.sid}"
            fault = {"name": PRINTED, "when": {"path": "Campaigns"}, "delay": "1s"}
            assert 201 == requests.post(f"{account}/faults", json=fault, timeout=5).status_code
            pages = pages_of(driver)
            pages["An odd call"] = f"{board_of(driver)}/calls/{odd}"
            texts = {name: requests.get(url, timeout=10).text for name, url in pages.items()}

        # The text of a scenario is its writer's, who gets it back as it was.
        texts["Scenario"] = re.sub("(?s)<textarea.*?</textarea>", "", texts["Scenario"])
        assert {} == {
            name: found for name, text in texts.items() if (found := STEERS.findall(text))
        }
        assert "\\x1b[201~" in texts["Journal"]

    def test_a_page_may_load_nothing_inline_and_nothing_foreign(self, driver):
        """The policy holds for pages, parts and files alike."""
        home = console_of(driver)
        for path in (
            home,
            board_of(driver),
            f"{board_of(driver)}?part=calls",
            f"{home}/static/console.js",
        ):
            policy = requests.get(path, timeout=5).headers["Content-Security-Policy"]
            assert policy.startswith("default-src 'self';")
            assert "unsafe" not in policy

    def test_no_page_has_a_script_or_a_style_of_its_own(self, exchange):
        """The policy would stop them; drawings too have none."""
        for name, url in pages_of(exchange(BUSY)).items():
            text = requests.get(url, timeout=5).text
            own = re.findall(r"<style|<[^>]* style=|<[^>]* on[a-z]+=|<script(?![^>]* src=)", text)
            assert (name, []) == (name, own)

    def test_texts_from_outside_are_escaped(self, exchange):
        """The name of a rule is text, whatever it holds."""
        driver = exchange("rules: [{name: <script>alert(1)</script>, talk: 10s}]")
        driver.connect()
        text = requests.get(board_of(driver), timeout=5).text
        assert ("<script>alert" in text, "&lt;script&gt;alert" in text) == (False, True)

    def test_beyond_loopback_a_page_is_empty_until_the_token_is_given(self, exchange):
        """Nothing of an account is in it, and the status is no error, so that a browser shows it."""
        driver = exchange(loopback=False, control_token="let-me-in")
        url = board_of(driver)
        empty = requests.get(url, timeout=5)
        assert 200 == empty.status_code
        assert "Control token" in empty.text
        assert driver.mock.key not in empty.text
        token = {"Authorization": "Bearer let-me-in"}
        assert "Under way" in requests.get(url, headers=token, timeout=5).text

    @pytest.mark.parametrize("headers", [{"Origin": "http://evil.test"}, {"Host": "evil.test"}])
    def test_a_foreign_page_sees_nothing(self, driver, headers):
        """The rules of the control API hold."""
        assert 403 == requests.get(board_of(driver), headers=headers, timeout=5).status_code


class TestParts:
    def test_an_unknown_part_says_which_there_are(self, driver):
        """For whoever writes the next page."""
        answer = requests.get(f"{board_of(driver)}?part=handsets", timeout=5)
        assert (404, True) == (answer.status_code, "calls" in answer.json()["parts"])

    def test_an_account_that_is_none_is_a_404(self, driver):
        """In words."""
        answer = requests.get(f"{console_of(driver)}/accounts/nobody", timeout=5)
        assert (404, True) == (answer.status_code, "nobody" in answer.json()["detail"])


def test_a_board_shows_an_old_call_of_a_flow_after_a_restart(tmp_path, monkeypatch):
    """Flows that no newer call walks through are read from the database."""
    order = {"From": FROM, "CallerId": "08047112233", "Url": URL}
    kept = tmp_path / "calls.db"
    with Exomock(TALKS, Settings(rate=0), database=kept) as mock:
        driver = Driver(mock)
        driver.post("Calls/connect.json", data=order)
        for _ in range(51):
            driver.connect()
        driver.advance(60)
    monkeypatch.setattr(store_of_flows, "_memory", store_of_flows._Memory())
    with Exomock("{}", Settings(rate=0), database=kept) as mock:
        page = requests.get(board_of(Driver(mock)), timeout=20)
    assert (200, True) == (page.status_code, 'aria-label="To 09811100011"' in page.text)


def test_a_page_opens_in_the_browser_once_the_token_is_given(exchange, open_page):
    """It is kept in memory: links work, and a reload asks again."""
    driver = exchange(loopback=False, control_token="let-me-in")
    page = open_page(console_of(driver))
    page.get_by_label("Control token").fill("wrong")
    page.get_by_role("button", name="Open").click()
    page.get_by_text("That is not the control token.").wait_for()
    page.get_by_label("Control token").fill("let-me-in")
    page.get_by_role("button", name="Open").click()
    page.get_by_role("link", name=driver.mock.sid).click()
    page.get_by_role("button", name="Pause").wait_for()
    driver.connect()
    page.get_by_role("group", name="From").wait_for()
    page.reload()
    page.get_by_label("Control token").wait_for()
