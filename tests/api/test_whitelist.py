"""CustomerWhitelist: exotel-v1.md sections 10 and 12; and what it does to DND."""

import xml.etree.ElementTree as ET

import pytest

from conftest import EXOPHONE, FROM, ORDINARY, TO, error_of, why_of

OTHER = "08047112244"
LISTED, MAGIC = "09876543211", "09000000005"
SCENARIO = (
    """
rules:
  - name: on the list by a rule
    when: {to: "09822200009"}
    refuse: dnd
"""
    + ORDINARY.removeprefix("\nrules:\n")
    + f"""
numbers:
  "{LISTED}": {{dnd: "Yes"}}
"""
)
SIX_MONTHS = 183 * 86_400


@pytest.fixture
def driver(exchange):
    return exchange(SCENARIO)


def whitelist(driver, number, line=EXOPHONE, path="CustomerWhitelist.json"):
    """POST a number, and insist that it went well."""
    answer = driver.post(path, data={"VirtualNumber": line, "Number": number, "Language": "en"})
    assert (200, {"Result": {"Succeeded": True}}) == (answer.status_code, answer.json())


def listed(driver, number):
    """What a GET says of a number."""
    return driver.get(f"CustomerWhitelist/{number}.json").json()["Result"]


class TestANumberThatIsWhitelisted:
    def test_stays_so_for_six_months_of_the_accounts_clock(self, driver):
        """Expiry counts down in whole seconds, and is -1 when the time is over (V)."""
        assert {"Status": "Neutral", "Type": "", "Expiry": -1} == listed(driver, TO)

        whitelist(driver, TO)
        assert {"Status": "Whitelist", "Type": "API", "Expiry": SIX_MONTHS} == listed(driver, TO)

        driver.advance(SIX_MONTHS - 0.5)
        assert {"Status": "Whitelist", "Type": "API", "Expiry": 1} == listed(driver, TO)

        driver.advance(0.5)
        assert {"Status": "Neutral", "Type": "", "Expiry": -1} == listed(driver, TO)

    def test_is_looked_up_in_any_spelling(self, driver):
        """It is one number, however it was sent."""
        whitelist(driver, "+91 98222-00002")
        for spelled in (TO, "9822200002", "919822200002", "+919822200002"):
            assert "Whitelist" == listed(driver, spelled)["Status"]

    def test_shows_the_longest_expiry_of_all_exophones(self, driver):
        """One look-up for the whole account; whitelisting again begins anew."""
        whitelist(driver, TO, EXOPHONE)
        driver.advance(1000)
        whitelist(driver, TO, OTHER)
        assert SIX_MONTHS == listed(driver, TO)["Expiry"]

        driver.advance(1000)
        assert SIX_MONTHS - 1000 == listed(driver, TO)["Expiry"]

    def test_is_one_no_more_after_a_delete(self, driver):
        """DELETE takes a comma list, and forgets every ExoPhone of each."""
        whitelist(driver, f"{TO}, {FROM}", EXOPHONE)
        whitelist(driver, TO, OTHER)
        answer = driver.http.delete(
            f"{driver.mock.base}/CustomerWhitelist.json", params={"Number": f"{TO},{FROM}"}
        )

        assert (200, {"Result": {"Succeeded": True}}) == (answer.status_code, answer.json())
        assert ["Neutral"] * 2 == [listed(driver, each)["Status"] for each in (TO, FROM)]

    def test_is_shown_in_xml_without_json(self, driver):
        """Expiry is a number there too; Succeeded is `true`."""
        sent = {"VirtualNumber": EXOPHONE, "Number": TO}
        done = ET.fromstring(driver.post("CustomerWhitelist/", data=sent).content)
        found = ET.fromstring(driver.get(f"CustomerWhitelist/{TO}").content)

        assert "true" == done.findtext("Result/Succeeded")
        assert ["Whitelist", "API", str(SIX_MONTHS)] == [each.text for each in found[0]]


class TestASpelling:
    @pytest.mark.parametrize(
        "path",
        [
            "CustomerWhitelist",
            "CustomerWhitelist/",
            "/CustomerWhitelist/",
            "CustomerWhitelist.json",
        ],
    )
    @pytest.mark.parametrize("where", ["data", "params", "files"])
    def test_is_taken(self, driver, path, where):
        """A form, a multipart body, or everything in the query of a POST (C)."""
        sent = {"VirtualNumber": EXOPHONE, "Number": f" {TO} , 9811100001 "}
        if where == "files":
            sent = {name: (None, value) for name, value in sent.items()}
        assert 200 == driver.post(path, **{where: sent}).status_code
        assert ["Whitelist"] * 2 == [listed(driver, each)["Status"] for each in (TO, FROM)]

    def test_of_a_list_may_repeat_the_parameter(self, driver):
        """As requests sends a Python list."""
        driver.post("CustomerWhitelist", data={"VirtualNumber": EXOPHONE, "Number": [TO, FROM]})
        assert ["Whitelist"] * 2 == [listed(driver, each)["Status"] for each in (TO, FROM)]


