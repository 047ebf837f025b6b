"""What StatusCallbacks say: exotel-v1.md section 8, golden against the documentation's samples."""

import json

import pytest

from conftest import ORDINARY

ALL = {"StatusCallbackEvents": "terminal,answered"}

# The documentation's multipart sample: From does not answer. Field order and empty fields.
SAMPLE_FORM = [
    "CallSid", "EventType", "From", "To", "PhoneNumberSid", "Status", "Direction", "DateCreated",
    "DateUpdated", "StartTime", "EndTime", "RecordingUrl", "ConversationDuration",
    "Legs[0][Status]", "Legs[0][OnCallDuration]", "Legs[1][Status]", "Legs[1][OnCallDuration]",
]  # fmt: skip

# The documentation's JSON sample: Record was on and both talked.
SAMPLE_JSON = [
    "CallSid", "EventType", "DateCreated", "DateUpdated", "Status", "To", "From",
    "PhoneNumberSid", "StartTime", "EndTime", "Direction", "RecordingUrl",
    "ConversationDuration", "Legs",
]  # fmt: skip


class TestWithoutEvents:
    def test_four_fields_come_once_at_the_end(self, driver, receiver):
        """CallSid, DateUpdated, Status, RecordingUrl, in that order, as multipart."""
        sid = driver.connect(StatusCallback=receiver.url)
        driver.advance(3600)

        assert [
            [
                ("CallSid", sid),
                ("DateUpdated", "2026-03-01 12:00:48"),
                ("Status", "completed"),
                ("RecordingUrl", ""),
            ]
        ] == [got.fields for got in receiver.got]

    def test_as_json_on_request(self, driver, receiver):
        """RecordingUrl is null when nothing was recorded."""
        sid = driver.connect(
            StatusCallback=receiver.url, StatusCallbackContentType="application/json"
        )
        driver.advance(3600)

        assert {
            "CallSid": sid,
            "DateUpdated": "2026-03-01 12:00:48",
            "Status": "completed",
            "RecordingUrl": None,
        } == json.loads(receiver.got[0].raw)

    @pytest.mark.parametrize("events", [None, "terminal,answered"])
    def test_a_flow_call_always_has_four(self, exchange, receiver, events):
        """StatusCallbackEvents does not apply to flow calls, where an account takes them at all."""
        driver = exchange("account: {flow_events: true}")
        driver.connect(
            To=None,
            Url="http://my.exotel.com/x/exoml/start_voice/1",
            StatusCallback=receiver.url,
            StatusCallbackEvents=events,
        )
        driver.advance(3600)

        assert [["CallSid", "DateUpdated", "Status", "RecordingUrl"]] == [
            list(got.form) for got in receiver.got
        ]


