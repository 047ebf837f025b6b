"""Law: news tell everything that was committed, once and in order, and nothing else: issue 9, 6."""

import os
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from conftest import FROM, NOON, TO
from exomock.domain.callback import Notice
from exomock.domain.leg import Event
from exomock.domain.order import Order
from exomock.domain.script import Party
from exomock.engine import Happened, NewAccount, TriedCallback
from exomock.engine.items import AccountChange, Did, NowOwed
from exomock.engine.news import News
from exomock.engine.newsstand import Newsstand
from exomock.numbering import read_number
from exomock.server import Exomock
from exomock.settings import Settings
from exomock.storage.outbox import Attempt, Owed
from exomock.storage.trouble import DatabaseFault
from laws.test_bounds import entry, taken

SOAK = bool(os.environ.get("EXOMOCK_SOAK"))
MANY = 1000 if SOAK else 30

HOOK = "http://127.0.0.1:9/nobody-listens"


class Owner:
    """An account that records its callbacks, driven beneath HTTP."""

    def __init__(self, mock, sid, *, collect=True):
        self.sid, self.engine, self.mock = sid, mock.exchange.engine, mock
        given = NewAccount(sid, "key", "token", time=NOON, rate=0, collect=collect)
        self.world = self.engine.making.make(given)
        self.news = self.world.news

    def connect(self, number=1):
        order = Order(
            read_number(f"098111{number:05}"), read_number(TO), read_number("08047112233"),
            callback=HOOK, events=("terminal", "answered"),
        )  # fmt: skip
        return self.engine.connect(self.sid, order)

    def advance(self, seconds):
        return self.mock.exchange.advance(self.sid, seconds)

    def told_right(self):
        """Whether a reader of the news knows just what the rows say."""
        # The beat goes on where an advance has failed: its commits and their news are one here.
        with self.world.state, self.world.flight:
            return self.rows() == folded(self.news)

    def rows(self):
        """What the database says has happened: events, and what became of callbacks."""
        calls = self.engine.store.calls.all(self.sid)
        events = {(call.sid, *each) for call in calls for each in call.plan[: call.done]}
        callbacks = self.engine.store.outbox.of(self.sid)
        ended = {(row.id, row.state) for row in callbacks if row.attempts or is_collected(row)}
        owed = sorted((row.sid, row.notice, row.place) for row in callbacks)
        return events, ended, owed


def is_collected(row):
    """Whether a callback was recorded instead of sent."""
    return row.state == "collected"


class Folded:
    """What somebody knows who has read the news only; the same form as `Owner.rows`."""

    def __init__(self):
        self.now, self.kept = (set(), {}, []), {}

    def tell(self, item):
        events, tried, owed = self.now
        what = item.what
        if isinstance(what, Happened):
            told = (what.call, what.at, what.leg, what.event)
            assert told not in events
            events.add(told)
        elif isinstance(what, NowOwed):
            owed.append((what.owed.sid, what.owed.notice, what.owed.place))
        elif isinstance(what, TriedCallback):
            tried[what.callback] = what.state
        elif isinstance(what, AccountChange):
            self.change(what)

    def change(self, change):
        if change.did is Did.SNAPSHOT:
            self.kept[change.subject] = self.copy()
        elif change.did is Did.RESTORED:
            self.now, kept = self.kept[change.subject], self.kept
            kept[change.subject] = self.copy()
        elif change.did in (Did.RESET, Did.DELETED):
            self.now = (set(), {}, [])

    def copy(self):
        events, tried, owed = self.now
        return set(events), dict(tried), list(owed)

    def rows(self):
        events, tried, owed = self.now
        return events, set(tried.items()), sorted(owed)


def folded(news):
    """What a reader of all news knows."""
    reader = Folded()
    for item in news.since(0).items:
        reader.tell(item)
    return reader.rows()


@pytest.fixture(scope="module")
def mock():
    """A frozen exomock, whose journal and news have room."""
    with Exomock(settings=Settings(rate=0), start_at=NOON) as mock:
        yield mock


