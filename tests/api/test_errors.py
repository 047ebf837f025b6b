"""Errors have one shape, in the format that was asked for: exotel-v1.md section 7."""

import xml.etree.ElementTree as ET

import pytest
import requests

from conftest import EXOPHONE, FROM, TO, error_of, why_of
from exomock.api.render import xml
from exomock.app import routes

ORDER = {"From": FROM, "To": TO, "CallerId": EXOPHONE}


class TestTheShape:
    @pytest.mark.parametrize("suffix", [".json", ""], ids=["json", "xml"])
    @pytest.mark.parametrize(
        ("status", "method", "path", "kwargs"),
        [
            pytest.param(400, "POST", "Calls/connect", {}, id="400"),
            pytest.param(401, "GET", "Calls", {"auth": ("x", "y")}, id="401"),
            pytest.param(404, "GET", "Nothing/here", {}, id="404 path"),
            pytest.param(404, "GET", f"Calls/{'0' * 32}", {}, id="404 call"),
            pytest.param(405, "DELETE", "Calls", {}, id="405"),
            pytest.param(413, "POST", "Calls/connect", {"data": b"x" * 2_097_153}, id="413"),
            pytest.param(501, "POST", "Calls/abc/ExoVoiceAnalyze", {}, id="501"),
        ],
    )
    def test_is_one_rest_exception(self, driver, suffix, status, method, path, kwargs):
        """Status inside and outside agree; the format is the path's."""
        response = driver.http.request(method, f"{driver.mock.base}/{path}{suffix}", **kwargs)

        assert status == response.status_code
        expected = "application/json" if suffix else "application/xml"
        assert expected in response.headers["Content-Type"]
        error = error_of(response)
        assert status == int(error["Status"])
        assert error["Message"]

    def test_our_own_bug_is_a_500_without_a_traceback(self):
        """What nobody caught (here: routes without an exomock) is logged, and answered alike."""
        response = routes().test_client().get("/v1/Accounts/secret/Calls")

        assert 500 == response.status_code
        assert b"<Status>500</Status>" in response.data
        assert b"Traceback" not in response.data
        assert b"exomock.as_json" not in response.data


class TestCredentials:
    @pytest.mark.parametrize(
        "auth",
        [
            pytest.param(("exomock-key", "exomock-token"), id="key and token"),
            pytest.param(("exomock", "exomock-token"), id="Sid and token"),
        ],
    )
    def test_right_ones_pass(self, driver, auth):
        """The account's check, `GET /v1/Accounts/{sid}`, answers 200."""
        assert 200 == requests.get(driver.mock.base + ".json", auth=auth, timeout=5).status_code

    def test_in_the_url_pass(self, driver):
        """As the documentation writes it: https://key:token@host."""
        url = driver.mock.base.replace("//", "//exomock-key:exomock-token@")

        assert 200 == requests.get(url, timeout=5).status_code

    @pytest.mark.parametrize(
        "auth",
        [("exomock-key", "wrong"), ("exomock-token", "exomock-key"), ("exomock", ""), ("", "")],
    )
    def test_wrong_ones_are_a_401_with_code(self, driver, auth):
        """Code 34010, and a challenge."""
        response = requests.get(driver.mock.base + ".json", auth=auth, timeout=5)

        assert (401, 34010) == (response.status_code, error_of(response)["Code"])
        assert response.headers["WWW-Authenticate"].startswith("Basic")

    @pytest.mark.parametrize("header", [None, "", "Basic", "Basic !!!", "Bearer x", "Basic eA=="])
    def test_missing_ones_are_a_401_without_code(self, driver, header):
        """No Code, a challenge; what cannot be read is missing."""
        headers = {} if header is None else {"Authorization": header}
        response = requests.get(driver.mock.base + ".json", headers=headers, timeout=5)

        assert 401 == response.status_code
        assert "Code" not in error_of(response)
        assert response.headers["WWW-Authenticate"].startswith("Basic")

    def test_those_of_another_account_are_a_403(self, driver):
        """Code 34009, also when the account in the path does not exist."""
        response = driver.http.get(f"{driver.mock.url}/v1/Accounts/other/Calls.json", timeout=5)

        assert (403, 34009) == (response.status_code, error_of(response)["Code"])

    def test_nobody_learns_which_accounts_exist(self, driver):
        """Wrong credentials get the same answer on a real and on an unknown account."""
        url, auth = driver.mock.url, ("a", "b")
        answers = [
            requests.get(f"{url}/v1/Accounts/{sid}.json", auth=auth, timeout=5).text
            for sid in ("exomock", "nobody")
        ]

        assert answers[0] == answers[1]


