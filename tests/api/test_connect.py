"""POST Calls/connect: exotel-v1.md section 2."""

import re
import xml.etree.ElementTree as ET

import pytest

from conftest import EXOPHONE, FROM, NOON, TO
from exomock.api.records import CALL_KEYS
from exomock.server import Exomock
from exomock.settings import Settings

ORDER = {"From": FROM, "To": TO, "CallerId": EXOPHONE}
FLOW = {
    "From": FROM,
    "CallerId": EXOPHONE,
    "Url": "http://my.exotel.com/exomock/exoml/start_voice/926",
}


class TestTheAnswer:
    def test_it_has_the_19_keys_in_the_documented_order(self, driver):
        """The keys of the documentation's sample, none more, none less."""
        call = driver.try_connect().json()["Call"]

        assert list(CALL_KEYS) == list(call)
        assert 19 == len(call)

    def test_what_is_not_known_yet_is_null(self, driver):
        """Eight fields wait for the call: they are null in JSON."""
        call = driver.try_connect().json()["Call"]

        assert [
            "ParentCallSid", "EndTime", "Duration", "Price", "AnsweredBy", "ForwardedFrom",
            "CallerName", "RecordingUrl",
        ] == [key for key, value in call.items() if value is None]  # fmt: skip

    def test_it_shows_the_order(self, driver):
        """Numbers as 0 and 10 digits, times in IST, the call in progress."""
        call = driver.try_connect(From="+919811100001", To="919822200002").json()["Call"]

        expected = {
            "From": FROM,
            "To": TO,
            "PhoneNumberSid": EXOPHONE,
            "AccountSid": "exomock",
            "Status": "in-progress",
            "Direction": "outbound-api",
            "DateCreated": "2026-03-01 12:00:00",
            "DateUpdated": "2026-03-01 12:00:00",
            "StartTime": "2026-03-01 12:00:00",
            "Uri": f"/v1/Accounts/exomock/Calls.json/{call['Sid']}",
        }
        assert expected == {key: call[key] for key in expected}

    def test_its_uri_can_be_fetched(self, driver):
        """The Uri of the JSON answer has `.json` in its middle and leads to the call."""
        call = driver.try_connect().json()["Call"]

        response = driver.http.get(driver.mock.url + call["Uri"])

        assert call["Sid"] == response.json()["Call"]["Sid"]

    def test_the_sid_is_32_characters_that_end_in_the_date(self, driver):
        """28 hex digits, the year less 2000 in hex, month and day in base 36: 2026-03-01 is 1a31."""
        assert re.fullmatch("[0-9a-f]{28}1a31", driver.connect())

    def test_xml_is_the_default(self, driver):
        """Without .json the answer is a TwilioResponse, what is unknown an empty element."""
        response = driver.post("Calls/connect", data=ORDER)

        assert 200 == response.status_code
        assert "application/xml" in response.headers["Content-Type"]
        root = ET.fromstring(response.content)
        assert "TwilioResponse" == root.tag
        assert list(CALL_KEYS) == [element.tag for element in root.find("Call")]
        assert None is root.findtext("Call/EndTime") or "" == root.findtext("Call/EndTime")
        assert f"/v1/Accounts/exomock/Calls/{root.findtext('Call/Sid')}" == root.findtext(
            "Call/Uri"
        )


class TestEncodings:
    @pytest.mark.parametrize(
        "request_",
        [
            pytest.param({"data": ORDER}, id="urlencoded"),
            pytest.param({"files": {k: (None, v) for k, v in ORDER.items()}}, id="multipart"),
            pytest.param({"params": ORDER}, id="query string"),
            pytest.param(
                {"params": ORDER, "headers": {"Content-Type": "application/json"}},
                id="query string under application/json",
            ),
            pytest.param(
                {"params": ORDER, "json": {"From": "1"}}, id="query string beside a JSON body"
            ),
            pytest.param({"data": "&".join(f"{k}={v}" for k, v in ORDER.items())}, id="no type"),
            pytest.param(
                {
                    "data": "&".join(f"{k}={v}" for k, v in ORDER.items()),
                    "headers": {"Content-Type": "application/json"},
                },
                id="a form that calls itself JSON",
            ),
            pytest.param({"data": ORDER, "params": {"details": "true"}}, id="details=true"),
            pytest.param({"data": ORDER | {"MaxRetries": "1", "X": "y"}}, id="unknown parameters"),
            pytest.param(
                {"data": {"From": FROM, "To": TO, "CallerID": EXOPHONE}}, id="CallerID for CallerId"
            ),
        ],
    )
    def test_parameters_are_read_from(self, driver, request_):
        """Every way that public clients send them places the same call."""
        response = driver.post("Calls/connect.json", **request_)

        assert 200 == response.status_code, response.text
        call = response.json()["Call"]
        assert (FROM, TO, EXOPHONE) == (call["From"], call["To"], call["PhoneNumberSid"])

    def test_the_body_wins_over_the_query(self, driver):
        """A parameter in both places is the body's."""
        response = driver.post("Calls/connect.json", data=ORDER, params={"To": "09833300003"})

        assert TO == response.json()["Call"]["To"]

    def test_a_plus_that_was_not_encoded_is_a_plus(self, driver):
        """`+91…` in a raw query arrives with a space and is the number all the same."""
        response = driver.post(
            f"Calls/connect.json?From=+919811100001&To=+919822200002&CallerId={EXOPHONE}"
        )

        assert FROM == response.json()["Call"]["From"]

    @pytest.mark.parametrize(
        "fields",
        [
            pytest.param([("StatusCallbackEvents[0]", "terminal"), ("StatusCallbackEvents[1]", "answered")], id="[0] [1]"),
            pytest.param([("StatusCallbackEvents[]", "terminal"), ("StatusCallbackEvents[]", "answered")], id="[]"),
            pytest.param([("StatusCallbackEvents", "terminal"), ("StatusCallbackEvents", "answered")], id="repeated"),
            pytest.param([("StatusCallbackEvents", "terminal,answered")], id="comma"),
            pytest.param([("StatusCallbackEvents", "answered")], id="one"),
        ],
    )  # fmt: skip
    def test_events_are_read_in_five_spellings(self, driver, receiver, fields):
        """However they are spelled, the first answer of a leg is told."""
        body = [*ORDER.items(), ("StatusCallback", receiver.url), *fields]
        assert 200 == driver.post("Calls/connect.json", data=body).status_code

        driver.advance(3)

        assert ["answered"] == [got.form["EventType"] for got in receiver.got]


