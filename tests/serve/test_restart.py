"""A restart on the same database: docs/settings.md, "What a restart on the same database keeps"."""

import threading
from contextlib import contextmanager
from http.server import ThreadingHTTPServer

import pytest

from conftest import ORDINARY, Driver, Receiver
from serve.conftest import ist, rows, until

BUSY = "09000000001"
"""A magic number: such a call ends after 2 s, and owes its callback from then on."""

FAST = ("--database", "sqlite:///calls.db", "--clock", "x600")


@pytest.fixture
def database(tmp_path):
    """The file that survives."""
    return tmp_path / "calls.db"


@contextmanager
def hanging():
    """A receiver that takes its first request and answers nothing; the next ones it answers 200."""
    release = threading.Event()
    receiver = Receiver()
    receiver.answer = lambda _: 200 if len(receiver.got) > 1 else release.wait(30) and 200
    yield receiver
    release.set()
    receiver.close()


def reopened(receiver):
    """The same receiver on the same port, after it was closed."""
    receiver.server = ThreadingHTTPServer(
        receiver.server.server_address, receiver.server.RequestHandlerClass
    )
    receiver.server.daemon_threads = True
    threading.Thread(target=receiver.server.serve_forever, args=(0.02,), daemon=True).start()


def outbox(database):
    """The callbacks in the database: (state, tries), in the order they came to be owed."""
    return rows(database, "SELECT state, tries FROM callbacks ORDER BY id")


class TestACallback:
    def test_that_was_not_delivered_goes_out_after_a_restart(self, serve, database):
        """
        Killed between the change of state and the delivery: the first comes again, the second once.

        The only thread for callbacks is held by the first call's receiver, so the second call's
        callback is in the outbox, and its first byte cannot have been sent.
        """
        with hanging() as receiver:
            server = serve(*FAST, "--callback-threads", "1")
            driver = Driver(server)
            first = driver.connect(From=BUSY, StatusCallback=receiver.url)
            receiver.wait_for(1)
            second = driver.connect(From=BUSY, To="09822200003", StatusCallback=receiver.url)
            until(lambda: len(outbox(database)) == 2)
            server.kill()
            assert ("sending", 0) == outbox(database)[0]
            assert 1 == len(receiver.got)

            serve(*FAST)

            before, *after = receiver.wait_for(3)
            assert {first, second} == {got.form["CallSid"] for got in after}
            assert before.fields in [got.fields for got in after]
            until(lambda: outbox(database) == [("delivered", 1)] * 2)

    def test_that_failed_once_has_two_tries_left(self, serve, database, receiver):
        """
        Nobody listened at its first try; after the restart somebody does, and fails twice.

        One that was delivered before does not come again.
        """
        told, retries = Receiver(), ("--callback-retry-after", "600,1")
        receiver.close()
        server = serve(*FAST, *retries)
        driver = Driver(server)
        driver.connect(From=BUSY, StatusCallback=receiver.url)
        driver.connect(From=BUSY, StatusCallback=told.url)
        until(lambda: outbox(database) == [("pending", 1), ("delivered", 1)])
        server.kill()
        receiver.answer = lambda _: 500
        reopened(receiver)

        serve(*FAST, *retries)

        until(lambda: outbox(database) == [("failed", 3), ("delivered", 1)])
        assert [(1, None), (2, 500), (3, 500)] == rows(
            database, "SELECT number, status FROM attempts WHERE callback = 1 ORDER BY id"
        )
        assert [2, 1] == [len(receiver.got), len(told.got)]
        told.close()

    def test_that_was_on_the_wire_when_the_server_was_told_to_end_has_lost_no_try(
        self, serve, database
    ):
        """SIGTERM in the middle of its first try; after the restart it is the first again."""
        with hanging() as receiver:
            server = serve(*FAST)
            Driver(server).connect(From=BUSY, StatusCallback=receiver.url)
            receiver.wait_for(1)
            assert 0 == server.end()
            assert [("pending", 0)] == outbox(database)
            assert [] == rows(database, "SELECT * FROM attempts")

            serve(*FAST)

            receiver.wait_for(2)
            until(lambda: outbox(database) == [("delivered", 1)])


