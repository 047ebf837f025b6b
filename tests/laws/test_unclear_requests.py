"""Requests that are nearly right: each answer says in its why what was meant. Issue 10, part D."""

import logging
from base64 import b64encode

import pytest
import requests

from conftest import error_of, why_of
from exomock.api import strangers
from exomock.api.sparing import Sparing

SID = "0" * 32
RIGHT = "the right spelling is /v1/Accounts/exomock/"
NO_HANG_UP = "v1 shows a call and has no hang-up"


def encoded(text):
    return b64encode(text.encode()).decode()


PATHS = [
    ("GET", "Calls/connect.json", 405, "POST Calls/connect places a call"),
    ("PUT", "Calls/connect", 405, "POST Calls/connect places a call"),
    ("POST", "Calls.json", 405, "POST Calls/connect places one"),
    ("DELETE", "Calls", 405, "GET Calls lists calls"),
    ("POST", f"Calls/{SID}", 405, NO_HANG_UP),
    ("DELETE", f"Calls/{SID}.json", 405, f"/_exomock/accounts/exomock/calls/{SID}/hangup"),
    ("PUT", f"Calls/{SID}.json", 405, NO_HANG_UP),
    ("POST", "Calls/connect.xml", 404, f"{RIGHT}Calls/connect"),
    ("POST", "Calls/connect.JSON", 404, f"{RIGHT}Calls/connect.json"),
    ("GET", "Calls.JSON", 404, f"{RIGHT}Calls.json"),
    ("GET", "Calls.xml", 404, f"{RIGHT}Calls"),
    ("GET", f"Calls/{SID}.xml", 404, f"{RIGHT}Calls/{SID}"),
    ("GET", "calls.json", 404, f"{RIGHT}Calls.json"),
    ("POST", "calls/connect", 404, f"{RIGHT}Calls/connect"),
    ("POST", "Calls/Connect.json", 404, f"{RIGHT}Calls/connect.json"),
    ("GET", "numbers/09876543210", 404, f"{RIGHT}Numbers/09876543210"),
    ("GET", "Call", 404, "the nearest is Calls"),
    ("GET", "Nowhere", 404, "known here are Calls"),
    ("GET", f"Calls/{SID}%20", 404, "ends with a space or a line end"),
    ("GET", f"Calls/{SID}%0A", 404, "ends with a space or a line end"),
    ("GET", f"Calls/{SID}%0A.json", 404, "ends with a space or a line end"),
    ("GET", "Calls/1234", 404, "a Sid has 32 letters and digits, this one has 4"),
    ("GET", f"Calls/{SID}", 404, "no call of this account has the Sid"),
]

ABSENT = [
    ("v1/Accounts/exomock/Calls/x/ActiveLegs", "ActiveLegs"),
    ("v1/Accounts/exomock/Calls/x/ExoVoiceAnalyze", "ExoVoiceAnalyze"),
    ("v1/Accounts/exomock/Calls/x/Recordings", "Recordings"),
    ("v1/Accounts/exomock/Recordings/x", "Recordings"),
    ("v1/Accounts/exomock/AvailablePhoneNumbers/IN/Landline", "AvailablePhoneNumbers"),
    ("v2/accounts/exomock/campaigns", "v2 campaigns"),
    ("v2/accounts/exomock/campaigns/7", "v2 campaigns"),
    ("v2/accounts/exomock/contacts", "v2 contacts"),
    ("v2/accounts/exomock/sms-campaigns", "v2 sms-campaigns"),
    ("v2/accounts/exomock/incoming-phone-numbers/7", "v2 incoming-phone-numbers"),
]

CREDENTIALS = [
    (None, "there is no Authorization header"),
    ("Bearer abc", "the scheme Bearer"),
    ("exomock-key:exomock-token", "key:token as it stands"),
    ("Basic exomock-key:exomock-token", "key:token stands behind Basic as it is"),
    ("Basic", "nothing follows Basic"),
    ("Basic " + encoded("exomock-key:exomock-token1").rstrip("="), "lacks its padding"),
    ("Basic !!!!", "is no base64"),
    ("Basic " + encoded("exomock-keyexomock-token"), "holds no colon"),
    ("Basic " + encoded("exomock-token:exomock-key"), "have changed places"),
    ("Basic " + encoded("exomock-key:exomock-token\n"), "a line end stands around one"),
    ("Basic " + encoded("exomock-key:"), "one of them is empty"),
    ("Basic " + encoded("exomock-key:wrong"), "the API key or the API token is wrong"),
]  # fmt: skip


