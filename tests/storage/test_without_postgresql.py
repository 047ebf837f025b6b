"""A machine without PostgreSQL: its user is told what was not tested."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import postgres

TESTS = Path(__file__).parent.parent


def run():
    """Run a test that needs both databases where there is no PostgreSQL."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in {"CI", "EXOMOCK_NEEDS_POSTGRESQL"} and not name.startswith("PYTEST")
    }
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider",
         f"{TESTS}/storage/test_postgresql.py", "-k", "numbers_of_64_bits"],
        env=kept | {"PATH": str(TESTS), "EXOMOCK_POSTGRESQL": str(TESTS)},
        cwd=TESTS.parent, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_the_last_lines_of_the_suite_say_what_was_left_out():
    """How many tests, and what would let them run; the suite is green."""
    done = run()
    assert (0, True) == (
        done.returncode,
        "Left out: 1 tests on PostgreSQL" in "".join(done.stdout.splitlines()[-3:]),
    ), done.stdout


@pytest.mark.parametrize("variable", ["CI", "EXOMOCK_NEEDS_POSTGRESQL"])
def test_where_they_must_run_they_fail(monkeypatch, variable):
    """In CI a server that is missing is a mistake."""
    monkeypatch.setenv(variable, "1")
    with pytest.raises(pytest.fail.Exception, match="no PostgreSQL: initdb"):
        postgres.leave_out()
