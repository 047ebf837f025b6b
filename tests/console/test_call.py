"""The page of a call: its ladder, the bytes, why it went so, its recording, tests of it."""

import re
import socket
import threading
import xml.etree.ElementTree as ET

import pytest
import requests

from conftest import NOON, Driver
from console.conftest import console_of
from exomock.server import Exomock
from exomock.settings import Settings

SCENARIO = """
rules:
  - {name: somebody else, when: {to: "0999*"}, leg2: busy}
  - {name: the third, when: {from: "098*", nth: 3}, leg2: busy}
  - {name: ordinary, leg1: {answer: 3s}, leg2: {answer: 5s}, talk: 40s, record: true}
"""
FLOW = """
flows:
  "7":
    - greeting: Hello
    - {passthru: "http://127.0.0.1:9/who", 302: {connect: ["09811100011", "09811100012"]}}
rules:
  - agents: [busy, {answer: 4s}]
"""
EVENTS = {"StatusCallbackEvents[0]": "terminal", "StatusCallbackEvents[1]": "answered"}


def page_of(driver: Driver, sid: str) -> str:
    """Where the page of a call is."""
    return f"{console_of(driver)}/accounts/{driver.mock.sid}/calls/{sid}"


def text_of(driver: Driver, sid: str, **params: str) -> str:
    """The page of a call as it is now."""
    answer = requests.get(page_of(driver, sid), params=params, timeout=5)
    assert 200 == answer.status_code, answer.text
    return answer.text


def ladder_of(driver: Driver, sid: str) -> list[str]:
    """What the arrows of the ladder say, in order."""
    drawing = re.search(r"<svg.*</svg>", text_of(driver, sid), re.DOTALL)
    assert drawing is not None
    titles = ET.fromstring(drawing[0]).iter("{http://www.w3.org/2000/svg}title")
    return [re.sub(r" in \d+ ms", "", each.text or "") for each in titles]


class TestTheLadder:
    def test_every_event_and_callback_is_an_arrow_with_its_result(self, exchange, receiver):
        """The request first; retries where they happen; the end is told."""
        statuses = iter((500, 200, 200, 200))
        receiver.answer = lambda _received: next(statuses)
        driver = exchange(SCENARIO)
        sid = driver.connect(StatusCallback=receiver.url, **EVENTS)
        driver.advance(1_000)
        assert [
            "+0 s POST Calls/connect.json: 200",
            "+0 s rings",
            "+3 s answers",
            "+3 s answered: 500",
            "+3 s rings",
            "+8 s answers",
            "+8 s answered: 200",
            "+48 s hangs up",
            "+48 s hangs up",
            "+48 s ended: completed",
            "+48 s terminal: 200",
            "+303 s answered, try 2: 200",
        ] == ladder_of(driver, sid)

    def test_what_is_to_come_says_so(self, exchange, receiver):
        """The plan's future: events, and the callbacks it will owe."""
        driver = exchange(SCENARIO)
        sid = driver.connect(StatusCallback=receiver.url, **EVENTS)
        driver.advance(3)
        coming = [each for each in ladder_of(driver, sid) if each.endswith(", still to come")]
        assert [
            "+8 s answers, still to come",
            "+8 s answered, still to come",
            "+48 s hangs up, still to come",
            "+48 s hangs up, still to come",
            "+48 s ended: completed, still to come",
            "+48 s terminal, still to come",
        ] == coming

    def test_a_callback_that_a_scenario_drops_is_seen(self, exchange):
        """Nobody is told, and the ladder says why."""
        driver = exchange("rules: [{callbacks: {drop: true}}]")
        sid = driver.connect(StatusCallback="http://127.0.0.1:9/x")
        driver.advance(1_000)
        assert "+40 s terminal: never sent: the scenario drops it" == ladder_of(driver, sid)[-1]

    def test_hundreds_of_callbacks_are_bounded_and_said(self, exchange, receiver):
        """A page of thousands of nodes would stall."""
        driver = exchange("rules: [{callbacks: {repeat: 100}}]")
        sid = driver.connect(StatusCallback=receiver.url, **EVENTS)
        driver.advance(10_000)
        said = text_of(driver, sid)
        assert "Only the first 150 callbacks are shown" in said
        assert 170 > len(ladder_of(driver, sid))

    def test_the_control_api_has_the_same_drawing(self, exchange):
        """For reports: an SVG document by itself."""
        driver = exchange(SCENARIO)
        sid = driver.connect()
        path = f"{console_of(driver)}/../accounts/{driver.mock.sid}/calls/{sid}/ladder"
        answer = requests.get(path.replace("/console/..", ""), timeout=5)
        assert "image/svg+xml" == answer.headers["Content-Type"].partition(";")[0]
        assert "img" == ET.fromstring(answer.text).get("role")


