"""A machine without a browser: its user is told what was not tested."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from console.conftest import leave_out

pytest.importorskip("playwright.sync_api")

TESTS = Path(__file__).parent.parent


def run():
    """Run one browser test where there is no Chromium."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in {"CI", "EXOMOCK_NEEDS_BROWSER"} and not name.startswith("PYTEST")
    }
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider",
         f"{TESTS}/console/test_board.py", "-k", "a_person_hangs_up"],
        env=kept | {"PATH": str(TESTS), "EXOMOCK_CHROMIUM": ""},
        cwd=TESTS.parent, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_the_last_lines_of_the_suite_say_what_was_left_out():
    """How many tests, and what would let them run; the suite is green."""
    done = run()
    assert (0, True) == (
        done.returncode,
        "Left out: 1 tests of the console in a browser" in "".join(done.stdout.splitlines()[-3:]),
    ), done.stdout


@pytest.mark.parametrize("variable", ["CI", "EXOMOCK_NEEDS_BROWSER"])
def test_where_they_must_run_they_fail(monkeypatch, variable):
    """In CI a browser that is missing is a mistake."""
    monkeypatch.setenv(variable, "1")
    with pytest.raises(pytest.fail.Exception, match="no browser: Chromium"):
        leave_out()
