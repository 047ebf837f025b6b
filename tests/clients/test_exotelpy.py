"""The SDK from PyPI, `exotelpy` 0.1.1, unchanged: only its `baseurl` is another."""

from importlib.metadata import version

import pytest
from exotelpy import Exotel
from exotelpy.exceptions import NotFound

from conftest import EXOPHONE
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
