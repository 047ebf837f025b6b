"""Four ways choose a fate, and X-Exomock-Why says which did."""

import pytest
import requests

NAMED = {"name": "named", "when": {"to": "09822200002"}, "leg2": "unreachable"}
CATCH_ALL = {"name": "the rest", "leg1": {"answer": "1s"}}
BUSY = {"CustomField": "exomock: leg1=answer:3s leg2=busy talk=10s"}
MAGIC = "09000000002"


@pytest.fixture
def account(control):
    return control.account(scenario={"rules": [NAMED, CATCH_ALL]})


def ended(account, sid):
    account.idle()
    return account.status(sid)


class TestTheOrder:
    """next, directive, a rule that names something, a magic number, the catch-all."""

    def test_next_beats_a_directive(self, account):
        account.post("next", {"leg1": "busy"}, 201)
        assert "busy" == ended(account, account.connect(**BUSY))

    def test_a_directive_beats_a_rule(self, account):
        response = account.try_connect(**BUSY)
        assert response.headers["X-Exomock-Why"].startswith(
            "directive in CustomField: exomock: leg1"
        )
        assert "busy" == ended(account, response.json()["Call"]["Sid"])

    def test_a_rule_that_names_something_beats_a_magic_number(self, account):
        response = account.try_connect(From=MAGIC)
        assert response.headers["X-Exomock-Why"].endswith(" named")
        assert "failed" == ended(account, response.json()["Call"]["Sid"])

    def test_a_magic_number_beats_the_catch_all(self, account):
        response = account.try_connect(To=MAGIC)
        assert f"magic number {MAGIC}" == response.headers["X-Exomock-Why"]
        assert "no-answer" == ended(account, response.json()["Call"]["Sid"])

    def test_the_catch_all_is_the_last(self, account):
        response = account.try_connect(To="09822200003")
        assert response.headers["X-Exomock-Why"].endswith("the rest")
        assert "completed" == ended(account, response.json()["Call"]["Sid"])


# Every outbound row of the status table (exotel-v1.md section 3): legs in the language's words.
ROWS = [
    ("answer", "answer", "completed"),
    ("no_answer", None, "no-answer"),
    ("busy", None, "busy"),
    ("unreachable", None, "failed"),
    ("answer", "no_answer", "no-answer"),
    ("answer", "busy", "busy"),
    ("answer", "unreachable", "failed"),
    ("answer", "cancel", "failed"),
    ("answer", "none", "failed"),
]
MAGIC_ROWS = [
    ({"To": "09822200003"}, "completed"),
    ({"From": "09000000002"}, "no-answer"),
    ({"From": "09000000001"}, "busy"),
    ({"From": "09000000003"}, "failed"),
    ({"To": "09000000002"}, "no-answer"),
    ({"To": "09000000001"}, "busy"),
    ({"To": "09000000003"}, "failed"),
    ({"To": "09000000004"}, "failed"),
]


class TestEachWay:
    @pytest.mark.parametrize(("leg1", "leg2", "status"), ROWS)
    def test_reaches_each_row_of_the_status_table(self, account, leg1, leg2, status):
        legs = {"leg1": leg1} | ({"leg2": leg2} if leg2 else {})
        account.post("next", legs, 201)
        by_next = account.connect(From="09811100011")
        words = " ".join(f"{leg}={fate}" for leg, fate in legs.items())
        by_directive = account.connect(From="09811100012", CustomField=f"exomock: {words}")
        account.put("scenario", {"rules": [{"when": {"to": "0*"}, **legs}]})
        by_rule = account.connect(From="09811100013")

        assert [status] * 3 == [ended(account, sid) for sid in (by_next, by_directive, by_rule)]

    @pytest.mark.parametrize(("order", "status"), MAGIC_ROWS)
    def test_a_number_alone_does(self, account, order, status):
        assert status == ended(account, account.connect(**{"To": "09822200003"} | order))


