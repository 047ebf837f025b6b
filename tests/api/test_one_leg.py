"""A call of one leg: StreamUrl without To. exotel-v1.md section 2, exotel-stream.md 1.1 and 1.5."""

import xml.etree.ElementTree as ET

import pytest

from conftest import EXOPHONE, FROM, TO

STREAM = {
    "From": FROM,
    "CallerId": EXOPHONE,
    "StreamUrl": "wss://bot.example.com/media?sample-rate=16000",
    "StreamType": "bidirectional",
}
RULES = """
rules:
  - when: {{from: "09811100002"}}
    leg1: {leg1}
  - leg1: {{answer: 3s}}
    talk: 40s
"""


def started(driver, **fields):
    """The call that a StreamUrl becomes, as connect answers it."""
    response = driver.post("Calls/connect.json", data=STREAM | fields)
    assert response.status_code == 200, response.text
    return response.json()["Call"]


class TestAStreamUrlWithoutTo:
    def test_is_a_call_of_one_leg_whose_to_is_empty(self, exchange):
        """From answers after 3 s, the stream lasts 40 s; nobody else is dialled, and it is free."""
        driver = exchange(RULES.format(leg1="busy"))
        placed = started(driver)
        driver.advance(60)

        call = driver.call(placed["Sid"], details="true")

        assert ("", EXOPHONE) == (placed["To"], placed["PhoneNumberSid"])
        assert ("", "completed", "43", "0.000") == tuple(
            call[key] for key in ("To", "Status", "Duration", "Price")
        )
        assert "completed" == call["Details"]["Leg1Status"]
        assert not call["Details"]["Leg2Status"]

    def test_has_an_empty_to_in_xml_too(self, driver):
        response = driver.post("Calls/connect", data=STREAM)

        assert not ET.fromstring(response.content).findtext("Call/To")

    @pytest.mark.parametrize(
        ("leg1", "status"),
        [("busy", "busy"), ("no_answer", "no-answer"), ("unreachable", "failed")],
    )
    def test_ends_as_the_rules_say_of_from(self, exchange, leg1, status):
        driver = exchange(RULES.format(leg1=leg1))
        sid = started(driver, From="09811100002")["Sid"]
        driver.advance(60)

        assert status == driver.call(sid)["Status"]

    def test_is_told_of_leg_1_and_of_the_end(self, driver, receiver):
        """`answered` once, `terminal` once; leg 2 is there, and empty."""
        started(
            driver, StatusCallback=receiver.url, StatusCallbackEvents="terminal,answered",
            CustomField="x",
        )  # fmt: skip
        driver.advance(120)

        forms = [got.form for got in receiver.wait_for(2)]

        assert ["answered", "terminal"] == [form["EventType"] for form in forms]
        assert ["in-progress", "completed"] == [form["Legs[0][Status]"] for form in forms]
        assert ["", ""] == [form["Legs[1][Status]"] for form in forms]
        assert ["", ""] == [form["To"] for form in forms]
        assert "x" == forms[1]["CustomField"]

    def test_is_told_in_four_fields_without_events(self, driver, receiver):
        started(driver, StatusCallback=receiver.url)
        driver.advance(120)

        (got,) = receiver.wait_for(1)
        assert ["CallSid", "DateUpdated", "Status", "RecordingUrl"] == [n for n, _ in got.fields]

    def test_may_be_hung_up(self, driver):
        sid = started(driver)["Sid"]
        driver.advance(10)
        control = f"{driver.mock.url}/_exomock/accounts/exomock/calls/{sid}"

        assert 200 == driver.http.post(f"{control}/hangup").status_code
        shown = driver.http.get(control).json()

        assert ("", STREAM["StreamUrl"], "completed") == (
            shown["to"], shown["stream"], shown["status"],
        )  # fmt: skip
        assert "10" == driver.call(sid)["Duration"]

    def test_outlives_a_restart_of_the_list(self, driver):
        """It stands in the list, and no filter of To finds it."""
        sid = started(driver)["Sid"]
        driver.advance(120)

        assert [sid] == [row["Sid"] for row in driver.calls()["Calls"]]
        assert [] == driver.calls(To=TO)["Calls"]

    def test_is_taken_in_lower_case_names(self, driver):
        """Two clients write streamurl and streamtype."""
        lower = {name.lower() if "Stream" in name else name: v for name, v in STREAM.items()}

        assert 200 == driver.post("Calls/connect.json", data=lower).status_code

    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            ({"StreamType": ""}, "StreamType: is not given"),
            ({"StreamType": "one-way"}, "StreamType: 'one-way' is not documented"),
            ({"StreamUrl": "https://bot.example.com/url"}, "StreamUrl: "),
            ({"StreamUrl": "wss://bot.example.com/" + "x" * 600}, "StreamUrl: has 622 characters"),
            ({"StreamName": "x" * 33}, "StreamName: has 33 characters"),
        ],
    )
    def test_is_taken_with_a_why_where_nobody_knows(self, driver, fields, said):
        response = driver.post("Calls/connect.json", data=STREAM | fields)

        assert 200 == response.status_code
        assert said in response.headers["X-Exomock-Why"]


class TestAStreamUrlWithTo:
    def test_is_a_call_of_two_legs(self, driver):
        """It streams beside the call."""
        placed = started(driver, To=TO, StreamBegin="atLeg2connect")
        driver.advance(120)

        assert (TO, "completed") == (placed["To"], driver.call(placed["Sid"])["Status"])
        assert "48" == driver.call(placed["Sid"])["Duration"]
