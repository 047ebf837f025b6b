"""IncomingPhoneNumbers of v1 and v2_beta: exotel-v1.md sections 10 and 12."""

import xml.etree.ElementTree as ET

import pytest

from conftest import EXOPHONE, NOON, TO, Driver, error_of, why_of
from exomock.scenarios import read_scenario
from exomock.scenarios.source import ScenarioError
from exomock.server import Exomock
from exomock.settings import Settings

SALES, NEW = "08047112244", "08047112299"
FLOW = "http://my.exotel.com/exomock/exoml/start_voice/"
TWO = f"""
account:
  exophones:
    - "{EXOPHONE}"
    - {{number: "{SALES}", flow: 926, sms_url: "http://localhost:5000/sms", region: MH}}
"""
BETA_KEYS = [
    "sid", "phone_number", "friendly_name", "capabilities", "country", "region", "voice_url",
    "sms_url", "rental_price", "currency",
]  # fmt: skip


@pytest.fixture
def driver(exchange):
    return exchange(TWO)


def beta(driver, method, path, **kwargs):
    """Ask v2_beta, which answers in JSON whatever becomes of it."""
    url = f"{driver.mock.url}/v2_beta/Accounts/exomock/{path}"
    answer = driver.http.request(method, url, timeout=9, **kwargs)
    assert "application/json" == answer.headers["Content-Type"]
    return answer


def numbers(driver):
    """The account's ExoPhones as v1 lists them."""
    found = driver.get("IncomingPhoneNumbers.json").json()["IncomingPhoneNumbers"]
    return [each["IncomingPhoneNumber"]["PhoneNumber"] for each in found]


def rented(driver, **more):
    """Rent NEW, and give its Sid."""
    answer = beta(driver, "POST", "IncomingPhoneNumbers", data={"PhoneNumber": NEW} | more)
    assert 200 == answer.status_code
    return answer.json()["sid"]


class TestAnAccount:
    def test_has_the_exophones_of_its_scenario(self, driver):
        assert [EXOPHONE, SALES] == numbers(driver)

    def test_has_ours_and_those_it_called_through_where_the_scenario_names_none(self, exchange):
        """Each CallerId once."""
        driver = exchange()
        assert [EXOPHONE] == numbers(driver)

        for line in (SALES, EXOPHONE, "+91 80471 12244"):
            driver.connect(CallerId=line)
        assert [EXOPHONE, SALES] == numbers(driver)

    def test_may_call_from_those_that_it_has(self, driver):
        """Renting lets it, giving up takes it away; the why names what is left."""
        assert 400 == driver.try_connect(CallerId=NEW).status_code
        sid = rented(driver)
        assert 200 == driver.try_connect(CallerId=NEW).status_code
        beta(driver, "DELETE", f"IncomingPhoneNumbers/{sid}")
        refused = driver.try_connect(CallerId=NEW)
        assert f"none of its ExoPhones, {EXOPHONE}, {SALES}" in why_of(refused)

    def test_that_gave_all_up_may_call_from_none(self, driver):
        """An empty list is not "any"."""
        for line in (EXOPHONE, SALES):
            assert 202 == beta(driver, "DELETE", f"IncomingPhoneNumbers/{line}").status_code
        assert [] == numbers(driver)
        assert 400 == driver.try_connect().status_code