class TestAFlow:
    def test_agents_have_lanes_and_questions_are_arrows_with_what_was_answered(self, exchange):
        """A 302 is an answer, and what is still to be asked is drawn."""
        driver = exchange(FLOW)
        url = "http://my.exotel.com/exomock/exoml/start_voice/7"
        sid = driver.connect(To=None, Url=url)
        assert "+5 s passthru, still to come" in ladder_of(driver, sid)
        driver.mock.reply(sid, 302)
        driver.advance(100)
        text = text_of(driver, sid)
        assert "7: 2, passthru</th><td>302</td>" in text
        assert text.index(">09811100011</text>") < text.index(">09811100012</text>")
        assert ["+7 s busy", "+7 s rings", "+11 s answers"] == [
            each for each in ladder_of(driver, sid) if each.startswith(("+7 s", "+11 s"))
        ]


class TestTheBytes:
    def test_a_callback_is_shown_as_it_went_and_as_it_was_answered(self, exchange, receiver):
        """The receiver got these very bytes, and these are what it said."""
        driver = exchange(SCENARIO)
        sid = driver.connect(StatusCallback=receiver.url)
        driver.advance(100)
        (got,) = receiver.wait_for(1)
        (_placed, told) = exchanges_of(driver, sid)
        assert told["sent"].endswith("\r\n\r\n" + got.raw.decode())
        assert told["sent"].startswith("POST /hook HTTP/1.1\r\nHost: 127.0.0.1:")
        assert told["tries"][0]["answered"].startswith("HTTP/1.0 200 OK\r\n")
        assert told["tries"][0]["answered"].endswith("Content-Length: 0\r\n\r\n")

    def test_half_an_answer_is_shown_too(self, exchange):
        """It is what one looks for when a callback fails; passwords stay hidden."""
        driver = exchange(SCENARIO)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            threading.Thread(target=_half, args=(listener,), daemon=True).start()
            port = listener.getsockname()[1]
            sid = driver.connect(StatusCallback=f"http://me:secret@127.0.0.1:{port}/hook")
            driver.advance(100)
        (placed, told) = exchanges_of(driver, sid)
        assert "status 200 came, the rest of the answer did not" in told["tries"][0]["said"]
        assert "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf" == told["tries"][0]["answered"]
        assert "secret" not in str([placed, told])

    def test_what_a_restart_has_lost_is_said(self, receiver, tmp_path):
        """Tries are in the database, at the times they were due; what was said was news."""
        statuses = iter((500, 200))
        receiver.answer = lambda _received: next(statuses)
        file = tmp_path / "calls.db"
        with Exomock(SCENARIO, Settings(rate=0), database=file, start_at=NOON) as mock:
            sid = Driver(mock).connect(StatusCallback=receiver.url)
            mock.advance(1_000)
        with Exomock(SCENARIO, Settings(rate=0), database=file) as mock:
            driver = Driver(mock)
            (told,) = exchanges_of(driver, sid)
            drawn = ladder_of(driver, sid)[-2:]
        assert ["+48 s terminal: 500", "+348 s terminal, try 2: 200"] == drawn
        lost = "(what was answered is kept no longer)"
        assert [lost, lost] == [each["answered"] for each in told["tries"]]

    def test_the_request_is_shown_with_its_answer(self, exchange):
        """As the journal has it."""
        driver = exchange(SCENARIO)
        sid = driver.connect(CustomField="x y")
        (placed,) = exchanges_of(driver, sid)
        assert "CustomField=x+y" in placed["sent"]
        assert f'"Sid": "{sid}"' in placed["tries"][0]["answered"]


def _half(listener: socket.socket) -> None:
    with listener.accept()[0] as line:
        line.recv(65_536)
        line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")


def exchanges_of(driver: Driver, sid: str) -> list[dict]:
    """What the control API says was sent and answered."""
    base = console_of(driver).removesuffix("/console")
    path = f"{base}/accounts/{driver.mock.sid}/calls/{sid}/exchanges"
    return requests.get(path, timeout=5).json()["exchanges"]


