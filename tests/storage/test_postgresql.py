"""A database of PostgreSQL: who may use it, what others see of it, and what ails it."""

import sys
import threading
from contextlib import closing
from random import Random

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.exc import DBAPIError

from exomock.domain.listing import CallFilter, Window
from exomock.domain.telling import Move, Telling
from exomock.storage import listing, postgresql
from exomock.storage.backend import now_there
from exomock.storage.deliveries import Owed
from exomock.storage.outbox import add_owed
from exomock.storage.store import Store
from exomock.storage.tables import SCHEMA_VERSION
from exomock.storage.trouble import DatabaseError, DatabaseFault
from exomock.wall import wall_now
from laws.ended import finished, row_of
from ports import nobody
from postgres import PASSWORD, ROLE


def refused(url):
    """What is said of a URL, in one line of printable ASCII without the password."""
    with pytest.raises(DatabaseError) as found:
        Store(url).close()
    said = str(found.value)
    assert said.isascii()
    assert said.isprintable()
    assert PASSWORD not in said
    return said


@pytest.fixture
def database(cluster):
    """A database of the test's own; its name."""
    name = cluster.create()
    yield name
    cluster.drop(name)


@pytest.fixture
def impatient(monkeypatch):
    """A server that is not there is given up at once."""
    monkeypatch.setattr(postgresql, "TRIED_FOR", 0.1)


class TestAURL:
    def test_of_a_wrong_password_is_refused(self, cluster):
        """At once: no later try could succeed."""
        said = refused(cluster.tcp("postgres", password="guessed"))

        assert "the password or the role is wrong" in said
        assert f"{ROLE}:***@127.0.0.1" in said
        assert "guessed" not in said

    def test_of_a_role_that_is_not_there_is_refused(self, cluster):
        """By the socket the server says so; by TCP it says no more than of a wrong password."""
        by_socket = cluster.url("postgres").replace(f"{ROLE}@", "nobody_known@")

        assert "there is no such role" in refused(by_socket)
        assert "the password or the role is wrong" in refused(cluster.tcp("postgres", role="none"))

    def test_of_a_database_that_is_not_there_is_refused(self, cluster):
        """It names the command that makes one."""
        assert "there is no such database; make it: createdb" in refused(cluster.url("nowhere"))

    @pytest.mark.usefixtures("impatient")
    def test_of_a_server_that_is_not_there_is_refused(self, unused_port):
        """After it was tried for ten seconds; here for a tenth of one."""
        url = f"postgresql+psycopg://me:{PASSWORD}@127.0.0.1:{unused_port}/x"

        assert "could not be reached for 0.1 s" in refused(url)

    @pytest.mark.parametrize("option", ["nonsense=1", "sslmode=perhaps", "port=many"])
    def test_of_an_option_that_libpq_refuses_is_refused(self, cluster, option):
        """At once, and not after ten seconds."""
        assert option.split("=")[0] in refused(f"{cluster.url('postgres')}&{option}")

    def test_without_the_word_psycopg_means_the_same(self, cluster, database):
        """`postgresql://` is what other programs are told."""
        url = cluster.url(database).replace("postgresql+psycopg", "postgresql")
        with closing(Store(url)) as store:
            assert None is store.trouble()

    def test_by_tcp_with_the_right_password_is_served(self, cluster, database):
        """As a customer's server is reached."""
        with closing(Store(cluster.tcp(database))) as store:
            assert None is store.trouble()

    def test_needs_psycopg(self, monkeypatch):
        """One line says how to get it."""
        monkeypatch.setitem(sys.modules, "psycopg", None)

        assert (
            "database postgresql+psycopg://me:***@h/x: PostgreSQL needs psycopg: "
            "pip install 'exomock[postgresql]'"
        ) == refused("postgresql+psycopg://me:hush@h/x")


@pytest.fixture
def unused_port():
    """A port on which nobody listens, kept so."""
    with nobody() as port:
        yield port


