"""GET Calls: what the answer looks like (exotel-v1.md section 5)."""

import base64
import xml.etree.ElementTree as ET
from urllib.parse import urlsplit

from conftest import EXOPHONE, FROM, TO

KEYS = [
    "Sid", "ParentCallSid", "DateCreated", "DateUpdated", "AccountSid", "To", "From", "PhoneNumber",
    "PhoneNumberSid", "Status", "StartTime", "EndTime", "Duration", "Price", "Direction",
    "AnsweredBy", "ForwardedFrom", "CallerName", "Uri", "RecordingUrl",
]  # fmt: skip
"""A row: the keys of the documentation's sample, and PhoneNumber of its table after From."""


class TestTheAnswer:
    def test_in_json_is_the_documentations_sample(self, history):
        """Metadata, then Calls; the row's keys, order and types (S)."""
        driver, sids = history
        answer = driver.calls(Status="completed", PhoneNumber=EXOPHONE, To=TO)

        assert ["Metadata", "Calls"] == list(answer)
        (call,) = answer["Calls"]
        assert KEYS == list(call)
        assert {
            "Sid": sids["long"],
            "ParentCallSid": "",
            "DateCreated": "2026-03-01 12:00:00",
            "DateUpdated": "2026-03-01 12:00:48",
            "AccountSid": "exomock",
            "To": TO,
            "From": FROM,
            "PhoneNumber": EXOPHONE,
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
            "Uri": f"/v1/Accounts/exomock/Calls/{sids['long']}",
            "RecordingUrl": f"{driver.mock.url}/exotelrecordings/exomock/{sids['long']}.mp3",
        } == call

    def test_in_xml_repeats_call_beside_metadata(self, history):
        """<TwilioResponse><Metadata/><Call/><Call/></TwilioResponse> (S), saying what JSON says."""
        driver, _sids = history
        root = ET.fromstring(driver.get("Calls", params={"details": "true"}).content)
        answer = driver.calls(details="true")

        assert "TwilioResponse" == root.tag
        assert ["Metadata", *["Call"] * 6] == [element.tag for element in root]
        assert list(answer["Metadata"]) == [element.tag for element in root[0]]
        for element, call in zip(root[1:], answer["Calls"], strict=True):
            plain = {child.tag: child.text or "" for child in element if child.tag != "Details"}
            assert {k: v for k, v in call.items() if k != "Details"} == plain
            details, legs = call["Details"], element.find("Details/Legs")
            talked = details["ConversationDuration"]
            shown = "" if talked is None else str(talked)
            assert shown == element.findtext("Details/ConversationDuration")
            assert (details["Leg2Status"] or "") == element.findtext("Details/Leg2Status")
            assert [
                (str(leg["Leg"]["Id"]), str(leg["Leg"]["OnCallDuration"]))
                for leg in details["Legs"]
            ] == [(leg.findtext("Id"), leg.findtext("OnCallDuration")) for leg in legs]

    def test_details_stand_in_the_order_of_the_bulk_sample(self, history):
        """ConversationDuration, Legs, Leg1Status, Leg2Status in JSON (S); Id is a number (C)."""
        driver, _sids = history
        (call,) = driver.calls(details="true", Status="completed", PhoneNumber="08047112299")[
            "Calls"
        ]

        assert [*KEYS, "Details"] == list(call)
        assert ["ConversationDuration", "Legs", "Leg1Status", "Leg2Status"] == list(call["Details"])
        assert {
            "ConversationDuration": 10,
            "Legs": [
                {"Leg": {"Id": 1, "OnCallDuration": 11}},
                {"Leg": {"Id": 2, "OnCallDuration": 10}},
            ],
            "Leg1Status": "completed",
            "Leg2Status": "completed",
        } == call["Details"]

    def test_without_a_match_is_an_empty_page(self, history):
        driver, _sids = history
        answer = driver.calls(Status="canceled")

        assert [] == answer["Calls"]
        assert [0, 0] == [answer["Metadata"]["Total"], answer["Metadata"]["PageSize"]]
        assert answer["Metadata"]["PrevPageUri"] is answer["Metadata"]["NextPageUri"] is None
        root = ET.fromstring(driver.get("Calls", params={"Status": "canceled"}).content)
        assert ["Metadata"] == [element.tag for element in root]

    def test_metadata_is_the_documentations_sample(self, history):
        """
        Host-less Uris that keep `.json` and every parameter, in the sample's order and encoding:
        PageSize, DateCreated, SortBy with a raw colon, filters, details, unknown, cursor with raw =.
        """
        driver, sids = history
        uri = (
            "/v1/Accounts/exomock/Calls.json?PageSize=2"
            "&DateCreated=gte%3A2026-03-01+12%3A00%3A00%3Blte%3A2026-03-02+00%3A00%3A00"
            "&SortBy=DateCreated:desc&Status=completed%2Cbusy&details=true&NumbersMetadata=true"
        )
        query = {
            "details": "true",
            "NumbersMetadata": "true",
            "Status": "completed,busy",
            "DateCreated": "gte:2026-03-01 12:00:00;lte:2026-03-02 00:00:00",
            "PageSize": "2",
        }
        first = driver.calls(**query)
        last = first["Calls"][-1]
        cursor = base64.b64encode(f"1772346840,{last['Sid']}".encode()).decode()

        assert sids["short"] == last["Sid"]
        assert {
            "Total": 4,
            "PageSize": 2,
            "FirstPageUri": uri,
            "PrevPageUri": None,
            "NextPageUri": f"{uri}&After={cursor}",
        } == first["Metadata"]

    def test_metadata_of_an_xml_page_leads_to_xml_pages(self, history):
        driver, _sids = history
        root = ET.fromstring(driver.get("Calls", params={"PageSize": "2"}).content)
        following = root.findtext("Metadata/NextPageUri")

        assert "/v1/Accounts/exomock/Calls" == urlsplit(following).path
        response = driver.http.get(driver.mock.url + following, timeout=20)
        assert "application/xml" == response.headers["Content-Type"].partition(";")[0]
        assert 3 == len(ET.fromstring(response.content))
