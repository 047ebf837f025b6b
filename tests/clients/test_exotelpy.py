"""The SDK from PyPI, `exotelpy` 0.1.1, unchanged: only its `baseurl` is another."""

from importlib.metadata import version

import pytest
from exotelpy import Exotel
from exotelpy.exceptions import NotFound

from conftest import EXOPHONE, FROM, TO
from exomock.domain.exophone import exophone_sid

SID = exophone_sid("exomock", "+918047112233")


def sdk(driver, token=None):
    """The SDK on a running exomock."""
    mock = driver.mock
    return Exotel(mock.sid, mock.key, token or mock.token, baseurl=mock.url)


def test_it_is_the_newest_version():
    """0.1.1, of September 2025."""
    assert "0.1.1" == version("exotelpy")


class TestExoPhones:
    def test_of_the_account_are_listed(self, driver):
        """`get_all_exophones` asks v2_beta."""
        found = sdk(driver).get_all_exophones()

        assert [(SID, "+918047112233", EXOPHONE)] == [
            (each["sid"], each["phone_number"], each["friendly_name"])
            for each in found["incoming_phone_numbers"]
        ]

    def test_one_is_shown_by_its_sid(self, driver):
        """`get_exophone_details`."""
        assert EXOPHONE == sdk(driver).get_exophone_details(SID)["friendly_name"]

    def test_an_unknown_one_is_the_sdks_not_found(self, driver):
        """It reads RestException.Message of a 404, in JSON."""
        with pytest.raises(NotFound, match="No matching results"):
            sdk(driver).get_exophone_details("nobody")

    def test_with_a_wrong_token_the_sdk_trips_over_its_own_reading(self, driver):
        """It looks for v2's `response` in every 401; the answer is JSON, which it parses first."""
        with pytest.raises(KeyError, match="response"):
            sdk(driver, "wrong").get_all_exophones()


class TestMessages:
    def test_are_sent_to_several_at_once(self, driver):
        """`send_bulk_sms` repeats To in one form: an answer for each."""
        found = sdk(driver).send_bulk_sms(EXOPHONE, ["+919822200002", "+919811100001"], "hello")
        assert [TO, FROM] == [each["SMSMessage"]["To"] for each in found]

    def test_are_read_back(self, driver):
        """`get_sms_details`, before and after; to one number there is one answer, no list."""
        client = sdk(driver)
        sent = client.send_bulk_sms(EXOPHONE, ["+919822200002"], "hello", sms_type="promotional")
        sid = sent["SMSMessage"]["Sid"]
        before = client.get_sms_details(sid)["SMSMessage"]["Status"]
        driver.advance(600)
        after = client.get_sms_details(sid)["SMSMessage"]["Status"]
        assert ("queued", "sent") == (before, after)

    def test_an_unknown_one_is_the_sdks_not_found(self, driver):
        """Two SDKs rely on the 404 (C)."""
        with pytest.raises(NotFound, match="No matching results"):
            sdk(driver).get_sms_details("0" * 32)


class TestWhatIsNotImitated:
    @pytest.mark.parametrize(
        "ask",
        [
            pytest.param(lambda sdk: sdk.get_exophone_heartbeat(SID), id="heartbeat"),
            pytest.param(lambda sdk: sdk.get_campaign_details("7"), id="campaign"),
            pytest.param(lambda sdk: sdk.get_bulk_sms_campaign_details(), id="sms campaigns"),
        ],
    )
    def test_of_v2_is_json_that_says_so(self, driver, ask):
        """The SDK hands on a 501 as it is."""
        error = ask(sdk(driver))["RestException"]

        assert 501 == error["Status"]
        assert error["Message"].startswith("exomock does not imitate v2 ")
