"""Rules that count: attempts, nth, every_nth, chance. docs/scenarios.md "when" and "attempts"."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from conftest import NOON, TO, Driver
from exomock.server import Exomock

THIRD = """
rules:
  - name: the third try succeeds
    when: {to: "0982*"}
    attempts:
      - {leg2: {busy: 3s}}
      - {refuse: dnd}
      - {leg2: {answer: 5s}, talk: 40s}
"""


def fates(driver, count, to=TO):
    """What became of so many calls, one after the other: a status, or that of a refusal."""
    found = []
    for _ in range(count):
        response = driver.try_connect(To=to)
        driver.advance(100)
        placed = response.status_code == 200
        found.append(
            driver.call(response.json()["Call"]["Sid"])["Status"]
            if placed
            else response.status_code
        )
    return found


class TestAttempts:
    def test_are_taken_one_after_the_other_and_the_last_repeats(self, exchange):
        assert ["busy", 403, "completed", "completed"] == fates(exchange(THIRD), 4)

    def test_are_counted_for_each_number(self, exchange):
        driver = exchange(THIRD)
        assert ["busy", 403] == fates(driver, 2)
        assert ["busy", 403] == fates(driver, 2, "+919822200077")
        assert ["completed"] == fates(driver, 1)

    def test_are_named_in_the_answer(self, exchange):
        response = exchange(THIRD).try_connect()
        assert (
            "scenario.yaml:3 the third try succeeds, attempt 1 of 3"
            == (response.headers["X-Exomock-Why"])
        )

    def test_are_taken_once_each_by_clients_that_race(self, exchange):
        """Twelve at once: each of the first eleven steps is taken by one of them, once."""
        steps = "".join(
            f"      - {{refuse: {{status: {400 + n}, message: x}}}}\n" for n in range(12)
        )
        driver = exchange(f"rules:\n  - attempts:\n{steps}")
        with ThreadPoolExecutor(12) as pool:
            clients = [Driver(driver.mock) for _ in range(12)]
            got = list(pool.map(lambda client: client.try_connect().status_code, clients))
        for client in clients:
            client.http.close()

        assert Counter(range(400, 412)) == Counter(got)

    def test_begin_anew_with_a_reset_and_with_a_scenario(self, exchange):
        driver = exchange(THIRD)
        engine = driver.mock.exchange.engine
        seen = fates(driver, 1)
        engine.resets.reset(driver.mock.sid)
        seen += fates(driver, 1)
        engine.scenarios.set(driver.mock.sid, None)
        seen += fates(driver, 2)

        assert ["busy", "busy", "busy", 403] == seen

    def test_go_on_after_a_restart(self, tmp_path):
        seen = []
        for _ in range(3):
            with Exomock(THIRD, database=tmp_path / "calls.db", start_at=NOON) as mock:
                seen += fates(Driver(mock), 1)

        assert ["busy", 403, "completed"] == seen

    def test_are_part_of_a_snapshot(self, exchange):
        driver = exchange(THIRD)
        snapshots = driver.mock.exchange.engine.snapshots
        fates(driver, 1)
        key = snapshots.take(driver.mock.sid)
        assert [403, "completed"] == fates(driver, 2)
        snapshots.restore(driver.mock.sid, key)
        assert [403, "completed"] == fates(driver, 2)


class TestNth:
    @pytest.mark.parametrize(
        ("when", "expected"),
        [
            ("nth: 2", ["completed", "busy", "completed", "completed"]),
            ("nth: 1..2", ["busy", "busy", "completed", "completed"]),
            ("every_nth: 2", ["completed", "busy", "completed", "busy"]),
        ],
    )
    def test_counts_the_accounts_matching_requests(self, exchange, when, expected):
        driver = exchange(f'rules:\n  - {{when: {{to: "0982*", {when}}}, leg2: busy}}\n')
        others = fates(driver, 2, "09933300003")

        assert ["completed", "completed"] == others
        assert expected == fates(driver, 4)

    def test_counts_requests_that_an_earlier_rule_decides(self, exchange):
        driver = exchange(
            "rules:\n  - {when: {nth: 1}, leg2: busy}\n  - {when: {nth: 2}, leg2: no_answer}\n"
        )
        assert ["busy", "no-answer", "completed"] == fates(driver, 3)


class TestChance:
    RULES = "seed: 4\nrules:\n  - {when: {chance: 20%}, refuse: service-unavailable}\n"

    def test_strikes_about_its_share(self, exchange):
        got = fates(exchange(self.RULES), 100)
        assert 8 < got.count(503) < 34

    def test_gives_a_refused_order_new_luck(self, exchange):
        """Refused orders are kept nowhere; asked again, the same order is not refused for ever."""
        driver = exchange("rules:\n  - {when: {chance: 80%}, refuse: service-unavailable}\n")
        got = fates(driver, 40)

        assert "completed" in got
        assert 503 in got

    def test_is_the_same_in_every_run(self, exchange):
        assert fates(exchange(self.RULES), 30) == fates(exchange(self.RULES), 30)
