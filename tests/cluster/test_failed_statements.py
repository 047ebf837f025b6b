"""Whatever statement fails, memory says what the rows say; also of a commit that nobody answered."""

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial

import psycopg
import pytest
import requests
from sqlalchemy.exc import DBAPIError

from exomock.storage.faults import unanswered
from exomock.storage.trouble import DatabaseFault
from serve.conftest import until
from tests.cluster.between import Between
from tests.cluster.changes import (
    CHANGES,
    CONTROL,
    ORDER,
    SID,
    V1,
    Failing,
    change,
    goes_on,
    outbox,
    serving,
    shown,
)
from tests.cluster.exchanges import freeze, here, look

SOAK = bool(os.environ.get("EXOMOCK_SOAK"))
EACH, MOST = (b"", 400) if SOAK else (b"COMMIT", 40)
"""The answers that are lost, one after the other: of commits, in large of each statement."""

COMES_TO_REST = [what for what in CHANGES if what != "time runs"]
"""Changes after which two servers can show the same, one after the other."""

IN_PARTS = {
    "time passes", "time is set", "a callback goes out again", "all is reset",
    "the account is deleted",
}  # fmt: skip
"""
Changes of several transactions. Time has come as far as it says, and what was sent was sent. A
reset or a deletion that failed has emptied the account: whoever asks once more has it whole
(laws/test_restores.py).
"""


@pytest.fixture
def fresh(cluster):
    """Makes two servers on a new database, and what lies between the first, which has it, and it."""

    @contextmanager
    def made():
        name = cluster.create()
        between = Between(cluster.port)
        try:
            url = cluster.tcp(name)
            through = url.replace(f":{between.target}/", f":{between.port}/")
            with serving([(through, (SID,)), (url, ())]) as (one, other):
                yield one, other, between
        finally:
            between.close()
            cluster.drop(name)

    return made


class TestAnAnswerThatIsLost:
    @pytest.mark.parametrize("what", COMES_TO_REST)
    def test_leaves_memory_as_the_rows_are(self, fresh, receiver, what):
        """Whichever of a change's commits it is; and afterwards all goes on, to the last callback."""
        for after in range(MOST):
            with fresh() as (one, other, between):
                answer = change(what, one, receiver, partial(between.lose, after, EACH))
                between.heal()
                if not between.lost:
                    return
                goes_on(one, other, receiver, answer)
        pytest.fail("it commits for ever")


class TestAStatementThatFails:
    @pytest.mark.parametrize("what", CHANGES)
    def test_changes_nothing_or_memory_and_rows_alike(self, tmp_path, receiver, what):
        """In a file, each third statement of a change, in large each; what is refused is not done."""
        before = []

        def begin():
            before.append(shown(one))
            fails.after(after)

        for after in range(0, MOST * 5, 1 if SOAK else 3):
            url = f"sqlite:///{tmp_path / str(after)}.db"
            with serving([(url, (SID,)), (url, ())]) as (one, other), Failing(one) as fails:
                answer = change(what, one, receiver, begin)
                if not fails.heal():
                    assert answer.ok, answer.text
                    return
                if answer.status_code >= 500 and what not in IN_PARTS:
                    assert shown(one) == before[-1], answer.text
                if what in COMES_TO_REST:
                    goes_on(one, other, receiver, answer)
        pytest.fail("it asks for ever")


class TestANewAccount:
    @pytest.mark.parametrize("past", ["rules: []", "history: [{calls: 1200}]"])
    def test_is_there_with_its_whole_past_or_not_at_all(self, tmp_path, past):
        """Whichever statement fails; and what is not there can be made."""
        new = {"sid": "new", "key": "key", "token": "token", "scenario": past}
        with serving([(f"sqlite:///{tmp_path}/calls.db", ())]) as (one,), Failing(one) as fails:
            for after in range(MOST):
                fails.after(after)
                answer = one.ask("POST", "/_exomock/accounts", json=new)
                if not fails.heal():
                    break
                there = one.ask("GET", "/_exomock/accounts/new").status_code
                assert (answer.status_code, there) in {(201, 200), (503, 404)}
                if there == 200:
                    one.ask("DELETE", "/_exomock/accounts/new")

            assert 201 == answer.status_code
            assert after > 2
            placed = len(one.exchange.engine.store.calls.all("new"))
            assert placed == (1200 if "history" in past else 0)


class TestTheAnswerToAClient:
    @pytest.mark.parametrize(
        ("path", "said"),
        [(f"{V1}/Calls/connect.json", {"data": ORDER}), (f"{CONTROL}/reset", {"json": {}})],
    )
    def test_says_that_it_may_have_been_done(self, fresh, path, said):
        """503; but no Retry-After, by which a client that knows no better would do it twice."""
        with fresh() as (one, _other, between):
            between.lose()
            answer = one.ask("POST", path, **said)
            assert 503 == answer.status_code
            assert "Retry-After" not in answer.headers
            assert "may have been done" in answer.headers.get("X-Exomock-Why", answer.text)

    def test_is_200_once_the_account_is_opened_anew(self, fresh):
        """That needs no round: the next request finds out."""
        with fresh() as (one, _other, between):
            between.lose()
            one.ask("POST", f"{V1}/Calls/connect.json", data=ORDER)
            assert 200 == one.ask("POST", f"{V1}/Calls/connect.json", data=ORDER).status_code
            assert 2 == len(one.ask("GET", f"{CONTROL}/calls").json()["calls"])


