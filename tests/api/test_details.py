"""GET Calls/{CallSid}: exotel-v1.md sections 3 and 4."""

import xml.etree.ElementTree as ET

import pytest

from conftest import EXOPHONE, FROM, ORDINARY, TO, error_of
from exomock.api.records import CALL_KEYS


class TestACallInProgress:
    def test_shows_what_is_known_so_far(self, driver):
        """In progress, no end; what is unset is "" and not null."""
        call = driver.call(driver.connect())

        assert list(CALL_KEYS) == list(call)
        assert "in-progress" == call["Status"]
        assert {"EndTime": "", "Duration": "", "Price": "", "AnsweredBy": "", "ParentCallSid": ""} == {
            key: call[key] for key in ("EndTime", "Duration", "Price", "AnsweredBy", "ParentCallSid")
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("seconds", "by", "leg1", "leg2"),
        [
            pytest.param(2, "", None, None, id="From rings"),
            pytest.param(3, "human", "in-progress", None, id="From has answered"),
            pytest.param(8, "human", "in-progress", "in-progress", id="they talk"),
        ],
    )
    def test_shows_how_far_it_has_come(self, driver, seconds, by, leg1, leg2):
        """AnsweredBy from the first answer on, a leg's status from its own."""
        sid = driver.connect()
        driver.advance(seconds)

        call = driver.call(sid, details="true")

        assert ("in-progress", by) == (call["Status"], call["AnsweredBy"])
        assert (leg1, leg2) == (call["Details"]["Leg1Status"], call["Details"]["Leg2Status"])


class TestAFinishedCall:
    def test_shows_everything(self, driver):
        """Rung 3 s and 5 s, talked 40 s: 48 s in all, two started half minutes."""
        sid = driver.connect()
        driver.advance(60)

        assert {
            "Sid": sid,
            "ParentCallSid": "",
            "DateCreated": "2026-03-01 12:00:00",
            "DateUpdated": "2026-03-01 12:00:48",
            "AccountSid": "exomock",
            "To": TO,
            "From": FROM,
            "PhoneNumberSid": EXOPHONE,
            "Status": "completed",
            "StartTime": "2026-03-01 12:00:00",
            "EndTime": "2026-03-01 12:00:48",
            "Duration": "48",
            "Price": "0.500",
            "Direction": "outbound-api",
            "AnsweredBy": "human",
            "ForwardedFrom": "",
            "CallerName": "",
            "Uri": f"/v1/Accounts/exomock/Calls/{sid}",
            "RecordingUrl": "",
        } == driver.call(sid)

    def test_has_details_on_request(self, driver):
        """Conversation and leg 2 are one time, leg 1 has the ringing of leg 2 as well."""
        sid = driver.connect()
        driver.advance(60)

        details = driver.call(sid, details="true")["Details"]

        assert ["ConversationDuration", "Leg1Status", "Leg2Status", "Legs"] == list(details)
        assert {
            "ConversationDuration": 40,
            "Leg1Status": "completed",
            "Leg2Status": "completed",
            "Legs": [
                {"Leg": {"Id": 1, "OnCallDuration": 45}},
                {"Leg": {"Id": 2, "OnCallDuration": 40}},
            ],
        } == details

    def test_in_xml_legs_hold_leg_elements(self, driver):
        """`Legs` has two `Leg` children directly, as in the documentation's sample."""
        sid = driver.connect()
        driver.advance(60)

        root = ET.fromstring(driver.get(f"Calls/{sid}", params={"details": "true"}).content)

        assert ["Leg", "Leg"] == [element.tag for element in root.find("Call/Details/Legs")]
        assert ["1", "2"] == [e.text for e in root.findall("Call/Details/Legs/Leg/Id")]
        assert "40" == root.findtext("Call/Details/ConversationDuration")

    def test_a_leg_never_dialled_is_not_there_and_what_it_would_say_is_unset(self, driver):
        """Legs holds only leg 1 (C: a captured answer in XML, 2022); null in JSON, empty in XML."""
        sid = driver.connect(From="09000000001")
        driver.advance(60)

        details = driver.call(sid, details="true")["Details"]

        assert ("busy", None, None) == (
            details["Leg1Status"], details["Leg2Status"], details["ConversationDuration"],
        )  # fmt: skip
        assert [{"Leg": {"Id": 1, "OnCallDuration": 0}}] == details["Legs"]
        root = ET.fromstring(driver.get(f"Calls/{sid}", params={"details": "true"}).content)
        assert ["1"] == [element.text for element in root.iter("Id")]
        assert {None} == {
            root.find(f"Call/Details/{name}").text
            for name in ("Leg2Status", "ConversationDuration")
        }

    @pytest.mark.parametrize("to", ["09000000001", "09000000002", "09000000003", "09000000004"])
    def test_a_human_answered_also_where_nobody_talked(self, driver, to):
        """AnsweredBy tells of leg 1, also on calls that ended busy or no-answer (C: section 4)."""
        sid = driver.connect(To=to)
        before = driver.call(sid)["AnsweredBy"]
        driver.advance(120)

        assert ("", "human") == (before, driver.call(sid)["AnsweredBy"])

    def test_the_recording_needs_record_and_a_conversation(self, driver):
        """Record=true and both talked: the path is the documented one; nobody talked: none."""
        talked, silent = (
            driver.connect(Record="true"),
            driver.connect(Record="true", To="09000000002"),
        )
        driver.advance(120)

        form = f"{driver.mock.url}/exotelrecordings/exomock/{talked}.mp3"
        assert form == driver.call(talked)["RecordingUrl"]
        assert "" == driver.call(silent)["RecordingUrl"]

    def test_the_request_beats_the_scenario_on_record(self, exchange):
        """`record: true` in a rule is the default only."""
        driver = exchange(ORDINARY + "    record: true\n")
        without, against = driver.connect(), driver.connect(Record="false")
        driver.advance(120)

        assert "" != driver.call(without)["RecordingUrl"]
        assert "" == driver.call(against)["RecordingUrl"]