class TestWhy:
    def test_rules_before_the_one_that_decided_say_why_they_did_not(self, exchange):
        """By what the order was, when it came."""
        driver = exchange(SCENARIO)
        text = text_of(driver, driver.connect())
        assert "to is 09822200002, expected 0999*" in text
        assert "it was not its turn" in text
        assert "scenario.yaml:5 ordinary" in text

    def test_a_magic_number_needs_no_rules(self, exchange):
        """Its own words are enough."""
        driver = exchange("{}")
        text = text_of(driver, driver.connect(To="09000000001"))
        assert ("magic number 09000000001" in text, "Rules that came before" in text) == (
            True,
            False,
        )


class TestARecording:
    def test_is_played_by_a_signed_address_without_credentials(self, exchange):
        """A browser sends no token for a sound; a changed signature is refused."""
        driver = exchange(SCENARIO, loopback=False, control_token="let-me-in")
        sid = driver.connect()
        driver.advance(1_000)
        token = {"Authorization": "Bearer let-me-in"}
        text = requests.get(page_of(driver, sid), headers=token, timeout=5).text
        source = re.search(r'<audio[^>]* src="([^"]+)"', text)
        assert source is not None
        root = console_of(driver).removesuffix("/_exomock/console")
        address = root + source[1].replace("&amp;", "&")
        played = requests.get(address, timeout=5)
        assert (200, "audio/mpeg") == (played.status_code, played.headers["Content-Type"])
        assert int(played.headers["Content-Length"]) == len(played.content) > 1_000
        part = requests.get(address, headers={"Range": "bytes=0-99"}, timeout=5)
        assert (206, 100) == (part.status_code, len(part.content))
        assert 401 == requests.get(address[:-1] + "~", timeout=5).status_code

    def test_that_is_not_there_says_why(self, exchange):
        """A recording of a call that has not ended; of a call that is none."""
        driver = exchange(SCENARIO)
        sid = driver.connect()
        assert "<audio" not in text_of(driver, sid)
        assert 404 == requests.get(f"{page_of(driver, sid)}/recording", timeout=5).status_code


class TestSafety:
    def test_texts_from_clients_are_escaped(self, exchange):
        """A CustomField with a script, in the page and in the bytes."""
        driver = exchange("rules: [{name: '<script>1</script>'}]")
        text = text_of(driver, driver.connect(CustomField="</pre><script>alert(1)</script>"))
        assert "<script>" not in text
        assert "style=" not in text

    def test_a_call_that_is_none_is_a_404(self, driver):
        """In words."""
        answer = requests.get(page_of(driver, "nobody"), timeout=5)
        assert (404, True) == (answer.status_code, "nobody" in answer.json()["detail"])


def test_beyond_loopback_a_test_is_fetched_with_the_token(exchange, open_page):
    """A browser sends none with an address; the arrows of the page lead where they should."""
    driver = exchange(loopback=False, control_token="let-me-in")
    sid = driver.connect()
    page = open_page(page_of(driver, sid))
    page.get_by_label("Control token").fill("let-me-in")
    page.get_by_role("button", name="Open").click()
    page.get_by_role("link", name="POST Calls/connect.json").click()
    page.get_by_label("Answered: POST Calls/connect.json").wait_for()
    with page.expect_download() as given:
        page.get_by_role("button", name="As pytest").click()
    assert f"test_call_{sid[:8].lower()}.py" == given.value.suggested_filename
    assert "def test_call_" in given.value.path().read_text()


def test_a_person_reads_an_arrow_replays_it_and_takes_a_test(driver, receiver, open_page):
    """By the mouse: the arrow opens its bytes, Replay sends, a button downloads."""
    expect = pytest.importorskip("playwright.sync_api").expect
    sid = driver.connect(StatusCallback=receiver.url)
    page = open_page(page_of(driver, sid))
    driver.advance(100)
    page.get_by_role("link", name="+48 s terminal").click()
    sent = page.get_by_label("Sent: terminal")
    expect(sent).to_contain_text("completed")
    page.get_by_role("button", name="Replay").click()
    expect(page.get_by_role("link", name="terminal, try 2")).to_be_visible()
    expect(sent).to_be_visible()
    assert 2 == len(receiver.got)
    for name, file in (("As pytest", "test_call_"), ("As node:test", "call-")):
        with page.expect_download() as given:
            page.get_by_role("button", name=name).click()
        assert given.value.suggested_filename.startswith(f"{file}{sid[:8].lower()}")
