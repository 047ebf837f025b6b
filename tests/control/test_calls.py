"""Calls over HTTP: their plans, what chose them, hanging up, and inbound ones."""

import pytest

SILENT = {"rules": [{"name": "to nobody", "when": {"to": "09822200009"}, "leg2": "no_answer"}]}


@pytest.fixture
def account(control):
    return control.account()


class TestAPlan:
    def test_is_shown_past_and_coming(self, account):
        sid = account.connect()
        account.advance(5)
        call = account.get(f"calls/{sid}")

        assert [
            ("12:00:00", 1, "dialed", True),
            ("12:00:03", 1, "answered", True),
            ("12:00:03", 2, "dialed", True),
            ("12:00:08", 2, "answered", False),
            ("12:00:48", 1, "hung-up", False),
            ("12:00:48", 2, "hung-up", False),
            ("12:00:48", None, "ended", False),
            ("12:00:48", None, "filled", False),
        ] == [(e["at"][11:19], e["leg"], e["event"], e["past"]) for e in call["plan"]]
        assert ("in-progress", "scenario.yaml:3") == (call["status"], call["why"])

    def test_names_the_nearest_miss_of_a_call_that_no_rule_matched(self, account):
        account.put("scenario", SILENT)
        call = account.get(f"calls/{account.connect()}")

        assert call["why"].startswith("no rule matched")
        assert "nearest was scenario:" in call["why"]
        assert call["why"].endswith("to nobody: to is 09822200002, expected 09822200009")

    def test_is_not_touched_by_a_new_scenario(self, account):
        """Nor is the clock."""
        sid = account.connect()
        before = account.get(f"calls/{sid}"), account.get("clock")
        account.put("scenario", SILENT)

        assert before == (account.get(f"calls/{sid}"), account.get("clock"))

    def test_of_an_unknown_call_is_a_404_that_names_what_is_near(self, account):
        sid = account.connect()
        problem = account.get(f"calls/{sid[:-1]}x", 404)

        assert [sid] == problem["calls"]

    def test_of_all_calls_the_oldest_first(self, account):
        sids = [account.connect() for _ in range(3)]

        assert sids == [call["sid"] for call in account.get("calls")["calls"]]
        assert sids[1:] == [call["sid"] for call in account.get("calls", limit=2)["calls"]]


# When (seconds after connect), who: what becomes of the call and its legs (exotel-v1.md section 3).
HANGUPS = [
    (1, "from", "busy", ["busy", "idle"]),
    (4, "from", "failed", ["completed", "canceled"]),
    (4, "to", "busy", ["completed", "busy"]),
    (10, "from", "completed", ["completed", "completed"]),
    (10, "to", "completed", ["completed", "completed"]),
]


class TestHangingUp:
    @pytest.mark.parametrize(("after", "by", "status", "legs"), HANGUPS)
    def test_ends_the_call_now(self, account, after, by, status, legs):
        sid = account.connect()
        account.advance(after)
        call = account.post(f"calls/{sid}/hangup", {"by": by})

        assert status == call["status"] == account.status(sid)
        assert legs == [leg["state"] for leg in call["legs"]]
        assert all(event["past"] for event in call["plan"])
        record = account.v1("GET", f"Calls/{sid}.json").json()["Call"]
        assert f"2026-03-01 12:00:{after:02d}" == record["EndTime"]

    @pytest.mark.parametrize("after", [1, 4, 10])
    def test_leaves_nothing_due_of_the_old_plan(self, account, after):
        """The account is idle at once, and its time goes on past what was planned."""
        sid = account.connect()
        account.advance(after)
        account.post(f"calls/{sid}/hangup", {"by": "from"})

        assert account.get("wait", idle="true", timeout=10)["idle"]
        assert [] == account.advance(500)["events"]
        assert 200 == account.v1("GET", f"Calls/{sid}").status_code
        assert 1 == account.v1("GET", "Calls.json").json()["Metadata"]["Total"]

    def test_is_told_like_any_other_end(self, account, receiver):
        sid = account.connect(StatusCallback=receiver.url)
        account.advance(10)
        account.post(f"calls/{sid}/hangup")
        account.advance(0)

        assert ["completed"] == [each.form["Status"] for each in receiver.got]

    @pytest.mark.parametrize(("after", "by"), [(1, "to"), (60, "from"), (60, "to")])
    def test_by_who_is_not_on_the_line_is_a_conflict(self, account, after, by):
        sid = account.connect()
        account.advance(after)
        before = account.get(f"calls/{sid}")
        account.post(f"calls/{sid}/hangup", {"by": by}, 409)

        assert before == account.get(f"calls/{sid}")

    def test_by_nobody_known_is_refused(self, account):
        problem = account.post(f"calls/{account.connect()}/hangup", {"by": "boss"}, 400)
        assert "by: 'boss' is not valid; expected from or to" == problem["detail"]


# The inbound rows of the status table (exotel-v1.md section 3).
INBOUND = [
    ({"answer": "8s"}, "completed", ["completed", "completed"]),
    ("no_answer", "completed", ["completed", "no-answer"]),
    ({"busy": "2s"}, "completed", ["completed", "busy"]),
    ("unreachable", "completed", ["completed", "failed"]),
    ({"cancel": "3s"}, "completed", ["completed", "canceled"]),
    ("none", "completed", ["completed", "idle"]),
]


class TestAnInboundCall:
    @pytest.mark.parametrize(("leg2", "status", "legs"), INBOUND, ids=[str(r[0]) for r in INBOUND])
    def test_ends_by_the_inbound_rows_of_the_table(self, account, leg2, status, legs):
        body = {"from": "09900000001", "exophone": "08047112233", "leg2": leg2, "talk": "1m"}
        made = account.post("calls", body, 201)
        account.idle()
        call = account.get(f"calls/{made['sid']}")

        assert (status, legs) == (call["status"], [leg["state"] for leg in call["legs"]])

    def test_is_listed_as_inbound(self, account, receiver):
        body = {"from": "+919900000001", "exophone": "08047112233", "talk": "20s"}
        sid = account.post("calls", body | {"status_callback": receiver.url}, 201)["sid"]
        account.idle()
        (call,) = account.v1("GET", "Calls.json?Direction=inbound").json()["Calls"]

        assert (sid, "09900000001", "08047112233", "inbound") == tuple(
            call[key] for key in ("Sid", "From", "PhoneNumber", "Direction")
        )
        assert [sid] == [each.form["CallSid"] for each in receiver.got]

    @pytest.mark.parametrize(
        ("body", "said"),
        [
            ({"exophone": "08047112233"}, "from: "),
            ({"from": "nobody", "exophone": "08047112233"}, "from: 'nobody' is not a telephone"),
            (
                {"from": "09900000001", "exophone": "08047112233", "leg2": "bsy"},
                "did you mean 'busy'",
            ),
            ({"from": "09900000001", "exophone": "08047112233", "leg1": "busy"}, "leg1: unknown"),
        ],
    )
    def test_that_cannot_be_is_refused(self, account, body, said):
        assert said in account.post("calls", body, 400)["detail"]
        assert [] == account.get("calls")["calls"]