class TestInV1:
    def test_a_number_is_shown_as_a_call_shows_it(self, driver):
        """`0` and ten digits: what Frappe compares with its agent's number (C)."""
        (_, sales) = driver.get("IncomingPhoneNumbers.json").json()["IncomingPhoneNumbers"]
        record = sales["IncomingPhoneNumber"]

        assert (SALES, f"{FLOW}926", "MH") == (
            record["PhoneNumber"], record["VoiceUrl"], record["Region"]
        )  # fmt: skip
        one = driver.get(f"IncomingPhoneNumbers/{record['Sid']}.json").json()
        assert {"IncomingPhoneNumber": record} == one

    def test_is_xml_without_json(self, driver):
        """An element for each, as calls have."""
        root = ET.fromstring(driver.get("IncomingPhoneNumbers").content)
        assert [EXOPHONE, SALES] == [each.findtext("PhoneNumber") for each in root]
        assert {"IncomingPhoneNumber"} == {each.tag for each in root}
        assert "true" == root[0].findtext("Capabilities/Voice")

        one = ET.fromstring(driver.get(f"IncomingPhoneNumbers/{SALES}").content)
        assert SALES == one.findtext("IncomingPhoneNumber/PhoneNumber")

    def test_an_unknown_one_is_a_404(self, driver):
        answer = driver.get("IncomingPhoneNumbers/nobody")
        assert ("404", "No matching results") == tuple(error_of(answer).values())
        assert "GET IncomingPhoneNumbers lists them" in why_of(answer)


