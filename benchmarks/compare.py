"""
`python -m benchmarks.compare OLD NEW [parts…]`: two commits, or folders, measured side by side.

Each part runs old, new, old, new, … so that both see the same weather; a figure is the median of
the rounds. Each side is measured by its own `benchmarks`, but for the load, which is this
checkout's for both.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.report import short, table, weather

HERE = Path(__file__).resolve().parents[1]
CLIENT = ("load.py", "wrk.py")
_LEFT_OUT = shutil.ignore_patterns(".git", ".venv*", "node_modules", "__pycache__", ".*_cache")


@dataclass(frozen=True)
class Side:
    """
    One of the two that are compared.

    Args:
        name: As it was given.
        folder: A copy of it that may be changed.
        python: The interpreter that has what it needs.
    """

    name: str
    folder: Path
    python: str
    figures: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def parts(self) -> list[str]:
        """What its `python -m benchmarks` can measure."""
        asked = "from benchmarks.__main__ import MEASUREMENTS; print(*MEASUREMENTS)"
        ran = self._run("-c", asked)
        if ran.returncode:
            raise SystemExit(f"{self.name} has no benchmarks: {ran.stderr[-300:]}")
        return ran.stdout.split()

    def measure(self, part: str, seconds: float) -> str:
        """Measure a part and keep its figures; what went wrong, if anything did."""
        ran = self._run("-m", "benchmarks", part, "--seconds", f"{seconds:g}", "--json")
        if ran.returncode:
            return f"{self.name} could not measure {part}: {_last_line(ran.stderr)}"
        for figure in json.loads(ran.stdout):
            self.figures.setdefault(figure["name"], []).append(figure)
        return ""

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        # The folder stands before an exomock that is installed beside this interpreter.
        environment = os.environ | {"PYTHONPATH": str(self.folder)}
        return subprocess.run(
            [self.python, *arguments],
            cwd=self.folder, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip


def _last_line(text: str) -> str:
    return text.strip().rpartition("\n")[2]


@contextmanager
def side(given: str, name: str, folder: Path) -> Iterator[Side]:
    """A worktree of a commit, or a copy of a folder, with this checkout's load."""
    if Path(given).is_dir():
        shutil.copytree(given, folder, ignore=_LEFT_OUT)
    else:
        _git("worktree", "add", "--detach", "--quiet", str(folder), given)
    try:
        for file in CLIENT:
            shutil.copy(HERE / "benchmarks" / file, folder / "benchmarks" / file)
        yield Side(name, folder, _python(folder))
    finally:
        if not Path(given).is_dir():
            _git("worktree", "remove", "--force", str(folder))


def _git(*arguments: str) -> str:
    ran = subprocess.run(["git", *arguments], cwd=HERE, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise SystemExit(f"git {arguments[0]}: {ran.stderr.strip()}")
    return ran.stdout.strip()


def _python(folder: Path) -> str:
    """This interpreter where it has what the folder needs, else one of a new environment."""
    if _needed(folder) == _needed(HERE):
        return sys.executable
    venv = folder / ".venv-compared"
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    python = str(venv / "bin" / "python")
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-e", "."]
    subprocess.run(pip, cwd=folder, check=True)
    return python


def _needed(folder: Path) -> list[str]:
    return sorted(tomllib.loads((folder / "pyproject.toml").read_text())["project"]["dependencies"])


def compared(old: Side, new: Side, parts: Sequence[str], rounds: int, seconds: float) -> list[str]:
    """Measure both in turn; what one of them lacks or could not do."""
    said = []
    there = {each.name: each.parts() for each in (old, new)}
    for part in parts or dict.fromkeys([*there[new.name], *there[old.name]]):
        sides = [each for each in (old, new) if part in there[each.name]]
        said += [f"{each.name} has no part {part}" for each in (old, new) if each not in sides]
        for number in range(rounds):
            for each in sides:
                print(f"{part}, round {number + 1}, {each.name}", file=sys.stderr, flush=True)
                said.append(each.measure(part, seconds))
    return [each for each in dict.fromkeys(said) if each]


def lines(old: Side, new: Side) -> list[str]:
    """The figures side by side, as a Markdown table."""
    names = dict.fromkeys([*new.figures, *old.figures])
    rows = [(name, _cell(old, name), _cell(new, name), _change(old, new, name)) for name in names]
    return table(("what", old.name, new.name, "new / old"), rows)


def _cell(of: Side, name: str) -> str:
    found = of.figures.get(name)
    if not found:
        return "none"
    unit = found[0]["unit"]
    low, high = min(each["low"] for each in found), max(each["high"] for each in found)
    rates = [each["more"]["req/s"] for each in found if "req/s" in (each["more"] or {})]
    rate = f", {median(rates):,.0f}/s" if rates else ""
    return f"{short(_median(found))} {unit} ({short(low)} to {short(high)}){rate}"


def _change(old: Side, new: Side, name: str) -> str:
    before, after = old.figures.get(name), new.figures.get(name)
    if not before or not after or not _median(before):
        return ""
    return f"{_median(after) / _median(before):.2f}"


def _median(found: list[dict[str, Any]]) -> float:
    return float(median(each["value"] for each in found))


def main() -> None:
    """Compare what was named, everything if nothing was."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compare", description=__doc__)
    parser.add_argument("old", help="a commit, or a folder")
    parser.add_argument("new", help="a commit, or a folder")
    parser.add_argument("parts", nargs="*", help="parts of `python -m benchmarks` [all]")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each part and side [3]")
    parser.add_argument("--seconds", type=float, default=1, help="length of a window [1]")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the table there, too")
    given = parser.parse_args()
    # Whatever ends the run, its worktrees go with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    before = weather()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="exomock-compare-")))
        old = stack.enter_context(side(given.old, f"old {_short_name(given.old)}", folder / "old"))
        new = stack.enter_context(side(given.new, f"new {_short_name(given.new)}", folder / "new"))
        said = compared(old, new, given.parts, given.rounds, given.seconds)
    heading = (
        f"{old.name} and {new.name} in turn, {given.rounds} rounds, windows of {given.seconds:g} s,"
        f" the same load for both. Median (least to most). {before}."
    )
    text = "\n".join([heading, "", *lines(old, new), *[f"\n{each}." for each in said], ""])
    print(text)
    if given.write:
        given.write.write_text(text)
    sys.exit(not (old.figures and new.figures))


def _short_name(given: str) -> str:
    return (
        Path(given).resolve().name if Path(given).is_dir() else _git("rev-parse", "--short", given)
    )


if __name__ == "__main__":
    main()
