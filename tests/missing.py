"""What a machine may not have: its tests are left out there, and the suite says so; never in CI."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent


def leave_out(missing: str, variable: str) -> None:
    """Leave a test out for want of something; but in CI, or where `variable` is set, fail it."""
    if os.environ.get("CI") or os.environ.get(variable):
        pytest.fail(missing)
    pytest.skip(missing)


def run_without(file: str, test: str, variable: str, **bare: str) -> tuple[int, str]:
    """
    Run a test on a machine that lacks what it needs.

    Args:
        file: Where the test is, from the folder of the suite.
        test: A part of its name, which no other one there has.
        variable: The variable that says that it must run; it is not set.
        bare: Further variables, which make the machine bare.

    Returns:
        pytest's exit code, and its last three lines.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in {"CI", variable} and not name.startswith("PYTEST")
    }
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", TESTS / file, "-k", test],
        env=kept | {"PATH": str(TESTS)} | bare,
        cwd=TESTS.parent, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return done.returncode, "".join(done.stdout.splitlines()[-3:])