@contextmanager
def failing_at(owner, number):
    """The database fails at one statement from now on, the n-th; None at none."""
    left = [number]

    def fail(*_):
        if left[0] is not None:
            left[0] -= 1
            if left[0] < 0:
                left[0] = None
                raise sqlite3.OperationalError("injected")

    engine = owner.engine.store._engine
    for name in ("do_execute", "do_executemany"):
        event.listen(engine, name, fail)
    try:
        yield left
    finally:
        for name in ("do_execute", "do_executemany"):
            event.remove(engine, name, fail)


USES = {
    "connect": lambda owner, _: owner.connect(2),
    "advance": lambda owner, _: owner.advance(900),
    "hang up": lambda owner, sid: owner.engine.hang_up(owner.sid, sid, Party.FROM),
    "reset": lambda owner, _: owner.engine.resets.reset(owner.sid),
    "take": lambda owner, _: owner.engine.snapshots.take(owner.sid),
    "restore": lambda owner, _: owner.engine.snapshots.restore(
        owner.sid, owner.engine.snapshots.of(owner.sid)[0]
    ),
    "scenario": lambda owner, _: owner.engine.scenarios.set(owner.sid, None),
    "clock": lambda owner, _: owner.engine.clocks.set(owner.sid, None, 0),
    "replay": lambda owner, _: owner.engine.outgoing.send_again(
        owner.world, owner.engine.store.outbox.of(owner.sid)[0].id, lambda _: None
    ),
}


