"""Law: whatever is sent, and however often, a server holds no more than its bounds let it."""

import os

import pytest

from laws.hostile import resident, storm
from serve.conftest import serving

SOAK = bool(os.environ.get("EXOMOCK_SOAK"))

SMALL = (
    "--journal-bytes", "2000000", "--snapshot-bytes", "1000000", "--max-accounts", "200",
    "--threads", "8",
)  # fmt: skip
"""Bounds that a few hundred requests reach, so that a short test sees what holds after them."""


def test_a_storm_leaves_no_trace_beyond_the_bounds(tmp_path):
    """Two storms of different requests: what the second one adds is noise, no answer is a 500."""
    with serving(tmp_path, *SMALL) as server:
        first = storm(server.port, 1_500, seed=1, clients=2)
        before = resident(server.process.pid)
        second = storm(server.port, 1_500, seed=2, clients=2)
        after = resident(server.process.pid)

    assert {0, 500}.isdisjoint(first | second), first | second
    assert 1_500 == sum(second.values())
    assert after - before < 24, f"{before:.0f} MiB became {after:.0f}"


@pytest.mark.skipif(not SOAK, reason="a million requests: EXOMOCK_SOAK=1")
def test_a_million_hostile_requests_leave_200_mib(tmp_path):
    """With the bounds as they are when nobody sets any."""
    with serving(tmp_path) as server:
        for part in range(10):
            said = storm(server.port, 100_000, seed=part + 1)
            size = resident(server.process.pid)
            print(f"{(part + 1) * 100_000} requests: {size:.0f} MiB, {said}")
            assert 500 not in said
            assert size <= 200
