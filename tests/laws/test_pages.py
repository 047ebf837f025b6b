"""Law: lists page, a page costs what it shows, and waits look only at what they wait for."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event
from urllib3.filepost import encode_multipart_formdata

from conftest import EXOPHONE, FROM, NOON, TO
from control.conftest import Control
from exomock.delivery.multipart import multipart
from exomock.domain.order import Order
from exomock.engine import NewAccount
from exomock.engine.world import World
from exomock.numbering import read_number
from exomock.server import Exomock
from exomock.settings import Settings

SMALL = 7
"""How many there are of each thing that is listed."""

MANY_CALLBACKS = 1_050

LISTS = {
    "accounts": ("accounts", "sid"),
    "calls": ("accounts/t1/calls", "sid"),
    "callbacks": ("accounts/t1/callbacks", "id"),
    "requests": ("accounts/t1/requests", "number"),
    "faults": ("accounts/t1/faults", "id"),
    "snapshots": ("accounts/t1/snapshots", "id"),
}
"""What is listed -> where, and what `after` calls one."""

FROM_THE_OLDEST = {"calls": {"after": "0"}, "requests": {"after": "0"}}
"""Lists that without `after` show the newest."""


@pytest.fixture(scope="module")
def story():
    """An account that has seven of everything."""
    with Exomock(settings=Settings(rate=0), start_at=NOON) as mock:
        control = Control(mock.url)
        account = control.account(collect=True)
        for number in range(SMALL):
            account.connect(CustomField=str(number), StatusCallback="http://127.0.0.1:9/hook")
            account.post("snapshots", None, 201)
            body = {"when": {"method": "DELETE"}, "answer": "service-unavailable"}
            account.post("faults", body, 201)
        for number in range(SMALL - 2):
            control.account(f"other{number}")
        account.idle()
        yield control
        control.http.close()


class TestPages:
    @pytest.mark.parametrize("name", LISTS)
    @pytest.mark.parametrize("limit", [1, 2, 3, SMALL, SMALL + 1])
    def test_put_together_are_the_whole_list(self, story, name, limit):
        """Each thing once, in the same order, no page longer than its limit."""
        path, key = LISTS[name]
        whole = [each[key] for each in story.get(path)[name]]
        found, query, pages = [], FROM_THE_OLDEST.get(name, {}), 0
        while True:
            page = story.get(path, limit=limit, **query)
            assert len(page[name]) <= limit
            found += [each[key] for each in page[name]]
            pages += 1
            if page["next"] is None:
                break
            query = {"after": page["next"]}

        assert SMALL <= len(whole)
        assert whole == found
        assert -(-len(whole) // limit) == pages

    @pytest.mark.parametrize("name", LISTS)
    def test_after_the_last_is_empty(self, story, name):
        """What comes next can be asked for before it is there."""
        path, key = LISTS[name]
        last = story.get(path)[name][-1][key]
        page = story.get(path, after=last)

        assert ([], None) == (page[name], page["next"])

    @pytest.mark.parametrize("name", ["calls", "requests"])
    def test_without_after_is_the_newest(self, story, name):
        """As it was before there were pages."""
        path, key = LISTS[name]
        whole = [each[key] for each in story.get(path)[name]]

        assert whole[-2:] == [each[key] for each in story.get(path, limit=2)[name]]

    @pytest.mark.parametrize("name", LISTS)
    def test_of_a_whole_list_say_nothing_of_pages_unasked(self, story, name):
        """An answer that was short stays as it was."""
        assert "next" not in story.get(LISTS[name][0])

    @pytest.mark.parametrize(
        ("name", "query", "said"),
        [
            ("accounts", {"after": "nobody"}, "after: there is no 'nobody' here"),
            ("calls", {"after": "x" * 5_000}, f"after: there is no '{'x' * 60}' here"),
            ("faults", {"after": "99"}, "after: there is no '99' here"),
            ("callbacks", {"after": "x"}, "after: 'x' is not valid; expected a whole number"),
            ("requests", {"limit": "0"}, "limit: '0' is not valid; expected a whole number"),
            ("callbacks", {"limit": "10001"}, "limit: '10001' is not valid"),
        ],
    )
    def test_refuse_what_is_wrong(self, story, name, query, said):
        """A name that has gone is told, not taken for the beginning."""
        assert story.get(LISTS[name][0], 400, **query)["detail"].startswith(said)

    def test_are_filtered(self, story):
        """Filters count before limits do."""
        found = story.get("accounts/t1/callbacks", event="answered", limit=3)
        assert ([], None) == (found["callbacks"], found["next"])
        sid = story.get("accounts/t1/calls")["calls"][4]["sid"]
        found = story.get("accounts/t1/callbacks", call=sid, limit=1)
        assert ([sid], None) == ([each["call"] for each in found["callbacks"]], found["next"])

    def test_of_requests_end_at_their_bytes(self, story, monkeypatch):
        """A thousand bodies of 2 MB are not one answer."""
        monkeypatch.setattr("exomock.control.journal.PAGE_BYTES", 3_000)
        page = story.get("accounts/t1/requests", after="0")

        assert 1 <= len(page["requests"]) < SMALL
        assert page["next"] == page["requests"][-1]["number"]


@pytest.fixture(scope="module")
def many():
    """An account with many callbacks, all collected, and every SELECT that is made."""
    account = NewAccount("many", "key", "token", collect=True)
    with Exomock(settings=Settings(rate=0), start_at=NOON, account=account) as mock:
        control = Control(mock.url)
        engine = mock.exchange.engine
        engine.worlds["many"].collect = True
        caller, called, exophone = map(read_number, (FROM, TO, EXOPHONE))
        for number in range(MANY_CALLBACKS):
            hook = f"{mock.url}/_exomock/echo"
            order = Order(caller, called, exophone, callback=hook, custom_field=str(number))
            engine.connect("many", replace(order, events=("terminal",)))
        mock.advance(400)
        yield mock, control
        control.http.close()


class TestCosts:
    def test_of_a_page_are_those_of_what_it_shows(self, many):
        """A hundred of many callbacks: a hundred rows are read, from an index, without a sort."""
        mock, control = many
        read = statements(
            mock, lambda: control.get("accounts/many/callbacks", limit=100, after=500)
        )
        began = time.process_time()
        assert 1_000 == len(control.get("accounts/many/callbacks")["callbacks"])
        took = time.process_time() - began

        assert [] == slow(mock, read)
        assert took < 1, "a page of a thousand took 0.15 s of CPU when this was written"

    def test_of_a_wait_for_a_callback_are_one_indexed_look(self, many):
        """Whether there is one is asked of an index; what is shown is a page."""
        mock, control = many
        read = statements(mock, lambda: control.get("accounts/many/wait", callback="terminal"))
        found = control.get("accounts/many/wait", callback="terminal")["callbacks"]

        assert any("callbacks.tries > 0" in text for text, _given in read)
        assert [] == slow(mock, read)
        assert 1_000 == len(found)

    def test_of_a_wait_for_a_status_read_no_plan(self, many):
        """One column of one row."""
        mock, control = many
        (sid,) = [call["sid"] for call in control.get("accounts/many/calls", limit=1)["calls"]]
        read = statements(
            mock, lambda: control.get("accounts/many/wait", call=sid, status="completed")
        )

        assert any(text.startswith("SELECT calls.status \nFROM") for text, _given in read)

    def test_of_waits_do_not_grow_with_changes(self, driver):
        """A thousand changes in a fifth of a second are ten looks or so, not a thousand."""
        world = driver.mock.exchange.engine.worlds[driver.mock.sid]
        looks, done = [], threading.Event()

        def so():
            looks.append(1)
            return done.is_set()

        with ThreadPoolExecutor(2) as pool:
            waiting = pool.submit(world.wait_for, so, 20, 0.02)
            began = time.perf_counter()
            pause = threading.Event()
            for _ in range(1_000):
                world.touch()
                pause.wait(0.0002)
            took = time.perf_counter() - began
            done.set()
            world.touch()
            assert waiting.result(10)

        assert len(looks) <= took / 0.02 + 4

    def test_of_a_wait_in_vain_are_no_longer_than_its_time(self):
        """The pause between two looks ends where the wait does."""
        world = World("sid", "key", "token", 1, None, None, None)
        began = time.perf_counter()
        assert not world.wait_for(lambda: bool(world.touch()), 0.1, 5.0)
        assert time.perf_counter() - began < 2


def statements(mock, act):
    """Every SELECT with its parameters that the server makes while something is done."""
    found = []

    def note(_connection, _cursor, statement, parameters, _context, _many):
        if statement.startswith("SELECT"):
            found.append((statement, parameters))

    engine = mock.exchange.engine.store._engine
    event.listen(engine, "before_cursor_execute", note)
    act()
    event.remove(engine, "before_cursor_execute", note)
    return found


def slow(mock, read):
    """The steps of these queries in which SQLite reads a whole table, or sorts what it found."""
    with mock.exchange.engine.store._engine.connect() as reader:
        plans = [
            (step[3], text)
            for text, given in read
            for step in reader.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", given)
        ]
    return [
        (step, text)
        for step, text in plans
        if "TEMP B-TREE FOR ORDER" in step or ("SCAN" in step and "VIRTUAL" not in step)
    ]


TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(
    st.lists(st.tuples(TEXT, TEXT), max_size=6),
    st.text("abcdef0123456789", min_size=1, max_size=32),
)
def test_a_form_is_urllib3s_byte_for_byte(fields, boundary):
    """It is made by hand because a page of a thousand callbacks makes two thousand."""
    assert encode_multipart_formdata(fields, boundary) == multipart(fields, boundary)
