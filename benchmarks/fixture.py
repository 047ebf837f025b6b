"""What the pytest fixture costs: a test with it over an empty one, and its first use."""

import re
import subprocess
import sys
from statistics import median

from benchmarks.bench import ROUNDS, Bench
from benchmarks.report import Figure

AIM, FIRST = 5.0, 1.2
"""Milliseconds of a test, seconds of the first use, at most."""

_TESTS = 100

_SUITE = """
import time, pytest

TIMES = {}

@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    begun = time.perf_counter()
    yield
    TIMES.setdefault(item.originalname, []).append(time.perf_counter() - begun)
    return True

def pytest_unconfigure():
    for name, times in TIMES.items():
        print(f"\\nTIMES {name} {times[0]:.6f} {sorted(times)[len(times) // 2]:.6f}")
"""

_FILE = f"""
import pytest

@pytest.mark.parametrize("n", range({_TESTS}))
def test_fixture(exotel, n):
    pass

@pytest.mark.parametrize("n", range({_TESTS}))
def test_empty(n):
    pass
"""


def measure(bench: Bench) -> list[Figure]:
    """Run a suite of empty tests, half of them with the fixture, again and again."""
    folder = bench.place("fixture")
    (folder / "conftest.py").write_text(_SUITE)
    (folder / "test_fixture.py").write_text(_FILE)
    command = [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider"]
    cost, first = [], []
    for _ in range(ROUNDS + 1):  # the first run may compile, and does not count
        said = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
        times = {
            name: (float(begun), float(middle))
            for name, begun, middle in re.findall(r"TIMES (\w+) (\S+) (\S+)", said.stdout)
        }
        cost.append((times["test_fixture"][1] - times["test_empty"][1]) * 1000)
        first.append(times["test_fixture"][0])
    del cost[0], first[0]
    return [
        Figure("a test with the fixture", median(cost), "ms", min(cost), max(cost), AIM, False),
        Figure(
            "first use of the fixture", median(first), "s", min(first), max(first), FIRST, False
        ),
    ]