class TestInV2Beta:
    def test_a_list_has_three_keys_and_each_number_ten(self, driver):
        """snake_case, phone_number in E.164, friendly_name as v1's PhoneNumber (V, C)."""
        found = beta(driver, "GET", "IncomingPhoneNumbers").json()
        first, sales = found["incoming_phone_numbers"]

        assert {"page": 0, "page_size": 50} == {k: found[k] for k in ("page", "page_size")}
        assert BETA_KEYS == list(first) == list(sales)
        assert ("+918047112244", SALES, "MH", f"{FLOW}926", "http://localhost:5000/sms") == tuple(
            sales[k] for k in ("phone_number", "friendly_name", "region", "voice_url", "sms_url")
        )
        assert {"voice": True, "sms": True} == first["capabilities"]
        assert ("IN", "KA", None, None, "499.000000", "INR") == tuple(
            first[k] for k in ("country", "region", "voice_url", "sms_url", "rental_price", "currency")
        )  # fmt: skip

    def test_a_list_has_pages(self, driver):
        params = {"Page": 1, "PageSize": 1}
        found = beta(driver, "GET", "IncomingPhoneNumbers", params=params).json()
        assert (1, 1, [SALES]) == (
            found["page"], found["page_size"],
            [each["friendly_name"] for each in found["incoming_phone_numbers"]],
        )  # fmt: skip

    def test_one_can_be_rented_changed_and_given_up(self, driver):
        """POST, PUT and DELETE; DELETE is a 202 with a body (V)."""
        sid = rented(driver, VoiceUrl=f"{FLOW}7", FriendlyName="Support")
        shown = beta(driver, "GET", f"IncomingPhoneNumbers/{sid}").json()
        assert ("Support", f"{FLOW}7") == (shown["friendly_name"], shown["voice_url"])

        changed = beta(
            driver, "PUT", f"IncomingPhoneNumbers/{sid}", data={"FriendlyName": "Sales"}
        ).json()
        assert shown | {"friendly_name": "Sales"} == changed

        gone = beta(driver, "DELETE", f"IncomingPhoneNumbers/{sid}")
        assert (202, {"Status": 202, "Message": "Accepted"}) == (gone.status_code, gone.json())
        assert 404 == beta(driver, "GET", f"IncomingPhoneNumbers/{sid}").status_code

    @pytest.mark.parametrize("sent", [{"params": {}}, {"data": {}}, {"json": {}}], ids=str)
    def test_parameters_may_be_a_form_a_query_or_json(self, driver, sent):
        """exotelpy sends JSON to all but v1 (c); the vendor says form (V)."""
        (where,) = sent
        answer = beta(
            driver, "PUT", f"IncomingPhoneNumbers/{SALES}.json", **{where: {"VoiceUrl": f"{FLOW}8"}}
        )
        assert f"{FLOW}8" == answer.json()["voice_url"]

    def test_a_number_stands_for_its_sid(self, driver):
        """One public program PUTs to the number (c)."""
        for name in (SALES, "+918047112244"):
            assert (
                SALES == beta(driver, "GET", f"IncomingPhoneNumbers/{name}").json()["friendly_name"]
            )

    @pytest.mark.parametrize(
        ("method", "path", "data", "status", "why"),
        [
            ("POST", "IncomingPhoneNumbers", {}, 400, "PhoneNumber: is missing"),
            ("POST", "IncomingPhoneNumbers", {"PhoneNumber": "x"}, 400, "PhoneNumber: 'x' is not"),
            ("POST", "IncomingPhoneNumbers", {"PhoneNumber": SALES}, 400, f"has {SALES} already"),
            ("PUT", f"IncomingPhoneNumbers/{SALES}", {"VoiceUrl": "flow"}, 400, "VoiceUrl: 'flow'"),
            ("PUT", "IncomingPhoneNumbers/nobody", {}, 404, "no ExoPhone of this account"),
            ("DELETE", "IncomingPhoneNumbers/nobody", {}, 404, "no ExoPhone of this account"),
            ("PATCH", f"IncomingPhoneNumbers/{SALES}", {}, 405, "PATCH is not possible"),
            ("GET", "IncomingPhoneNumbers?PageSize=x", {}, 400, "PageSize: 'x' is not valid"),
            ("GET", "Nowhere", {}, 400, "is not supported"),
        ],
    )
    def test_a_mistake_is_a_rest_exception_in_json(self, driver, method, path, data, status, why):
        """It stands in the journal, and changes nothing."""
        before = beta(driver, "GET", "IncomingPhoneNumbers").json()
        answer = beta(driver, method, path, data=data)

        assert (status, status) == (answer.status_code, error_of(answer)["Status"])
        assert why in why_of(answer)
        requests = f"{driver.mock.url}/_exomock/accounts/exomock/requests"
        last = driver.http.get(requests).json()["requests"][-1]
        assert (method, status) == (last["method"], last["status"])
        assert before == beta(driver, "GET", "IncomingPhoneNumbers").json()

    def test_needs_the_accounts_credentials(self, driver):
        url = f"{driver.mock.url}/v2_beta/Accounts/exomock/IncomingPhoneNumbers"
        answer = driver.http.get(url, auth=("exomock-key", "wrong"), timeout=9)
        assert (401, 34010) == (answer.status_code, error_of(answer)["Code"])

    def test_what_can_be_rented_is_a_bare_array(self, driver):
        """Of the region that was asked for, so many as were asked for; not what one has."""
        path = "AvailablePhoneNumbers/IN/Landline"
        found = beta(driver, "GET", path, params={"InRegion": "ka", "PageSize": 3}).json()
        assert [("KA", "IN")] * 3 == [(each["region"], each["country"]) for each in found]

        first = found[0]["phone_number"]
        beta(driver, "POST", "IncomingPhoneNumbers", data={"PhoneNumber": first})
        left = beta(driver, "GET", path, params={"InRegion": "KA", "PageSize": 100}).json()
        assert first not in [each["phone_number"] for each in left]
        assert [] == beta(driver, "GET", "AvailablePhoneNumbers/US/Landline").json()
        for kind in ("Mobile", "TollFree"):
            assert beta(driver, "GET", f"AvailablePhoneNumbers/IN/{kind}").json()


