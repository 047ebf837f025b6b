"""News over HTTP: read on from a number, waited for, and never lost in silence."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from conftest import ORDINARY
from exomock.control.waits import MANY, _at_news
from exomock.domain.leg import Event
from exomock.engine import Happened, World
from exomock.engine.news import News
from exomock.engine.newsstand import Newsstand


@pytest.fixture
def account(control):
    return control.account(scenario=ORDINARY)


def short(item):
    """An item as kind and what it says first."""
    data = item["data"]
    return item["kind"], data.get("did") or data.get("event") or data["path"]


class TestAStory:
    def test_of_a_call_is_told_in_order(self, account, receiver):
        """Its events as they are committed, its callback owed and tried, and the advance."""
        sid = account.connect(StatusCallback=receiver.url)
        account.advance(60)
        news = account.get("news")["news"]

        assert [
            ("event", "dialed"),
            ("request", "Calls/connect.json"),
            ("event", "answered"),
            ("event", "dialed"),
            ("event", "answered"),
            ("event", "hung-up"),
            ("event", "hung-up"),
            ("event", "ended"),
            ("event", "filled"),
            ("owed", "terminal"),
            ("try", "terminal"),
            ("change", "advanced"),
        ] == [short(item) for item in news]
        assert list(range(1, 13)) == [item["number"] for item in news]
        assert {sid} == {item["subject"] for item in news if item["kind"] in ("event", "owed")}

    def test_says_what_a_terminal_has_to_print(self, account, receiver):
        """Request: From, To, status, why; try: what came of it, and when the next one comes."""
        receiver.answer = lambda _: 500
        account.connect(StatusCallback=receiver.url.replace("//", "//me:secret@"))
        account.advance(60)
        news = {item["kind"]: item for item in account.get("news")["news"]}
        request, tried = news["request"], news["try"]

        assert "2026-03-01T12:00:00.000000+05:30" == request["at"]
        assert request["data"].pop("milliseconds") > 0
        assert {
            "method": "POST", "path": "Calls/connect.json", "from": "09811100001",
            "to": "09822200002", "status": 200, "why": request["data"]["why"],
        } == request["data"]  # fmt: skip
        assert "scenario" in request["data"]["why"]
        assert tried["data"].pop("milliseconds") > 0
        (callback,) = account.get("callbacks")["callbacks"]
        assert callback["id"] == tried["subject"]
        assert {
            "call": callback["call"], "event": "terminal", "state": "pending", "number": 1,
            "url": receiver.url.replace("//", "//me:***@"),
            "status": 500, "error": None, "retry": callback["due"], "says": "completed",
        } == tried["data"]  # fmt: skip
        assert "secret" not in str(account.get("news"))

    def test_of_what_a_test_changed_names_each_change(self, account):
        """Each route that changes something, and what it was about."""
        sid = account.connect()
        account.advance(5)
        account.post(f"calls/{sid}/hangup", {"by": "from"})
        account.put("clock", {"rate": 0})
        account.put("scenario", {"rules": [{"leg1": "busy"}]})
        account.post("next", {"leg1": "busy", "calls": 2}, 201)
        fault = account.post("faults", {"answer": "service-unavailable"}, 201)
        account.control.delete(f"accounts/{account.sid}/faults/{fault['id']}")
        account.control.delete(f"accounts/{account.sid}/requests")
        call = account.post("calls", {"from": "09811100001", "exophone": "08047112233"}, 201)
        kept = account.post("snapshots", None, 201)["id"]
        account.post(f"snapshots/{kept}/restore")
        account.post("reset", {"keep": ["clock"]})
        news = account.get("news")["news"]
        changes = [(x["data"]["did"], x["subject"]) for x in news if x["kind"] == "change"]

        assert [
            ("advanced", None), ("hung-up", sid), ("clock", None), ("scenario", None),
            ("next", None), ("fault", fault["id"]), ("lifted", fault["id"]), ("forgotten", None),
            ("inbound", call["sid"]), ("snapshot", kept), ("restored", kept), ("reset", None),
        ] == changes  # fmt: skip
        assert {"did": "reset", "keep": ["clock"]} == news[-1]["data"]

    def test_of_an_account_that_collects_says_so(self, control, receiver):
        """Nothing was sent, so that there is no try to number."""
        account = control.account("c1", collect=True)
        account.connect(StatusCallback=receiver.url)
        account.idle()
        (tried,) = [x for x in account.get("news")["news"] if x["kind"] == "try"]

        assert ("collected", None) == (tried["data"]["state"], tried["data"]["number"])


class TestAReader:
    def test_goes_on_with_next_and_then_with_last(self, account):
        """Pages of two until `next` is null; then `last` is where the reader is."""
        account.connect()
        account.advance(60)
        numbers, after = [], 0
        while after is not None:
            page = account.get("news", after=after, limit=2)
            numbers += [item["number"] for item in page["news"]]
            after = page["next"]

        assert list(range(1, page["last"] + 1)) == numbers
        assert [] == account.get("news", after=page["last"])["news"]

    def test_begins_with_the_newest(self, account):
        """As in the list of requests: without `after`, the newest that fit the limit."""
        account.connect()
        account.advance(60)
        page = account.get("news", limit=1)

        assert [page["last"]] == [item["number"] for item in page["news"]]
        assert page["next"] is None

    def test_is_told_what_he_missed(self, controlled):
        """Of nine items three are kept: whoever has seen two has missed four."""
        account = controlled(events_kept=3).account(scenario=ORDINARY)
        account.connect()
        account.advance(60)
        last = account.get("news")["last"]
        page = account.get("news", after=2)

        assert (last - 5, [last - 2, last - 1, last]) == (
            page["missed"], [item["number"] for item in page["news"]],
        )  # fmt: skip

    def test_goes_on_through_a_reset(self, account):
        """Numbers grow on; the reset is one of them."""
        account.connect()
        last = account.get("news")["last"]
        account.post("reset")
        page = account.get("news", after=last)

        assert [(last + 1, "reset")] == [(x["number"], x["data"]["did"]) for x in page["news"]]

    def test_waits_for_the_next(self, account):
        """An answer as soon as something happens, and one without news after the time."""
        last = account.get("news")["last"]
        assert [] == account.get("news", after=last, wait=0.05)["news"]
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(account.get, "news", after=last, wait=30)
            account.connect()
            assert last + 1 == waiting.result(10)["news"][0]["number"]

    def test_that_waits_is_told_of_a_deletion(self, account):
        """There is nobody any more of whom there could be news."""
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(account.get, "news", 404, after=0, wait=30)
            account.control.delete(f"accounts/{account.sid}")
            assert "account 't1'" in waiting.result(10)["detail"]

    @pytest.mark.parametrize(
        ("query", "said"),
        [
            ({"after": 99}, "after: there is no 99 here yet; the last is 0"),
            ({"after": "x"}, "after: 'x' is not valid; expected a whole number"),
            ({"wait": 1}, "after: is missing; expected the last number that was seen"),
            ({"after": 0, "wait": 301}, "wait: '301' is not valid; expected a number from 0 to 300"),
            ({"limit": 0}, "limit: '0' is not valid; expected a whole number from 1 to 10000"),
            ({"from": 0}, "from: unknown"),
        ],
    )  # fmt: skip
    def test_who_asks_wrong_is_told_what_is_right(self, account, query, said):
        """One sentence each."""
        assert said in account.get("news", 400, **query)["detail"]

    def test_of_a_numbering_that_is_over_is_told(self, account):
        """After a restart numbers begin anew: a reader that names its life loses nothing."""
        life = account.get("news")["life"]
        assert 0 == account.get("news", after=0, life=life)["last"]
        problem = account.get("news", 409, after=0, life=life - 1)

        assert life == problem["life"]

    def test_waits_only_where_there_is_a_place(self, controlled):
        """Each holds a server thread."""
        account = controlled(max_waiters=0).account()
        assert "max-waiters" in account.get("news", 503, after=0, wait=1)["detail"]


class TestWaits:
    def test_ask_the_database_only_after_news_of_their_own(self, exchange):
        """Of three events one is the call's; many at once are not looked at one by one."""
        world: World = exchange().mock.exchange.engine.worlds["exomock"]
        news, asked = world.news, []

        def happens(call, times=1):
            news.played([None], [Happened(1, call, 0, Event.DIALED)] * times, [])

        so = _at_news(
            world,
            lambda what: isinstance(what, Happened) and what.call == "mine",
            lambda: asked.append(1) or False,
        )
        counts = []
        for call, times in [("", 0), ("his", 1), ("mine", 1), ("hers", 2), ("his", MANY + 1)]:
            if times:
                happens(call, times)
            so()
            counts.append(len(asked))

        assert [1, 1, 2, 2, 3] == counts


def test_a_request_of_two_megabytes_is_told_briefly(account):
    """What a page quotes of a request is bounded."""
    account.try_connect(From="9" * 100_000)
    url = f"{account.made['base_url']}/{'p' * 9_000}"
    requests.get(url, auth=account.auth, timeout=9)
    page = account.get("news")

    assert len(str(page)) < 5_000
    assert all(len(item["data"]["path"]) < 600 for item in page["news"])


def test_news_have_room_for_nothing_where_the_setting_says_so():
    """Numbers count all the same."""
    news = News(Newsstand(0))
    news.played([None], [Happened(1, "sid", 0, Event.DIALED)], [])
    assert ([], 1, 1) == tuple(news.since(0))
