"""What is due at once is kept as being sent, and nothing of it is lost or out of order."""

from contextlib import contextmanager
from itertools import pairwise

import pytest

from conftest import EXOPHONE, FROM, TO, rows_of
from exomock.domain.order import Order
from exomock.numbering import read_number
from exomock.server import Exomock
from exomock.settings import Settings
from exomock.storage.database import BATCH

TALKS = """
rules:
  - leg1: {answer: 1s}
    leg2: {answer: 1s..50s}
    talk: 1s..400s
"""
"""Callbacks minutes apart: what later calls owe first comes before what this one owes last."""


class Fault(Exception):
    """What is injected."""


@contextmanager
def collecting(calls):
    """An exomock that collects, with so many calls that owe up to three callbacks each."""
    with Exomock(TALKS, Settings(rate=0)) as mock:
        world = mock.exchange.engine.worlds[mock.sid]
        world.collect = True
        order = Order(
            *map(read_number, (FROM, TO, EXOPHONE)),
            callback="http://127.0.0.1:9/",
            events=("answered", "terminal"),
        )
        for _ in range(calls):
            mock.exchange.engine.connect(mock.sid, order)
        yield mock


def told(mock, since):
    """Each callback in the order of its id: what about, how long after `since`, and its state."""
    return [(row.notice, row.due_at - since, row.state) for row in rows_of(mock)]


class TestAnAccountThatCollects:
    def test_is_owed_its_callbacks_in_their_order_in_however_many_batches(self):
        """More calls than a batch; one advance: ids count in the order in which they are due."""
        with collecting(BATCH + 20) as mock:
            mock.exchange.advance(mock.sid, 3600)
            rows = rows_of(mock)

        assert len(rows) > 2 * BATCH
        assert {"collected"} == {row.state for row in rows}
        assert all(one.due_at <= other.due_at for one, other in pairwise(rows))

    def test_collects_the_same_in_one_advance_and_in_many(self):
        """Thirty calls, an hour at once or in 120 steps of seven seconds and a bit."""
        with collecting(30) as whole, collecting(30) as split:
            start = whole.exchange.advance(whole.sid, 0).now
            began = split.exchange.advance(split.sid, 0).now
            whole.exchange.advance(whole.sid, 3600)
            for _ in range(120):
                split.exchange.advance(split.sid, 7.77)
            split.exchange.advance(split.sid, 3600)

            assert told(whole, start) == told(split, began)


class TestAnAdvanceThatSends:
    def test_decodes_a_call_once_for_its_moment_and_its_post(self, driver, receiver, monkeypatch):
        """The post reads no call: it is sent as it was played."""
        decoded = []
        store = driver.mock.exchange.engine.store
        driver.connect(StatusCallback=receiver.url)
        driver.advance(47)
        monkeypatch.setattr(store.calls, "one", lambda *given: decoded.append(given))
        driver.advance(60)

        assert ["completed"] == [each.form["Status"] for each in receiver.got]
        assert [] == decoded

    def test_marks_it_before_its_first_byte_in_the_transaction_that_owes_it(self, driver, receiver):
        """The receiver sees it as being sent, with its call ended."""
        seen = []
        receiver.answer = lambda _: seen.append(driver.rows()[0].state) or 200
        driver.connect(StatusCallback=receiver.url)
        driver.advance(60)

        assert ["sending"] == seen
        assert "delivered" == driver.rows()[0].state

    @pytest.mark.parametrize("question", ["next_at", "next_telling_at"])
    def test_gives_it_back_where_a_fault_follows_the_commit(
        self, driver, receiver, monkeypatch, question
    ):
        """Owed and marked, then the database cannot be asked: the next advance tells it, once."""
        store = driver.mock.exchange.engine.store
        sid = driver.connect(StatusCallback=receiver.url)
        asked, failed = getattr(store.coming, question), []

        def failing(*given):
            if store.outbox.of(driver.mock.sid) and not failed:
                failed.append(given)
                raise Fault
            return asked(*given)

        monkeypatch.setattr(store.coming, question, failing)
        world = driver.mock.exchange.engine.worlds[driver.mock.sid]
        for _ in range(4):
            try:
                driver.mock.exchange.advance(driver.mock.sid, 30)
            except Fault:
                assert world.wait_for(lambda: world.in_flight == 0, 10)

        assert ["delivered"] == [row.state for row in driver.rows(sid)]
        assert 1 == len(receiver.got)
        assert world.idle


class TestWhatIsOlder:
    def test_goes_first(self, exchange, receiver):
        """An answer that was put off to after the end's moment is sent in the order of moments."""
        driver = exchange(
            "rules:\n  - leg1: {answer: 1s}\n    leg2: {answer: 1s}\n    talk: 5s\n"
            "    callbacks: {answered: {delay: 5s}}\n"
        )
        driver.connect(
            StatusCallback=receiver.url,
            **{"StatusCallbackEvents[0]": "answered", "StatusCallbackEvents[1]": "terminal"},
        )
        driver.advance(60)

        due = [(row.due_at, row.notice) for row in driver.rows()]
        told = [each.form["EventType"] for each in receiver.got]
        assert [about for _, about in sorted(due)] == told
