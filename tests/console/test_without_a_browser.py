"""A machine without a browser: its user is told what was not tested."""

import pytest

from console.conftest import NEEDS, without
from missing import run_without

pytest.importorskip("playwright.sync_api")


def test_the_last_lines_of_the_suite_say_what_was_left_out():
    """How many tests, and what would let them run; the suite is green."""
    code, said = run_without(
        "console/test_board.py", "a_person_hangs_up", NEEDS, EXOMOCK_CHROMIUM=""
    )
    assert (0, True) == (code, "Left out: 1 tests of the console in a browser" in said), said


@pytest.mark.parametrize("variable", ["CI", NEEDS])
def test_where_they_must_run_they_fail(monkeypatch, variable):
    """In CI a browser that is missing is a mistake."""
    monkeypatch.setenv(variable, "1")
    with pytest.raises(pytest.fail.Exception, match="no browser: Chromium"):
        without()
