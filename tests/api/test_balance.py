"""What is left of an account's money, and the legs of a call: exotel-v1.md section 12."""

import xml.etree.ElementTree as ET

import pytest

from conftest import EXOPHONE, FROM, NOON, ORDINARY, TO, error_of, why_of
from exomock.engine import NewAccount

LEG_KEYS = [
    "Sid", "CallSid", "AccountSid", "PhoneNumber", "Status", "Origin", "LastAction",
    "DateCreated", "DateUpdated",
]  # fmt: skip


def balance(driver):
    """What GET Balance says is left."""
    return driver.get("Balance.json").json()["Account"]["BalanceData"]["Balance"]


def legs(driver, sid):
    """The legs of a call in JSON."""
    return driver.get(f"Calls/{sid}/Legs.json").json()


class TestABalance:
    def test_begins_at_1000_rupees_and_falls_with_what_calls_cost(self, driver):
        """An ORDINARY call of 40 s costs two pulses of 0.250, once it has ended."""
        assert "1000.00" == balance(driver)
        driver.connect()
        assert "1000.00" == balance(driver)
        driver.advance(48)
        assert "999.50" == balance(driver)

    def test_begins_at_what_the_scenario_says_and_runs_out(self, exchange):
        """0.75 pays for one call; the second one may begin, and the third is a 402."""
        driver = exchange("account: {balance: 0.75}\n" + ORDINARY)
        seen = []
        for _ in range(3):
            seen.append((balance(driver), driver.try_connect().status_code))
            driver.advance(48)

        assert [("0.75", 200), ("0.25", 200), ("-0.25", 402)] == seen

    def test_has_the_vendors_four_fields(self, driver):
        """Texts, the amount with two decimals (V); in XML the same."""
        data = {
            "Balance": "1000.00", "Currency": "INR", "PricingPlan": "Pay As You Go",
            "DateUpdated": "2026-03-01 12:00:00",
        }  # fmt: skip
        found = driver.get("Balance.json").json()
        assert {"Account": {"AccountSid": "exomock", "BalanceData": data}} == found

        (account,) = ET.fromstring(driver.get("Balance").content)
        assert data == {each.tag: each.text for each in account.find("BalanceData")}

    def test_of_a_past_costs_nothing(self, exchange):
        """Calls of `history` were paid before."""
        assert "1000.00" == balance(exchange("history: {calls: 50}\n" + ORDINARY))

    def test_is_whole_again_after_a_reset(self, driver):
        driver.connect()
        driver.advance(48)
        driver.mock.exchange.engine.resets.reset("exomock")
        assert "1000.00" == balance(driver)


class TestLegs:
    def test_are_those_who_were_dialled(self, driver):
        """One while From rings, two from its answer on (V: the nine keys)."""
        sid = driver.connect()
        first = legs(driver, sid)
        driver.advance(3)
        both = legs(driver, sid)
        driver.advance(600)
        ended = legs(driver, sid)

        assert {"Total": 1, "Count": 1} == first["MetaData"]
        assert [(FROM, "ringing")] == [(e["PhoneNumber"], e["Status"]) for e in first["legs"]]
        assert [(FROM, "in-progress"), (TO, "ringing")] == [
            (each["PhoneNumber"], each["Status"]) for each in both["legs"]
        ]
        assert [
            (FROM, "completed", "2026-03-01 12:00:00", "2026-03-01 12:00:48"),
            (TO, "completed", "2026-03-01 12:00:03", "2026-03-01 12:00:48"),
        ] == [
            (e["PhoneNumber"], e["Status"], e["DateCreated"], e["DateUpdated"])
            for e in ended["legs"]
        ]
        assert {("outbound", "", sid, "exomock")} == {
            (e["Origin"], e["LastAction"], e["CallSid"], e["AccountSid"]) for e in ended["legs"]
        }
        assert [LEG_KEYS] * 2 == [list(each) for each in ended["legs"]]

    def test_have_sids_of_their_own_that_stay(self, driver):
        sid = driver.connect()
        driver.advance(10)
        found = [[leg["Sid"] for leg in legs(driver, sid)["legs"]] for _ in range(2)]
        assert found[0] == found[1]
        assert 3 == len({sid, *found[0]})

    def test_are_elements_in_xml(self, driver):
        sid = driver.connect()
        driver.advance(600)
        root = ET.fromstring(driver.get(f"Calls/{sid}/Legs").content)
        assert "2" == root.findtext("MetaData/Total")
        assert [FROM, TO] == [leg.findtext("PhoneNumber") for leg in root.findall("leg")]

    def test_of_an_inbound_call_begin_with_the_caller(self, driver):
        """Its origin is inbound; whoever was rung is outbound."""
        calls = f"{driver.mock.url}/_exomock/accounts/exomock/calls"
        call = driver.http.post(calls, json={"from": TO, "exophone": EXOPHONE}).json()
        driver.advance(600)
        origins = [each["Origin"] for each in legs(driver, call["sid"])["legs"]]
        assert ["inbound", "outbound"] == origins

    def test_of_an_unknown_call_are_a_404(self, driver):
        answer = driver.get(f"Calls/{'0' * 32}/Legs.json")
        assert {"Status": 404, "Message": "No matching results"} == error_of(answer)


