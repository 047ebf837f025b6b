"""Accounts over HTTP: made, seen, emptied, ended; and the open house."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from conftest import EXOPHONE, FROM, TO

ORDER = {"From": FROM, "To": TO, "CallerId": EXOPHONE}


class TestMaking:
    def test_with_nothing_gives_everything(self, control):
        """Sid, key and token are made up; the clock runs as the server's, from the wall's time."""
        made = control.post("accounts", {}, 201)

        assert {
            "sid", "key", "token", "seed", "collect", "dialect", "strict", "people", "clock",
            "scenario", "base_url",
        } == set(made)  # fmt: skip
        assert made["base_url"] == f"{control.url}/v1/Accounts/{made['sid']}"
        response = requests.get(made["base_url"], auth=(made["key"], made["token"]), timeout=9)
        assert 200 == response.status_code

    def test_takes_what_is_given(self, control):
        made = control.post(
            "accounts",
            {
                "sid": "acme", "key": "k", "token": "t", "seed": 7, "collect": True,
                "clock": {"now": "2026-03-01T10:00:00", "rate": 60},
                "scenario": "description: mine\nrules: []\n",
            },
            201,
        )  # fmt: skip

        assert ("acme", "k", "t", 7, True) == tuple(
            made[key] for key in ("sid", "key", "token", "seed", "collect")
        )
        assert made["clock"]["now"].startswith("2026-03-01T10:00:0")
        assert 60 == made["clock"]["rate"]

    def test_needs_no_content_type_without_a_body(self, control):
        assert 201 == requests.post(f"{control.url}/_exomock/accounts", timeout=9).status_code

    def test_with_a_scenario_as_an_object(self, control):
        account = control.account(scenario={"rules": [{"name": "all", "leg1": {"busy": "2s"}}]})
        sid = account.connect()
        account.idle()

        assert "busy" == account.status(sid)

    @pytest.mark.parametrize(
        ("body", "said"),
        [
            ({"sid": "a b"}, "sid: 'a b' is not valid; expected 1 to 64 letters"),
            ({"key": "a:b"}, "key: 'a:b' is not valid; expected 1 to 128 printable characters"),
            ({"seed": -1}, "seed: -1 is not valid; expected a whole number from 0"),
            ({"seed": True}, "seed: True is not valid"),
            ({"collect": 1.5}, "collect: 1.5 is not valid; expected true or false"),
            ({"clock": {"rate": -1}}, "rate"),
            ({"clock": {"now": "noon"}}, "now"),
            ({"clok": {}}, "clok: unknown; did you mean 'clock'?"),
            ({"scenario": "rules: 3"}, "scenario:1: rules: found '3', expected a list"),
            ({"scenario": 3}, "scenario: expected YAML in a string, or an object"),
            ([], "body: expected a JSON object"),
        ],
    )
    def test_refuses_what_is_wrong(self, control, body, said):
        before = control.get("accounts")
        assert said in control.post("accounts", body, 400)["detail"]
        assert before == control.get("accounts")

    def test_refuses_what_is_no_json(self, control):
        problem = control.ask(
            "POST", "accounts", 400, data="{", headers={"Content-Type": "application/json"}
        )
        assert problem["detail"].startswith("body: is not JSON")

    def test_twice_is_a_conflict(self, control):
        control.account("t1")
        assert (
            "there is an account 't1' already"
            == control.post("accounts", {"sid": "t1"}, 409)["detail"]
        )

    def test_ends_at_the_bound(self, controlled):
        """One is the server's own."""
        control = controlled(max_accounts=2)
        control.account("t1")
        assert "max-accounts" in control.post("accounts", {"sid": "t2"}, 503)["detail"]


class TestSeeing:
    def test_all_and_one(self, control):
        made = control.account("t1").made
        assert made == control.get("accounts/t1")
        assert ["exomock", "t1"] == [each["sid"] for each in control.get("accounts")["accounts"]]

    @pytest.mark.parametrize("method", ["GET", "DELETE"])
    def test_an_unknown_one_is_a_404_that_names_what_is_near(self, control, method):
        control.account("team-a")
        problem = control.ask(method, "accounts/team-b", 404)
        assert "there is no account 'team-b'" == problem["detail"]
        assert "team-a" == problem["accounts"][0]