class TestAPath:
    @pytest.mark.parametrize(("method", "path", "status", "why"), PATHS)
    def test_that_is_nearly_right_names_the_right_one(self, driver, method, path, status, why):
        """404 or 405, with what was meant."""
        answer = driver.http.request(method, f"{driver.mock.base}/{path}", timeout=9)

        assert status == answer.status_code
        assert why in why_of(answer)
        assert (status == 405) == ("Allow" in answer.headers)

    @pytest.mark.parametrize(
        "path", ["/v1/accounts/exomock/calls/connect", "/V1/Accounts/exomock/Calls/connect"]
    )
    def test_to_an_account_in_another_case_is_a_404(self, driver, path):
        """As the vendor's guide prints it, which fails live."""
        answer = driver.http.post(driver.mock.url + path, timeout=9)

        assert (404, "No matching results") == (answer.status_code, error_of(answer)["Message"])
        assert f"{RIGHT}Calls/connect" in why_of(answer)

    def test_of_an_account_with_a_space_is_said(self, driver):
        """Whether its credentials are another's or nobody's."""
        for auth in (("exomock-key", "exomock-token"), ("x", "y")):
            url = f"{driver.mock.url}/v1/Accounts/exomock%20/Calls.json"
            assert "ends with a space" in why_of(requests.get(url, auth=auth, timeout=9))

    @pytest.mark.parametrize(("path", "name"), ABSENT)
    def test_that_is_known_and_not_imitated_is_a_501_by_name(self, driver, path, name):
        """As JSON and as XML."""
        for suffix in ("", ".json"):
            answer = driver.http.post(f"{driver.mock.url}/{path}{suffix}", timeout=9)

            assert 501 == answer.status_code
            assert f"exomock does not imitate {name} yet" == error_of(answer)["Message"]


class TestCredentials:
    @pytest.mark.parametrize(("header", "why"), CREDENTIALS)
    def test_that_are_nearly_right_are_a_401_that_says_why(self, driver, header, why):
        """No why shows a secret."""
        headers = {} if header is None else {"Authorization": header}
        answer = requests.get(driver.mock.base + ".json", headers=headers, timeout=9)

        assert (401, "Unauthorized; ") == (answer.status_code, error_of(answer)["Message"])
        assert why in why_of(answer)
        assert "exomock-token" not in why_of(answer)


class TestAParameterThatNobodyReads:
    @pytest.mark.parametrize(
        ("name", "near"),
        [("Timelimit", "TimeLimit"), ("timeout", "TimeOut"), ("StatusCallbak", "StatusCallback"), ("callerId", "CallerId")],
    )  # fmt: skip
    def test_is_named_with_the_nearest(self, driver, name, near):
        """The call is placed all the same: unknown parameters are ignored."""
        answer = driver.try_connect(**{name: "90"})

        assert 200 == answer.status_code
        assert f"nobody reads the parameter '{name}' (the nearest is {near}" in why_of(answer)

    def test_is_named_beside_what_is_missing(self, driver):
        """`from` for From: the 400 says that From is missing, and what came in its place."""
        answer = driver.try_connect(From=None, **{"from": "09811100001"})

        assert "From: is missing" in why_of(answer)
        assert "'from' (the nearest is From" in why_of(answer)

    def test_of_a_list_is_named(self, driver):
        """A filter that filters nothing hides a fault."""
        answer = driver.get("Calls.json?Pagesize=5")

        assert 200 == answer.status_code
        assert "'Pagesize' (the nearest is PageSize" in why_of(answer)

    def test_is_logged(self, driver, caplog, monkeypatch):
        """Once a minute, for whoever does not look at headers; the minute is a fresh one."""
        monkeypatch.setattr(strangers, "_sparing", Sparing(logging.getLogger("exomock.api")))
        caplog.set_level("INFO", "exomock.api")
        for _ in range(3):
            driver.try_connect(TimeLimitt="90")

        said = "nobody reads the parameter 'TimeLimitt' (the nearest is TimeLimit; case matters)"
        assert [said] == [r.getMessage() for r in caplog.records if "TimeLimitt" in r.getMessage()]

    def test_is_not_heard_of_where_all_are_read(self, driver):
        """An ordinary connect has an ordinary why."""
        assert "nobody reads" not in why_of(driver.try_connect(TimeLimit="90"))


class TestACallOfNoFlow:
    def test_says_so_when_it_is_placed_and_when_it_has_failed(self, driver):
        """Its Url is none of the known forms, so it fails; both answers name the documented form."""
        placed = driver.try_connect(Url="https://my.exotel.com/flows/926")
        sid = placed.json()["Call"]["Sid"]
        driver.advance(3600)
        ended = driver.get(f"Calls/{sid}.json")

        assert "failed" == ended.json()["Call"]["Status"]
        for answer in (placed, ended):
            assert "its Url 'https://my.exotel.com/flows/926' names no flow" in why_of(answer)
            assert "/exoml/start_voice/{app_id}" in why_of(answer)
