"""Whatever is told to the customer's server lives as one table says, whoever moves it on."""

import os
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

import databases
from conftest import DATABASES
from exomock.domain.errors import IllegalTransition
from exomock.domain.telling import (
    BEGINNINGS,
    NEXT,
    TRIES,
    Move,
    Telling,
    accepted,
    after,
    before,
    leads_to,
    verdict,
)
from exomock.storage.backend import run, words
from exomock.storage.deliveries import Attempt, Owed, Settled
from exomock.storage.outbox import Sooner, add_owed, bring_forward
from exomock.storage.store import Store

MANY = 1000 if os.environ.get("EXOMOCK_SOAK") else 60

RETRY_AFTER = (10, 100)

TRIES_END = {
    Telling.DELIVERED: Move.TOLD,
    Telling.FAILED: Move.GIVEN_UP,
    Telling.REFUSED: Move.REFUSED,
}

ANSWERS = st.sampled_from([None, 199, 200, 204, 299, 300, 404, 500])
HAPPENINGS = st.lists(
    st.one_of(
        st.tuples(st.just("try"), ANSWERS, st.booleans(), st.booleans()),
        st.just(("stop",)),
        st.just(("collect",)),
        st.just(("again",)),
    ),
    max_size=20,
)


class TestTheTable:
    def test_every_state_is_reached_from_a_beginning(self):
        """None is there in vain, and each can be gone on from."""
        reached, todo = set(), list(BEGINNINGS)
        while todo:
            state = todo.pop()
            if state not in reached:
                reached.add(state)
                todo += NEXT[state].values()

        assert set(Telling) == set(NEXT) == reached

    @pytest.mark.parametrize("move", Move)
    def test_a_move_leads_to_one_state_wherever_it_happens(self, move):
        """So that one statement per move is enough for the database."""
        assert {leads_to(move)} == {after(state, move) for state in before(move)}

    @pytest.mark.parametrize("state", Telling)
    def test_what_it_does_not_know_cannot_happen(self, state):
        """The error names the state and the move."""
        for move in set(Move) - set(NEXT[state]):
            with pytest.raises(IllegalTransition, match=f"what is {state} cannot be {move}"):
                after(state, move)

    def test_only_what_is_being_sent_is_tried(self):
        """A verdict is a move of it, and of nothing else."""
        for move in (Move.TOLD, Move.PUT_OFF, Move.GIVEN_UP, Move.REFUSED, Move.GIVEN_BACK):
            assert (Telling.SENDING,) == before(move)


class TestAVerdict:
    @pytest.mark.parametrize(
        ("status", "number", "refused", "last", "expected"),
        [
            (200, 1, False, False, (Move.TOLD, 7)),
            (299, 3, False, True, (Move.TOLD, 7)),
            (300, 1, False, False, (Move.PUT_OFF, 17)),
            (None, 2, False, False, (Move.PUT_OFF, 107)),
            (500, 3, False, False, (Move.GIVEN_UP, 7)),
            (500, 9, False, False, (Move.GIVEN_UP, 7)),
            (500, 1, False, True, (Move.GIVEN_UP, 7)),
            (None, 1, True, False, (Move.REFUSED, 7)),
            (None, 3, True, True, (Move.REFUSED, 7)),
        ],
    )
    def test_is_a_function_of_the_try(self, status, number, refused, last, expected):
        """A retry is due from when the failed try was due, microseconds."""
        assert expected == verdict(status, number, 7, RETRY_AFTER, refused=refused, last=last)

    @settings(max_examples=MANY)
    @given(ANSWERS, st.integers(1, 10), st.booleans(), st.booleans())
    def test_is_a_move_of_what_is_being_sent(self, status, number, refused, last):
        """Whatever a try was, and put off only while tries are left."""
        found = verdict(status, number, 0, RETRY_AFTER, refused=refused, last=last)

        assert found.move in NEXT[Telling.SENDING]
        assert (found.move is Move.TOLD) == accepted(status)
        assert found.move is not Move.PUT_OFF or (number < TRIES and not last)


@pytest.fixture(scope="module", params=DATABASES)
def store(request, tmp_path_factory):
    """A database of the module's own, of each kind."""
    folder = tmp_path_factory.mktemp("tellings")
    with (
        databases.empty(request.param, folder, request.getfixturevalue) as url,
        closing(Store(url)) as store,
    ):
        yield store


def owed(store, state):
    """A callback of the account 'a' in one of its beginnings; its id."""
    with store.writing() as tx:
        add_owed(tx, "a", [Owed("toy", "s", "n", 0, 0, "http://x/", state=state)])
    return store.outbox.of("a")[-1].id


def row(store, callback):
    (found,) = store.outbox.of("a", ids=[callback])
    return found


