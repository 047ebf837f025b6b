"""What flows cost: a missed call beside a plain one, questions in time, a recording's start."""

import os
import socket
import time
from pathlib import Path
from random import Random
from statistics import median

from benchmarks import connect
from benchmarks.bench import ROUNDS, Bench
from benchmarks.control import Control
from benchmarks.lateness import AIM, ahead, due_of, p99, wait
from benchmarks.load import request
from benchmarks.receiver import Receiver
from benchmarks.report import Figure
from benchmarks.servers import ACCOUNT, CannotMeasure, Server, database, exomock, placed

COST_AIM, FIRST_AIM, WHOLE_AIM = 1.5, 150, 2_000
ALONE, TOGETHER = 40, 150
"""Calls of a batch: one after the other, each to its end; and all in one moment."""

RATE, LASTS = 200, 10
"""Questions a second, and times the length of a window."""

_URL = "http://my.exotel.com/exomock/exoml/start_voice/926"
_ANSWERED = 1
"""Seconds until From answers, which is when the flow asks."""

_FLOW = """
flows:
  "926": [{{passthru: "{url}"}}, hangup]
rules:
  - {{leg1: {{answer: 1s}}, leg2: {{answer: 5s}}, talk: 3m, record: true}}
"""


def measure(bench: Bench) -> list[Figure]:
    """A missed call, 200 questions a second, and a recording of 3 minutes."""
    with Receiver() as receiver:
        return [*_cost(bench, receiver), *_questions(bench, receiver), *_recording(bench, receiver)]


def _served(bench: Bench, name: str, receiver: Receiver, *options: str) -> tuple[Path, Server]:
    folder = bench.place(name)
    scenario = folder / "flow.yaml"
    scenario.write_text(_FLOW.format(url=receiver.url))
    return folder, exomock(folder, "--scenario", str(scenario), *options)


def _orders(count: int, chance: Random, **told: str) -> list[bytes]:
    forms = [connect.form(chance) | told for _ in range(count)]
    if "Url" in told:
        forms = [{name: text for name, text in each.items() if name != "To"} for each in forms]
    return [request(f"{ACCOUNT}/Calls/connect.json", each) for each in forms]


def _cost(bench: Bench, receiver: Receiver) -> list[Figure]:
    """Processor time of the server from POST to idle: pairs of batches, the clock frozen."""
    chance = Random(7)
    plain, flow = {"StatusCallback": receiver.url}, {"Url": _URL}
    _folder, server = _served(bench, "flow-cost", receiver, "--clock", "frozen")
    with server:
        control = Control(server)

        def spent(told: dict[str, str], size: int, at_once: int) -> float:
            orders = _orders(size, chance, **told)
            began = _processor(server)
            for first in range(0, size, at_once):
                some = orders[first : first + at_once]
                bench.generator.flood(server.port, some, 60, once=True)
                control.post("accounts/exomock/clock/advance", {"until": "idle"})
            return (_processor(server) - began) * 1000 / size

        figures = []
        for how, size, at_once in (("", ALONE, 1), (", many at once", TOGETHER, TOGETHER)):
            # The first pair warms up.
            pairs = [
                (spent(plain, size, at_once), spent(flow, size, at_once)) for _ in range(ROUNDS + 1)
            ][1:]
            figures.append(_share(f"missed-call flow, CPU of a plain call{how}", pairs))
    return figures


def _share(name: str, pairs: list[tuple[float, float]]) -> Figure:
    shares = sorted(flow / plain for plain, flow in pairs)
    more = {
        "plain ms": median(each[0] for each in pairs),
        "flow ms": median(each[1] for each in pairs),
    }
    return Figure(name, median(shares), "x", shares[0], shares[-1], COST_AIM, False, more)


def _processor(server: Server) -> float:
    """Seconds of processor time that a server's process has taken."""
    fields = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _questions(bench: Bench, receiver: Receiver) -> list[Figure]:
    """How late questions are: from the moment they are asked by the plan to the whole request."""
    before = len(receiver.arrivals())
    orders = _orders(round(RATE * LASTS * bench.seconds), Random(8), Url=_URL)
    folder, server = _served(bench, "questions", receiver)
    with server:
        sent = bench.generator.pace(server.port, orders, RATE)
        arrivals = wait(receiver, before + len(orders))[before:]
        due = due_of(database(folder), _ANSWERED)
    low, high = ahead(sent, due)
    late = sorted((at // 1000 - due[sid][1] - (low + high) // 2) / 1000 for sid, at in arrivals)
    more = {"questions": len(arrivals), "lost": len(orders) - len(arrivals)}
    return [
        Figure("question lateness, median", late[len(late) // 2], "ms", late[0], late[-1]),
        Figure("question lateness, p99", p99(late), "ms", late[0], late[-1], AIM, False, more),
    ]


def _recording(bench: Bench, receiver: Receiver) -> list[Figure]:
    """The first byte and the whole of a recording of 3 minutes, each of a call nobody asked for."""
    firsts, wholes = [], []
    _folder, server = _served(bench, "recording", receiver, "--clock", "frozen")
    with server:
        chance = Random(9)
        sids = [str(placed(server, connect.form(chance))["Sid"]) for _ in range(ROUNDS)]
        Control(server).post("accounts/exomock/clock/advance", {"seconds": 900})
        for sid in sids:
            first, whole = _heard(server, f"/exotelrecordings/exomock/{sid}.mp3")
            firsts.append(first)
            wholes.append(whole)
    return [
        _figure("recording of 3 min, first byte", firsts, FIRST_AIM),
        _figure("recording of 3 min, whole file", wholes, WHOLE_AIM),
    ]


def _figure(name: str, found: list[float], aim: float) -> Figure:
    return Figure(name, median(found), "ms", min(found), max(found), aim, at_least=False)


def _heard(server: Server, path: str) -> tuple[float, float]:
    """Milliseconds from a request to the first byte of its body, and to the last."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as sock:
        began, raw, first = time.perf_counter(), b"", 0.0
        sock.sendall(request(path).replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
        while piece := sock.recv(65_536):
            raw += piece
            if not first and raw.partition(b"\r\n\r\n")[2]:
                first = time.perf_counter() - began
        whole = time.perf_counter() - began
    if not raw.startswith(b"HTTP/1.1 200") or len(raw) < 100_000:
        raise CannotMeasure(f"{path}: {raw[:200]!r}")
    return first * 1000, whole * 1000
