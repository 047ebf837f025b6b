"""Law: every bound counts all that is kept, and whatever grows with what clients send has one."""

import gc
import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import EXOPHONE, TO
from exomock import numbering
from exomock.api import auth, connect_form
from exomock.api.kept import MAX_BYTES, MAX_KEY, Kept, KeptAnswer, weight
from exomock.domain.dialect import Dialect
from exomock.domain.sid import LONGEST_SECRET
from exomock.engine import NewAccount
from exomock.engine.credentials import Owners
from exomock.engine.journal import Entry, Journal, Shelf
from exomock.engine.nexts import MOST_NEXTS
from exomock.engine.remembered import Kinds
from exomock.storage.pages import weight_of
from laws.hostile import basic

LENGTHS = [(0, 0, 0), (40, 100, 200), (20_000, 0, 10), (0, 60_000, 10), (10, 10, 30_000)]
"""Of a path, a query and an answer."""


def taken(make, times: int) -> float:
    """Bytes that `make(0)`, `make(1)`, … leave behind, each."""
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for number in range(times):
        make(number)
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return (after - before) / times


def entry(number: int, path: int, query: int, answer: int) -> Entry:
    """An entry of which nothing is shared with another one."""
    own = f"{number:08d}"
    return Entry(
        number=number, at=1_772_346_600_000_000 + number, method="GET", path=own + "p" * path,
        query=own + "q" * query, content_type=own + "/json", body=own.encode() * 9, user="u" + own,
        status=200, why=own + "why" * 20, answer=(own + "a" * answer).encode(),
        milliseconds=number + 0.5,
    )  # fmt: skip


def answer(raw, headers, number, size, *noted):
    """An answer as it is kept."""
    return KeptAnswer(
        raw, "200 OK", headers, "exomock", 2**40 + number, 9.5 + number, 2**41,
        Dialect.DOCUMENTED, False, size, [(each, each.size) for each in noted],
    )  # fmt: skip


