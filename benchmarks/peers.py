"""
`python -m benchmarks.peers [--download] [--write]`: exomock beside other servers, in one run.

All are asked the same by the same client, one request at a time and over 16 connections; those
with fixed answers give exomock's own bytes. Windows of all take turns.
"""

import argparse
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from itertools import product
from pathlib import Path
from random import Random
from statistics import median

from benchmarks import connect
from benchmarks.chart import Bars, chart
from benchmarks.fill import fill
from benchmarks.load import CONNECTIONS, Generator, NotOk, Window, request
from benchmarks.peer_servers import PEERS, Answers, Peer, Ready
from benchmarks.report import table, weather
from benchmarks.servers import ACCOUNT, CannotMeasure, Server, bare, exomock

ROOT = Path(__file__).resolve().parents[1]
PAGE, PICTURE = ROOT / "docs" / "performance.md", ROOT / "docs" / "peers.svg"
BEGIN, END = "<!-- peers: begin -->", "<!-- peers: end -->"

CALLS = 50_000
"""More than exomock keeps answers of: read in turn, each is made anew."""

ORDERS = 20_000
WARM = 1_000
"""Requests before a window, where one start answers few."""

Kind = tuple[str, int]
KINDS: tuple[Kind, ...] = tuple(product(("POST", "GET"), (1, CONNECTIONS)))


@dataclass
class Row:
    """One line of the table: a server that runs, or a peer that is started for each window."""

    name: str
    does: str
    ready: Ready | None = None
    peer: Peer | None = None
    server: Server | None = None
    version: str = ""
    windows: dict[Kind, list[Window]] = field(default_factory=dict)

    def rate(self, kind: Kind) -> float | None:
        """The median of requests a second."""
        found = self.windows.get(kind)
        return median(each.rate for each in found) if found else None


@dataclass
class Run:
    """What a run has: the client, the folders, and how long a window is."""

    generator: Generator
    folder: Path
    downloads: Path
    seconds: float

    def scratch(self, name: str) -> Path:
        """A new folder for one server."""
        return Path(tempfile.mkdtemp(prefix=name.replace(" ", "-"), dir=self.folder))

    def window(self, row: Row, kind: Kind) -> Window | None:
        """A window on a row's server; None where it is not asked this."""
        if row.peer and row.peer.most:
            return self._few(row.peer, row.peer.most, kind)
        asked = _asked(row.ready, kind) if row.ready else None
        if not row.ready or not asked:
            return None
        return self.generator.flood(row.ready.port, asked, self.seconds, connections=kind[1])

    def _few(self, peer: Peer, most: int, kind: Kind) -> Window | None:
        with self.start(peer, Answers("", "", b"", b"")) as (_server, ready):
            asked = _asked(ready, kind)
            if not asked:
                return None
            for count in (WARM, most - WARM):
                found = self.generator.flood(
                    ready.port, [*asked] * count, 0, once=True, connections=kind[1]
                )
            return found

    @contextmanager
    def start(self, peer: Peer, answers: Answers) -> Iterator[tuple[Server, Ready]]:
        """A peer that runs and knows its answers."""
        with peer.server(self.downloads / _slug(peer), self.scratch(peer.name)) as server:
            yield server, peer.teach(server, answers) or Ready(server.port)


def _slug(peer: Peer) -> str:
    return peer.name.split()[0].lower()


def _asked(ready: Ready, kind: Kind) -> list[bytes]:
    return list((ready.posts if kind[0] == "POST" else ready.gets) or ())


def rows(run: Run, stack: ExitStack) -> tuple[list[Row], list[str]]:
    """All that can run here, started and taught; what was left out, and why."""
    found, answers = _ours(run, stack)
    left_out = []
    for peer in PEERS:
        why = peer.missing(run.downloads / _slug(peer))
        try:
            if not why:
                found.append(_row(run, stack, peer, answers, found[0].ready))
        except (CannotMeasure, OSError) as error:
            why = str(error).strip()[-300:]
        if why:
            left_out.append(f"{peer.name} is left out: {why}")
    return found, left_out


def _ours(run: Run, stack: ExitStack) -> tuple[list[Row], Answers]:
    """exomock and the bare view; and exomock's answers, for the others to give."""
    filled = fill(run.folder / "calls.db", CALLS)
    chance = Random(9)
    connecting = f"{ACCOUNT}/Calls/connect.json"
    posts = [request(connecting, connect.form(chance)) for _ in range(ORDERS)]
    gets = [request(f"{ACCOUNT}/Calls/{sid}.json") for sid in filled.sids]
    # Frozen: what is placed stands still, so that only the placing is measured.
    options = ("--database", str(filled.file), "--clock", "frozen")
    server = stack.enter_context(exomock(run.scratch("exomock"), *options))
    said = server.fetch(posts[0]), server.fetch(gets[0])
    view = stack.enter_context(bare(run.scratch("bare"), *dict.fromkeys(map(len, said))))
    plain = request(f"/{len(said[0])}", connect.form()), request(f"/{len(said[1])}")
    places = "places a call and writes it to disk; reads calls that were not read before"
    again = "one finished call, whose answer is kept in memory"
    constant = "a constant, behind exomock's front; the measure, no product"
    port, release = server.port, version("exomock")
    ours = [
        Row("exomock", places, Ready(port, posts, gets), None, server, release),
        Row("exomock, asked again", again, Ready(port, None, gets[:1]), None, server, release),
        Row("a bare Flask view", constant, Ready(view.port, plain[:1], plain[1:]), None, view),
    ]
    return ours, Answers(connecting, f"{ACCOUNT}/Calls/{filled.sids[0]}.json", *said)


