"""Law: a start finds the last moment of each account, and looks at no more calls with more calls."""

import os
from contextlib import closing
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects.sqlite import dialect

import databases
from conftest import DATABASES, NOON
from exomock.domain.clock import SECOND
from exomock.storage import accounts
from exomock.storage.accounts import AccountRow
from exomock.storage.store import Store
from exomock.storage.tables import COMES_IN, MARK
from laws.ended import finished, row_of

MANY = 300 if os.environ.get("EXOMOCK_SOAK") else 30

KINDS = ("0a", "ff", f"{COMES_IN}x:1", f"{MARK}days", f"{MARK}call:1")
"""How fingerprints begin: of orders, of a generator, of a past."""

placings = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(KINDS), st.integers(-50, 50)), max_size=30
)


@pytest.fixture
def store(tmp_path):
    """An empty one."""
    found = Store(f"sqlite:///{tmp_path}/calls.db", durable=False)
    yield found
    found.close()


@pytest.fixture(scope="module", params=DATABASES)
def kept(request, tmp_path_factory):
    """A store of the module's own, of each kind."""
    folder = tmp_path_factory.mktemp("starts")
    with (
        databases.empty(request.param, folder, request.getfixturevalue) as url,
        closing(Store(url, durable=False)) as store,
    ):
        yield store


def account(sid):
    """An account that was kept at noon."""
    return AccountRow(sid, "k", "t", 1, 1, NOON, None, None, False, False, "{}", NOON)


class TestAStart:
    @settings(max_examples=MANY, deadline=None)
    @given(placings)
    def test_finds_the_newest_call_of_each_account(self, kept, placings):
        """Whatever was placed last, and a past of later calls aside."""
        expected = dict.fromkeys("abc", NOON)
        for sid in expected:
            kept.contents.clear(sid)
            kept.accounts.save(account(sid))
        for number, (sid, kind, after) in enumerate(placings):
            created = NOON + after * SECOND
            row = row_of(finished(sid, number, Random(number)), number)
            row |= {"created": created, "created_s": created // SECOND, "fingerprint": kind}
            kept.calls.add([row])
            if not kind.startswith(MARK):
                expected[sid] = max(expected[sid], created)

        assert expected == {row.sid: row.saved_at for row in kept.accounts.all()}

    def test_goes_through_no_table(self, store):
        """A scan of a million calls took five seconds."""
        compiled = accounts._ACCOUNTS.compile(dialect=dialect())
        with store._engine.connect() as reader:
            steps = [row[3] for row in reader.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}")]

        assert "SEARCH calls USING INDEX calls_account (account=?)" in steps
        assert not any(step.startswith("SCAN calls") or "TEMP B-TREE" in step for step in steps)
