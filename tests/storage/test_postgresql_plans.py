"""Each query that grows with the number of calls is answered from an index on PostgreSQL too."""

import re
from contextlib import closing
from random import Random

import pytest
from sqlalchemy import event

import databases
from conftest import NOON
from exomock.domain.clock import SECOND
from exomock.domain.listing import CallFilter, Cursor, Window
from exomock.storage import listing, pages, seeking
from exomock.storage.deliveries import Owed
from exomock.storage.outbox import add_owed
from exomock.storage.store import Store
from exomock.storage.tables import calls
from laws.ended import NUMBERS, finished, row_of

WHOLE = Window(0, 10**11)
ONE, TWO = NUMBERS[0].e164, NUMBERS[1].e164
ACCOUNT = "a0"


@pytest.fixture(scope="module")
def store(request, tmp_path_factory):
    """Ten accounts with 1,000 calls and as many callbacks each, and an index for every filter."""
    folder = tmp_path_factory.mktemp("plans")
    with (
        databases.empty("postgresql", folder, request.getfixturevalue) as url,
        closing(Store(url, durable=False)) as store,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(seeking, "FEW", 50)
        store.calls.add([row_of(finished(ACCOUNT, i, Random(i))) for i in range(100)])
        with store.writing() as tx:
            tx.exec_driver_sql(_copies())
            add_owed(tx, ACCOUNT, [Owed("call", str(i), "n", 0, NOON + i, "u") for i in range(100)])
            tx.exec_driver_sql(
                "INSERT INTO callbacks (account, kind, sid, notice, place, due_at, url, method,"
                " state, own, tries) SELECT 'a' || mod(n, 10), kind, sid || n, notice, place,"
                " due_at + n, url, method, CASE WHEN n < 99 THEN 'delivered' ELSE state END, own, 1"
                " FROM callbacks, generate_series(1, 99) n"
            )
            tx.exec_driver_sql(
                "INSERT INTO attempts (callback, number, wall, status, milliseconds)"
                " SELECT id, 1, 0, 200, 1 FROM callbacks"
            )
        for each in (
            {"to": (ONE,)},
            {"from_": (ONE,)},
            {"statuses": ("busy",)},
            {"price": (("eq", 1),)},
        ):
            listing.page(store, ACCOUNT, CallFilter(**each), WHOLE)
        with store._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as tx:
            tx.exec_driver_sql("VACUUM ANALYZE calls, callbacks, attempts")
        yield store


def _copies():
    changed = {
        "account": "'a' || mod(n, 10)",
        "sid": "md5(c.sid || n)",
        "fingerprint": "md5(c.fingerprint || n)",
        "created": "c.created - n * 1000000::bigint",
        "created_s": "c.created_s - n",
    }
    names = [column.name for column in calls.c if column.name != "id"]
    columns = ", ".join(f'"{name}"' for name in names)
    values = ", ".join(changed.get(name, f'c."{name}"') for name in names)
    return f"INSERT INTO calls ({columns}) SELECT {values} FROM calls c, generate_series(1, 99) n"


def plans(store, ask):
    """The plan that PostgreSQL makes for each query that something asks."""
    asked = []

    def note(_connection, _cursor, statement, given, _context, _many):
        asked.append((statement, given))

    event.listen(store._engine, "before_cursor_execute", note)
    ask()
    event.remove(store._engine, "before_cursor_execute", note)
    with store._engine.connect() as reader:
        return [
            "\n".join(
                line for (line,) in reader.exec_driver_sql(f"EXPLAIN (COSTS off) {text}", given)
            )
            for text, given in asked
        ]


class TestAList:
    @pytest.mark.parametrize(
        "more",
        [{}, {"after": Cursor(NOON // SECOND - 40, "7")}, {"ascending": True}],
        ids=["first-page", "next-page", "ascending"],
    )
    @pytest.mark.parametrize(
        ("question", "index"),
        [
            pytest.param({}, "calls_listed", id="none"),
            pytest.param({"to": (ONE,)}, "calls_to", id="to"),
            pytest.param({"to": (ONE, TWO)}, "calls_", id="two-to"),
            pytest.param({"from_": (ONE,)}, "calls_from", id="from"),
            pytest.param({"statuses": ("busy",)}, "calls_status", id="status"),
            pytest.param({"statuses": ("busy", "completed")}, "calls_", id="statuses"),
            pytest.param({"duration": (("gte", 80),)}, "calls_measured", id="duration"),
            pytest.param({"price": (("eq", 10**12),)}, "calls_measured", id="price"),
            pytest.param({"directions": ("inbound",)}, "calls_", id="direction"),
            pytest.param({"sids": ("a", "b")}, "calls_sid", id="sids"),
        ],
    )  # fmt: skip
    def test_is_read_from_an_index(self, store, question, index, more):
        """Its page and its Total; a page from a cursor on may take any index of the second."""
        asked = CallFilter(**question, **more)
        made = plans(store, lambda: listing.page(store, ACCOUNT, asked, WHOLE))

        assert [] != made
        for each in made:
            assert "Seq Scan on calls" not in each
        if "after" not in more:
            assert index in made[0]
            # Of what the page passes none is sorted, but calls of named Sids and a page's rows.
            assert question.keys() & {"sids"} or "Sort" not in made[0].split("Limit")[1]


QUESTIONS = {
    "calls_due": lambda store: store.coming.due(ACCOUNT, NOON),
    "calls_telling": lambda store: store.coming.next_telling_at(ACCOUNT),
    "calls_kind": lambda store: store.calls.next_nth(ACCOUNT, "x"),
    "calls_sid": lambda store: store.calls.of(ACCOUNT, ["x", "y"]),
    "callbacks_due": lambda store: store.outbox.due(ACCOUNT, NOON + SECOND),
    "callbacks_call": lambda store: store.outbox.of(ACCOUNT, "x"),
    # PostgreSQL 18 may also skip through the other one for them.
    "callbacks_(pkey|call)": lambda store: store.outbox.of(ACCOUNT, ids=[1, 2]),
    "ix_attempts_callback": lambda store: pages.callbacks_page(store, pages.Wanted(ACCOUNT), 50),
}


@pytest.mark.parametrize(("index", "ask"), QUESTIONS.items(), ids=QUESTIONS)
def test_a_question_uses_its_index(store, index, ask):
    """A scan of all that a server keeps would take seconds."""
    made = plans(store, lambda: ask(store))

    assert any(re.search(index, each) for each in made), made
    assert not any("Seq Scan on calls" in each or "Seq Scan on callbacks" in each for each in made)
