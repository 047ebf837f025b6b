"""Requests a second of pages of the list, few calls and many, JSON and XML."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from statistics import median
from urllib.parse import quote_plus

from benchmarks.bench import ROUNDS, Bench, Subject, ratios
from benchmarks.fill import Filled
from benchmarks.load import Window, request
from benchmarks.report import Figure
from benchmarks.servers import ACCOUNT, Server, exomock

SIZES = (50, 100)
CALLS = (1_000, 100_000)
AIM_NEW = {1_000: 0.20, 100_000: 0.15}
"""The least share of the bare view that a page of 50 in a new window should have."""

AIM = 1.5
"""How many times as long as the JSON page an XML page may take."""

_WINDOWS = 10_000


def measure(bench: Bench) -> list[Figure]:
    """Pages of 50 and of 100, of 1,000 and of 100,000 calls: one asked again, and new windows."""
    figures = []
    for calls in CALLS:
        filled = bench.filled(calls)
        with exomock(bench.place(f"pages-{calls}"), "--database", str(filled.file)) as server:
            for size in SIZES:
                figures += _page(bench, server, filled, size)
    return figures


def _page(bench: Bench, server: Server, filled: Filled, size: int) -> list[Figure]:
    subjects = [
        *_subjects(bench, server, filled, size, "json"),
        *_subjects(bench, server, filled, size, "xml"),
    ]
    again_json, new_json, again_xml, new_xml = subjects
    found = bench.compare([again_json, again_xml, new_json, new_xml])
    figures = ratios(subjects, found)
    for kind, json, xml, aim in (
        ("asked again", again_json, again_xml, AIM),
        ("new windows", new_json, new_xml, None),
    ):
        pairs = zip(found[json.name], found[xml.name], strict=True)
        times = [one.rate / other.rate for (_, one), (_, other) in pairs]
        name = f"page of {size} of {len(filled.sids)}, {kind}: time of xml / json"
        figures.append(
            Figure(name, median(times), "x", min(times), max(times), aim, at_least=False)
        )
    return figures


def _subjects(
    bench: Bench, server: Server, filled: Filled, size: int, form: str
) -> Iterator[Subject]:
    target = f"{ACCOUNT}/Calls{'.json' if form == 'json' else ''}?PageSize={size}"
    # A new window each time, nearly the whole month wide: what `Total` counts is what there is.
    windows = [request(f"{target}&DateCreated={window(filled, i)}") for i in range(_WINDOWS)]
    share = _WINDOWS // ROUNDS
    again = [request(target)]
    length = len(server.fetch(again[0]))
    name = f"page of {size} of {len(filled.sids)} {form}"

    def new(number: int) -> Window:
        return bench.flood(server.port, windows[number * share : (number + 1) * share], once=True)

    yield Subject(f"{name}, asked again", length, lambda _: bench.flood(server.port, again))
    aim = AIM_NEW.get(len(filled.sids)) if size == min(SIZES) else None
    yield Subject(f"{name}, new windows", length, new, aim=aim)


def window(filled: Filled, number: int) -> str:
    """A DateCreated from the second of that number to the end of what there is."""
    return quote_plus(f"gte:{_ist(filled.begin + number)};lte:{_ist(filled.end)}")


def _ist(second: int) -> str:
    moment = datetime.fromtimestamp(second, UTC) + timedelta(hours=5, minutes=30)
    return f"{moment:%Y-%m-%d %H:%M:%S}"
