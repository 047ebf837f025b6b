"""How long an advance takes: a day over many calls, and a long call with its callbacks."""

import time
from random import Random
from statistics import median

from benchmarks import connect
from benchmarks.bench import ROUNDS, Bench
from benchmarks.control import Control
from benchmarks.load import request
from benchmarks.receiver import Receiver
from benchmarks.report import Figure
from benchmarks.servers import ACCOUNT, CannotMeasure, exomock, placed

CALLS, DAY = 10_000, 86_400

_HALF_HOUR = """
rules:
  - {leg1: {answer: 3s}, leg2: {answer: 5s}, talk: 30m, callbacks: {terminal: {repeat: 2}}}
"""


def measure(bench: Bench) -> list[Figure]:
    """Advance a day: without callbacks, with one each that is collected, with one that is sent."""
    with Receiver() as receiver:
        told = {"StatusCallback": receiver.url, "StatusCallbackEvents": "terminal"}
        figures = [
            _day(bench, "", {}, 1.2),
            _day(bench, ", one callback each collected", told, 2.5, collect=True),
            _day(bench, ", one callback each sent", told, 11),
        ]
        arrived = len(receiver.arrivals())
        if arrived != CALLS:
            raise CannotMeasure(f"{arrived} callbacks arrived of {CALLS}")
        return [*figures, _half_hour(bench, receiver)]


def _day(
    bench: Bench, what: str, told: dict[str, str], aim: float, *, collect: bool = False
) -> Figure:
    chance = Random(6)
    orders = [
        request(f"{ACCOUNT}/Calls/connect.json", connect.form(chance) | told) for _ in range(CALLS)
    ]
    with exomock(bench.place(f"advance{len(what)}"), "--clock", "frozen") as server:
        control = Control(server)
        if collect:
            known = control.get("accounts/exomock")
            control.post("accounts", {
                "sid": "collects", "key": known["key"], "token": known["token"],
                "clock": {"rate": 0}, "collect": True,
            })  # fmt: skip
            orders = [each.replace(b"/exomock/", b"/collects/", 1) for each in orders]
        bench.generator.flood(server.port, orders, 120, once=True)
        began = time.perf_counter()
        sid = "collects" if collect else "exomock"
        went = control.post(f"accounts/{sid}/clock/advance", {"seconds": DAY})
        took = time.perf_counter() - began
    if len(went["events"]) < CALLS or went["stopped"]:
        raise CannotMeasure(f"only {len(went['events'])} events, stopped: {went['stopped']}")
    more = {"calls/s": CALLS / took, "events": len(went["events"])}
    name = f"advance of 24 h over {CALLS} calls{what}"
    return Figure(name, took, "s", took, took, aim, at_least=False, more=more)


def _half_hour(bench: Bench, receiver: Receiver) -> Figure:
    folder = bench.place("half-hour")
    scenario = folder / "half-hour.yaml"
    scenario.write_text(_HALF_HOUR)
    took = []
    with exomock(folder, "--clock", "frozen", "--scenario", str(scenario)) as server:
        control = Control(server)
        events = {"StatusCallback": receiver.url, "StatusCallbackEvents": "terminal,answered"}
        for _ in range(ROUNDS * 4):
            began = time.perf_counter()
            placed(server, connect.form(Random(7)) | events)
            control.post("accounts/exomock/clock/advance", {"until": "idle"})
            took.append((time.perf_counter() - began) * 1000)
    return Figure(
        "a 30-minute call with its four callbacks, POST to the end of advance",
        median(took), "ms", min(took), max(took), 50, False,
    )  # fmt: skip