def _row(run: Run, stack: ExitStack, peer: Peer, answers: Answers, asked: Ready | None) -> Row:
    release = peer.version(run.downloads / _slug(peer)) or version(peer.name)
    if peer.most:
        return Row(peer.name, peer.does, None, peer, None, release)
    server, ready = stack.enter_context(run.start(peer, answers))
    posts = ready.posts or (asked.posts if asked else None)
    gets = ready.gets or [request(answers.target_of_get)]
    return Row(peer.name, peer.does, Ready(ready.port, posts, gets), peer, server, release)


def measure(run: Run, found: list[Row], rounds: int) -> list[str]:
    """Windows of all in turn; those of a first round only warm them up. What went wrong."""
    failed: dict[str, str] = {}
    for number in range(rounds + 1):
        for row, kind in product(found, KINDS):
            if row.name in failed or (number == 0 and row.server is None):
                continue
            print(f"round {number}: {row.name}, {kind[0]} by {kind[1]}", file=sys.stderr)
            try:
                window = run.window(row, kind)
            except (CannotMeasure, NotOk, OSError) as error:
                failed[row.name] = f"{row.name} failed: {str(error)[:200]}"
                continue
            if number and window:
                row.windows.setdefault(kind, []).append(window)
    return list(failed.values())


def lines(found: list[Row]) -> list[str]:
    """The table, and what each does."""
    many = CONNECTIONS
    head = (
        "requests a second", "POST, one client", f"POST, {many}", "GET, one client",
        f"GET, {many}", f"p99 of POST, {many}", "MiB", "starts in",
    )  # fmt: skip
    cells = [
        (f"{row.name} {row.version}".strip(), *(_cell(row, kind) for kind in KINDS), *_rest(row))
        for row in found
    ]
    return [*table(head, cells), "", *(f"- **{row.name}**: {row.does}." for row in found)]


def _cell(row: Row, kind: Kind) -> str:
    rate = row.rate(kind)
    if rate is None:
        return ""
    # The client had no time left: the server may be faster.
    least = "≥ " if max(each.busy for each in row.windows[kind]) > 0.9 else ""
    return f"{least}{rate:,.0f}"


def _rest(row: Row) -> tuple[str, str, str]:
    found = row.windows.get(("POST", CONNECTIONS))
    p99 = f"{median(each.p99 for each in found):.1f} ms" if found else ""
    if row.server is None:
        return p99, "", ""
    return p99, f"{row.server.memory()[0]:.0f}", f"{row.server.started_in:.2f} s"


def picture(found: list[Row]) -> str:
    """The same as bars: POST and GET over 16 connections."""
    bars = [
        Bars(row.name, [row.rate(("POST", CONNECTIONS)), row.rate(("GET", CONNECTIONS))])
        for row in found
    ]
    return chart(f"Requests a second, {CONNECTIONS} connections", ("POST", "GET"), bars)


def written(page: str, text: str) -> str:
    """A page with the text between its two marks."""
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{text}\n\n{END}{rest.partition(END)[2]}"


def main() -> None:
    """Download what was asked for, measure what is there, and print it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument("--seconds", type=float, default=5, help="length of a window [5]")
    parser.add_argument("--rounds", type=int, default=3, help="windows of each kind [3]")
    parser.add_argument("--folder", type=Path, default=ROOT / ".venv-peers" / "npm")
    parser.add_argument("--download", action="store_true", help="ask npm for what is not there")
    parser.add_argument("--write", action="store_true", help="into docs/performance.md, and an SVG")
    given = parser.parse_args()
    # Whatever ends the run, its servers and its folder go with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    failed = [
        f"{peer.name} could not be downloaded: {said}"
        for peer in PEERS
        if given.download and (said := peer.download(given.folder / _slug(peer)))
    ]
    before = weather()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="exomock-peers-")))
        run = Run(stack.enter_context(Generator()), folder, given.folder.resolve(), given.seconds)
        found, left_out = rows(run, stack)
        failed += measure(run, found, given.rounds)
        cells = lines(found)
    heading = f"{before}; windows of {given.seconds:g} s in turn, the median of {given.rounds}."
    text = "\n".join([heading, "", *cells, *(f"- {each}." for each in [*left_out, *failed])])
    print(text)
    if given.write:
        shown = f"![Requests a second of each]({PICTURE.name})\n\n{text}"
        PAGE.write_text(written(PAGE.read_text(), shown))
        PICTURE.write_text(picture(found))


if __name__ == "__main__":
    main()
