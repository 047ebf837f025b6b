"""Messages in the control API and in the client: shown, waited for, told in transcript and news."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

import exomock.client as client_of
from conftest import EXOPHONE, FROM, TO


@pytest.fixture
def account(driver):
    """The account of a running exomock, in the client's hand."""
    return client_of.connect(driver.mock.url).find(driver.mock.sid)


class AskedByGet:
    """A customer's server whose `sms_url` is asked by GET."""

    def __init__(self):
        self.got, self.status, asked = [], 200, self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                parts = urlsplit(self.path)
                asked.got.append((parts.path, parse_qsl(parts.query)))
                self.send_response(asked.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/texts?key=7"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()


@pytest.fixture
def asked_by_get():
    """A server that is asked by GET, closed at the end."""
    asked = AskedByGet()
    yield asked
    asked.server.shutdown()
    asked.server.server_close()


def control(driver, path):
    return f"{driver.mock.url}/_exomock/accounts/{driver.mock.sid}/{path}"


class TestShowing:
    def test_a_message_with_its_plan(self, account):
        """What is past and what is to come, with codes; and what chose it."""
        sent = account.text(TO, "hello", CustomField="7")
        account.advance(2)
        (found,) = account.messages

        assert sent.sid == found.sid == account.message(found).sid
        assert ("submitted", 21020, "PENDING_ON_OPERATOR", "7", 1) == (
            found.status, found.code, found.detail, found.custom_field, found.units,
        )  # fmt: skip
        assert [("sending", True), ("submitted", True), ("sent", False)] == [
            (step.status, step.past) for step in found.plan
        ]
        assert "no message rule" in found.why

    def test_pages(self, driver, account):
        """`limit` and `after`, as of calls."""
        account.text([TO, FROM, EXOPHONE], "hello")
        sids = [each.sid for each in account.messages]
        first = requests.get(control(driver, "messages?limit=2&after=0"), timeout=9).json()
        rest = requests.get(control(driver, f"messages?after={first['next']}"), timeout=9).json()

        assert sids == [each["sid"] for each in first["messages"] + rest["messages"]]
        assert 400 == requests.get(control(driver, "messages?after=x"), timeout=9).status_code

    def test_an_unknown_one_is_a_404_that_names_some(self, driver, account):
        """As of calls."""
        known = account.text(TO, "hello").sid
        problem = requests.get(control(driver, "messages/nothing"), timeout=9)

        assert (404, [known]) == (problem.status_code, problem.json()["messages"])

    def test_callbacks_are_those_of_the_message(self, driver, account, receiver):
        """`?message=`, and the client's `callbacks(message)`; `call` is null."""
        account.connect(TO, StatusCallback=receiver.url)
        sent = account.text(TO, "hello", StatusCallback=receiver.url)
        account.advance("idle")
        told = account.callbacks.expect("terminal", call=sent, Status="sent")
        rows = requests.get(control(driver, f"callbacks?message={sent.sid}"), timeout=9).json()

        assert (None, sent.sid, 1) == (told.call, told.message, len(rows["callbacks"]))
        assert 2 == len(account.callbacks)
        assert "delivered" == account.replay(told).state
        assert 3 == len(receiver.got)


class TestWaiting:
    def test_for_a_status(self, exchange):
        """With a clock that runs a minute a second it is there soon."""
        driver = exchange(rate=60)
        account = client_of.connect(driver.mock.url).find(driver.mock.sid)
        sent = account.text(TO, "hello")

        assert "sent" == account.wait(message=sent, status="sent").status

    def test_for_a_callback(self, exchange, receiver):
        """The callbacks of that message."""
        driver = exchange(rate=60)
        account = client_of.connect(driver.mock.url).find(driver.mock.sid)
        sent = account.text(TO, "hello", StatusCallback=receiver.url)

        (told,) = account.wait(message=sent, callback="terminal")
        assert sent.sid == told.message

    @pytest.mark.parametrize(
        ("query", "status"),
        [("message={}&status=busy", 400), ("message=x&status=sent", 404),
         ("message={}&call=x&status=sent", 404), ("message={}&status=sent&timeout=0", 408)],
    )  # fmt: skip
    def test_that_cannot_be(self, driver, account, query, status):
        """A status of calls, an unknown message, both at once, and not yet."""
        sid = account.text(TO, "hello").sid

        assert (
            status
            == requests.get(control(driver, f"wait?{query.format(sid)}"), timeout=9).status_code
        )


class TestTelling:
    def test_an_advance_says_what_happened(self, account):
        """Three steps, each with its message."""
        sent = account.text(TO, "hello")
        went = account.advance("idle")

        assert [(sent.sid, "sending"), (sent.sid, "submitted"), (sent.sid, "sent")] == [
            (event.message, event.event) for event in went.events
        ]
        assert went.idle

    def test_a_transcript_has_steps_and_callbacks(self, account, receiver):
        """And the request names the message that it placed."""
        sent = account.text(TO, "hello", StatusCallback=receiver.url)
        account.advance(10)
        lines = account.transcript()[1:]

        assert ["request", "message", "message", "message", "sent"] == [x["kind"] for x in lines]
        assert {sent.sid} == {line["message"] for line in lines}

    def test_two_runs_tell_the_same(self, exchange):
        """The same seed and requests: the same transcript, byte for byte."""

        def told():
            driver = exchange("seed: 3\nmessages: [{after: 2s..9s}]")
            account = client_of.connect(driver.mock.url).find(driver.mock.sid)
            account.text([TO, FROM], "hello")
            account.advance(60)
            return requests.get(control(driver, "transcript"), timeout=9).content

        assert told() == told()

    def test_the_story_and_the_lines_tell_of_it(self, account, receiver):
        """In words, for people."""
        sent = account.text(TO, "hello", StatusCallback=receiver.url)
        account.advance(10)
        story = "\n".join(account.story())

        assert f"message  {sent.sid[:6]}…  sent  20005 DELIVERED_TO_HANDSET" in story
        assert f"callback message {sent.sid[:6]}…  terminal Status=sent" in story

    def test_news_are_numbered_items(self, driver, account):
        """Kind `message`, the Sid as the subject, status, code and detail."""
        sent = account.text(TO, "hello")
        account.advance(4)
        news = requests.get(control(driver, "news"), timeout=9).json()["news"]
        mine = [each for each in news if each["kind"] == "message"]

        assert {sent.sid} == {each["subject"] for each in mine}
        assert {"status": "sent", "code": 20005, "detail": "DELIVERED_TO_HANDSET"} == mine[-1][
            "data"
        ]


class TestSomebodyTexts:
    def test_leaves_a_message_and_tells_nobody_without_an_sms_url(self, driver, account):
        """Inbound, received, and readable under v1."""
        came = account.inbound_text("hello")
        shown = driver.get(f"SMS/Messages/{came.sid}.json").json()["SMSMessage"]

        assert ("inbound", "received", FROM, EXOPHONE) == (
            shown["Direction"], shown["Status"], shown["From"], shown["To"],
        )  # fmt: skip
        assert [] == list(account.callbacks)

    def test_asks_the_sms_url_of_the_exophone(self, exchange, asked_by_get):
        """A GET with SmsSid, From, To, Body and Date beside the URL's own query; shown as sent."""
        phone = f"{{number: '{EXOPHONE}', sms_url: '{asked_by_get.url}'}}"
        driver = exchange(f"account: {{exophones: [{phone}]}}")
        account = client_of.connect(driver.mock.url).find(driver.mock.sid)
        came = account.inbound_text("STOP & go", from_="+91 98111 00001")
        account.advance(1)

        ((path, query),) = asked_by_get.got
        assert "/texts" == path
        assert [
            ("key", "7"), ("SmsSid", came.sid), ("From", FROM), ("To", EXOPHONE),
            ("Body", "STOP & go"), ("Date", "2026-03-01 12:00:00"),
        ] == query  # fmt: skip
        told = account.callbacks.expect("received", call=came, Body="STOP & go")
        assert ("delivered", 1) == (told.state, len(told.attempts))

    def test_is_tried_again_where_it_fails(self, exchange, asked_by_get):
        """Three tries, as of every callback."""
        asked_by_get.status = 500
        phone = f"{{number: '{EXOPHONE}', sms_url: '{asked_by_get.url}'}}"
        driver = exchange(f"account: {{exophones: [{phone}]}}")
        account = client_of.connect(driver.mock.url).find(driver.mock.sid)
        account.inbound_text("hello")
        account.advance("idle")

        assert 3 == len(asked_by_get.got)
        assert "failed" == account.callbacks[0].state

    @pytest.mark.parametrize(
        "wrong",
        [{"body": ""}, {"body": "x" * 2001}, {"from": "nobody"}, {"exophone": None}, {"to": "1"}],
    )
    def test_a_wrong_one_is_a_400_and_leaves_nothing(self, driver, account, wrong):
        """It names the key."""
        asked = {"from": FROM, "exophone": EXOPHONE, "body": "hello"} | wrong
        problem = requests.post(control(driver, "messages"), json=asked, timeout=9)

        assert 400 == problem.status_code
        assert next(iter(wrong)) in problem.json()["detail"]
        assert [] == account.messages