@pytest.mark.parametrize(
    ("state", "nobody_knows"),
    [(None, True), ("08006", True), ("57P01", True), ("57P02", True),
     ("40001", False), ("23505", False), ("53100", False), ("57014", False)],
)  # fmt: skip
def test_a_server_that_says_no_leaves_no_doubt(state, nobody_knows):
    """SQLSTATEs of an error with which a commit ended."""
    said = psycopg.OperationalError()
    said.sqlstate = state
    assert unanswered(DBAPIError("COMMIT", None, said)) is nobody_knows


def owner(server, sid=SID):
    """Who owns an account by the table, and who is asked for it answers for."""
    place = server.exchange.engine.store.owners.place(sid)
    return None if place is None else place.url


def until_settled(one, other, sid=SID):
    """Look after accounts until both servers answer alike for one; with what status."""

    def settled():
        look(one.exchange)
        look(other.exchange)
        said = {each.ask("GET", f"/_exomock/accounts/{sid}").status_code for each in (one, other)}
        return said - {503} if len(said) == 1 else None

    return until(settled).pop()


class TestAnAnswerAboutOwners:
    def tried(self, fresh, happen, prepare=lambda _one, _other: None):
        """Lose the answer to each commit of what happens, in turn; gives both servers each time."""
        for after in range(MOST):
            with fresh() as (one, other, between):
                prepare(one, other)
                between.lose(after, EACH)
                with suppress(DatabaseFault):
                    happen(one, other)
                between.heal()
                if not between.lost:
                    assert after, "it committed nothing"
                    return
                yield one, other
        pytest.fail("it commits for ever")

    def test_leaves_a_new_account_whole_or_not_there(self, fresh):
        """And what is not there can be made."""
        new = {"sid": "new", "key": "key", "token": "token"}

        def make(one, _other):
            one.ask("POST", "/_exomock/accounts", json=new)

        for one, other in self.tried(fresh, make):
            before = until_settled(one, other, "new")
            again = until(lambda one=one: answered(one.ask("POST", "/_exomock/accounts", json=new)))
            assert (before, again) in {(404, 201), (200, 409)}
            assert 200 == until_settled(one, other, "new")

    def test_leaves_an_account_gone_that_is_deleted(self, fresh):
        """Or it is there, and can be deleted again; then it can be made."""

        def end(one, _other):
            one.ask("DELETE", CONTROL)

        for one, other in self.tried(fresh, end):
            if until_settled(one, other) == 200:
                assert 204 == one.ask("DELETE", CONTROL).status_code
            assert 404 == until_settled(one, other)
            assert 201 == one.ask("POST", "/_exomock/accounts", json={"sid": SID}).status_code

    def test_leaves_an_account_that_is_handed_over_to_somebody(self, fresh):
        """Whoever leaves, and whether it knows that the other has it."""

        def leave(one, _other):
            one.exchange.leave()

        for _one, other in self.tried(fresh, leave):
            until(lambda other=other: look(other.exchange) or other.ask("GET", CONTROL).ok)
            assert owner(other) == other.url

    def test_leaves_an_account_that_is_taken_over_to_who_took_it(self, fresh):
        """It knows so within a round, whether or not it heard that it did."""

        def give(one, other):
            one.exchange.cluster._transfers.give(SID, other.exchange.cluster.member.id)
            look(other.exchange)
            assert owner(one) == other.url

        def take(one, other):
            freeze(other.exchange)
            look(one.exchange)

        for one, _other in self.tried(fresh, take, prepare=give):
            until(lambda one=one: look(one.exchange) or SID in here(one.exchange))
            assert 200 == one.ask("GET", CONTROL).status_code

    def test_leaves_nothing_of_an_account_that_is_deleted(self, fresh, receiver):
        """Who follows it hears the end, and no snapshot is left."""
        with fresh() as (one, other, between):
            assert change("a snapshot is taken", one, receiver, lambda: None).ok
            with (
                requests.get(f"{one.url}{CONTROL}/events", stream=True, timeout=20) as stream,
                ThreadPoolExecutor(1) as pool,
            ):
                heard = pool.submit(stream.raw.read)
                between.lose(what=b"DELETE FROM owners")
                assert 204 == one.ask("DELETE", CONTROL).status_code
                assert between.lost
                between.heal()
                assert heard.result(10) is not None
            assert 404 == until_settled(one, other)
            until(
                lambda: one.ask("POST", "/_exomock/accounts", json={"sid": SID}).status_code == 201
            )
            assert [] == one.ask("GET", f"{CONTROL}/snapshots").json()["snapshots"]
            assert [] == outbox(one)

    def test_of_joining_again_waits_for_nobody(self, fresh, caplog):
        """A process that was frozen has joined and does not know: it is no other than itself."""
        with fresh() as (one, _other, between):
            member = one.exchange.cluster.member
            freeze(one.exchange)
            member.beat()
            between.lose()
            member.beat()
            assert between.lost
            between.heal()
            assert member.id is None
            member.beat()
            assert member.id is not None
            until(lambda: look(one.exchange) or SID in here(one.exchange))
        assert "Traceback" not in caplog.text

    def test_of_joining_says_whose_url_it_is_where_it_is_anothers(self, fresh):
        """One line, and no traceback: the lease is not renewed, and the process answers nobody."""
        with fresh() as (one, _other, _between):
            member = one.exchange.cluster.member
            freeze(one.exchange)
            member.beat()
            store = one.exchange.engine.store
            store.processes.join(one.url, one.url, name="", pid=1, lease=60)
            member.beat()
            assert "advertises" in member.trouble
            assert "advertises" in member.lapse


def answered(answer):
    """The status of an answer that is no 503."""
    return answer.status_code if answer.status_code != 503 else None
