"""Requests a second of Calls/connect, and of Sms/send beside it."""

from random import Random

from benchmarks.bench import Bench, Subject, ratios
from benchmarks.load import Window, request
from benchmarks.report import Figure
from benchmarks.servers import ACCOUNT, exomock

AIM, AIM_PLAYED = 0.28, 0.22
AIM_TEXT = 0.9 * AIM

# Nobody picks up for 30 s: what is measured is the placing, none of what becomes of the calls.
_QUIET = "rules:\n  - leg1: no_answer\nmessages:\n  - after: 1h\n"
# Over within half a second: a steady load places calls and plays as many to their end.
_BRISK = "rules:\n  - leg1: {answer: 0.2s}\n    leg2: {answer: 0.1s}\n    talk: 0.2s\n"

_TARGET, _TEXT = f"{ACCOUNT}/Calls/connect.json", f"{ACCOUNT}/Sms/send.json"
_MANY = 20_000


def form(chance: Random | None = None) -> dict[str, str]:
    """An order, with numbers drawn or always the same."""
    drawn = chance or Random(0)
    return {
        "From": f"09{drawn.randrange(10**9):09d}",
        "To": f"09{drawn.randrange(10**9):09d}",
        "CallerId": "08047112233",
    }


def text_form(chance: Random | None = None) -> dict[str, str]:
    """A message, to a number that is drawn or always the same."""
    drawn = chance or Random(0)
    to = f"09{drawn.randrange(10**9):09d}"
    return {"From": "08047112233", "To": to, "Body": "Your order is on its way."}


def measure(bench: Bench) -> list[Figure]:
    """Place calls: each order new, all the same, and with the calls being played meanwhile."""
    folder = bench.place("connect")
    scenarios = {"quiet": _QUIET, "brisk": _BRISK}
    for name, text in scenarios.items():
        (folder / f"{name}.yaml").write_text(text)
    chance = Random(3)
    new = [request(_TARGET, form(chance)) for _ in range(_MANY)]
    same = [request(_TARGET, form())]
    texts = [request(_TEXT, text_form(chance)) for _ in range(_MANY)]
    with exomock(folder) as server:
        size = len(server.fetch(same[0]))

    def run(scenario: str, requests: list[bytes]) -> Window:
        # A new server each time, so that no round has the calls of those before to carry.
        with exomock(folder, "--scenario", str(folder / f"{scenario}.yaml")) as server:
            return bench.flood(server.port, requests)

    subjects = [
        Subject("connect", size, lambda _: run("quiet", new), form(), AIM),
        Subject("connect, one order", size, lambda _: run("quiet", same), form(), AIM),
        Subject("send a message", size, lambda _: run("quiet", texts), text_form(), AIM_TEXT),
        Subject(
            "connect, calls played meanwhile", size, lambda _: run("brisk", new), form(), AIM_PLAYED
        ),
    ]
    return ratios(subjects, bench.compare(subjects))
