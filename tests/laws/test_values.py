"""Values as the service writes them: dialects, the account, lists of a fast clock, limits, To."""

import re

import pytest

from conftest import EXOPHONE, FROM, NOON, TO, Driver
from exomock.domain.clock import SECOND
from exomock.domain.listing import MONTH, Window, window, window_read
from exomock.engine.options import dialect_of
from exomock.ist import ist
from exomock.server import Exomock
from exomock.settings import Settings
from exomock.wall import machine_ahead, wall_now

OBSERVED = (
    "account: {dialect: observed}\nrules: [{leg1: {answer: 3s}, leg2: {answer: 5s}, talk: 40s}]\n"
)
FLOW = "http://my.exotel.com/x/exoml/start_voice/9"


def ended(driver, **fields):
    sid = driver.connect(**fields)
    driver.advance(3600)
    return sid


class TestTheObservedDialect:
    @pytest.mark.parametrize("form", ["Calls/{}.json", "Calls.json?Sid={}"])
    def test_has_numbers_where_the_documentation_has_texts(self, exchange, form):
        """Duration 48 and Price 0.5 (C: captures of 2019, 2024 and 2026); 0 where nobody talked."""
        driver, found = exchange(OBSERVED), []
        for sid in (ended(driver), ended(driver, To="09000000001")):
            answer = driver.get(form.format(sid)).json()
            found.append(answer["Call"] if "Call" in answer else answer["Calls"][0])

        assert [(48, 0.5), (6, 0)] == [(call["Duration"], call["Price"]) for call in found]
        assert [int, int] == [type(call["Duration"]) for call in found]
        assert int is type(found[1]["Price"])

    def test_has_its_own_uri_and_escapes_slashes(self, exchange):
        """The connect answer's Uri leads to the call; `\\/` is `/` to every parser (V)."""
        driver = exchange(OBSERVED)
        response = driver.try_connect()
        call = response.json()["Call"]

        assert f"/v1/Accounts/exomock/Calls/{call['Sid']}.json" == call["Uri"]
        assert 200 == driver.http.get(driver.mock.url + call["Uri"], timeout=9).status_code
        assert not re.search(r"(?<!\\)/", response.text)

    def test_is_no_other_in_xml(self, exchange):
        """The captures are of JSON; the Sids are all that differ."""
        one, other = exchange(OBSERVED), exchange()

        assert other.get(f"Calls/{ended(other)}").text == one.get(f"Calls/{ended(one)}").text

    def test_leaves_what_is_unset_empty(self, exchange):
        driver = exchange(OBSERVED)
        call = driver.call(driver.connect())

        assert ("", "") == (call["Duration"], call["Price"])

    def test_can_be_chosen_by_whoever_makes_the_account(self, exchange):
        """The control API beats the scenario, and an answer that was kept for good is no other's."""
        driver = exchange()
        url, kind = f"{driver.mock.url}/_exomock/accounts", {"Content-Type": "application/yaml"}
        made = driver.http.post(url, json={"dialect": "observed", "clock": {"rate": 0}}, timeout=9)
        account = made.json()
        auth = (account["key"], account["token"])
        data = {"From": FROM, "To": TO, "CallerId": EXOPHONE}
        connect = f"{account['base_url']}/Calls/connect.json"
        answer = driver.http.post(connect, data=data, auth=auth, timeout=9).json()["Call"]
        sid = ended(driver)
        before = [driver.call(sid)["Duration"] for _ in range(2)][1]
        driver.http.put(f"{url}/exomock/scenario", data=OBSERVED, headers=kind, timeout=9)

        assert "observed" == account["dialect"]
        assert answer["Uri"].endswith(".json")
        assert ("48", 48) == (before, driver.call(sid)["Duration"])

    def test_survives_a_restart(self, tmp_path):
        """So does when the account came into being."""
        with Exomock(database=tmp_path / "calls.db") as mock:
            url = f"{mock.url}/_exomock/accounts"
            wish = {"sid": "a", "key": "k", "token": "t", "dialect": "observed"}
            assert Driver(mock).http.post(url, json=wish, timeout=9).ok
            created = mock.exchange.engine.worlds["a"].created
        with Exomock(database=tmp_path / "calls.db") as mock:
            world = mock.exchange.engine.worlds["a"]

            assert ("observed", created) == (dialect_of(world), world.created)


class TestTheAccount:
    def test_has_the_fields_of_a_captured_answer(self, driver):
        """Source: exotel-v1.md section 10 (C: one capture of 2025); the token is masked."""
        account = driver.http.get(f"{driver.mock.base}.json", timeout=9).json()["Account"]

        assert {
            "Sid": "exomock",
            "FriendlyName": "exomock",
            "Type": "Full",
            "Status": "active",
            "DateCreated": "2026-03-01 12:00:00",
            "DateUpdated": "2026-03-01 12:00:00",
            "AuthToken": "********",
            "Uri": None,
            "BillingType": "prepaid",
            "KycStatus": "completed",
        } == account
        assert "Sid" == next(iter(account))

    @pytest.mark.parametrize("path", ["", "/Calls", "/Calls/nobody", "/Numbers/09812345678", "/x"])
    def test_and_all_else_in_xml_has_no_charset(self, driver, path):
        """`application/xml` alone, errors too (C: section 1)."""
        response = driver.http.get(driver.mock.base + path, timeout=9)

        assert "application/xml" == response.headers["Content-Type"]

    def test_dials_a_flow_call_to_its_caller_id(self, driver):
        """To = PhoneNumberSid = CallerId, in the connect answer and in details (C: section 4)."""
        placed = driver.try_connect(To=None, Url=FLOW).json()["Call"]
        shown = driver.call(placed["Sid"])

        assert {EXOPHONE} == {c[k] for c in (placed, shown) for k in ("To", "PhoneNumberSid")}