class TestAMistake:
    @pytest.mark.parametrize(
        ("sent", "why"),
        [
            ({"Number": TO}, "VirtualNumber: is missing"),
            ({"VirtualNumber": EXOPHONE}, "Number: is missing"),
            ({"VirtualNumber": EXOPHONE, "Number": " , "}, "Number: holds 0 numbers"),
            ({"VirtualNumber": EXOPHONE, "Number": f"{TO},nobody"}, "Number: 'nobody' is not a"),
            ({"VirtualNumber": "x", "Number": TO}, "VirtualNumber: 'x' is not a telephone number"),
            ({"VirtualNumber": EXOPHONE, "number": TO}, "'number' (the nearest is Number"),
            ({"VirtualNumber": EXOPHONE, "Number": ",".join([TO] * 1001)}, "holds 1001 numbers"),
        ],
    )
    def test_is_a_400_with_34001_and_changes_nothing(self, driver, sent, why):
        """The why names the parameter; nobody is whitelisted by half."""
        answer = driver.post("CustomerWhitelist.json", data=sent)

        assert (400, "Bad or missing parameters", 34001) == tuple(error_of(answer).values())
        assert why in why_of(answer)
        assert "Neutral" == listed(driver, TO)["Status"]

    def test_of_a_look_up_is_the_same(self, driver):
        answer = driver.get("CustomerWhitelist/nobody.json")
        assert (400, 34001) == (answer.status_code, error_of(answer)["Code"])

    def test_of_the_exophone_is_one_where_the_scenario_names_them(self, exchange):
        """Whoever whitelists for a number that is not his learns which are."""
        driver = exchange(f'account: {{exophones: ["{EXOPHONE}"]}}\n')
        answer = driver.post("CustomerWhitelist.json", data={"VirtualNumber": OTHER, "Number": TO})

        assert (400, 34001) == (answer.status_code, error_of(answer)["Code"])
        assert f"{OTHER} is no ExoPhone of this account, which has {EXOPHONE}" in why_of(answer)


class TestDND:
    """One story: the look-up, the refusal and the whitelist."""

    @pytest.mark.parametrize(
        ("party", "number"),
        [
            ("To", LISTED), ("From", LISTED), ("To", MAGIC), ("From", MAGIC), ("To", "09822200009")
        ],
    )  # fmt: skip
    def test_does_not_keep_a_whitelisted_number_from_being_called(self, driver, party, number):
        """On the list by `numbers`, by a magic number, by a rule; the register says Yes all along."""
        order = {party: number}
        before = driver.try_connect(**order)
        whitelist(driver, number)
        after = driver.try_connect(**order)

        assert (403, 200) == (before.status_code, after.status_code)
        assert f"{number} is on the do-not-disturb list, and whitelisted for" in why_of(after)
        assert "Yes" == driver.get(f"Numbers/{number}.json").json()["Numbers"]["DND"]

    def test_lets_it_be_called_through_that_exophone_only(self, driver):
        whitelist(driver, LISTED, OTHER)
        assert 403 == driver.try_connect(To=LISTED, CallerId=EXOPHONE).status_code
        assert 200 == driver.try_connect(To=LISTED, CallerId=OTHER).status_code

    def test_comes_back_after_six_months(self, driver):
        whitelist(driver, LISTED)
        driver.advance(SIX_MONTHS)
        assert 403 == driver.try_connect(To=LISTED).status_code

    def test_keeps_the_other_party_from_being_called(self, driver):
        """Both are on the list, one is whitelisted."""
        for mine, its in ((LISTED, MAGIC), (MAGIC, LISTED)):
            whitelist(driver, mine)
            refused = driver.try_connect(From=mine, To=its)
            assert 403 == refused.status_code
            assert its in error_of(refused)["Message"]
            driver.http.delete(f"{driver.mock.base}/CustomerWhitelist?Number={mine}")

    def test_of_other_refusals_nothing_changes(self, driver):
        """A whitelist says nothing of KYC."""
        whitelist(driver, "09000000006")
        assert 403 == driver.try_connect(To="09000000006").status_code


class TestTheAccountsState:
    def test_is_in_a_snapshot_and_gone_after_a_reset(self, driver):
        """Restored it is as it was; a reset begins with nobody on the list."""
        engine = driver.mock.exchange.engine
        whitelist(driver, TO)
        snapshot = engine.snapshots.take("exomock")
        engine.resets.reset("exomock")
        assert "Neutral" == listed(driver, TO)["Status"]

        engine.snapshots.restore("exomock", snapshot)
        assert SIX_MONTHS == listed(driver, TO)["Expiry"]

    def test_stands_in_the_news(self, driver):
        """Who was whitelisted, for which ExoPhone; and who is no more."""
        whitelist(driver, f"{TO},{FROM}")
        driver.http.delete(f"{driver.mock.base}/CustomerWhitelist?Number={TO}")
        news = driver.http.get(f"{driver.mock.url}/_exomock/accounts/exomock/news").json()["news"]

        assert [
            (None, {"did": "whitelisted", "numbers": [TO, FROM], "exophone": EXOPHONE}),
            (TO, {"did": "unlisted", "numbers": [TO]}),
        ] == [(each["subject"], each["data"]) for each in news if each["kind"] == "change"]