class Told:
    """A callback in the database beside the one that the table alone would make of it."""

    def __init__(self, store, beginning):
        self.store, self.id = store, owed(store, beginning)
        self.state, self.tries = beginning, 0

    def happen(self, what, *how):
        """A try with its answer, exomock's own stop, a collecting account, or a replay."""
        getattr(self, what)(*how)
        kept = row(self.store, self.id)
        assert (self.state, self.tries) == (kept.state, len(kept.attempts))
        assert list(range(1, self.tries + 1)) == [each.number for each in kept.attempts]

    def again(self):
        """None where it is on the wire; else it is taken whatever became of it."""
        found = self.store.outbox.one("a", self.id)
        assert (found is None) == (self.state is Telling.SENDING)
        self.move(Move.TAKEN)

    def move(self, move):
        self.store.outbox.move([row(self.store, self.id).delivery()], move)
        self.state = NEXT[self.state].get(move, self.state)

    def stop(self):
        self.move(Move.GIVEN_BACK)

    def collect(self):
        self.move(Move.COLLECTED)

    def __getattr__(self, name):
        return {"try": self.tried}[name]

    def tried(self, status, refused, last):
        """A try is recorded only of what is being sent; recorded twice it counts once."""
        delivery = row(self.store, self.id).delivery()
        attempt = Attempt(delivery.tries + 1, 0, status, None, 1.0)
        made = verdict(status, attempt.number, 0, RETRY_AFTER, refused=refused, last=last)
        for _ in range(2):
            self.store.outbox.settle([Settled(delivery, attempt, *made)])
        if self.state is Telling.SENDING:
            self.state, self.tries = after(self.state, made.move), self.tries + 1


class TestARow:
    @settings(max_examples=MANY, deadline=None)
    @given(beginning=st.sampled_from(BEGINNINGS), happenings=HAPPENINGS)
    def test_lives_as_the_table_says_whatever_happens_to_it(self, store, beginning, happenings):
        """Any sequence of tries, stops, collecting and replays, each asked of any state."""
        told = Told(store, beginning)
        for what, *how in happenings:
            told.happen(what, *how)

        assert told.state in Telling

    def test_cannot_be_moved_against_the_table_by_any_statement(self, store):
        """Every pair of states is written by hand; those outside the table are refused."""
        lawful = {(state, to) for state, moves in NEXT.items() for to in moves.values()}
        for state in Telling:
            for to in Telling:
                callback = owed(store, state)
                if (state, to) in lawful:
                    self.write(store, callback, to)
                    assert to == row(store, callback).state
                else:
                    with pytest.raises(IntegrityError, match="no such step in the life"):
                        self.write(store, callback, to)
                    assert state == row(store, callback).state

    def test_cannot_be_in_a_state_that_the_table_does_not_have(self, store):
        """An insert is refused as well."""
        with pytest.raises(IntegrityError, match=r"(?i)check constraint"):
            owed(store, "sent")

    @staticmethod
    def write(store, callback, state):
        with store.writing() as tx:
            run(tx, words("UPDATE callbacks SET state = ? WHERE id = ?"), (str(state), callback))


class TestTriesThatEndTogether:
    @pytest.mark.parametrize("share", [0, 1, 2])
    def test_are_recorded_all_or_none(self, store, share):
        """Fifty in one transaction; a `share` of them has been recorded before, once counts."""
        ids = [owed(store, Telling.PENDING) for _ in range(50)]
        deliveries = [each.delivery() for each in store.outbox.of("a", ids=ids)]
        store.outbox.move(deliveries, Move.TAKEN)
        tries = [
            Settled(each, Attempt(1, 0, 200 if n % 2 else 500, None, 1.0), move, n)
            for n, each in enumerate(deliveries)
            for move in [Move.TOLD if n % 2 else Move.PUT_OFF]
        ]
        store.outbox.settle(tries[: share * 20])
        store.outbox.settle(tries)

        rows = store.outbox.of("a", ids=ids)
        assert [("delivered" if n % 2 else "pending", n) for n in range(50)] == [
            (each.state, each.due_at) for each in rows
        ]
        assert [1] * 50 == [len(each.attempts) for each in rows]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_server_that_died_left_nothing_being_sent(database_url):
    """At the next start what was `sending` is pending; every other state stays. Shared, see `orphaned`."""
    with closing(Store(database_url)) as store:
        ids = {owed(store, state): state for state in Telling}
    with closing(Store(database_url)) as store:
        expected = {
            callback: Telling.PENDING if state is Telling.SENDING else state
            for callback, state in ids.items()
        }
        assert expected == {each.id: each.state for each in store.outbox.of("a")}


def test_the_outbox_asks_no_other_table(database_url):
    """With calls and accounts away it owes, hands out, settles and lists all the same."""
    with closing(Store(database_url)) as store:
        with store.writing() as tx:
            for table in ("calls", "accounts"):
                tx.exec_driver_sql(f"DROP TABLE {table}")
        callback, outbox = owed(store, Telling.PENDING), store.outbox
        (delivery,) = outbox.due("a", 0)
        assert (callback, True, 0) == (delivery.id, outbox.owes_own("a"), outbox.next_at("a"))
        outbox.move([delivery], Move.TAKEN)
        outbox.settle([Settled(delivery, Attempt(1, 0, 200, None, 1.0), Move.TOLD, 0)])
        with store.writing() as tx:
            bring_forward(tx, "a", Sooner(("toy", "s"), "n", 0))

        assert (None, "delivered") == (outbox.next_at("a"), row(store, callback).state)
        assert outbox.one("a", callback) is not None