def ist_now(ahead=0):
    """The machine's time in IST, so many seconds later."""
    return ist(wall_now() + machine_ahead() + ahead * SECOND)


class TestAListOfAnAccountThatIsAhead:
    def test_that_ends_now_by_the_clients_clock_ends_now_by_the_accounts(self):
        """The client asks for the last two days; its call lies hours ahead of its own clock."""
        with Exomock(settings=Settings(rate=0)) as mock:
            driver = Driver(mock)
            driver.advance(6 * 3600)
            sid = ended(driver)
            asked = f"gte:{ist_now(-2 * 86_400)};lte:{ist_now()}"
            response = driver.get("Calls.json", params={"DateCreated": asked})

            assert [sid] == [call["Sid"] for call in response.json()["Calls"]]
            assert "until the account's now" in response.headers["X-Exomock-Why"]

    def test_that_ends_later_is_as_it_stands(self):
        """A client that knows the account's time asks for it."""
        with Exomock(settings=Settings(rate=0)) as mock:
            driver = Driver(mock)
            driver.advance(6 * 3600)
            ended(driver)
            asked = f"gte:{ist_now(-2 * 86_400)};lte:{ist_now(3600)}"
            response = driver.get("Calls.json", params={"DateCreated": asked})

            assert [] == response.json()["Calls"]
            assert "until" not in response.headers["X-Exomock-Why"]

    def test_is_read_anew_when_the_wall_has_come_to_its_end(self):
        """A frozen account, a window that ends in a second; an answer that was kept is let go."""
        with Exomock(settings=Settings(rate=0)) as mock:
            driver = Driver(mock)
            driver.advance(6 * 3600)
            sid = ended(driver)
            asked = {"DateCreated": f"gte:{ist_now(-86_400)};lte:{ist_now(1)}"}
            before = driver.calls(**asked)["Calls"]
            world = mock.exchange.engine.worlds["exomock"]
            world.wait_for(lambda: False, 1.2)

            assert ([], sid) == (before, driver.calls(**asked)["Calls"][0]["Sid"])

    def test_may_be_as_wide_as_the_client_may_ask(self):
        """A month by the client's clock, however far the account's has come since."""
        wall, now = NOON, NOON + 300 * 86_400 * SECOND
        lte = wall // SECOND

        assert Window(lte - MONTH, now // SECOND) == window_read(lte - MONTH, lte, now, wall)[0]

    @pytest.mark.parametrize(
        ("before", "until"), [(0, True), (900, True), (901, False), (-1, False)]
    )
    def test_is_read_so_where_it_ends_within_15_minutes_of_the_walls_now(self, before, until):
        """A client that writes another zone's time must see his mistake."""
        now, lte = NOON + 7 * 86_400 * SECOND, NOON // SECOND - before
        found, read = window_read(lte - 60, lte, now, NOON)

        assert (until, now // SECOND if until else lte) == (bool(read), found.end)

    @pytest.mark.parametrize("ahead", [0, -1, -7200])
    def test_is_as_it_stands_where_the_clock_is_not_ahead(self, ahead):
        now, lte = NOON + ahead * SECOND, NOON // SECOND - 86_400

        assert (window(None, lte, now), "") == window_read(None, lte, now, NOON)


class TestA429:
    def test_says_in_how_many_seconds_of_the_account_one_more_is_free(self, exchange):
        """Two connects 20 s apart, two a minute: the third is free 40 s later, and is placed."""
        driver = exchange("account: {rate_limit: 2/min}\n")
        driver.connect()
        driver.advance(20)
        driver.connect()
        response = driver.try_connect()
        why = response.headers["X-Exomock-Why"]
        driver.advance(40)

        assert 429 == response.status_code
        assert "one more is free in 40 s of the account's time; a clock that is frozen" in why
        assert 200 == driver.try_connect().status_code

    def test_of_a_fault_says_when_it_is_over(self, exchange):
        driver = exchange("faults: [{when: {between: [0s, 5m]}, answer: rate-limited}]\n")
        driver.advance(60)
        why = driver.try_connect().headers["X-Exomock-Why"]
        driver.advance(240)

        assert "over in 240 s of the account's time" in why
        assert 200 == driver.try_connect().status_code


class TestToOfACallThatComesIn:
    @pytest.mark.parametrize(
        ("leg2", "to"), [("answer", "09833300003"), ("busy", "09833300003"), ("none", EXOPHONE)]
    )
    def test_is_the_agent_who_is_rung(self, exchange, leg2, to):
        """Setting inbound-to; the ExoPhone where nobody is rung (C: section 4)."""
        driver = exchange(inbound_to="+919833300003")
        url = f"{driver.mock.url}/_exomock/accounts/exomock/calls"
        body = {"from": FROM, "exophone": EXOPHONE, "leg2": leg2}
        answer = driver.http.post(url, json=body, timeout=9)
        assert answer.ok, answer.text
        driver.advance(3600)
        (call,) = driver.calls(To=to)["Calls"]

        assert (to, EXOPHONE, "inbound") == (
            call["To"], call["PhoneNumberSid"], call["Direction"],
        )  # fmt: skip

    def test_is_the_exophone_unless_the_setting_names_an_agent(self, exchange):
        driver = exchange()
        url = f"{driver.mock.url}/_exomock/accounts/exomock/calls"
        assert driver.http.post(url, json={"from": FROM, "exophone": EXOPHONE}, timeout=9).ok
        driver.advance(3600)

        assert [EXOPHONE] == [call["To"] for call in driver.calls()["Calls"]]
