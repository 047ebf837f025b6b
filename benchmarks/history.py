"""`python -m benchmarks.history [words…]`: how figures went, commit by commit."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.report import Figure, short

FILE = Path(__file__).with_name("history.json")
_BARS = "▁▂▃▄▅▆▇█"


def commit() -> str:
    """The commit that is measured; with a `+` where files differ from it."""
    here = FILE.parent
    ran = subprocess.run(
        ["git", "describe", "--always", "--exclude=*", "--dirty=+"],
        cwd=here, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return ran.stdout.strip() or "no commit"


def record(
    figures: Sequence[Figure], seconds: float, before: dict[str, Any], file: Path = FILE
) -> None:
    """
    Append one run.

    Args:
        figures: What it measured.
        seconds: The length of its windows.
        before: The surroundings as it began; its own load comes after that.
        file: What to append to.
    """
    entry = {
        "commit": commit(),
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M}",
        "seconds": seconds,
        **before,
        "figures": {each.name: _kept(each) for each in figures},
    }
    whole = [*entries(file), entry]
    file.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n")


def _kept(figure: Figure) -> dict[str, Any]:
    kept = asdict(figure)
    rounded = {name: float(f"{kept[name]:.4g}") for name in ("value", "low", "high")}
    more = {name: float(f"{value:.4g}") for name, value in (figure.more or {}).items()}
    return {**rounded, "unit": figure.unit, **more}


def entries(file: Path = FILE) -> list[dict[str, Any]]:
    """All runs, the oldest first."""
    return list(json.loads(file.read_text())) if file.exists() else []


def curves(runs: Sequence[dict[str, Any]], words: Sequence[str] = ()) -> list[str]:
    """For each figure whose name has all the words: a curve, and a line for each run."""
    names = dict.fromkeys(name for run in runs for name in run["figures"])
    found = []
    for name in names:
        if all(word.lower() in name.lower() for word in words):
            found += _curve(name, [run for run in runs if name in run["figures"]])
    return found


def _curve(name: str, runs: Sequence[dict[str, Any]]) -> list[str]:
    values = [run["figures"][name]["value"] for run in runs]
    most = max(values) or 1
    bars = "".join(_BARS[max(0, round(value / most * 7))] for value in values)
    return [f"{name}  {bars}", *(_line(run, run["figures"][name]) for run in runs), ""]


def _line(run: dict[str, Any], figure: dict[str, Any]) -> str:
    spread = f"({short(figure['low'])} to {short(figure['high'])})"
    value = f"{short(figure['value'])} {figure['unit']} {spread}"
    around = f"load {run['load']:g}, {run['cores']} cores, Python {run['python']}, {run['client']}"
    return f"  {run['commit']:<10} {run['date']}  {value:<28} {around}"


def main() -> None:
    """Print the curves of the figures that were named, of all if none was."""
    print("\n".join(curves(entries(), sys.argv[1:])) or "nothing is recorded")


if __name__ == "__main__":
    main()
