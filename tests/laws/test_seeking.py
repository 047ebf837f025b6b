"""Law: no list reads what it does not show, and nobody pays for an index before he asks for it."""

from random import Random

import pytest
from sqlalchemy import event, inspect
from sqlalchemy.dialects.sqlite import dialect

from conftest import NOON
from exomock.domain.clock import SECOND
from exomock.domain.listing import CallFilter, Cursor, Window
from exomock.storage import listing, seeking
from exomock.storage.questions import count_of, form_of, placed, rows_of
from exomock.storage.store import Store
from laws.ended import NUMBERS, finished, row_of

WHOLE = Window(0, 10**11)
INDEX = {"to": "calls_to", "from_": "calls_from", "statuses": "calls_status"}
TO = CallFilter(to=(NUMBERS[0].e164,))


@pytest.fixture
def store(database_url, monkeypatch):
    """A store of 60 calls that have ended, where more than 50 are many; of each kind."""
    monkeypatch.setattr(seeking, "FEW", 50)
    found = Store(database_url, durable=False)
    chance = Random(1)
    found.calls.add([row_of(finished("mine", i, chance)) for i in range(60)])
    yield found
    found.close()


def indexes(store):
    """The names of the indexes that somebody has asked for."""
    with store._engine.connect() as reader:
        names = {each["name"] for each in inspect(reader).get_indexes("calls")}
    return names & {"calls_to", "calls_from", "calls_status", "calls_measured"}


def asked(store, question):
    """The page and the Total of a question."""
    return listing.page(store, "mine", question, WHOLE)


def steps(store, query):
    """How SQLite goes about a query."""
    compiled = query.compile(dialect=dialect())
    given = tuple("1" for _ in compiled.positiontup)
    with store._engine.connect() as reader:
        found = reader.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", given)
        return [step[3] for step in found]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("cursor", [False, True], ids=["first-page", "next-page"])
@pytest.mark.parametrize(
    ("question", "index"),
    [
        pytest.param({"to": ("a",)}, "calls_to", id="to"),
        pytest.param({"to": ("a", "b")}, "calls_to", id="two-to"),
        pytest.param({"to": ("a", "b"), "statuses": ("c",)}, "calls_to", id="to-and-status"),
        pytest.param({"from_": ("a",)}, "calls_from", id="from"),
        pytest.param({"from_": ("a",), "to": ("b",)}, "calls_to", id="from-and-to"),
        pytest.param({"statuses": ("a",)}, "calls_status", id="status"),
        pytest.param({"statuses": ("a", "b")}, "calls_measured", id="statuses"),
        pytest.param({"sids": ("a", "b"), "to": ("c",)}, "calls_sid", id="sids"),
        pytest.param({"duration": (("gte", 1),)}, "calls_measured", id="duration"),
        pytest.param({"price": (("eq", 1),)}, "calls_measured", id="price"),
        pytest.param({"directions": ("a",)}, "calls_measured", id="direction"),
        pytest.param({"exophone": ("a", "b")}, "calls_measured", id="exophone"),
        pytest.param(
            {"statuses": ("a",), "duration": (("gte", 1),)}, "calls_measured", id="status-duration"
        ),
    ],
)
def test_a_page_is_read_from_the_index_of_its_filter(store, question, index, cursor):
    """With every index there is; a Total of one filter reads no row at all."""
    for filters in (
        {"to": ("a",)},
        {"from_": ("a",)},
        {"statuses": ("a",)},
        {"price": (("eq", 1),)},
    ):
        asked(store, CallFilter(**filters))
    question = CallFilter(**question)
    form, by = form_of(question), store.seeking.index("mine", question)
    page = steps(store, rows_of(form, by, ascending=False, cursor=cursor))
    total = steps(store, count_of(form, store.seeking.index("mine", question, counting=True)))
    looks = [step for step in page if "SEARCH calls " in step and "PRIMARY KEY" not in step]

    assert all(f"INDEX {index} (account=?" in step for step in looks), page
    assert 1 == len(looks)
    assert not any(step.startswith("SCAN calls") for step in page + total)
    if index == "calls_measured":
        assert "COVERING" in looks[0]
    if index != "calls_sid" and not (question.to and (question.from_ or question.statuses)):
        assert any("USING COVERING INDEX" in step for step in total), total


def test_an_index_is_made_when_it_is_asked_for(store):
    """One by one, and none for a list without filters."""
    found = []
    for question in (
        CallFilter(),
        CallFilter(sids=("a",)),
        TO,
        CallFilter(from_=TO.to),
        CallFilter(statuses=("busy",)),
        CallFilter(price=(("gte", 1),)),
    ):
        asked(store, question)
        found.append(len(indexes(store)))

    assert [0, 0, 1, 2, 3, 4] == found


def test_no_index_is_made_for_few_calls(store):
    """Whoever advances over few calls must not pay for lists of many."""
    store.calls.add([row_of(finished("other", i, Random(i))) for i in range(50)])
    listing.page(store, "other", TO, WHOLE)

    assert set() == indexes(store)


def test_an_index_stays_with_its_database(store, database_url):
    """The next server finds it there, and its calls go on into it."""
    before = asked(store, TO).total
    store.close()
    again = Store(database_url, durable=False)
    try:
        call = finished("mine", 0, Random(7))
        again.calls.add([row_of(call)])
        more = int(call.order.to.e164 in TO.to)

        assert {"calls_to"} == indexes(again)
        assert before + more == listing.page(again, "mine", TO, WHOLE).total
    finally:
        again.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_list_needs_no_index_that_cannot_be_made(store, monkeypatch):
    """A full disk is no reason to answer nothing; it is tried again after a minute, and then used."""
    now = [0.0]
    monkeypatch.setattr(seeking, "stopwatch", lambda: now[0])
    tries = []

    def note(_connection, _cursor, statement, _parameters, _context, _many):
        tries.extend(["CREATE INDEX"] if statement.startswith("CREATE INDEX") else [])

    event.listen(store._engine, "before_cursor_execute", note)
    with store.writing() as tx:
        pages = tx.exec_driver_sql("PRAGMA page_count").scalar_one()
        tx.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    full = [asked(store, TO) for _ in range(3)]

    assert (set(), 1) == (indexes(store), len(tries))
    now[0] += seeking.AGAIN
    found = asked(store, TO)
    assert [found] * 3 == full
    assert {"calls_to"} == indexes(store)


def test_a_cursor_begins_where_it_stands():
    """SQLite would step over all that comes before it."""
    window, cursor = Window(NOON // SECOND, NOON // SECOND + 100), Cursor(NOON // SECOND + 40, "a")

    assert window.begin + 40 == placed(cursor, window, ascending=True)["begin_"]
    assert window.begin + 40 == placed(cursor, window, ascending=False)["end_"]
