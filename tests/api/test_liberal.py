"""Taken though it is not documented: SIP addresses, no CallerId, other versions, strict accounts."""

import pytest

from conftest import EXOPHONE, FROM, TO, Driver, error_of
from exomock.server import Exomock
from exomock.settings import Settings

SIP = "sip:agent7@pbx.example.com"
RULES = """
rules:
  - when: {from: "sip:agent*"}
    leg1: busy
  - when: {to: "sip:desk@pbx.example.com"}
    leg2: busy
"""


def control(driver, path):
    """What the control API shows of the account."""
    return driver.http.get(f"{driver.mock.url}/_exomock/accounts/exomock{path}").json()


class TestASipAddress:
    def test_comes_out_as_it_was(self, driver, receiver):
        """In the answer, in details, in callbacks."""
        sid = driver.connect(
            From=SIP, To=f" {SIP};transport=tls", StatusCallback=receiver.url,
            StatusCallbackEvents="terminal",
        )  # fmt: skip
        driver.advance(100)
        call, (got,) = driver.call(sid), receiver.wait_for(1)

        assert (SIP, f"{SIP};transport=tls") == (call["From"], call["To"])
        assert (SIP, f"{SIP};transport=tls") == (got.form["From"], got.form["To"])

    @pytest.mark.parametrize(
        ("fields", "status"),
        [
            ({"From": SIP}, "busy"), ({"From": "sip:desk@pbx.example.com"}, "completed"),
            ({"To": "sip:desk@pbx.example.com"}, "busy"), ({"To": SIP}, "completed"),
        ],
    )  # fmt: skip
    def test_is_matched_by_rules(self, exchange, fields, status):
        """Whole, or by its beginning."""
        driver = exchange(RULES)
        sid = driver.connect(**fields)
        driver.advance(100)

        assert status == driver.call(sid)["Status"]

    def test_may_call_an_exophone(self, driver):
        """By the control API."""
        url = f"{driver.mock.url}/_exomock/accounts/exomock/calls"
        response = driver.http.post(url, json={"from": SIP, "exophone": EXOPHONE})

        assert (201, SIP) == (response.status_code, response.json()["from"])

    @pytest.mark.parametrize(
        "text", ["sip:", "sip:a b", "sip:a,b", "agent7@pbx.example.com", "sips"]
    )
    def test_is_refused_where_it_is_none(self, driver, text):
        assert 400 == driver.try_connect(From=text).status_code

    def test_is_no_caller_id(self, driver):
        """And no number that has a circle."""
        assert 400 == driver.try_connect(CallerId=SIP).status_code
        assert 400 == driver.get(f"Numbers/{SIP}.json").status_code


class TestAConnectWithoutCallerId:
    def test_is_refused(self, driver):
        assert 400 == driver.try_connect(CallerId=None).status_code

    def test_goes_out_on_our_exophone_where_the_setting_says_so(self, exchange):
        response = exchange(default_caller_id=True).try_connect(CallerId=None)

        assert EXOPHONE == response.json()["Call"]["PhoneNumberSid"]
        assert "default-caller-id" in response.headers["X-Exomock-Why"]

    def test_goes_out_on_the_first_that_the_scenario_names(self, exchange):
        scenario = 'account: {exophones: ["08047112255", "08047112244"]}\n'
        response = exchange(scenario, default_caller_id=True).try_connect(CallerId="")

        assert "08047112255" == response.json()["Call"]["PhoneNumberSid"]

    def test_goes_out_on_its_own_where_it_has_one(self, exchange):
        driver = exchange(default_caller_id=True)

        assert (
            "08047112299" == driver.call(driver.connect(CallerId="08047112299"))["PhoneNumberSid"]
        )


class TestALaterVersion:
    @pytest.mark.parametrize("version", ["v2_beta", "v2", "v3"])
    def test_is_answered_in_json_and_stands_in_the_journal(self, driver, version):
        """Also when it refuses: a client of v2_beta parses nothing else."""
        path = f"/{version}/Accounts/exomock/IncomingPhoneNumbers/nobody"
        response = driver.http.get(driver.mock.url + path)

        assert "application/json" == response.headers["Content-Type"]
        assert response.status_code == error_of(response)["Status"] >= 400
        entry = control(driver, "/requests")["requests"][-1]
        assert (path, response.status_code) == (entry["path"], entry["status"])

    def test_does_not_make_an_account(self, exchange):
        """In an open house only what is imitated does: v1, and the ExoPhones of v2_beta."""
        driver = exchange(open_house=True)
        for path in ("v2/Accounts/nobody/IncomingPhoneNumbers", "v2_beta/Accounts/nobody/Calls"):
            driver.http.get(f"{driver.mock.url}/{path}")

        shown = driver.http.get(f"{driver.mock.url}/_exomock/accounts").json()["accounts"]
        assert ["exomock"] == [each["sid"] for each in shown]


class TestRecordingUrlValidity:
    @pytest.mark.parametrize(
        ("value", "status"), [("5", 200), ("60", 200), ("4", 400), ("61", 400), ("x", 400)]
    )
    def test_is_checked_on_a_single_call_as_on_a_list(self, driver, value, status):
        """5 to 60 minutes; its effect comes with recordings."""
        sid = driver.connect()
        params = {"RecordingUrlValidity": value}

        for path in (f"Calls/{sid}.json", "Calls.json"):
            assert status == driver.get(path, params=params).status_code


class TestStrictness:
    @pytest.mark.parametrize(
        ("said", "scenario", "status"),
        [
            (None, "{}", 200), (True, "{}", 400), (None, "account: {strict: true}", 400),
            (False, "account: {strict: true}", 200), (True, "account: {strict: false}", 400),
        ],
    )  # fmt: skip
    def test_is_said_when_an_account_is_made_or_else_by_its_scenario(
        self, driver, said, scenario, status
    ):
        body = {"sid": "other", "key": "k", "token": "t", "scenario": f"{scenario}\n"}
        body |= {} if said is None else {"strict": said}
        made = driver.http.post(f"{driver.mock.url}/_exomock/accounts", json=body).json()

        order = {"From": FROM, "To": TO, "CallerId": EXOPHONE, "TimeOut": "90"}
        response = driver.http.post(
            f"{made['base_url']}/Calls/connect.json", data=order, auth=("k", "t")
        )

        assert (status == 400, status) == (made["strict"], response.status_code)

    def test_outlives_a_restart(self, tmp_path):
        """It is kept with the account."""
        database, sid = tmp_path / "calls.db", "other"
        with Exomock("default", Settings(rate=0), database=database) as mock:
            url = f"{mock.url}/_exomock/accounts"
            Driver(mock).http.post(url, json={"sid": sid, "strict": True}).raise_for_status()
        with Exomock("default", Settings(rate=0), database=database) as mock:
            shown = Driver(mock).http.get(f"{mock.url}/_exomock/accounts/{sid}").json()

        assert shown["strict"] is True