class TestTerminal:
    def test_the_form_has_the_samples_order(self, driver, receiver):
        """From does not answer: the documentation's multipart sample, value for value."""
        sid = driver.connect(
            From="+919000000002", To="+918867990000", CallerId="01130831234",
            StatusCallback=receiver.url, StatusCallbackEvents="terminal",
        )  # fmt: skip
        driver.advance(3600)

        (got,) = receiver.got
        assert "multipart/form-data" in got.headers["Content-Type"]
        assert SAMPLE_FORM == [name for name, _ in got.fields]
        assert {
            "CallSid": sid,
            "EventType": "terminal",
            "From": "+919000000002",
            "To": "+918867990000",
            "PhoneNumberSid": "01130831234",
            "Status": "no-answer",
            "Direction": "outbound-api",
            "DateCreated": "2026-03-01 12:00:00",
            "DateUpdated": "2026-03-01 12:00:30",
            "StartTime": "2026-03-01 12:00:00",
            "EndTime": "2026-03-01 12:00:30",
            "RecordingUrl": "",
            "ConversationDuration": "0",
            "Legs[0][Status]": "no-answer",
            "Legs[0][OnCallDuration]": "0",
            "Legs[1][Status]": "",
            "Legs[1][OnCallDuration]": "0",
        } == got.form

    def test_the_json_has_the_samples_order_and_numbers(self, driver, receiver):
        """Durations are numbers, Legs a list of OnCallDuration and Status, in that order."""
        sid = driver.connect(
            StatusCallback=receiver.url, StatusCallbackEvents="terminal", Record="true",
            StatusCallbackContentType="application/json",
        )  # fmt: skip
        driver.advance(3600)

        (got,) = receiver.got
        body = json.loads(got.raw)
        assert "application/json" == got.headers["Content-Type"]
        assert SAMPLE_JSON == list(body)
        assert 40 == body["ConversationDuration"]
        assert [("OnCallDuration", 45), ("Status", "completed")] == list(body["Legs"][0].items())
        assert [("OnCallDuration", 40), ("Status", "completed")] == list(body["Legs"][1].items())
        assert f"{driver.mock.url}/exotelrecordings/exomock/{sid}.mp3" == body["RecordingUrl"]

    def test_a_leg_never_dialled_is_null_in_json(self, driver, receiver):
        """It is present, its Status null, its duration 0."""
        driver.connect(
            From="09000000001", StatusCallback=receiver.url, StatusCallbackEvents="terminal",
            StatusCallbackContentType="application/json",
        )  # fmt: skip
        driver.advance(3600)

        assert {"OnCallDuration": 0, "Status": None} == json.loads(receiver.got[0].raw)["Legs"][1]

    @pytest.mark.parametrize("text", ["order 17", "ünï <&> \"'", "a\r\nb", "%00", "0"])
    def test_custom_field_comes_back(self, driver, receiver, text):
        """Before the Legs, as it was given."""
        driver.connect(StatusCallback=receiver.url, CustomField=text, **ALL)
        driver.advance(3600)

        assert [None, None, text] == [got.form.get("CustomField") for got in receiver.got]

    def test_numbers_are_echoed_in_the_form_they_were_sent(self, driver, receiver):
        """`+91 …` comes back as it came, though GET shows 0 and ten digits."""
        driver.connect(From="9811100001", To="+919822200002", StatusCallback=receiver.url, **ALL)
        driver.advance(3600)

        assert {("9811100001", "+919822200002")} == {
            (got.form["From"], got.form["To"]) for got in receiver.got
        }


class TestAnswered:
    def test_comes_once_for_each_leg_that_answers(self, driver, receiver):
        """At 3 s and at 8 s, in progress; the legs tell the two apart."""
        driver.connect(StatusCallback=receiver.url, StatusCallbackEvents="answered")
        driver.advance(3600)

        assert [
            ("answered", "in-progress", "in-progress", "", "2026-03-01 12:00:03"),
            ("answered", "in-progress", "in-progress", "in-progress", "2026-03-01 12:00:08"),
        ] == [
            tuple(got.form[name] for name in (
                "EventType", "Status", "Legs[0][Status]", "Legs[1][Status]", "DateUpdated",
            ))
            for got in receiver.got
        ]  # fmt: skip

    def test_has_no_end_yet(self, driver, receiver):
        """EndTime is empty in a form."""
        driver.connect(StatusCallback=receiver.url, StatusCallbackEvents="answered")
        driver.advance(8)

        assert ["", ""] == [got.form["EndTime"] for got in receiver.got]

    @pytest.mark.parametrize("events", ["ringing", "dial", "ringing,dial"])
    def test_unsent_events_are_never_sent(self, driver, receiver, events):
        """They are accepted, and nothing else is sent in their place."""
        driver.connect(StatusCallback=receiver.url, StatusCallbackEvents=events)
        driver.advance(3600)

        assert [] == receiver.got


class TestTheUrl:
    def test_its_query_is_kept_as_it_is(self, driver, receiver):
        """Receivers put a secret there."""
        driver.connect(StatusCallback=receiver.url + "?secret=a%2Fb+c&x[]=1&empty=")
        driver.advance(3600)

        assert "/hook?secret=a%2Fb+c&x[]=1&empty=" == receiver.got[0].path


def test_every_shipped_outcome_reaches_the_receiver(exchange, receiver):
    """Busy, silent, unreachable, hung up: the Status of the terminal callback is the table's."""
    driver = exchange(ORDINARY)
    for to in ("09000000001", "09000000002", "09000000003", "09000000004", "09000000007"):
        driver.connect(To=to, StatusCallback=receiver.url, StatusCallbackEvents="terminal")
        driver.advance(120)

    assert ["busy", "no-answer", "failed", "failed", "completed"] == [
        got.form["Status"] for got in receiver.got
    ]