class TestPaths:
    @pytest.mark.parametrize(
        "path",
        ["//v1//Accounts/exomock//Calls.json", "/v1/Accounts/exomock/Calls.json/", "/v1/Accounts/exomock//Calls/.json"],
    )  # fmt: skip
    def test_slashes_are_tolerated(self, driver, path):
        """Double ones and one at the end."""
        assert 200 == driver.http.get(driver.mock.url + path, timeout=5).status_code

    def test_the_host_is_ignored(self, driver):
        """A client may believe that it talks to api.exotel.com."""
        response = driver.get("Calls.json", headers={"Host": "api.exotel.com"})

        assert 200 == response.status_code

    @pytest.mark.parametrize("version", ["v2", "v3", "v2_beta"])
    def test_another_version_is_a_400(self, driver, version):
        """The message says which version is imitated."""
        response = driver.http.get(f"{driver.mock.url}/{version}/accounts/exomock/calls", timeout=5)

        assert 400 == response.status_code
        assert "v1" in error_of(response)["Message"]

    @pytest.mark.parametrize(
        ("path", "name"),
        [
            ("AvailablePhoneNumbers", "AvailablePhoneNumbers"), ("Recordings", "Recordings"),
            (f"Calls/{'a' * 32}/ActiveLegs", "ActiveLegs"),
            (f"Calls/{'a' * 32}/ExoVoiceAnalyze", "ExoVoiceAnalyze"),
        ],
    )  # fmt: skip
    def test_a_known_part_not_built_yet_is_a_501(self, driver, path, name):
        """The answer says so by name."""
        response = driver.post(path + ".json")

        assert 501 == response.status_code
        assert f"exomock does not imitate {name} yet" == error_of(response)["Message"]

    def test_paths_are_case_sensitive(self, driver):
        """`calls` is no path."""
        assert 404 == driver.get("calls.json").status_code


class TestXmlStaysXml:
    @pytest.mark.parametrize(
        "text",
        ["\x00\x01\x08\x0b\x0c\x1f", "\ufffe\uffff", "<&>\"'", "]]>", "%s %d %%", "@", "ünï\U0001f600", "\r\n\t"],
    )  # fmt: skip
    def test_whatever_stands_in_a_message(self, driver, text):
        """A wrong value is quoted in the error; the document parses all the same."""
        response = driver.post("Calls/connect", data=ORDER | {"CallType": text})

        assert 400 == response.status_code
        ET.fromstring(response.content)

    @pytest.mark.parametrize("value", [None, "", "<x>", "%s", "@", 5])
    def test_a_value_is_written_as_it_is(self, value):
        """Percent signs and the renderer's own marks are values like any other."""
        root = ET.fromstring(xml({"RestException": {"Message": value}}))

        assert ("" if value is None else str(value)) == (root.findtext("RestException/Message"))

    def test_control_characters_are_accepted_and_one_megabyte_is_not(self, driver):
        """CustomField may hold anything up to 128 characters; a megabyte is a 400 by its rule."""
        assert (
            200
            == driver.post("Calls/connect", data=ORDER | {"CustomField": "\x00\x1b"}).status_code
        )

        response = driver.post("Calls/connect", data=ORDER | {"CustomField": "x" * 1_000_000})

        assert 400 == response.status_code
        assert "CustomField: has 1000000 characters" in why_of(response)
        assert "Invalid 'CustomField' specified" in ET.fromstring(response.content).findtext(
            "RestException/Message"
        )