class TestAKilledServer:
    def test_goes_on_from_where_it_was(self, serve, database, receiver, tmp_path):
        """
        A call placed on a frozen clock is played to its end after a kill, by another clock.

        It was down for a while that no account saw: the call takes the 48 s of its plan, from the
        second it was placed. ORDINARY: answers after 3 and 5 s, talks for 40.
        """
        (tmp_path / "ordinary.yaml").write_text(ORDINARY)
        options = ("--database", "calls.db", "--scenario", "ordinary.yaml")
        server = serve(*options, "--clock", "frozen")
        driver = Driver(server)
        sid = driver.connect(StatusCallback=receiver.url, StatusCallbackEvents="terminal,answered")
        placed = driver.call(sid)
        assert "in-progress" == placed["Status"]
        server.kill()

        driver = Driver(serve(*options, "--clock", "x600"))

        got = [each.form for each in receiver.wait_for(3)]
        assert ["answered", "answered", "terminal"] == [form["EventType"] for form in got]
        call = driver.call(sid, details="true")
        assert ("completed", "48") == (call["Status"], call["Duration"])
        assert 40 == call["Details"]["ConversationDuration"]
        created = rows(database, "SELECT created FROM calls")[0][0]
        assert placed["DateCreated"] == call["DateCreated"] == ist(created)
        assert ist(created + 48_000_000) == call["EndTime"] == got[-1]["EndTime"]

    def test_keeps_time_from_the_last_saved_moment(self, serve, database):
        """
        An hour a second, killed: a frozen restart stands at the newest moment that was saved.

        The same seed and the same order as before give another Sid there.
        """
        options = ("--database", "calls.db", "--seed", "3")
        server = serve(*options, "--clock", "x3600")
        driver = Driver(server)
        until(lambda: driver.call(driver.connect(From=BUSY))["Status"] == "busy", 5)
        server.kill()
        ((saved,),) = rows(database, "SELECT saved_at FROM accounts")
        ((last,),) = rows(database, "SELECT max(created) FROM calls")
        before = {sid for (sid,) in rows(database, "SELECT sid FROM calls")}

        driver = Driver(serve(*options, "--clock", "frozen"))

        sid = driver.connect(From=BUSY)
        assert ist(max(saved, last)) == driver.call(sid)["DateCreated"]
        assert sid not in before


class TestAServerThatWasEnded:
    def test_keeps_accounts_and_renews_the_credentials_of_those_it_names(self, serve, database):
        """Its time is saved at the end; `--account one:…` changes one's key, and leaves two as it was."""
        server = serve(
            "--database", "calls.db", "--clock", "x3600",
            "--account", "one:key1:token1", "--account", "two:key2:token2",
        )  # fmt: skip
        server.sid, server.key, server.token = "one", "key1", "token1"
        sid = Driver(server).connect(From=BUSY)
        assert 0 == server.end()
        ((saved,),) = rows(database, "SELECT saved_at FROM accounts WHERE sid = 'one'")

        server = serve("--database", "calls.db", "--clock", "frozen", "--account", "one:new:secret")

        assert [
            "  account   Sid one  key new  token secret",
            "  account   Sid two  key key2  token token2",
        ] == server.out.find("  account ")
        statuses = {}
        for account, key, token in (
            ("one", "key1", "token1"), ("one", "new", "secret"), ("two", "key2", "token2"),
        ):  # fmt: skip
            server.sid, server.key, server.token = account, key, token
            statuses[key] = Driver(server).get("Calls.json").status_code
        assert {"key1": 401, "new": 200, "key2": 200} == statuses

        server.sid, server.key, server.token = "one", "new", "secret"
        driver = Driver(server)
        assert sid == driver.call(sid)["Sid"]
        assert ist(saved) == driver.call(driver.connect())["DateCreated"]
