"""The laws of a message's life: however time goes, and whatever comes between."""

import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import EXOPHONE, NOON, Driver
from exomock.domain.message import MessageScript, message_plan
from exomock.domain.report import OUTCOMES, REPORTS
from exomock.domain.span import Span
from exomock.server import Exomock
from exomock.settings import Settings
from exomock.storage.trouble import DatabaseFault

FORM = {"From": EXOPHONE, "To": "09822200002", "Body": "hello"}
SLOW = "seed: 5\nmessages: [{after: 2s..90s}]"


def send(driver, **fields):
    return driver.post("Sms/send.json", data=FORM | fields).json()["SMSMessage"]["Sid"]


def kept(driver):
    return driver.mock.exchange.engine.store.messages.all(driver.mock.sid)


@given(
    outcome=st.sampled_from(list(OUTCOMES.values())),
    after=st.integers(0, 10**12),
    stuck=st.booleans(),
    created=st.integers(0, 10**15),
)
def test_a_plan_runs_forward_to_one_end(outcome, after, stuck, created):
    """Sending, submitted, then its outcome, or nothing if it is stuck; never back in time."""
    script = MessageScript(outcome, Span(after, after), stuck)
    plan = message_plan(script, created, after)

    assert sorted(step.at for step in plan) == [step.at for step in plan]
    assert [21015, 21020, *([] if stuck else [outcome.code])] == [step.code for step in plan]
    assert created <= plan[0].at
    assert [False] * 2 + [True] * (not stuck) == [REPORTS[step.code].final for step in plan]


class TestTime:
    @settings(max_examples=12, deadline=None)
    @given(st.lists(st.integers(0, 40), min_size=1, max_size=6))
    def test_an_advance_in_parts_is_the_same_as_one(self, parts):
        """Eight messages with times of their own: the same states, however time was cut."""
        found = []
        for steps in (parts, [sum(parts)]):
            with Exomock(SLOW, Settings(rate=0), start_at=NOON) as mock:
                driver = Driver(mock)
                for number in range(8):
                    send(driver, Body=str(number))
                for seconds in steps:
                    driver.advance(seconds)
                found.append([(each.sid, each.status, each.changed_at) for each in kept(driver)])

        assert found[0] == found[1]

    def test_many_end_in_one_advance_each_told_once(self, exchange, receiver):
        """1,200 messages, more than two batches: 1,200 callbacks, in the order of their ends."""
        driver = exchange("messages: [{after: 1s..60s}]")
        engine = driver.mock.exchange.engine
        for batch in range(12):
            to = ",".join(f"98{batch:02d}0000{n:02d}" for n in range(100))
            driver.post("Sms/send.json", data=FORM | {"To": to, "StatusCallback": receiver.url})
        engine.worlds[driver.mock.sid].collect = True
        driver.advance(60)

        rows = driver.rows()
        assert 1200 == len({row.sid for row in rows}) == len(rows)
        assert {"sent"} == {each.status for each in kept(driver)}
        assert sorted(row.due_at for row in rows) == [row.due_at for row in rows]

    def test_an_account_is_idle_only_when_its_messages_are(self, driver):
        """`until: idle` waits for the last of them."""
        send(driver)
        engine = driver.mock.exchange.engine
        world = engine.worlds[driver.mock.sid]

        assert not engine.advancing.idle(world)
        went = requests.post(
            f"{driver.mock.url}/_exomock/accounts/{driver.mock.sid}/clock/advance",
            json={"until": "idle"}, timeout=20,
        ).json()  # fmt: skip
        assert (True, "2026-03-01T12:00:04.000000+05:30") == (went["idle"], went["now"])


class TestWhatComesBetween:
    def test_a_restart_goes_on(self, tmp_path, receiver):
        """Killed in the middle, started anew on the same database: it ends, and tells once."""
        file = str(tmp_path / "m.db")
        with Exomock("default", Settings(rate=0), database=file, start_at=NOON) as mock:
            sid = send(Driver(mock), StatusCallback=receiver.url)
            Driver(mock).advance(2)
        with Exomock("default", Settings(rate=0), database=file) as mock:
            driver = Driver(mock)
            before = driver.get(f"Sms/{sid}.json").json()["SMSMessage"]["Status"]
            driver.advance(60)
            after = driver.get(f"Sms/{sid}.json").json()["SMSMessage"]
            again = send(driver, StatusCallback=receiver.url)

        assert ("submitted", "sent") == (before, after["Status"])
        assert "2026-03-01 12:00:04" == after["DateSent"]
        assert 1 == len(receiver.got)
        assert sid != again

    def test_a_reset_forgets_and_a_snapshot_brings_back(self, driver, receiver):
        """A message goes on from where it was, and a reset sends nothing of the old life."""
        account = f"{driver.mock.url}/_exomock/accounts/{driver.mock.sid}"
        sid = send(driver, StatusCallback=receiver.url)
        driver.advance(1)
        snapshot = requests.post(f"{account}/snapshots", timeout=9).json()["id"]
        driver.advance(10)
        assert 1 == len(receiver.got)
        requests.post(f"{account}/reset", timeout=9)
        driver.advance(100)
        assert 404 == driver.get(f"Sms/{sid}.json").status_code

        requests.post(f"{account}/snapshots/{snapshot}/restore", timeout=9)
        assert "sending" == driver.get(f"Sms/{sid}.json").json()["SMSMessage"]["Status"]
        driver.advance(10)
        assert 2 == len(receiver.got)
        assert "sent" == driver.get(f"Sms/{sid}.json").json()["SMSMessage"]["Status"]

    def test_messages_change_no_calls_chance(self, exchange):
        """The same calls get the same Sids and plans, with or without messages between."""

        def sids(texts):
            driver = exchange("seed: 9\nrules: [{leg2: {answer: 2s..9s}}]")
            found = []
            for number in range(5):
                found.append(driver.connect(CustomField=str(number)))
                if texts:
                    send(driver, Body=str(number))
            return found

        assert sids(texts=False) == sids(texts=True)

    def test_a_fault_of_the_database_places_none(self, driver, monkeypatch):
        """500, no message, and `next` is still there for the next request."""
        account = f"{driver.mock.url}/_exomock/accounts/{driver.mock.sid}"
        requests.post(f"{account}/next", json={"messages": 1, "outcome": "spam"}, timeout=9)

        def full(*_args, **_kwargs):
            raise DatabaseFault("disk full")

        with monkeypatch.context() as patch:
            patch.setattr(driver.mock.exchange.engine.store.messages, "add", full)
            assert 500 == driver.post("Sms/send.json", data=FORM).status_code
        assert [] == kept(driver)
        sid = send(driver)
        driver.advance(10)

        code = driver.get(f"Sms/{sid}.json").json()["SMSMessage"]["DetailedStatusCode"]
        assert 23015 == code