class TestTimes:
    def test_time_limit_cuts_the_conversation(self, driver):
        """They would talk 40 s; TimeLimit=5 ends it after 5."""
        sid = driver.connect(TimeLimit="5")
        driver.advance(60)

        call = driver.call(sid, details="true")
        assert ("13", 5) == (call["Duration"], call["Details"]["ConversationDuration"])

    def test_time_out_ends_ringing(self, driver):
        """To answers after 5 s; TimeOut=4 ends as no-answer after 3 + 4 s."""
        sid = driver.connect(TimeOut="4")
        driver.advance(60)

        call = driver.call(sid, details="true")
        assert ("no-answer", "7") == (call["Status"], call["Duration"])
        assert ("completed", "no-answer") == (
            call["Details"]["Leg1Status"], call["Details"]["Leg2Status"],
        )  # fmt: skip
        assert "0.000" == call["Price"]

    def test_ringing_lasts_30_seconds_without_time_out(self, driver):
        """The default of section 2."""
        sid = driver.connect(From="09000000002")
        driver.advance(60)

        assert "30" == driver.call(sid)["Duration"]


class TestLateFields:
    def test_the_status_is_final_before_the_numbers_are_there(self, exchange):
        """With a lag of 120 s the call is completed at 48 s, its Duration there at 168 s."""
        driver = exchange(late_fields=120_000_000)
        sid = driver.connect()

        driver.advance(48)
        early = driver.call(sid, details="true")
        driver.advance(120)
        late = driver.call(sid, details="true")

        assert ("completed", "", "", "") == (
            early["Status"], early["EndTime"], early["Duration"], early["Price"],
        )  # fmt: skip
        assert 0 == early["Details"]["ConversationDuration"]
        assert ("2026-03-01 12:00:48", "48", "0.500") == (
            late["EndTime"], late["Duration"], late["Price"],
        )  # fmt: skip
        assert 40 == late["Details"]["ConversationDuration"]
        assert "2026-03-01 12:02:48" == late["DateUpdated"]

    def test_end_time_comes_before_the_rest(self, exchange):
        """Half-way (ours), alone (C: section 3), in a GET and in a list; it moves DateUpdated."""
        driver = exchange(late_fields=120_000_000)
        sid = driver.connect(Record="true")
        driver.advance(48 + 59)
        before = driver.call(sid)
        driver.advance(1)
        (listed,) = driver.calls()["Calls"]
        fields = ("EndTime", "Duration", "Price", "RecordingUrl", "DateUpdated")

        assert ("", "", "", "", "2026-03-01 12:00:48") == tuple(before[name] for name in fields)
        for call in (driver.call(sid), listed):
            assert ("2026-03-01 12:00:48", "", "", "", "2026-03-01 12:01:48") == tuple(
                call[name] for name in fields
            )
        driver.advance(60)
        assert driver.call(sid)["RecordingUrl"].endswith(f"{sid}.mp3")

    def test_the_terminal_callback_has_its_end_time_at_once(self, exchange, receiver):
        """The lag touches GET and lists only."""
        driver = exchange(late_fields=120_000_000)
        driver.connect(StatusCallback=receiver.url, StatusCallbackEvents="terminal")

        driver.advance(48)

        assert "2026-03-01 12:00:48" == receiver.got[0].form["EndTime"]


class TestAnUnknownSid:
    @pytest.mark.parametrize("sid", ["0" * 32, "x", "%00", "..", "a" * 5000])
    def test_is_a_404(self, driver, sid):
        """`No matching results`, in the format asked for."""
        response = driver.get(f"Calls/{sid}.json")

        assert 404 == response.status_code
        assert {"Status": 404, "Message": "No matching results"} == error_of(response)

    def test_of_another_account_is_a_404(self, driver, exchange):
        """An account sees its own calls only."""
        other = exchange()

        assert 404 == other.get(f"Calls/{driver.connect()}1.json").status_code
