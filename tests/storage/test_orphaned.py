"""What the owner of one account had on the wire is pending again; all others' stays as it is."""

from contextlib import closing

import pytest

from exomock.domain.callback import QUESTION
from exomock.domain.telling import Move, Telling
from exomock.storage.deliveries import Owed
from exomock.storage.lawful import KILLED
from exomock.storage.outbox import add_owed
from exomock.storage.store import Store

WALL = 1_772_346_600_000_000


@pytest.fixture
def store(database_url):
    """A store, on each kind of database."""
    with closing(Store(database_url)) as store:
        yield store


def owe(store, account):
    """A callback and a question of an account on the wire, and a callback that is not due yet."""
    owed = [
        Owed("call", "told", "terminal", 1, 5, "http://h/"),
        Owed(QUESTION, "asked", "applet", 1, 5, "http://h/"),
        Owed("call", "later", "terminal", 1, 50, "http://h/"),
    ]
    with store.writing() as tx:
        add_owed(tx, account, owed)
    store.outbox.move(store.outbox.due(account, 10), Move.TAKEN)


def states(store, account):
    """The state of each and its tries, by its owner."""
    return {each.sid: (each.state, list(each.attempts)) for each in store.outbox.of(account)}


class TestWhatWasOnTheWire:
    def test_is_pending_again_and_a_question_says_so(self, store):
        """No try of a callback is counted; of a question one is, because it is asked twice."""
        owe(store, "mine")
        store.orphaned.give_back("mine", WALL)
        found = states(store, "mine")

        assert (Telling.PENDING, []) == found["told"] == found["later"]
        state, (attempt,) = found["asked"]
        assert (Telling.PENDING, 1, WALL) == (state, attempt.number, attempt.wall)
        assert (KILLED, None) == (attempt.error, attempt.status)
        due = {each.sid: each.tries for each in store.outbox.due("mine", 10)}
        assert {"told": 0, "asked": 1} == due

    def test_of_another_account_stays_on_the_wire(self, store):
        """Its owner lives, and waits for an answer."""
        owe(store, "mine")
        owe(store, "other")
        store.orphaned.give_back("mine", WALL)
        found = states(store, "other")

        assert (Telling.SENDING, []) == found["told"] == found["asked"]

    def test_is_given_back_once(self, store):
        """Who takes the account a second time finds nothing on the wire, and counts nothing."""
        owe(store, "mine")
        store.orphaned.give_back("mine", WALL)
        before = states(store, "mine")
        store.orphaned.give_back("mine", WALL + 1)

        assert before == states(store, "mine")