class TestResetting:
    def test_empties_the_world_and_keeps_credentials(self, control):
        account = control.account("t1", collect=True)
        account.connect(StatusCallback="http://127.0.0.1:9/")
        account.advance(500)
        account.put("scenario", {"rules": [{"leg1": "busy"}]})
        fresh = account.post("reset")

        assert account.made == fresh
        assert [] == account.get("calls")["calls"] == account.get("callbacks")["callbacks"]
        assert [] == account.get("requests")["requests"]
        assert 200 == account.v1("GET", "Calls.json").status_code

    def test_keeps_what_it_is_told_to(self, control):
        account = control.account("t1")
        account.advance(60)
        account.put("scenario", {"description": "x", "rules": [{"name": "kept"}]})
        fresh = account.post("reset", {"keep": ["scenario", "clock"]})

        assert "2026-03-01T12:01:00.000000+05:30" == fresh["clock"]["now"]
        assert [rule.endswith("kept") for rule in account.get("scenario")["rules"]] == [True]
        assert "keep" in account.post("reset", {"keep": ["calls"]}, 400)["detail"]

    def test_lets_the_same_story_happen_again(self, control):
        """Sids included: chance starts anew with the world."""
        account = control.account("t1")
        first = [account.connect(), account.connect()]
        account.post("reset")

        assert first == [account.connect(), account.connect()]

    def test_of_one_leaves_the_others(self, control):
        one, other = control.account("t1"), control.account("t2")
        sid = other.connect()
        one.post("reset")
        control.delete("accounts/t1")

        assert "in-progress" == other.status(sid)

    def test_with_a_callback_on_the_wire_lets_none_land_in_what_comes_next(self, control, receiver):
        """It waits for what is under way; nothing of the old world is sent or recorded after it."""
        entered, go = threading.Event(), threading.Event()
        receiver.answer = lambda _: entered.set() or (500 if go.wait(10) else 200)
        account = control.account(clock={"rate": 60})
        account.connect(
            StatusCallback=f"{receiver.url}?old", StatusCallbackEvents="terminal,answered"
        )
        assert entered.wait(10)
        with ThreadPoolExecutor(1) as pool:
            reset = pool.submit(account.post, "reset")
            go.set()
            reset.result(10)
        before = len(receiver.got)
        receiver.answer = lambda _: 200
        account.put("clock", {"rate": 0})
        sid = account.connect(StatusCallback=f"{receiver.url}?new")
        account.idle()

        assert ["/hook?new"] == [each.path for each in receiver.got[before:]]
        assert [sid] == [each["call"] for each in account.get("callbacks")["callbacks"]]


class TestEnding:
    def test_leaves_nothing(self, control):
        account = control.account("t1")
        account.connect()
        control.delete("accounts/t1")

        control.get("accounts/t1", 404)
        assert 401 == account.v1("GET", "Calls.json").status_code
        again = control.account("t1")
        assert [] == again.v1("GET", "Calls.json").json()["Calls"]

    def test_sends_nothing_more(self, control, receiver):
        account = control.account("t1", clock={"rate": 60})
        account.connect(StatusCallback=receiver.url)
        control.delete("accounts/t1")
        other = control.account("t2")
        other.connect(StatusCallback=receiver.url + "?other")
        other.idle()

        assert ["/hook?other"] == [each.path for each in receiver.got]


class TestAnOpenHouse:
    @pytest.fixture
    def house(self, controlled):
        return controlled(open_house=True)

    def get(self, house, sid, auth):
        return requests.get(f"{house.url}/v1/Accounts/{sid}/Calls.json", auth=auth, timeout=9)

    def test_takes_whoever_comes_with_the_credentials_he_brings(self, house):
        assert 200 == self.get(house, "acme", ("acme-key", "acme-token")).status_code
        assert ("acme-key", "acme-token") == tuple(
            house.get("accounts/acme")[key] for key in ("key", "token")
        )
        assert 401 == self.get(house, "acme", ("acme-key", "wrong")).status_code
        assert 200 == self.get(house, "acme", ("acme", "acme-token")).status_code

    def test_begins_a_guests_time_where_the_servers_began(self, house):
        """As `--now` says, which is noon of a frozen clock here."""
        self.get(house, "acme", ("acme-key", "acme-token"))
        assert "2026-03-01T12:00:00.000000+05:30" == house.get("accounts/acme/clock")["now"]

    @pytest.mark.parametrize("auth", [None, ("", ""), ("key", "")])
    def test_takes_nobody_without_credentials(self, house, auth):
        assert 401 == self.get(house, "acme", auth).status_code
        house.get("accounts/acme", 404)

    def test_is_not_every_house(self, control):
        """An account that was named on the command line closes it."""
        assert 401 == self.get(control, "acme", ("acme-key", "acme-token")).status_code

    def test_keeps_two_teams_apart(self, house):
        for team in ("red", "blue"):
            url = f"{house.url}/v1/Accounts/{team}/Calls/connect.json"
            assert 200 == requests.post(url, data=ORDER, auth=("k", team), timeout=9).status_code
        assert [1, 1] == [len(house.get(f"accounts/{t}/calls")["calls"]) for t in ("red", "blue")]