class TestNext:
    def test_holds_for_so_many_calls_and_then_no_more(self, account):
        assert {"waiting": 2} == account.post("next", {"calls": 2, "leg1": "busy"}, 201)
        assert {"waiting": 3} == account.post("next", {"leg1": "no_answer"}, 201)
        sids = [account.connect() for _ in range(4)]
        account.idle()

        assert ["busy", "busy", "no-answer", "failed"] == [account.status(sid) for sid in sids]

    def test_may_refuse(self, account):
        account.post("next", {"refuse": "dnd"}, 201)
        response = account.try_connect()

        assert 403 == response.status_code
        assert response.headers["X-Exomock-Why"].startswith("the control API's next: Call to [0982")
        assert 200 == account.try_connect().status_code

    def test_is_taken_once_each_by_requests_that_race(self, account):
        from concurrent.futures import ThreadPoolExecutor

        account.post("next", {"calls": 5, "leg1": "busy"}, 201)
        with ThreadPoolExecutor(12) as pool:
            sids = list(pool.map(lambda i: account.connect(From=f"098111001{i:02d}"), range(12)))
        account.idle()

        assert 5 == [account.status(sid) for sid in sids].count("busy")

    @pytest.mark.parametrize(
        ("body", "said"),
        [
            ({"leg2": "bsy"}, "did you mean 'busy'?"),
            ({"calls": 0}, "calls: found '0', expected a whole number from 1 to 100000"),
            ({"when": {}}, "when: unknown key"),
            ({"refuse": "dnd", "talk": "3s"}, "a refused call is not played"),
        ],
    )
    def test_that_is_wrong_lays_nothing_down(self, account, body, said):
        assert said in account.post("next", body, 400)["detail"]
        assert {"waiting": 1} == account.post("next", {}, 201)

    def test_goes_with_a_reset(self, account):
        account.post("next", {"leg1": "busy"}, 201)
        account.post("reset")
        assert "failed" == ended(account, account.connect())


class TestADirective:
    def test_is_echoed_unchanged(self, account, receiver):
        account.connect(StatusCallback=receiver.url, StatusCallbackEvents="terminal", **BUSY)
        account.idle()

        assert BUSY["CustomField"] == receiver.got[0].form["CustomField"]

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("exomock: leg1=bsy", "CustomField: directive: leg1: found 'bsy'"),
            ("exomock: leg1", "CustomField: the directive's 'leg1' is not key=value"),
            (
                "exomock: leg3=busy",
                "CustomField: directive: leg3: unknown key; did you mean 'leg",
            ),
            ("exomock: talk=1s talk=2s", "CustomField: the directive gives 'talk' twice"),
            ("exomock: leg1=answer:soon", "CustomField: directive: leg1"),
        ],
    )
    def test_that_cannot_be_read_is_a_400(self, account, text, said):
        response = account.try_connect(CustomField=text)

        assert 400 == response.status_code
        assert response.json()["RestException"]["Message"].startswith(said)
        assert [] == account.get("calls")["calls"]

    @pytest.mark.parametrize(
        "text", ["order 7", "about exomock: leg1=busy", "exomock", "Exomock: x"]
    )
    def test_is_only_what_begins_with_the_word(self, account, text):
        assert account.try_connect(CustomField=text).headers["X-Exomock-Why"].endswith(" named")


class TestWhy:
    @pytest.mark.parametrize(
        ("path", "status", "why"),
        [
            ("Calls.json", 200, "0 ended calls match, 0 are on this page"),
            ("Calls.json?Status=done", 400, "Status: 'done' is not valid; expected queued or"),
            ("Calls/" + "0" * 32, 404, "no call of this account has the Sid '000"),
            ("Numbers/09876543210", 200, "derived from the number"),
            ("Numbers/x", 400, "Number: 'x' is not a telephone number"),
            ("Balance", 200, "account.balance"),
            ("Recordings", 501, "exomock does not imitate Recordings of v1 yet"),
            ("", 200, "the credentials are right"),
            ("nowhere", 404, "there is no '"),
        ],
    )
    def test_stands_on_every_answer(self, account, path, status, why):
        response = account.v1("GET", path)

        assert status == response.status_code
        assert response.headers["X-Exomock-Why"].startswith(why)

    def test_stands_on_a_401(self, account):
        response = requests.get(account.made["base_url"], auth=("x", "y"), timeout=9)
        assert response.headers["X-Exomock-Why"].startswith("the API key or the API token is wrong")

    def test_is_short_ascii_whatever_was_sent(self, account):
        response = account.try_connect(CallType="ü\r\nX: 1" * 300)

        why = response.headers["X-Exomock-Why"]
        assert why.isascii()
        assert why.isprintable()
        assert len(why) <= 500
        assert r"\xfc\r\n" in why

    def test_of_a_call_stays_with_it(self, account):
        sid = account.connect()
        assert account.v1("GET", f"Calls/{sid}").headers["X-Exomock-Why"].endswith(" named")
