"""Reading the journal by hand, and what a person does from there."""

import shlex
import subprocess

import pytest
import requests

from console.conftest import board_of
from exomock.console.curl import again

ODD = 'it\'s "odd" $(touch x) `y` & Żółć\n2\t\x1b[201~\r touch x\r\x15\x7f\x9b\u202eend\x1b'


def journal(driver, **params):
    return requests.get(f"{board_of(driver)}/journal", params=params, timeout=10).text


class TestRequests:
    def test_are_found_by_words_of_what_was_sent_answered_and_why(self, driver):
        """Every word must stand somewhere; parameters count as they were meant."""
        driver.connect(CustomField="order 7 & more")
        driver.try_connect(From="12")
        driver.get("Calls.json")
        for words, found in (
            ("order 7 & more", ["request-1"]),
            ("POST telephone", ["request-2"]),
            ("400", ["request-2"]),
            ("calls.json metadata", ["request-3"]),
            ("nowhere", []),
        ):
            text = journal(driver, q=words)
            assert found == [f"request-{n}" for n in (1, 2, 3) if f'id="request-{n}"' in text]

    def test_come_fifty_at_a_time(self, driver):
        """The newest first; a link leads to older ones."""
        for _ in range(52):
            driver.get("Calls/none.json")
        assert ('id="request-3"' in journal(driver), 'id="request-2"' in journal(driver)) == (
            True,
            False,
        )
        older = journal(driver, before=3)
        assert ('id="request-2"' in older, 'id="request-3"' in older) == (True, False)

    def test_a_text_of_a_client_is_escaped_and_a_long_answer_cut(self, driver):
        """Fifty lists of calls would be megabytes."""
        for number in range(12):
            driver.connect(CustomField=f"<script>alert({number})</script>")
        driver.advance(300)
        driver.get("Calls.json")
        text = journal(driver)
        assert ("<script>alert" in text, "&lt;script&gt;alert" in text) == (False, True)
        assert "the HAR has all" in text


class TestCurl:
    def test_sends_the_request_again_whatever_is_in_it(self, driver, tmp_path):
        """In a real shell: nothing of a client's text is run."""
        driver.connect(CustomField=ODD)
        control = board_of(driver).replace("/console", "")
        account = requests.get(control, timeout=5).json()
        (sent,) = requests.get(f"{control}/requests", timeout=5).json()["requests"]
        done = subprocess.run(
            ["sh", "-c", again(account, sent)], capture_output=True, cwd=tmp_path, timeout=20,
            check=False,
        )  # fmt: skip
        assert b'"in-progress"' in done.stdout, done.stderr
        first, second = requests.get(f"{control}/requests", timeout=5).json()["requests"]
        assert first["parameters"] == second["parameters"]
        assert [] == list(tmp_path.iterdir())

    def test_a_get_keeps_its_query(self):
        """By -G."""
        account = {"key": "k", "token": "t", "base_url": "http://127.0.0.1:1/v1/Accounts/a"}
        sent = {"method": "GET", "path": "Calls.json", "parameters": {"Sid": ["a", "b c"]}}
        words = shlex.split(again(account, sent))
        assert ["-X", "GET", "-G", "http://127.0.0.1:1/v1/Accounts/a/Calls.json"] == words[3:7]
        assert ["--data-urlencode", "Sid=a", "--data-urlencode", "Sid=b c"] == words[7:]


class TestCallbacks:
    def test_are_filtered_by_state_and_event(self, driver, receiver):
        """Of one call two events, one of which fails."""
        receiver.answer = lambda got: 200 if got.form.get("EventType") == "answered" else 500
        driver.connect(
            StatusCallback=receiver.url,
            **{"StatusCallbackEvents[0]": "answered", "StatusCallbackEvents[1]": "terminal"},
        )
        driver.advance(3600)
        failed = journal(driver, state="failed")
        assert (1, True) == (failed.count('id="callback-details-'), "Try 3: 500" in failed)
        assert 2 == journal(driver, event="answered").count('id="callback-details-')
        control = board_of(driver).replace("/console", "")
        answer = requests.get(f"{control}/callbacks", params={"state": "failed"}, timeout=5)
        assert ["terminal"] == [each["event"] for each in answer.json()["callbacks"]]


def test_a_person_searches_replays_and_takes_the_journal_away(driver, receiver, open_page):
    """The receiver gets the callback a second time; both files come."""
    expect = pytest.importorskip("playwright.sync_api").expect
    driver.connect(StatusCallback=receiver.url)
    driver.advance(300)
    page = open_page(f"{board_of(driver)}/journal")
    page.get_by_role("button", name="Replay").click()
    assert 2 == len(receiver.wait_for(2))
    page.get_by_label("Search requests").fill("connect 09822200002")
    page.get_by_role("button", name="Search").click()
    page.locator("summary").first.click()
    expect(page.get_by_role("button", name="Copy as curl")).to_be_visible()
    for name, ending in (("Requests as HAR", ".har"), ("Transcript", ".jsonl")):
        with page.expect_download() as waits:
            page.get_by_role("link", name=name).click()
        assert f"{driver.mock.sid}{ending}" == waits.value.suggested_filename


def test_beyond_loopback_a_search_and_a_download_take_the_token_with_them(exchange, open_page):
    """A browser sends none by itself, neither with a form nor with a link."""
    expect = pytest.importorskip("playwright.sync_api").expect
    driver = exchange(loopback=False, control_token="let-me-in")
    driver.connect()
    driver.get("Calls.json")
    page = open_page(f"{board_of(driver)}/journal")
    page.get_by_label("Control token").fill("let-me-in")
    page.get_by_role("button", name="Open").click()
    page.get_by_label("Search requests").fill("connect")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("summary")).to_have_count(1)
    with page.expect_download() as waits:
        page.get_by_role("link", name="Requests as HAR").click()
    assert '"version": "1.2"' in waits.value.path().read_text(encoding="utf-8")


def test_a_request_that_nobody_could_read_hides_no_other(driver):
    """A form of more parts than are read: the journal, its page and its archive show the rest."""
    driver.connect()
    parts = {f"Part{number}": (None, "x") for number in range(1_200)}
    assert 400 <= driver.post("Calls/connect.json", files=parts).status_code < 500
    control = board_of(driver).replace("/console", "")
    for where in (f"{control}/requests", f"{control}/requests/har", f"{board_of(driver)}/journal"):
        answer = requests.get(where, timeout=10)
        assert (200, True) == (answer.status_code, "09822200002" in answer.text), where
