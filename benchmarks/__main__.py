"""`python -m benchmarks [names…] [--seconds N] [--json] [--record]`."""

import argparse
import signal
import sys
import tempfile
import time
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from benchmarks import history
from benchmarks.bench import ROUNDS, Bench
from benchmarks.load import CONNECTIONS, Generator
from benchmarks.report import as_json, lines, surroundings, weather

PARTS = (
    *("connect", "details", "pages", "lateness", "held", "start", "memory"),
    *("advances", "worlds", "language", "large", "fixture", "flows", "boards", "scale"),
)
MEASUREMENTS = {
    part: import_module(f"benchmarks.{part}").measure
    for part in PARTS
    if find_spec(f"benchmarks.{part}")
}


def main() -> None:
    """Measure what was named, everything if nothing was."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure exomock against a bare Flask view."
    )
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(MEASUREMENTS))
    parser.add_argument("--seconds", type=float, default=1, help="length of a window [1]")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--record", action="store_true", help="append to benchmarks/history.json")
    given = parser.parse_args()
    unknown = [name for name in given.names if name not in MEASUREMENTS]
    if unknown:
        parser.error(f"found {unknown[0]!r}, expected some of {', '.join(MEASUREMENTS)}")
    # Whatever ends the run, its servers and its folder go with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    figures, before, said = [], surroundings(), weather()
    with tempfile.TemporaryDirectory(prefix="exomock-bench-") as folder, Generator() as generator:
        bench = Bench(generator, Path(folder), given.seconds)
        for name in given.names or MEASUREMENTS:
            began = time.perf_counter()
            figures += MEASUREMENTS[name](bench)
            print(f"{name}: {time.perf_counter() - began:.0f} s", file=sys.stderr)
    if given.record:
        history.record(figures, given.seconds, before)
    if given.json:
        print(as_json(figures))
        return
    print(
        f"{said}, {CONNECTIONS} connections, {ROUNDS} rounds of windows of "
        f"{given.seconds:g} s; x: share of the bare view's requests a second\n"
    )
    print("\n".join(lines(figures)))


if __name__ == "__main__":
    main()