class TestTheAccountsState:
    def test_is_in_a_snapshot_and_gone_after_a_reset(self, driver):
        engine = driver.mock.exchange.engine
        rented(driver)
        beta(driver, "DELETE", f"IncomingPhoneNumbers/{EXOPHONE}")
        snapshot = engine.snapshots.take("exomock")
        engine.resets.reset("exomock")
        assert [EXOPHONE, SALES] == numbers(driver)
        assert 400 == driver.try_connect(CallerId=NEW).status_code

        engine.snapshots.restore("exomock", snapshot)
        assert [SALES, NEW] == numbers(driver)
        assert 200 == driver.try_connect(CallerId=NEW).status_code

    def test_is_there_after_a_restart(self, tmp_path):
        """Rows, not memory: a rented ExoPhone, and who may be called through it."""
        seen = []
        for first in (True, False):
            with Exomock(TWO, Settings(rate=0), start_at=NOON, database=tmp_path / "x.db") as mock:
                driver = Driver(mock)
                if first:
                    rented(driver)
                    entry = {"VirtualNumber": NEW, "Number": TO}
                    driver.post("CustomerWhitelist", data=entry)
                listed = driver.get(f"CustomerWhitelist/{TO}.json").json()["Result"]["Status"]
                seen.append((numbers(driver), listed))
                driver.http.close()

        assert [([EXOPHONE, SALES, NEW], "Whitelist")] * 2 == seen

    def test_moves_kept_answers_and_stands_in_the_news(self, driver):
        """Who has just rented one sees it in the next list."""
        assert [EXOPHONE, SALES] == numbers(driver) == numbers(driver)
        sid = rented(driver)
        assert [EXOPHONE, SALES, NEW] == numbers(driver)
        beta(driver, "DELETE", f"IncomingPhoneNumbers/{sid}")

        news = driver.http.get(f"{driver.mock.url}/_exomock/accounts/exomock/news").json()["news"]
        changes = [each for each in news if each["kind"] == "change"]
        assert [("exophone", NEW), ("gave-up", NEW)] == [
            (each["data"]["did"], each["subject"]) for each in changes
        ]


FLOWS = f"""
account:
  exophones: ["{EXOPHONE}", {{number: "{SALES}", flow: 926}}, {{number: "{NEW}", flow: "926"}}]
flows:
  "926": [hangup]
  "927": [{{greeting: Hello}}, hangup]
"""


def rung(driver, line):
    """How many were rung by a call to an ExoPhone; a flow that hangs up rings nobody."""
    url = f"{driver.mock.url}/_exomock/accounts/exomock/calls"
    call = driver.http.post(url, json={"from": TO, "exophone": line}).json()
    driver.advance(600)
    return len(driver.get(f"Calls/{call['sid']}/Legs.json").json()["legs"]) - 1


class TestAFlow:
    def test_is_started_by_the_exophones_that_are_assigned_to_it(self, exchange):
        """Two of them; a call to the third rings an agent."""
        driver = exchange(FLOWS)
        assert [1, 0, 0] == [rung(driver, line) for line in (EXOPHONE, SALES, NEW)]

    def test_is_started_by_whatever_a_client_assigns_to_it(self, exchange):
        """PUT with a VoiceUrl, while the server runs; what was placed before goes on as it was."""
        driver = exchange(FLOWS)
        beta(driver, "PUT", f"IncomingPhoneNumbers/{EXOPHONE}", data={"VoiceUrl": f"{FLOW}927"})
        assert 0 == rung(driver, EXOPHONE)

    @pytest.mark.parametrize(
        ("items", "told"),
        [
            (
                f'{{number: "{NEW}", flow: 928}}',
                f"{NEW} says flow 928, which is none; did you mean",
            ),
            (
                f'{{number: "{SALES}", flow: 926}}',
                f"{SALES} says flow 926, and the flow 927 says that it is started by it (f.yaml:4)",
            ),
        ],
    )
    def test_that_says_otherwise_than_its_exophone_is_a_mistake(self, items, told):
        """The file, the line and both answers."""
        text = (
            f"account: {{exophones: [{items}]}}\n"
            'flows:\n  "926": [hangup]\n'
            f'  "927": {{exophone: "{SALES}", steps: [hangup]}}\n'
        )
        with pytest.raises(ScenarioError) as raised:
            read_scenario("f.yaml", text.encode())
        assert str(raised.value).startswith(f"f.yaml:1: account.exophones: {told}")

    def test_knows_the_exophone_that_the_account_assigns(self):
        """So a rehearsal of an inbound call walks it."""
        found = read_scenario("f.yaml", FLOWS.encode())
        assert {"926": "+918047112244", "927": None} == {
            app: flow.exophone for app, flow in found.flows.items()
        }
