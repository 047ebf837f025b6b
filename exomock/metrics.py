"""What a server has done, in numbers that Prometheus reads."""

import os
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

SHARED = "PROMETHEUS_MULTIPROC_DIR"
"""The environment variable of the folder in which the workers of one server count together."""

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

# A beat is 20 ms; what takes longer than a minute is not late but stuck.
_LATE = (0.01, 0.02, 0.03, 0.04, 0.06, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 60.0)


class Now(NamedTuple):
    """
    What a server has at this moment; of all workers together.

    Args:
        calls: Calls that are under way; None where the database cannot be asked.
        accounts: Accounts that it plays; None as well.
        memory: Resident bytes.
    """

    calls: int | None
    accounts: int | None
    memory: int


class _Gauges(Collector):
    """Asks for what there is when somebody reads it: nothing is counted meanwhile."""

    def __init__(self, now: Callable[[], Now]) -> None:
        self._now = now

    def collect(self) -> Iterator[Metric]:
        now = self._now()
        # Without one a scrape still shows the counts, which say how renewals of the lease go.
        if now.calls is not None:
            yield GaugeMetricFamily("exomock_calls_running", "Calls under way.", now.calls)
        if now.accounts is not None:
            yield GaugeMetricFamily("exomock_accounts_owned", "Accounts played here.", now.accounts)
        yield GaugeMetricFamily(
            "process_resident_memory_bytes", "Resident memory size in bytes.", now.memory
        )

    def describe(self) -> Iterable[Metric]:
        return ()  # or it would be asked before there is anything


class Metrics:
    """
    Counts for one server, and writes out; lives as long as it, safe for all threads.

    The workers of one server count in files of a shared folder, so that whichever is asked knows
    the sum, also of workers that have died.

    Args:
        now: What there is at the moment it is read.
    """

    def __init__(self, now: Callable[[], Now]) -> None:
        own = CollectorRegistry()
        self._requests = Counter(
            "exomock_requests", "Requests answered.", ["route", "status"], registry=own
        )
        self._callbacks = Counter(
            "exomock_callbacks", "What became of callbacks, each try by itself.", ["result"],
            registry=own,
        )  # fmt: skip
        self._lateness = Histogram(
            "exomock_callback_lateness_seconds", "From due to the first try.", buckets=_LATE,
            registry=own,
        )  # fmt: skip
        self._renewals = Counter(
            "exomock_lease_renewals", "Renewals of the lease.", ["result"], registry=own
        )
        self._takeovers = Counter(
            "exomock_takeovers", "Accounts taken whose owner had gone.", registry=own
        )
        self._forwards = Counter(
            "exomock_forwards", "Requests sent to the owner of their account.", ["result"],
            registry=own,
        )  # fmt: skip
        # Children are looked up by their labels in a microsecond, in a dictionary in a twentieth.
        self._answered: dict[tuple[str, int], Counter] = {}
        self._written = own
        if SHARED in os.environ:
            self._written = CollectorRegistry()
            MultiProcessCollector(self._written)  # type: ignore[no-untyped-call]
        self._written.register(_Gauges(now))

    def answered(self, route: str, status: int) -> None:
        """A request was answered; as `engine.meters.Meters`."""
        found = self._answered.get((route, status))
        if found is None:
            found = self._answered[route, status] = self._requests.labels(route, str(status))
        found.inc()

    def told(self, result: str) -> None:
        """Something became of a callback; as `engine.meters.Meters`."""
        self._callbacks.labels(str(result)).inc()

    def late(self, seconds: float) -> None:
        """The first try of a callback began so long after it was due."""
        self._lateness.observe(seconds)

    def renewed(self, result: str) -> None:
        """The lease was renewed, or not; as `engine.meters.Meters`."""
        self._renewals.labels(result).inc()

    def taken_over(self) -> None:
        """An account was taken whose owner had gone; as `engine.meters.Meters`."""
        self._takeovers.inc()

    def forwarded(self, result: str) -> None:
        """A request was sent to the owner of its account, with this result."""
        self._forwards.labels(result).inc()

    def text(self) -> bytes:
        """All of it, in Prometheus's text format 0.0.4."""
        return generate_latest(self._written)


_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


def resident(pid: int | None = None) -> int:
    """Resident bytes of a process of this machine, itself by default; 0 where nobody knows."""
    try:
        with open(f"/proc/{pid or 'self'}/statm", encoding="ascii") as statm:  # noqa: PTH123
            return int(statm.read().split()[1]) * _PAGE
    except (OSError, ValueError, IndexError):  # macOS, Windows; a process that has ended
        return 0
