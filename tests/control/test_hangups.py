"""Hanging up in every phase of every shape of call: exotel-v1.md section 3."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

FLOW = {"To": None, "Url": "http://my.exotel.com/exomock/exoml/start_voice/926"}
CALLER = {"from": "09900000001", "exophone": "08047112233"}


@pytest.fixture
def account(control):
    return control.account()


def outcome(call):
    return call["status"], [leg["state"] for leg in call["legs"]]


class TestAnInboundCall:
    # Seconds after it came in, who: the caller is on the line at once, the agent answers after 8 s.
    @pytest.mark.parametrize(
        ("leg2", "after", "by", "legs"),
        [
            pytest.param(
                {"answer": "8s"}, 2, "from", ["completed", "canceled"], id="caller, rings"
            ),
            pytest.param({"answer": "8s"}, 2, "to", ["completed", "busy"], id="agent rejects"),
            pytest.param(
                {"answer": "8s"}, 9, "from", ["completed", "completed"], id="caller, talk"
            ),
            pytest.param({"answer": "8s"}, 9, "to", ["completed", "completed"], id="agent, talk"),
            pytest.param({"none": "9s"}, 2, "from", ["completed", "idle"], id="caller, in the IVR"),
        ],
    )
    def test_is_completed_whoever_hangs_up_when(self, account, leg2, after, by, legs):
        """All inbound rows of the table are `completed`."""
        sid = account.post("calls", {**CALLER, "leg2": leg2, "talk": "1m"}, 201)["sid"]
        account.advance(after)

        assert ("completed", legs) == outcome(account.post(f"calls/{sid}/hangup", {"by": by}))

    def test_has_no_agent_to_hang_up_in_the_ivr(self, account):
        sid = account.post("calls", {**CALLER, "leg2": {"none": "9s"}}, 201)["sid"]
        account.post(f"calls/{sid}/hangup", {"by": "to"}, 409)


class TestAFlowCall:
    @pytest.mark.parametrize(
        ("after", "status", "leg1"),
        [
            pytest.param(1, "busy", "busy", id="while it rings"),
            pytest.param(4, "completed", "completed", id="in the flow"),
        ],
    )
    def test_ends_when_from_hangs_up(self, account, after, status, leg1):
        sid = account.connect(**FLOW)
        account.advance(after)

        assert (status, [leg1, "idle"]) == outcome(account.post(f"calls/{sid}/hangup"))

    @pytest.mark.parametrize("after", [1, 4])
    def test_has_no_to_that_could(self, account, after):
        sid = account.connect(**FLOW)
        account.advance(after)
        account.post(f"calls/{sid}/hangup", {"by": "to"}, 409)


class TestAfterHangingUp:
    def test_nothing_of_the_old_plan_happens(self, account):
        sid = account.connect()
        account.advance(4)
        ended = account.post(f"calls/{sid}/hangup")

        assert [] == account.idle()["events"]
        assert ended == account.get(f"calls/{sid}")

    def test_inside_a_handler_the_same_advance_tells_the_end(self, account, receiver):
        """To has answered at 12:00:08; the handler hangs up, and `terminal` follows at once."""
        answers = []

        def hang_up(received):
            form = received.form
            if form["EventType"] == "answered" and form["Legs[1][Status]"] == "in-progress":
                answers.append(account.post(f"calls/{form['CallSid']}/hangup", {"by": "to"}))
            return 200

        receiver.answer = hang_up
        account.connect(StatusCallback=receiver.url, StatusCallbackEvents="terminal,answered")
        went = account.advance(3600)

        assert [("completed", ["completed", "completed"])] == [outcome(each) for each in answers]
        assert [("answered", "03"), ("answered", "08"), ("terminal", "08")] == [
            (each["event"], each["due"][17:19]) for each in went["callbacks"]
        ]


class TestWhatIsNotThere:
    def test_an_unknown_call_names_what_is_near(self, account):
        sid = account.connect()
        problem = account.post(f"calls/{sid[:-1]}x/hangup", {}, 404)

        assert [sid] == problem["calls"]

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("POST", "reset"), ("GET", "clock"), ("PUT", "clock"), ("POST", "clock/advance"),
            ("GET", "calls"), ("POST", "calls"), ("GET", "calls/x"), ("POST", "calls/x/hangup"),
        ],
    )  # fmt: skip
    def test_an_unknown_account_names_what_is_near_on_every_route(self, account, method, path):
        bodies = {"clock/advance": {"seconds": 1}, "calls": CALLER}
        body = bodies.get(path, {}) if method != "GET" else None
        problem = account.control.ask(method, f"accounts/t2/{path}", 404, json=body)

        assert "there is no account 't2'" == problem["detail"]
        assert "t1" in problem["accounts"]


class TestAnOpenHouse:
    def test_gives_a_new_sid_to_the_first_of_many_who_come_at_once(self, controlled):
        """Eight tokens race for one Sid: one is its own from then on, seven are refused."""
        house, ready = controlled(open_house=True), threading.Barrier(8)

        def come(token):
            ready.wait(10)
            url = f"{house.url}/v1/Accounts/acme/Calls.json"
            return requests.get(url, auth=("k", token), timeout=9).status_code

        tokens = [f"token{i}" for i in range(8)]
        with ThreadPoolExecutor(8) as pool:
            statuses = list(pool.map(come, tokens))

        assert [200] + [401] * 7 == sorted(statuses)
        assert house.get("accounts/acme")["token"] == tokens[statuses.index(200)]

    def test_places_the_first_call_of_a_sid_nobody_has_seen(self, controlled):
        """The first request may be any: the configuration of a team works unchanged."""
        house = controlled(open_house=True)
        url = f"{house.url}/v1/Accounts/acme/Calls/connect.json"
        order = {"From": "09811100001", "To": "09822200002", "CallerId": "08047112233"}
        sid = requests.post(url, data=order, auth=("k", "t"), timeout=9).json()["Call"]["Sid"]

        assert [sid] == [call["sid"] for call in house.get("accounts/acme/calls")["calls"]]
