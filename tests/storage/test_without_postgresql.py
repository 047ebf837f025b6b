"""A machine without PostgreSQL: its user is told what was not tested."""

import pytest

import postgres
from missing import TESTS, run_without


def test_the_last_lines_of_the_suite_say_what_was_left_out():
    """How many tests, and what would let them run; the suite is green."""
    code, said = run_without(
        "storage/test_postgresql.py", "numbers_of_64_bits", postgres.NEEDS,
        EXOMOCK_POSTGRESQL=str(TESTS),
    )  # fmt: skip
    assert (0, True) == (code, "Left out: 1 tests on PostgreSQL" in said), said


@pytest.mark.parametrize("variable", ["CI", postgres.NEEDS])
def test_where_they_must_run_they_fail(monkeypatch, variable):
    """In CI a server that is missing is a mistake."""
    monkeypatch.setenv(variable, "1")
    with pytest.raises(pytest.fail.Exception, match="no PostgreSQL: initdb"):
        postgres.without()