class TestSubResourceUris:
    @pytest.mark.parametrize("dialect", ["documented", "observed"])
    @pytest.mark.parametrize("legs_api", ["true", "false"])
    def test_lead_to_the_legs_of_a_call_where_the_account_has_them(
        self, exchange, dialect, legs_api
    ):
        """A 20th key in the observed dialect, at the end; its address answers (V)."""
        driver = exchange(f"account: {{dialect: {dialect}, legs_api: {legs_api}}}\n{ORDINARY}")
        placed = driver.try_connect().json()["Call"]
        shown = driver.call(placed["Sid"])

        if (dialect, legs_api) != ("observed", "true"):
            assert [19, 19] == [len(placed), len(shown)]
            return
        assert [20, 20] == [len(placed), len(shown)]
        assert "SubResourceUris" == list(placed)[-1] == list(shown)[-1]
        address = shown["SubResourceUris"]["Legs"]
        assert placed["SubResourceUris"] == {"Legs": address}
        assert 200 == driver.http.get(driver.mock.url + address, timeout=9).status_code

    def test_are_in_no_list_and_in_no_xml(self, exchange):
        driver = exchange(f"account: {{dialect: observed, legs_api: true}}\n{ORDINARY}")
        sid = driver.connect()
        driver.advance(600)
        (row,) = driver.calls()["Calls"]
        assert "SubResourceUris" not in row
        assert b"SubResourceUris" not in driver.get(f"Calls/{sid}").content


class TestAnAccount:
    def test_has_ten_fields_in_both_formats(self, driver):
        """Source: exotel-v1.md section 10, one captured answer (C)."""
        engine = driver.mock.exchange.engine
        engine.making.make(NewAccount("acme1", "k", "t", time=NOON))
        url = f"{driver.mock.url}/v1/Accounts/acme1"
        found = driver.http.get(f"{url}.json", auth=("k", "t"), timeout=9).json()["Account"]
        (record,) = ET.fromstring(driver.http.get(url, auth=("k", "t"), timeout=9).content)

        assert [
            ("Sid", "acme1"), ("FriendlyName", "acme1"), ("Type", "Full"), ("Status", "active"),
            ("DateCreated", "2026-03-01 12:00:00"), ("DateUpdated", "2026-03-01 12:00:00"),
            ("AuthToken", "********"), ("Uri", None), ("BillingType", "prepaid"),
            ("KycStatus", "completed"),
        ] == list(found.items())  # fmt: skip
        assert list(found) == [each.tag for each in record]


class TestAKnownPathThatIsNotImitated:
    @pytest.mark.parametrize(
        ("method", "path", "name"),
        [
            ("POST", f"Calls/{'a' * 32}/ExoVoiceAnalyze.json", "ExoVoiceAnalyze"),
            ("GET", f"Calls/{'a' * 32}/ActiveLegs", "ActiveLegs"),
            ("GET", f"Calls/{'a' * 32}/Recordings.json", "Recordings"),
            ("GET", "AvailablePhoneNumbers.json", "AvailablePhoneNumbers"),
        ],
    )
    def test_is_a_501_by_name(self, driver, method, path, name):
        """No 404 that looks like a missing call."""
        answer = driver.http.request(method, f"{driver.mock.base}/{path}", timeout=9)
        assert 501 == answer.status_code
        assert f"exomock does not imitate {name} yet" == error_of(answer)["Message"]
        assert "docs/fidelity.md" in why_of(answer)