class TestOptionalParameters:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            *[(name, "") for name in (
                "TimeLimit", "TimeOut", "StatusCallback", "Record", "CallType", "WaitUrl",
                "RecordingChannels", "RecordingFormat", "CustomField", "StartPlaybackTo",
                "StartPlaybackValue", "StatusCallbackEvents", "StatusCallbackContentType", "Url",
            )],
            ("TimeOut", "0"), ("TimeLimit", "0"), ("StatusCallback", "0"), ("Record", "0"),
        ],
    )  # fmt: skip
    def test_empty_or_zero_is_not_given(self, driver, name, value):
        """Clients send what they have not set as "" or 0."""
        assert 200 == driver.try_connect(**{name: value}).status_code

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("CallType", "trans"), ("CallType", "promo"), ("TimeLimit", "1"), ("TimeLimit", "14400"),
            ("TimeOut", "1"), ("TimeOut", "60"), ("WaitUrl", "https://x.in/a.wav"),
            ("Record", "true"), ("Record", "True"), ("Record", "false"),
            ("RecordingChannels", "dual"), ("RecordingChannels", "single"),
            ("RecordingFormat", "mp3"), ("RecordingFormat", "mp3-hq"), ("CustomField", "0"),
            ("CustomField", "x" * 128), ("StartPlaybackTo", "Both"), ("StartPlaybackTo", "callee"),
            ("StartPlaybackToNew", "Callee"), ("StartPlaybackValueNew", "http://x.in/a.mp3"),
            ("StatusCallback", "http://localhost:3000/hook?secret=1&a=%20b"),
            ("StatusCallbackEvents", "ringing"), ("StatusCallbackEvents", "dial,terminal"),
            ("StatusCallbackContentType", "application/json"),
            ("StatusCallbackContentType", "multipart/form-data"),
        ],
    )  # fmt: skip
    def test_a_right_value_is_accepted(self, driver, name, value):
        """The ends of each range and each word of each list."""
        assert 200 == driver.try_connect(**{name: value}).status_code


class TestFlowCalls:
    @pytest.mark.parametrize(
        "url",
        [
            "http://my.exotel.com/exomock/exoml/start_voice/926",
            "https://my.exotel.com/exomock/exoml/start_voice/926",
            "http://my.in.exotel.com/exomock/exoml/start_voice/926",
            "http://my.exotel.in/exoml/start/926",
            "http://my.exotel.com/exoml/start/926",
        ],
    )
    def test_a_known_url_runs_the_flow(self, driver, url):
        """From answers and the call completes; leg 2 is never dialled."""
        sid = driver.connect(To=None, Url=url)
        driver.advance(3600)

        call = driver.call(sid, details="true")

        assert "completed" == call["Status"]
        assert ("completed", None) == (call["Details"]["Leg1Status"], call["Details"]["Leg2Status"])
        assert None is call["Details"]["ConversationDuration"]

    def test_any_other_url_fails_after_from_answers(self, driver):
        """Leg 1 completes, the call ends failed."""
        sid = driver.connect(To=None, Url="http://example.com/nothing")
        driver.advance(3600)

        call = driver.call(sid, details="true")

        assert ("failed", "completed") == (call["Status"], call["Details"]["Leg1Status"])

    def test_its_to_is_the_exophone(self, driver):
        """Call details show the CallerId as To and as PhoneNumberSid."""
        call = driver.post("Calls/connect.json", data=FLOW).json()["Call"]

        assert EXOPHONE == call["To"] == call["PhoneNumberSid"]
        assert EXOPHONE == driver.call(call["Sid"])["To"]

    def test_url_wins_over_to(self, driver):
        """With both given it is a flow call, and To is not even looked at."""
        response = driver.post("Calls/connect.json", data=FLOW | {"To": "nonsense"})

        assert EXOPHONE == response.json()["Call"]["To"]


class TestChance:
    def test_the_same_seed_and_orders_give_the_same_calls(self):
        """Sids and times are drawn from seed and order, not from the turn."""

        def play(orders):
            with Exomock("default", Settings(rate=0), seed=7, start_at=NOON) as mock:
                from conftest import Driver

                driver = Driver(mock)
                sids = [driver.connect(To=to) for to in orders]
                driver.advance(200)
                return {(c["Sid"], c["Duration"]) for c in map(driver.call, sids)}

        assert play(["09822200002", "09822200003"]) == play(["09822200003", "09822200002"])

    def test_equal_orders_are_different_calls(self, driver):
        """A hundred times the same order is a hundred Sids."""
        assert 100 == len({driver.connect() for _ in range(100)})
