"""An idle process of a cluster asks the database little, however many accounts there are."""

from collections import Counter
from contextlib import contextmanager

import pytest
from sqlalchemy import event, text

from tests.cluster.exchanges import A, B, end, exchange, look

MANY = 10_000
BEATS = 50
"""Of the heartbeat in a second; the lease is renewed once, and accounts are looked after once."""


@contextmanager
def statements(store):
    """Counts what a store asks of its database."""
    found = Counter()

    def count(_connection, _cursor, statement, *_more):
        found[statement] += 1

    event.listen(store._engine, "before_cursor_execute", count)
    yield found
    event.remove(store._engine, "before_cursor_execute", count)


def fill(store, owner):
    """Accounts in the database that a process plays."""
    with store.writing() as tx:
        rows = [{"sid": f"many{number}", "me": owner} for number in range(MANY)]
        tx.execute(
            text("INSERT INTO owners (account, owner, term, given) VALUES (:sid, :me, 1, false)"),
            rows,
        )


@pytest.fixture
def idle(url):
    """A process with a few accounts, among 10,000 of another that lives as well."""
    one, other = exchange(url, A, *(f"team{each}" for each in range(20))), exchange(url, B)
    fill(one.engine.store, other.cluster.member.id)
    yield one
    end(one)
    end(other)


def second(exchange):
    """What its threads do in a second."""
    exchange.cluster.member.beat()
    look(exchange)
    for _ in range(BEATS):
        exchange.heartbeat.beat()


def test_an_idle_process_asks_at_most_twenty_statements_a_second(idle):
    """Transactions' beginnings and ends included; it is four today, whatever the accounts."""
    idle.cluster.member._bell.set()  # nothing but this test asks meanwhile
    idle.cluster.member._thread.join()
    for _ in range(10):  # what it does once, because the other has joined
        second(idle)

    with statements(idle.engine.store) as found:
        for _ in range(5):
            second(idle)
    assert 0 < sum(found.values()) <= 5 * 20, found
