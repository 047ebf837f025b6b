"""The SDK from PyPI, `exotel` 0.1.5, unchanged: only its `baseurl` is another."""

from importlib.metadata import version

import pytest
from exotel import Exotel

from conftest import EXOPHONE, FROM, TO


@pytest.fixture
def client(driver):
    """The SDK on a running exomock; it sends the account's Sid as user name (section 1, C)."""
    return Exotel(driver.mock.sid, driver.mock.token, baseurl=f"{driver.mock.url}/")


def test_it_is_the_version_that_customers_have():
    """0.1.5, the newest there is."""
    assert "0.1.5" == version("exotel")


class TestCallNumber:
    def test_places_a_call(self, client):
        """With the SDK's own defaults: TimeLimit 14400, TimeOut 30, no callback, no CustomField."""
        response = client.call_number(FROM, EXOPHONE, TO)

        call = response.json()["Call"]
        assert 200 == response.status_code
        assert (FROM, TO, EXOPHONE) == (call["From"], call["To"], call["PhoneNumberSid"])
        assert "in-progress" == call["Status"]

    def test_tells_its_status_callback_how_it_ended(self, client, driver, receiver):
        """No events asked for: one callback at the end with four fields (section 8, S)."""
        response = client.call_number(
            FROM, EXOPHONE, TO, status_callback=receiver.url, custom_data="order 7"
        )
        driver.advance(48)

        (got,) = receiver.got
        assert ["CallSid", "DateUpdated", "Status", "RecordingUrl"] == list(got.form)
        assert response.json()["Call"]["Sid"] == got.form["CallSid"]
        assert "completed" == got.form["Status"]

    def test_ends_as_its_timelimit_says(self, client, driver):
        """ORDINARY answers after 3 and 5 s; cut after 10 s of conversation."""
        sid = client.call_number(FROM, EXOPHONE, TO, timelimit=10).json()["Call"]["Sid"]
        driver.advance(60)

        assert "18" == client.call_details(sid).json()["Call"]["Duration"]


class TestCallFlow:
    def test_places_a_call_to_a_flow(self, client, driver):
        """The SDK writes the old Url, `http://my.exotel.in/exoml/start/{id}` (section 2, C)."""
        sid = client.call_flow(FROM, EXOPHONE, 926).json()["Call"]["Sid"]
        driver.advance(3600)

        call = client.call_details(sid).json()["Call"]
        assert ("completed", EXOPHONE) == (call["Status"], call["To"])


class TestCallDetails:
    def test_shows_the_call_as_it_goes(self, client, driver):
        """In progress, then completed after 48 s."""
        sid = client.call_number(FROM, EXOPHONE, TO).json()["Call"]["Sid"]
        before = client.call_details(sid).json()["Call"]
        driver.advance(48)
        after = client.call_details(sid).json()["Call"]

        assert ("in-progress", "") == (before["Status"], before["Duration"])
        assert ("completed", "48") == (after["Status"], after["Duration"])

    def test_of_an_unknown_call_is_a_404(self, client):
        """The SDK hands the answer over as it is."""
        response = client.call_details("0" * 32)

        assert 404 == response.status_code
        assert {"Status": 404, "Message": "No matching results"} == response.json()["RestException"]

    def test_with_a_wrong_token_is_a_401(self, driver):
        """Code 34010 (section 7, V)."""
        client = Exotel(driver.mock.sid, "wrong", baseurl=f"{driver.mock.url}/")

        response = client.call_details("0" * 32)

        assert (401, 34010) == (response.status_code, response.json()["RestException"]["Code"])


class TestSms:
    def test_sends_a_message_and_reads_it_back(self, client, driver):
        """With the SDK's own defaults (EncodingType plain, Priority normal); sent after 4 s."""
        placed = client.sms(EXOPHONE, TO, "hello")
        sid = placed.json()["SMSMessage"]["Sid"]
        before = client.sms_details(sid).json()["SMSMessage"]
        driver.advance(4)
        after = client.sms_details(sid).json()["SMSMessage"]

        assert 200 == placed.status_code
        assert [("queued", None), ("sent", "0.180000")] == [
            (each["Status"], each["Price"]) for each in (before, after)
        ]

    def test_of_an_unknown_message_is_a_404(self, client):
        """The SDK hands the answer over as it is."""
        response = client.sms_details("0" * 32)

        assert 404 == response.status_code
        assert {"Status": 404, "Message": "No matching results"} == response.json()["RestException"]
