"""What a scenario costs: many rules and counts, a long past."""

import time
from pathlib import Path
from statistics import median

from benchmarks.bench import ROUNDS, Bench
from benchmarks.report import Figure
from benchmarks.servers import CannotMeasure
from exomock.app import Exchange
from exomock.domain.number import from_shown
from exomock.domain.order import Order
from exomock.engine import NewAccount
from exomock.rehearsal import Customers, Lot, simulated
from exomock.scenarios import read_scenario, read_scenarios
from exomock.settings import Settings
from exomock.storage.store import Store
from exomock.wall import wall_now

RULES, ATTEMPTS, HISTORY = 1000, 1_000_000, 100_000
CONNECTS = 200
_STEPS = "attempts: [{leg2: busy}, {leg2: no_answer}, {talk: 40s}]"
_EXOPHONE = from_shown("08047112233")


def measure(bench: Bench) -> list[Figure]:
    """Place calls under one rule and under a thousand; make past calls; simulate as many."""
    return [_matching(bench), _history(bench), _simulation()]


def _exchange(folder: Path, text: str) -> Exchange:
    return Exchange(
        Store(f"sqlite:///{folder / 'calls.db'}", durable=False),
        Settings(rate=0),
        read_scenario("bench.yaml", text.encode()),
        accounts=[NewAccount("a", "k", "t")],
        seed=1,
        wall=wall_now,
    )


def _matching(bench: Bench) -> Figure:
    """Half the rules name a whole number, half a beginning; the order meets the last of them."""
    exact = [f'  - {{when: {{to: "09811{n:06d}"}}, leg2: busy}}' for n in range(RULES // 2)]
    begun = [f'  - {{when: {{to: "0982{n:03d}*"}}, {_STEPS}}}' for n in range(RULES // 2)]
    one = _exchange(bench.place("one-rule"), f'rules:\n  - {{when: {{to: "0982*"}}, {_STEPS}}}\n')
    many = _exchange(bench.place("many-rules"), "\n".join(["rules:", *exact, *begun]))
    past = {f"step:{RULES - 1}:+9198{n:08d}": 1 for n in range(ATTEMPTS)}
    many.engine.store.counts.save("a", past)
    differences = []
    for turn in range(ROUNDS):
        costs = [_median_connect(each, turn) for each in (one, many, one)]
        differences.append(costs[1] - (costs[0] + costs[2]) / 2)
    for each in (one, many):
        each.engine.accounts.close()
    name = f"a connect under {RULES} rules and {ATTEMPTS:,} counts, more than under one rule"
    return Figure(name, median(differences), "ms", min(differences), max(differences), 1, False)


def _median_connect(exchange: Exchange, turn: int) -> float:
    took = []
    for n in range(CONNECTS):
        order = Order(from_shown(f"0977{turn:02d}{n:05d}"), from_shown("09822499001"), _EXOPHONE)
        began = time.perf_counter()
        exchange.engine.connect("a", order)
        took.append((time.perf_counter() - began) * 1000)
    return median(took)


def _history(bench: Bench) -> Figure:
    took = []
    for turn in range(3):
        began = time.perf_counter()
        exchange = _exchange(
            bench.place(f"history-{turn}"), f"history: {{calls: {HISTORY}, over: 90d}}\n"
        )
        took.append(time.perf_counter() - began)
        kept = len(exchange.engine.store.calls.all("a", HISTORY + 1))
        exchange.engine.accounts.close()
        if kept != HISTORY:
            raise CannotMeasure(f"{kept} past calls of {HISTORY}")
    return Figure(
        f"a history of {HISTORY:,} calls, made", median(took), "s", min(took), max(took), 10, False
    )


def _simulation() -> Figure:
    scenario = read_scenarios(("ordinary-day",))
    order = Order(from_shown("09811100001"), from_shown("09822200002"), _EXOPHONE)
    took = []
    for seed in range(3):
        began = time.perf_counter()
        lines = list(simulated(scenario, Lot(order, Customers(), HISTORY, wall_now(), seed)))
        took.append(time.perf_counter() - began)
        if not lines[0].startswith(f"{HISTORY} calls"):
            raise CannotMeasure(f"simulate said {lines[0]!r}")
    name = f"a simulation of {HISTORY:,} calls of ordinary-day"
    return Figure(name, median(took), "s", min(took), max(took), 10, False)
