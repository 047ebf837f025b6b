"""What is told of a message: its end, once, as a form or as JSON; and a text to an ExoPhone."""

import json
from urllib.parse import parse_qsl

import pytest

from conftest import EXOPHONE

TO = "09822200002"


def send(driver, **fields):
    form = {"From": EXOPHONE, "To": TO, "Body": "hello"} | fields
    return driver.post("Sms/send.json", data=form).json()["SMSMessage"]["Sid"]


class TestTheEnd:
    def test_is_told_once_as_a_form(self, driver, receiver):
        """Section 12 (V): eight fields, CustomField only because it was set."""
        sid = send(driver, StatusCallback=receiver.url, CustomField="order 7")
        driver.advance(100)

        (got,) = receiver.got
        assert "application/x-www-form-urlencoded" == got.headers["Content-Type"]
        assert [
            ("SmsSid", sid), ("To", TO), ("Status", "sent"), ("SmsUnits", "1"),
            ("DetailedStatus", "DELIVERED_TO_HANDSET"), ("DetailedStatusCode", "20005"),
            ("DateSent", "2026-03-01 12:00:04"), ("CustomField", "order 7"),
        ] == parse_qsl(got.raw.decode(), keep_blank_values=True)  # fmt: skip

    def test_is_told_as_json_on_request(self, exchange, receiver):
        """Numbers are numbers, and what was never sent has no DateSent."""
        driver = exchange("messages: [{outcome: dnd}]")
        send(driver, StatusCallback=receiver.url, StatusCallbackContentType="application/json")
        driver.advance(100)

        (got,) = receiver.got
        told = json.loads(got.raw)
        assert ("failed-dnd", 23005, 1, None) == (
            told["Status"], told["DetailedStatusCode"], told["SmsUnits"], told["DateSent"],
        )  # fmt: skip
        assert "CustomField" not in told

    def test_of_one_that_is_stuck_is_never_told(self, exchange, receiver):
        """Nor of one that has no StatusCallback."""
        driver = exchange("messages: [{stuck: true}]")
        send(driver, StatusCallback=receiver.url)
        driver.advance(100_000)

        assert [] == receiver.got == driver.rows()

    def test_is_told_again_where_the_receiver_fails(self, driver, receiver):
        """Three tries in all, as of calls."""
        receiver.answer = lambda _got: 500
        send(driver, StatusCallback=receiver.url)
        driver.advance(24 * 3600)

        (row,) = driver.rows()
        assert ("message", "terminal", "failed", 3) == (
            row.kind, row.notice, row.state, len(row.attempts),
        )  # fmt: skip
        assert 1 == len({got.raw for got in receiver.got})

    def test_a_receiver_may_read_the_message_it_is_told_of(self, driver, receiver):
        """It sees the message as it is told, in the middle of an advance."""
        seen = []

        def answer(got):
            sid = dict(parse_qsl(got.raw.decode()))["SmsSid"]
            seen.append(driver.get(f"SMS/Messages/{sid}.json").json()["SMSMessage"]["Status"])
            return 200

        receiver.answer = answer
        send(driver, StatusCallback=receiver.url)
        driver.advance(3600)

        assert ["sent"] == seen


class TestTwists:
    @pytest.mark.parametrize(
        ("twist", "times"),
        [
            ("{repeat: 3, every: 5s}", [4, 9, 14]),
            ("{delay: 1m}", [64]),
            ("{drop: true}", []),
        ],
    )
    def test_of_time(self, exchange, receiver, twist, times):
        """Late, several times, never: as of calls."""
        driver = exchange(f"messages: [{{callbacks: {twist}}}]")
        send(driver, StatusCallback=receiver.url)
        driver.advance(600)

        due = [row.due_at - driver.rows()[0].due_at for row in driver.rows()]
        assert len(times) == len(receiver.got)
        assert [(each - times[0]) * 1_000_000 for each in times] == due[: len(times)]
        if not times:
            assert ["dropped"] == [row.state for row in driver.rows()]

    def test_faster_than_the_answer(self, exchange, receiver):
        """`before_answer`: each callback has come when the answer, which says queued, does."""
        driver = exchange("messages: [{callbacks: {before_answer: true}, outcome: dnd}]")
        form = {
            "From": EXOPHONE,
            "To": f"{TO},09822200003",
            "Body": "x",
            "StatusCallback": receiver.url,
        }
        answer = driver.post("Sms/send.json", data=form).json()

        assert ["queued", "queued"] == [each["SMSMessage"]["Status"] for each in answer]
        assert [b"Status=failed-dnd" in got.raw for got in receiver.got] == [True, True]
        sid = answer[0]["SMSMessage"]["Sid"]
        shown = driver.get(f"Sms/{sid}.json").json()["SMSMessage"]
        assert "failed-dnd" == shown["Status"]

    def test_of_what_it_says(self, exchange, receiver):
        """A field less, one more, another status, another Content-Type."""
        driver = exchange(
            "messages: [{callbacks: {without: [SmsUnits], with: {Trace: '7'}, "
            "status: failed_dnd, content_type: text/plain}}]"
        )
        send(driver, StatusCallback=receiver.url)
        driver.advance(10)

        (got,) = receiver.got
        form = dict(parse_qsl(got.raw.decode()))
        assert "text/plain" == got.headers["Content-Type"]
        assert ("7", "failed_dnd", None) == (form["Trace"], form["Status"], form.get("SmsUnits"))