class TestADatabase:
    def test_of_another_release_is_refused(self, cluster, database):
        """It names both schemas, and nothing is written."""
        Store(cluster.url(database)).close()
        cluster.run("UPDATE exomock_schema SET version = 3", database)

        assert (
            f"written by another release of exomock (schema 3, this one has {SCHEMA_VERSION})"
            in refused(cluster.url(database))
        )

    @pytest.mark.parametrize(
        "made",
        [
            "CREATE TABLE theirs (id INT)",
            "CREATE VIEW theirs AS SELECT 1",
            "CREATE TABLE calls (id INT)",
            "CREATE TABLE exomock_schema AS SELECT 7 AS application, 11 AS version",
        ],
    )
    def test_of_another_program_is_refused(self, cluster, database, made):
        """Whatever it is called; nothing is added to it."""
        cluster.run(made, database)
        before = cluster.run("SELECT count(*) FROM pg_class", database)

        assert "another" in refused(cluster.url(database))
        assert before == cluster.run("SELECT count(*) FROM pg_class", database)

    def test_with_an_extension_of_its_own_is_used(self, cluster, database):
        """Tables and views of extensions are nobody's."""
        cluster.run("CREATE TABLE shipped (id INT)", database)
        cluster.run("ALTER EXTENSION plpgsql ADD TABLE shipped", database)

        Store(cluster.url(database)).close()

    def test_that_is_no_utf8_is_refused(self, cluster):
        """A name in Devanagari could not be kept."""
        name = cluster.create("ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LOCALE 'C'")

        assert "its encoding is SQL_ASCII" in refused(cluster.url(name))
        cluster.drop(name)

    def test_without_a_schema_is_refused(self, cluster):
        """As where search_path names one that nobody has made."""
        assert "no schema of the role's search_path" in refused(
            cluster.url("postgres", options="-csearch_path%3Dnowhere")
        )

    def test_that_may_only_be_read_is_refused(self, cluster, database):
        """A standby, or one that an operator has closed."""
        cluster.run(f"ALTER DATABASE {database} SET default_transaction_read_only = on")

        assert "it may only be read" in refused(cluster.url(database))

    def test_in_which_the_role_may_make_nothing_is_refused(self, cluster, database):
        """PostgreSQL 15 lets only the owner of a database make tables."""
        cluster.run(f"CREATE ROLE guest_{database} LOGIN", database)
        url = cluster.url(database).replace(f"{ROLE}@", f"guest_{database}@")

        assert "the role may not do it" in refused(url)
        cluster.run(f"DROP ROLE guest_{database}", database)

    def test_is_made_once_by_all_that_start_at_the_same_moment(self, postgresql_url):
        """Eight of them: each finds it whole."""
        faults = []

        def start():
            try:
                Store(postgresql_url).close()
            except DatabaseError as error:
                faults.append(error)

        threads = [threading.Thread(target=start) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert [] == faults


class TestWhatIsKept:
    def test_survives_a_character_that_postgresql_cannot_keep(self, postgresql_url):
        """NUL is a bug to nobody: U+FFFD stands in its place, and a list that asks for it is empty."""
        with closing(Store(postgresql_url)) as store:
            call = finished("mine", 0, Random(1))
            store.calls.add([row_of(call) | {"rule": "a\0b"}])

            assert "a\ufffdb" == store.calls.one("mine", call.sid).rule
            assert None is store.calls.one("mine", "\0")
            asked = CallFilter(to=("\0",))
            assert 0 == listing.page(store, "mine", asked, Window(0, 10**11)).total

    def test_may_be_asked_for_by_numbers_of_64_bits(self, database_url):
        """A price that no call has is no error; on both databases."""
        with closing(Store(database_url)) as store:
            store.calls.add([row_of(finished("mine", 0, Random(1)))])
            asked = CallFilter(price=(("gte", 2**62),), duration=(("lte", 2**62),))

            assert 0 == listing.page(store, "mine", asked, Window(0, 10**11)).total

    def test_has_ids_that_rise_in_the_order_of_writing(self, postgresql_url):
        """The writer knows them, while another process writes all the time."""
        with closing(Store(postgresql_url)) as one, closing(Store(postgresql_url)) as other:
            found, ended = {}, threading.Event()

            def disturb():
                while not ended.is_set():
                    with other.writing() as tx:
                        add_owed(tx, "b", [owed("theirs")])

            thread = threading.Thread(target=disturb)
            thread.start()
            for i in range(20):
                with one.writing() as tx:
                    ids = add_owed(tx, "a", [owed(f"{i}-{n}") for n in range(3)])
                found |= {number: f"{i}-{n}" for n, number in enumerate(ids)}
            ended.set()
            thread.join()

            assert sorted(found) == list(found)
            assert found == {each.id: each.sid for each in one.outbox.of("a")}

    def test_tells_the_time_of_the_database(self, database_url):
        """Leases are decided by it; here both run on one machine."""
        with closing(Store(database_url)) as store, store.writing() as tx:
            before = wall_now()
            assert (
                before - 2_000_000
                < tx.execute(select(now_there())).scalar_one()
                < wall_now() + 2_000_000
            )


def owed(sid):
    return Owed("toy", sid, "n", 0, 0, "http://x/")


class TestAProcessBesideOthers:
    def test_leaves_what_they_have_on_the_wire(self, postgresql_url):
        """Given back at its start, a callback of theirs would be sent twice."""
        with closing(Store(postgresql_url)) as one:
            with one.writing() as tx:
                add_owed(tx, "a", [owed("s")])
            one.outbox.move(one.outbox.due("a", 0), Move.TAKEN)
            with closing(Store(postgresql_url)):
                assert [Telling.SENDING] == [each.state for each in one.outbox.of("a")]

    def test_that_is_stopped_in_a_transaction_holds_up_nobody_for_long(
        self, postgresql_url, monkeypatch
    ):
        """The server ends the transaction; whoever had it is told by a fault."""
        monkeypatch.setattr(
            postgresql, "_SESSION", (("idle_in_transaction_session_timeout", "200ms"),)
        )
        with closing(Store(postgresql_url)) as frozen, closing(Store(postgresql_url)) as other:
            frozen.counts.save("a", {"x": 1})

            def write_slowly():
                with frozen.writing() as tx:
                    tx.exec_driver_sql("UPDATE counts SET count = 2")
                    other.counts.save("a", {"x": 3})  # waits for the row
                    tx.exec_driver_sql("UPDATE counts SET count = 4")

            with pytest.raises(DatabaseFault):
                write_slowly()

            assert 3 == frozen.counts.of("a", "x")

    def test_is_told_where_another_holds_a_row_for_too_long(self, postgresql_url):
        """After five seconds as of SQLite's busy_timeout, here after some milliseconds."""

        def write_impatiently(store):
            with store.writing() as tx:
                assert "5s" == tx.exec_driver_sql("SHOW lock_timeout").scalar_one()
                tx.exec_driver_sql("SET LOCAL lock_timeout = '50ms'")
                tx.exec_driver_sql("UPDATE counts SET count = 3")

        with closing(Store(postgresql_url)) as one, closing(Store(postgresql_url)) as other:
            one.counts.save("a", {"x": 1})
            with one.writing() as tx:
                tx.exec_driver_sql("UPDATE counts SET count = 2")
                with pytest.raises(DatabaseFault, match="another transaction holds it up"):
                    write_impatiently(other)

            assert 2 == one.counts.of("a", "x")


FAULTS = {
    "08006": "connection was lost", "25006": "may only be read", "40001": "came between",
    "40P01": "came between", "42501": "may not do it", "42P01": "is gone",
    "53100": "disk full", "53200": "lacks what it needs", "53300": "no connection left",
    "55P03": "holds it up", "57014": "holds it up", "57P01": "ends or begins",
    "57P03": "ends or begins", "58030": "disk refuses", "XX001": "found damage",
}  # fmt: skip
"""SQLSTATEs -> what is said of them."""

BUGS = ("22001", "22003", "22P02", "23502", "23505", "23514", "42601", "42703", "42804", "XX000")


class TestAnError:
    @pytest.mark.parametrize("state", FAULTS)
    def test_of_the_server_is_a_fault(self, store, state):
        """The next transaction goes on, with a connection of its own."""
        with pytest.raises(DatabaseFault, match=FAULTS[state]) as found, store.writing() as tx:
            tx.exec_driver_sql(f"DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{state}'; END $$")

        assert str(found.value).isprintable()
        store.counts.save("a", {"x": 1})

    @pytest.mark.parametrize("state", BUGS)
    def test_of_a_statement_is_a_bug(self, store, state):
        """It needs its traceback."""
        with pytest.raises(DBAPIError), store.writing() as tx:
            tx.exec_driver_sql(f"DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{state}'; END $$")
        store.counts.save("a", {"x": 1})


@pytest.fixture(scope="module")
def store(request):
    """A store of the module's own."""
    with request.getfixturevalue("cluster").schema() as url, closing(Store(url)) as found:
        yield found


@pytest.fixture
def fresh(postgresql_url):
    """A store to which no other test has left a connection."""
    with closing(Store(postgresql_url)) as found:
        yield found


ME = text("SELECT pg_backend_pid()")


class TestAConnection:
    def test_that_the_server_has_ended_is_made_anew(self, fresh, cluster):
        """Both to write and to read: nobody is told, because nothing was under way."""
        fresh.counts.save("a", {"x": 7})
        with fresh.writing() as tx:
            writer = tx.execute(ME).scalar_one()
        reader, opened = fresh.reader.execute(ME).scalar_one(), []
        event.listen(fresh._engine, "connect", lambda *_: opened.append(1))
        for pid in (writer, reader):
            cluster.run(f"SELECT pg_terminate_backend({pid}, 5000)")

        assert 7 == fresh.counts.of("a", "x")
        fresh.counts.save("a", {"x": 8})
        assert 8 == fresh.counts.of("a", "x")
        assert 2 == len(opened)

    def test_that_cannot_be_made_is_not_waited_for_by_all_in_turn(self, postgresql_url):
        """Whoever comes while a try fails slowly is told the same, at once."""
        from psycopg import OperationalError

        tries, failed = [], []

        def fail(*_):
            tries.append(1)
            threading.Event().wait(0.3)
            raise OperationalError("timeout expired")

        def write():
            with pytest.raises(DatabaseFault, match="timeout expired"):
                store.counts.save("a", {"x": 1})
            failed.append(1)

        with closing(Store(postgresql_url)) as store:
            store._forget_writer()
            event.listen(store._engine, "do_connect", fail)
            threads = [threading.Thread(target=write) for _ in range(20)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

        assert (20, True) == (len(failed), len(tries) < 10)

    def test_is_one_of_few(self, store):
        """However many threads read at the same moment."""
        opened, together = [], threading.Barrier(24)
        event.listen(store._engine, "connect", lambda *_: opened.append(1))

        def read():
            together.wait(10)
            store.reader.execute(text("SELECT pg_sleep(0.01)"))

        threads = [threading.Thread(target=read) for _ in range(24)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(opened) <= postgresql.PostgreSQL.readers