class TestACountOfBytes:
    """What is counted is within a fifth of what tracemalloc sees."""

    @pytest.mark.parametrize("lengths", LENGTHS)
    def test_is_true_of_the_journal(self, lengths):
        """Path, query, content type, user, why, body, answer and the entry itself."""
        shelf = Shelf(entries=10**6, most=10**12)
        journal = Journal(shelf)
        truth = taken(lambda number: journal.add(entry(number, *lengths)), 500)

        assert 0.8 < shelf.bytes / 500 / truth < 1.2

    @pytest.mark.parametrize("lengths", [(0, 0, 0), (200, 100, 2_000), (0, 3_000, 300)])
    def test_is_true_of_kept_answers(self, lengths):
        """Path, query, credentials, headers, body and the answer itself."""
        kept = Kept(None, None)
        path, query, body = lengths

        def keep(number):
            own = f"{number:08d}"
            key = ("/v1/Accounts/" + own + "p" * path, own + "q" * query, "Basic " + own * 4)
            headers = [("Content-Type", "text/" + own), ("X-Exomock-Why", own * 5)]
            raw = (own + "b" * body).encode()
            size = weight(key, headers, raw)
            noted = entry(number, 0, 0, 0)._replace(query=key[1], user=own, answer=raw)
            kept._keep(key, answer(raw, headers, number, size, noted))

        truth = taken(keep, 500)

        assert 0.8 < kept._bytes / 500 / truth < 1.2

    @pytest.mark.parametrize("texts", [0, 60])
    def test_is_true_of_snapshots(self, exchange, receiver, texts):
        """Rows as they are read into memory, callbacks, tries and messages too; within a third."""
        driver = exchange()
        for number in range(60 - texts // 2):
            driver.connect(CustomField=f"{number}" * 9, StatusCallback=receiver.url)
        for number in range(texts):
            text = {"From": EXOPHONE, "To": TO, "Body": f"{number}" * 40}
            driver.post("Sms/send.json", data=text | {"StatusCallback": receiver.url})
        driver.advance(400)
        store, rows = driver.mock.exchange.engine.store, []
        truth = taken(lambda _: rows.append(list(store.contents.dump(driver.mock.sid))), 3)

        assert 0.67 < weight_of(store, driver.mock.sid) / truth < 1.5


class TestTheJournal:
    @settings(max_examples=60)
    @given(
        st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3_000)), max_size=80),
        st.integers(0, 20_000),
    )
    def test_never_holds_more_than_its_bytes(self, added, most):
        """Whatever comes in whatever account; the sum is that of what is kept."""
        shelf = Shelf(entries=30, most=most)
        journals = [Journal(shelf) for _ in range(4)]
        for number, (which, length) in enumerate(added):
            journals[which].add(entry(number, length, length // 2, 10))
            assert shelf.bytes == sum(e.size for j in journals for e, _size in j.kept) <= most

    def test_makes_room_among_ten_thousand_accounts_at_once(self):
        """A flood over many accounts looks at all journals seldom, not at each entry."""
        shelf = Shelf(entries=10, most=10_000 * 900)
        looks = 0

        class Counted(Shelf):
            def make_room(self):
                nonlocal looks
                looks += 1
                super().make_room()

        shelf.__class__ = Counted
        journals = [Journal(shelf) for _ in range(10_000)]
        for number in range(20_000):
            journals[number % 10_000].add(entry(number, 0, 0, 100))

        assert 0 < looks < 50

    def test_keeps_the_beginning_of_a_long_user_name(self, driver):
        """64 KB of credentials tell nobody anything; how many there were is said."""
        requests.get(
            f"{driver.mock.base}/Calls",
            headers={"Authorization": basic("u" * 9_000, "t")},
            timeout=9,
        )
        (kept,) = driver.mock.exchange.engine.worlds[driver.mock.sid].journal.entries()

        assert kept.user == "u" * 2_000 + "… (9000 characters)"


class TestKeptAnswers:
    def test_have_no_long_keys(self, driver):
        """A request of which path, query and credentials are long is answered, and not kept."""
        kept = driver.mock.exchange.wire._app._app._app
        for length in (10, MAX_KEY):
            answer = driver.get("Calls.json", params={"x": "q" * length})
            assert 200 == answer.status_code

        assert [10 + 2] == [len(query) for _path, query, _auth, _base in kept._answers]

    def test_are_bounded_with_their_keys(self):
        """Ten thousand distinct queries of 3 KB with small answers."""
        kept = Kept(None, None)
        for number in range(10_000):
            key = ("/v1", f"{number:08d}" + "q" * 3_000, "", "")
            kept._keep(key, answer(b"{}", [], 1, weight(key, [], b"{}")))

        assert kept._bytes <= MAX_BYTES
        assert sum(len(query) for _p, query, _a, _b in kept._answers) <= MAX_BYTES


class TestCaches:
    def test_of_credentials_hold_no_long_headers(self):
        """A header that is longer than any good one is read anew each time."""
        before = auth._short.cache_info().currsize
        assert "u" * 5_000 == auth.user_of(basic("u" * 5_000, "t"))
        assert before == auth._short.cache_info().currsize

    def test_of_forms_know_documented_names_only(self, driver):
        """A thousand sets of hostile names are one form."""
        driver.connect()
        before = connect_form._form.cache_info().currsize
        for number in range(50):
            driver.connect(**{f"hostile{number}": "1"})

        assert before == connect_form._form.cache_info().currsize

    def test_of_numbers_hold_no_long_spellings(self):
        """Blanks make a number up to 250 characters long."""
        before = numbering._short.cache_info().currsize
        assert "+919811100001" == numbering.read_number(f"+91{' ' * 200}9811100001").e164
        assert before == numbering._short.cache_info().currsize

    def test_of_order_kinds_are_bounded_over_all_accounts(self, exchange, monkeypatch):
        """The accounts that remember most forget all; equal orders are told apart all the same."""
        monkeypatch.setattr(Kinds, "MOST", 40)
        monkeypatch.setattr(Kinds, "_BETWEEN", 10)
        driver = exchange()
        engine = driver.mock.exchange.engine
        for number in range(60):
            driver.connect(CustomField=str(number))
        assert sum(len(world.kinds) for world in engine.worlds.values()) <= 50

        sids = {driver.connect(CustomField="3") for _ in range(3)}
        assert 3 == len(sids)


class TestAnOpenHouse:
    def test_takes_in_nobody_with_long_credentials(self, exchange):
        """They would be kept with the account: ten thousand of 48 KB are 480 MB."""
        driver = exchange(open_house=True)
        url = f"{driver.mock.url}/v1/Accounts/somebody"
        for user, token in (("u" * 200, "t"), ("u", "t" * 200)):
            headers = {"Authorization": basic(user, token)}
            assert 400 == requests.get(url, headers=headers, timeout=9).status_code
        assert "somebody" not in driver.mock.exchange.engine.worlds

        fits = basic("u" * LONGEST_SECRET, "t" * LONGEST_SECRET)
        assert 200 == requests.get(url, headers={"Authorization": fits}, timeout=9).status_code

    def test_is_full_at_its_bound(self, exchange):
        """Whoever comes later is told the setting, and nothing is kept of him."""
        driver = exchange(open_house=True, max_accounts=3)
        answers = [
            requests.get(f"{driver.mock.url}/v1/Accounts/a{n}", auth=("k", "t"), timeout=9)
            for n in range(5)
        ]

        assert [200, 200, 503, 503, 503] == [answer.status_code for answer in answers]
        assert 3 == len(driver.mock.exchange.engine.worlds)


class TestAnAccount:
    def test_takes_few_bytes_while_it_is_idle(self, driver):
        """Ten thousand of them are some 35 MB."""
        making = driver.mock.exchange.engine.making
        making.make(NewAccount())

        assert taken(lambda _: making.make(NewAccount()), 200) < 3_800

    def test_has_so_many_faults(self, driver, monkeypatch):
        """Each is asked at every request."""
        monkeypatch.setattr("exomock.engine.faults.MOST_FAULTS", 3)
        url = f"{driver.mock.url}/_exomock/accounts/{driver.mock.sid}/faults"
        body = {"when": {"method": "DELETE"}, "answer": "service-unavailable"}
        answers = [requests.post(url, json=body, timeout=9) for _ in range(4)]

        assert [201, 201, 201, 503] == [answer.status_code for answer in answers]
        assert "faults: there are" in answers[-1].json()["detail"]

    def test_has_so_many_fates_laid_down(self, driver):
        """They wait in memory for calls that may never come."""
        world = driver.mock.exchange.engine.worlds[driver.mock.sid]
        url = f"{driver.mock.url}/_exomock/accounts/{driver.mock.sid}/next"
        assert 201 == requests.post(url, json={"leg2": "busy"}, timeout=9).status_code
        world.nexts *= MOST_NEXTS

        answer = requests.post(url, json={"leg2": "busy"}, timeout=9)
        assert 503 == answer.status_code
        assert "next: 1000 wait already" in answer.json()["detail"]

    @pytest.mark.parametrize(
        ("most", "said"), [(6_000, "bytes are kept, this one takes"), (4_000, "is the most, and")]
    )
    def test_has_so_many_bytes_of_snapshots(self, exchange, most, said):
        """A refused one names the setting, and keeps nothing; a huge one is not even read."""
        driver = exchange(snapshot_bytes=most)
        url = f"{driver.mock.url}/_exomock/accounts/{driver.mock.sid}/snapshots"
        driver.connect()
        assert 201 == requests.post(url, timeout=9).status_code
        for number in range(30):
            driver.connect(CustomField=str(number))
        answer = requests.post(url, timeout=9)

        assert 503 == answer.status_code
        assert answer.json()["detail"].startswith("snapshot-bytes: ")
        assert said in answer.json()["detail"]
        assert 1 == len(requests.get(url, timeout=9).json()["snapshots"])


def test_scenarios_of_all_accounts_have_so_many_bytes(exchange):
    """Ten thousand accounts could have a megabyte each; a refused one is named, and not kept."""
    driver = exchange(scenario_bytes=3_000)
    control = f"{driver.mock.url}/_exomock/accounts"
    texts = [f"rules:\n  - leg1: busy\n{'#' * 1_000}{number}" for number in range(4)]
    answers = [requests.post(control, json={"scenario": text}, timeout=9) for text in texts[:3]]
    url = f"{control}/{driver.mock.sid}/scenario"
    put = requests.put(url, data=texts[3], headers={"Content-Type": "application/yaml"}, timeout=9)

    assert [201, 201, 503, 503] == [each.status_code for each in (*answers, put)]
    assert put.json()["detail"].startswith("scenario-bytes: accounts have 20")
    assert 3 == len(requests.get(control, timeout=9).json()["accounts"])


def test_one_text_of_many_accounts_counts_once(exchange):
    """A suite gives one scenario to account after account: it is parsed once, too."""
    driver = exchange(scenario_bytes=3_000)
    control = f"{driver.mock.url}/_exomock/accounts"
    text = "rules:\n  - leg1: busy\n" + "#" * 2_000
    answers = [requests.post(control, json={"scenario": text}, timeout=9) for _ in range(5)]
    worlds = [driver.mock.exchange.engine.worlds[each.json()["sid"]] for each in answers]

    assert 1 == len({id(world.scenario) for world in worlds})


class TestOwners:
    """Whose credentials some are is one look-up."""

    @given(st.lists(st.tuples(*[st.sampled_from(["a", "b", "c"])] * 3), max_size=8), st.data())
    def test_are_known_as_long_as_any_account_has_them(self, worlds, data):
        """Whatever is entered and left, in whatever order, with whatever in common."""
        owners, there = Owners(), []
        for world in worlds:
            owners.enter(*world)
            there.append(world)
            if data.draw(st.booleans()):
                owners.leave(*there.pop(data.draw(st.integers(0, len(there) - 1))))
        for user in "abc":
            for token in "abc":
                has = {w[0] for w in there if token == w[2] and user in w[:2]}
                for sid in "abcd":
                    assert bool(has - {sid}) == owners.others(sid, user, token)

    def test_follow_accounts_that_are_made_and_deleted(self, driver):
        """403 says that the credentials are somebody's, 401 that they are nobody's."""
        url, control = driver.mock.base, f"{driver.mock.url}/_exomock/accounts"
        assert 401 == requests.get(url, auth=("k", "t"), timeout=9).status_code
        requests.post(control, json={"sid": "one", "key": "k", "token": "t"}, timeout=9)
        for user in ("k", "one"):
            assert 403 == requests.get(url, auth=(user, "t"), timeout=9).status_code
        requests.delete(f"{control}/one", timeout=9)
        assert 401 == requests.get(url, auth=("k", "t"), timeout=9).status_code

    @pytest.mark.parametrize("what", ["enter", "leave"])
    def test_are_nobodys_while_their_account_comes_or_goes(self, driver, monkeypatch, what):
        """To its owner an account is there or not there; its own credentials are never foreign."""
        engine, new = driver.mock.exchange.engine, NewAccount("one", "k", "t")
        owners = engine.accounts.owners
        known, between, goes_on = getattr(owners, what), threading.Event(), threading.Event()

        def stop(*given):
            if what == "enter":
                known(*given)
            between.set()
            assert goes_on.wait(20)
            if what == "leave":
                known(*given)

        if what == "leave":
            engine.making.make(new)
        monkeypatch.setattr(owners, what, stop)
        # In a thread of its own: a short request would hold up the loop, and so the others.
        with ThreadPoolExecutor(1) as pool:
            change = (
                pool.submit(engine.making.make, new)
                if what == "enter"
                else pool.submit(engine.accounts.delete, "one")
            )
            assert between.wait(20)
            url = f"{driver.mock.url}/v1/Accounts/one"
            answers = [requests.get(url, auth=(user, "t"), timeout=9) for user in ("k", "one")]
            goes_on.set()
            change.result()

        assert [401, 401] == [answer.status_code for answer in answers]

    def test_are_asked_as_quickly_among_ten_thousand(self):
        """No comparison with every account: the number of digests made does not grow."""
        few, many = Owners(), Owners()
        few.enter("sid", "key", "token")
        for number in range(10_000):
            many.enter(f"sid{number}", f"key{number}", f"token{number}")

        def calls(owners):
            count = 0

            def note(_frame, event, _arg):
                nonlocal count
                count += event == "call"

            threading.setprofile(note)
            with ThreadPoolExecutor(1) as pool:
                pool.submit(owners.others, "sid", "nobody", "wrong").result()
            threading.setprofile(None)
            return count

        assert calls(few) == calls(many)