class TestWhatIsTold:
    """A reader of the news knows what the rows say, whatever was done, and whatever failed."""

    @pytest.fixture
    def owner(self, mock, request):
        """An account with a snapshot; its call has just been answered by both."""
        owner = Owner(mock, f"f{abs(hash(request.node.name)) % 10**9}")
        yield owner
        with suppress(Exception):
            owner.engine.delete_account(owner.sid)

    @pytest.mark.parametrize("use", USES)
    def test_is_what_was_committed_at_whatever_statement_it_failed(self, owner, use):
        """Each use case is tried with a fault at its first statement, its second, and so on."""
        for number in range(60):
            owner.engine.resets.reset(owner.sid)
            call = owner.connect()
            owner.engine.snapshots.take(owner.sid)
            owner.advance(20)
            before = owner.news.total
            with failing_at(owner, number) as left, suppress(DatabaseFault):
                USES[use](owner, call.sid)
            assert owner.told_right()
            if left[0] is not None:  # it has fewer statements
                break
        assert number > 0
        assert use == "restore" or owner.news.total > before

    def test_of_a_deletion_that_failed_is_that_the_account_is_empty(self, owner):
        """Its calls are deleted in one transaction and its row in another."""
        owner.connect()
        for number in range(20):
            with failing_at(owner, number):
                try:
                    owner.engine.delete_account(owner.sid)
                    break
                except DatabaseFault:
                    assert owner.told_right()
        (*_, last) = owner.news.since(0).items
        assert Did.DELETED is last.what.did
        assert number > 0

    @settings(
        max_examples=MANY // 2, deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )  # fmt: skip
    @given(st.data())
    def test_is_what_was_committed_after_any_uses_with_any_faults(self, mock, data):
        """A dozen use cases in any order, each with a fault at any statement or with none."""
        owner = Owner(mock, None)
        owner.sid = owner.world.sid
        sid = owner.connect().sid
        owner.engine.snapshots.take(owner.sid)
        owner.advance(20)
        for _ in range(data.draw(st.integers(1, 12))):
            use = data.draw(st.sampled_from(sorted(USES)))
            number = data.draw(st.one_of(st.none(), st.integers(0, 15)))
            # A party that is not on the line, or no callback to replay, is no matter here.
            with failing_at(owner, number), suppress(Exception):
                USES[use](owner, sid)
            assert owner.told_right()
        owner.engine.delete_account(owner.sid)


class TestReaders:
    """Whoever follows the news sees every number once, in order, or is told what he missed."""

    @pytest.mark.parametrize("kept", [100_000, 40])
    def test_beside_writers_see_each_number_once_or_are_told(self, kept):
        """Four readers follow three writers; with room for 40 items the counts still add up."""
        with Exomock(settings=Settings(rate=0, events_kept=kept), start_at=NOON) as mock:
            owner = Owner(mock, "busy")
            done = threading.Event()

            def write(writer):
                # Ten times as many as usual at most: the news of more would not have room.
                for number in range(min(MANY, 300)):
                    owner.connect(writer * 1000 + number)
                    if writer == 0:
                        owner.advance(7)

            def read(_):
                seen, items, missed = 0, [], 0
                while True:
                    last_look = done.is_set()
                    owner.news.wait(seen, 0.05)
                    read = owner.news.since(seen, 7)
                    missed += read.missed
                    items.extend(read.items)
                    seen = read.items[-1].number if read.items else read.last
                    if last_look and seen == owner.news.total:
                        return items, missed

            with ThreadPoolExecutor(7) as pool:
                readers = [pool.submit(read, each) for each in range(4)]
                list(pool.map(write, range(3)))
                done.set()
                found = [reader.result(30) for reader in readers]
            for items, missed in found:
                numbers = [item.number for item in items]
                assert numbers == sorted(set(numbers))
                assert owner.news.total == len(numbers) + missed
                if kept > owner.news.total:
                    assert list(range(1, owner.news.total + 1)) == numbers
                    self.insist_on_causes(items)
            assert kept == 40 or owner.told_right()

    def insist_on_causes(self, items):
        """Each call's events are in the order of its plan; what is owed comes before its fate."""
        events, owed = {}, set()
        for item in items:
            if isinstance(item.what, Happened):
                assert events.get(item.what.call, 0) <= item.what.at
                events[item.what.call] = item.what.at
            elif isinstance(item.what, NowOwed):
                assert item.what.owed.sid in events
                owed.add(item.what.owed.sid)
            elif isinstance(item.what, TriedCallback):
                assert item.what.sid in owed

    @settings(max_examples=MANY * 3, deadline=None)
    @given(
        st.lists(st.tuples(st.integers(0, 2), st.integers(1, 9)), max_size=40),
        st.integers(0, 12),
        st.integers(0, 20_000),
        st.integers(0, 60),
        st.one_of(st.none(), st.integers(1, 9)),
    )
    def test_get_what_a_list_would_give(self, added, entries, most, after, limit):
        """Whatever was added to whichever account: the newest, within both bounds, numbered."""
        stand = Newsstand(entries, most, lambda: 5)
        papers, told = [News(stand) for _ in range(3)], [[] for _ in range(3)]
        for which, count in added:
            events = [Happened(len(told[which]) + n, "sid", 0, Event.DIALED) for n in range(count)]
            told[which] += events
            papers[which].played([], events, [])
            assert stand.bytes == sum(size for each in papers for *_, size in each.kept) <= most
            assert all(len(each.kept) <= entries for each in papers)
            assert all(each.bytes == sum(size for *_, size in each.kept) for each in papers)
        for paper, whole in zip(papers, told, strict=True):
            read = paper.since(after, limit)
            lost = len(whole) - len(paper.kept)
            begin = max(after, lost)
            expected = list(enumerate(whole, 1))[begin:][:limit]
            assert expected == [(item.number, item.what) for item in read.items]
            assert (max(0, lost - after), len(whole)) == (read.missed, read.last)

    @pytest.mark.parametrize("end", ["reset", "restore", "delete", "request"])
    def test_that_wait_are_woken_by_what_happens(self, mock, end):
        """A reset and a restore are news; so is a deletion, after which there is nothing more."""
        owner = Owner(mock, f"waits-{end}")
        owner.connect()
        kept = owner.engine.snapshots.take(owner.sid)
        does = {
            "reset": lambda: owner.engine.resets.reset(owner.sid),
            "restore": lambda: owner.engine.snapshots.restore(owner.sid, kept),
            "delete": lambda: owner.engine.delete_account(owner.sid),
            "request": lambda: requests.get(
                f"{mock.url}/v1/Accounts/{owner.sid}/Calls", auth=("key", "token"), timeout=9
            ),
        }
        with ThreadPoolExecutor(1) as pool:
            seen = owner.news.total
            waiting = pool.submit(owner.news.wait, seen, 30)
            does[end]()
            assert waiting.result(5)
        (item,) = owner.news.since(seen).items
        assert {"reset": Did.RESET, "restore": Did.RESTORED, "delete": Did.DELETED}.get(
            end
        ) == getattr(item.what, "did", None)
        assert owner.news.over == (end == "delete")
        if end == "delete":
            assert not owner.news.wait(owner.news.total, 30)

    def test_are_not_woken_by_what_was_rolled_back(self, mock):
        """A connect whose transaction fails adds no number, and nobody's wait ends."""
        owner = Owner(mock, "rolled-back")
        seen = owner.news.total
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(owner.news.wait, seen, 0.3)
            for number in range(20):
                with failing_at(owner, number), suppress(DatabaseFault):
                    owner.connect()
                    break
                assert seen == owner.news.total
            assert waiting.result(5)


def sid_of(number):
    """A Sid that is nobody else's."""
    return f"{number:032d}"


def add_event(news, number):
    news.played([None], [Happened(NOON + number * 9, sid_of(number), 0, Event.DIALED)], [])


def add_tried(news, number):
    error = f"no route to host {number}" * 9
    attempt = Attempt(1, NOON + number + 9, None, error, number + 0.5)
    at, due = NOON + number, NOON + number + 5
    news.tried(
        TriedCallback(
            at, 10**6 + number, "call", sid_of(number), "terminal", "failed", due, attempt
        )
    )


def add_change(news, number):
    data = {"now": NOON + number + 1, "rate": number + 0.5}
    news.change(AccountChange(NOON + number, Did.CLOCK, f"s{number}", data))


def add_request(news, number):
    found = entry(number, 40, 100, 200)
    news.request(found, found.size)


def add_owed(news, number):
    owed = Owed("call", sid_of(number), Notice.TERMINAL, 3, NOON + number + 1, "")
    news._add([NowOwed(NOON + number, owed)], 320 + 81)  # as `played` counts it, and the Sid


def add_many(news, number):
    """Add what an advance does: the events of ten calls, eight each."""
    sids = [sid_of(number * 10 + one) for one in range(10)]
    at = NOON + number * 1000
    events = [
        Happened(at + 8 * one + each, sid, 0, Event.DIALED)
        for one, sid in enumerate(sids)
        for each in range(8)
    ]
    news.played([None] * 10, events, [])


class TestBytes:
    """What is counted is within a fifth of what tracemalloc sees."""

    @pytest.mark.parametrize(
        "add", [add_event, add_tried, add_change, add_request, add_owed, add_many]
    )
    def test_is_true_of(self, add):
        """Each item has texts and numbers of its own, but for what those of one commit share."""
        walls = iter(range(NOON, NOON + 10**9))
        stand = Newsstand(10**6, 10**12, lambda: next(walls))
        news = News(stand)
        truth = taken(lambda number: add(news, number), 500)

        assert 0.8 < stand.bytes / 500 / truth < 1.2

    def test_of_an_idle_account_is_nothing(self, mock):
        """Nothing is allotted for news before there are any."""
        one, other = Owner(mock, "idle1"), Owner(mock, "idle2")
        assert one.news.kept is other.news.kept
        assert 0 == one.news.bytes == one.news.total


SCENARIO = """
rules:
  - leg1: {answer: 2s..9s}
    leg2: {odds: {60%: {answer: 3s..20s}, 40%: no_answer}}
    talk: 5s..60s
"""


class TestTwoServers:
    def test_with_one_scenario_and_the_same_requests_have_the_same_news(self, receiver):
        """Apart from wall times, which are `wall` and `milliseconds`."""
        assert self.told(receiver) == self.told(receiver)

    def told(self, receiver):
        with Exomock(settings=Settings(rate=0), seed=7, start_at=NOON) as mock:
            control = f"{mock.url}/_exomock/accounts/{mock.sid}"
            for number in range(12):
                data = {"From": FROM, "To": f"098222{number:05}", "CallerId": "08047112233"}
                data["StatusCallback"] = receiver.url
                url, auth = f"{mock.base}/Calls/connect.json", (mock.key, mock.token)
                requests.post(url, data=data, auth=auth, timeout=9)
                requests.post(f"{control}/clock/advance", json={"seconds": 13}, timeout=9)
            requests.post(f"{control}/next", json={"leg2": "busy"}, timeout=9)
            requests.post(f"{control}/clock/advance", json={"until": "idle"}, timeout=9)
            requests.post(f"{control}/reset", timeout=9)
            news = requests.get(f"{control}/news", timeout=9).json()["news"]
        assert {"request", "event", "owed", "try", "change"} == {each["kind"] for each in news}
        for each in news:
            each.pop("wall")
            each["data"].pop("milliseconds", None)
        return news
