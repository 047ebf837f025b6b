"""Each query that grows with the number of calls is answered from its index."""

import sqlite3
from contextlib import closing

import pytest
import requests
from sqlalchemy import event

from conftest import NOON
from exomock.server import Exomock
from exomock.settings import Settings

INDEXES = {
    "json_group_array": "calls_listed",
    "ORDER BY calls.created_s": "calls_listed",
    "calls.sid = ": "calls_sid",
    "min(calls.next_at)": "calls_",
    "calls.next_at <= ": "calls_due",
    "calls.tells_at <= ": "calls_telling",
    "ORDER BY calls.tells_at": "calls_telling",
    "min(callbacks.due_at)": "callbacks_due",
    "callbacks.due_at <= ": "callbacks_due",
}
"""What a statement holds -> the index that answers it, or its beginning."""


@pytest.fixture(scope="module")
def statements(tmp_path_factory):
    """Every SELECT of a call's life, a details and a list, with the plan SQLite makes for it."""
    file = tmp_path_factory.mktemp("indexes") / "calls.db"
    seen = {}

    def note(_connection, _cursor, statement, parameters, _context, _many):
        seen.setdefault(statement, parameters)

    with Exomock(settings=Settings(rate=0), database=file, start_at=NOON) as mock:
        event.listen(mock.exchange.engine.store._engine, "before_cursor_execute", note)
        auth, order = (mock.key, mock.token), {
            "From": "09811100001", "To": "09822200002", "CallerId": "08047112233",
            "StatusCallback": f"{mock.url}/_exomock/echo",
        }  # fmt: skip
        placed = requests.post(f"{mock.base}/Calls/connect.json", data=order, auth=auth, timeout=9)
        # One that tells nobody, and one whose receiver is not there, so that it has retries.
        for callback in ({"StatusCallback": ""}, {"StatusCallback": "http://127.0.0.1:9/"}):
            other = {key: value for key, value in (order | callback).items() if value}
            requests.post(f"{mock.base}/Calls/connect.json", data=other, auth=auth, timeout=9)
        mock.advance(3600)
        requests.get(f"{mock.base}/Calls/{placed.json()['Call']['Sid']}", auth=auth, timeout=9)
        page = requests.get(f"{mock.base}/Calls.json?PageSize=1", auth=auth, timeout=9).json()
        assert 3 == page["Metadata"]["Total"]
        with closing(sqlite3.connect(file)) as database:
            return [
                (text, [row[3] for row in database.execute(f"EXPLAIN QUERY PLAN {text}", given)])
                for text, given in seen.items()
                if text.startswith("SELECT") and isinstance(given, tuple)
            ]


@pytest.mark.parametrize(("part", "index"), INDEXES.items(), ids=INDEXES)
def test_a_query_uses_its_index(statements, part, index):
    """A scan of all calls would take half a second at 100,000 of them."""
    plans = [plan for text, plan in statements if part in text]

    assert [] != plans
    for plan in plans:
        assert any(f"INDEX {index}" in step for step in plan), plan
        # What SQLAlchemy calls anon_1 is what a subquery found.
        assert not any(step.startswith("SCAN call") or "TEMP B-TREE" in step for step in plan), plan
