"""A past, callers and scenarios on a database that stays: what a restart makes of them."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
import requests

from conftest import NOON, Driver
from exomock.server import Exomock
from exomock.settings import Settings

PAST = "history: {calls: 300}\n"


@pytest.fixture
def opened(tmp_path):
    """`opened(scenario)` starts a server on one and the same database, after ending the last."""
    running = []

    def start(scenario, **settings):
        while running:
            running.pop().__exit__(None, None, None)
        database = tmp_path / "calls.db"
        mock = Exomock(scenario, Settings(rate=0, **settings), database=database, start_at=NOON)
        running.append(mock.__enter__())
        return Driver(mock)

    yield start
    for mock in running:
        mock.__exit__(None, None, None)


def total(driver):
    return driver.calls(PageSize=1)["Metadata"]["Total"]


class TestAPast:
    def test_whose_making_was_interrupted_is_made_whole(self, opened, tmp_path):
        """As kill -9 leaves it: some rows, and no mark that all are there."""
        opened(PAST)
        opened("rules: []\n")
        with closing(sqlite3.connect(tmp_path / "calls.db")) as books, books:
            books.execute("DELETE FROM counts")
            books.execute("DELETE FROM calls WHERE nth > 100")

        assert 300 == total(opened(PAST))

    def test_one_more_call_of_which_is_one_call_more(self, opened):
        first = '{to: "09822200002", created: "2026-02-27 11:00:00"}'
        second = '{to: "09822200003", created: "2026-02-27 11:00:00"}'
        seen = [total(opened(f"calls: [{', '.join(each)}]\n")) for each in (
            [first], [second, first], [first, second, first], [first, first, second],
        )]  # fmt: skip

        assert [1, 2, 3, 3] == seen

    def test_that_lies_ahead_does_not_move_the_clock(self, opened):
        text = 'calls: [{to: "09822200002", created: "2030-01-01"}]\n'
        opened(text)
        driver = opened(text)

        assert driver.call(driver.connect())["DateCreated"].startswith("2026-03-01 12:00")


class TestAPastThatIsBeingMade:
    LONG = "history: {calls: 9000}\n"

    def put(self, driver):
        url = f"{driver.mock.url}/_exomock/accounts/exomock/scenario"
        return requests.put(
            url, data=self.LONG, headers={"Content-Type": "text/yaml"}, timeout=60
        ).status_code

    def test_by_several_at_once_is_made_once(self, exchange):
        driver = exchange()
        with ThreadPoolExecutor(3) as pool:
            assert [200] * 3 == list(pool.map(lambda _: self.put(driver), range(3)))
        assert 9000 == total(driver)

    def test_is_whole_in_a_snapshot(self, exchange):
        """The snapshot waits until it is."""
        driver = exchange()
        engine = driver.mock.exchange.engine
        world, snapshots, store = engine.worlds["exomock"], engine.snapshots, engine.store
        with ThreadPoolExecutor(1) as pool:
            put = pool.submit(self.put, driver)
            world.wait_for(lambda: store.calls.exist("exomock"), 10)
            key = snapshots.take("exomock")
            put.result(60)
        snapshots.restore("exomock", key)

        assert 9000 == total(driver)

    def test_ends_with_a_reset_which_makes_its_own(self, exchange):
        driver = exchange()
        engine = driver.mock.exchange.engine
        world, resets, store = engine.worlds["exomock"], engine.resets, engine.store
        with ThreadPoolExecutor(1) as pool:
            put = pool.submit(self.put, driver)
            world.wait_for(lambda: store.calls.exist("exomock"), 10)
            resets.reset("exomock", keep_scenario=True)
            assert 200 == put.result(60)

        assert 9000 == total(driver)


class TestCallers:
    HOURLY = "inbound: [{every: 1h}]\n"

    def test_go_on_after_a_restart(self, opened):
        """Started anew every forty minutes of account time, they still call every hour."""
        opened(self.HOURLY).advance(3700)
        for _ in range(4):
            driver = opened(self.HOURLY)
            driver.advance(2400)
        found = driver.mock.exchange.engine.store.calls.all("exomock")

        assert [1, 2, 3] == [(call.created - NOON) // 3_600_000_000 for call in found]

    def test_go_on_in_a_restored_snapshot(self, exchange):
        driver = exchange(self.HOURLY)
        snapshots, store = driver.mock.exchange.engine.snapshots, driver.mock.exchange.engine.store
        driver.advance(2400)
        key = snapshots.take("exomock")
        driver.advance(9000)
        snapshots.restore("exomock", key)
        driver.advance(1200)

        assert 1 == len(store.calls.all("exomock"))


class TestAScenario:
    def test_of_several_files_in_a_snapshot_does_not_keep_a_server_from_starting(
        self, opened, tmp_path
    ):
        """What came from files is read from them again."""
        one, two = tmp_path / "one.yaml", tmp_path / "two.yaml"
        one.write_text("include: two.yaml\n")
        two.write_text("rules: [{leg2: busy}]\n")
        driver = opened(str(one))
        engine = driver.mock.exchange.engine
        key = engine.snapshots.take("exomock")
        engine.scenarios.set("exomock", engine.accounts.scenario)
        engine.snapshots.restore("exomock", key)

        assert 200 == opened(str(one)).try_connect().status_code

    def test_that_is_shipped_is_given_by_its_name(self, exchange):
        driver = exchange()
        account = f"{driver.mock.url}/_exomock/accounts"
        made = requests.post(account, json={"sid": "b", "scenario": "everyone-busy"}, timeout=9)
        put = requests.put(
            f"{account}/exomock/scenario",
            data="exotel-down",
            headers={"Content-Type": "text/yaml"},
            timeout=9,
        )

        assert (201, "everyone-busy.yaml") == (made.status_code, made.json()["scenario"])
        assert (200, "exotel-down.yaml") == (put.status_code, put.json()["name"])

    def test_that_is_wrong_leaves_no_folder_behind(self):
        """A warning of a folder that nobody removed would fail this suite."""
        with pytest.raises(Exception, match="unknown key"):
            Exomock("rulez: []\nx: 1\n")


class TestAClockThatIsPutBack:
    def test_takes_callers_faults_and_limits_along(self, exchange):
        """Before the first call time may go back; what was to come then comes."""
        driver = exchange(
            "account: {rate_limit: 1/min}\ninbound: [{every: 30s}]\n"
            "faults: [{when: {path: Calls, between: [0s, 15m]}, answer: html}]\n"
            "rules: [{refuse: dnd}]\n"
        )
        clock = f"{driver.mock.url}/_exomock/accounts/exomock/clock"
        assert [403, 429] == [driver.try_connect().status_code for _ in range(2)]
        requests.put(clock, json={"now": "2026-01-01T10:00:00"}, timeout=9)

        assert 403 == driver.try_connect().status_code
        assert 502 == driver.get("Calls.json").status_code
        driver.advance(60)
        assert 2 == len(driver.mock.exchange.engine.store.calls.all("exomock"))
