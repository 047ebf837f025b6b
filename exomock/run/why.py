"""Requests and callbacks as JUnit's testcases, so that CI shows why exomock refused something."""

import xml.etree.ElementTree as ET
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from exomock.domain.telling import accepted
from exomock.engine import Engine, Entry
from exomock.plain import masked, plain
from exomock.storage.deliveries import Attempt, CallbackRow

_LONGEST = 1000


class Case(NamedTuple):
    """
    A testcase.

    Args:
        group: The class it stands in.
        name: What was tried.
        milliseconds: Wall time it took.
        failure: Why it failed; None if it did not.
    """

    group: str
    name: str
    milliseconds: float
    failure: str | None


def cases_of(engine: Engine) -> list[Case]:
    """Every v1 request that is still in a journal, and every try of a callback."""
    found: list[Case] = []
    for sid, world in sorted(engine.worlds.items()):
        found += [_request(sid, entry) for entry in world.journal.entries()]
        for row in engine.store.outbox.of(sid):
            found += [_try(sid, row, each) for each in row.attempts]
    return found


def _request(sid: str, entry: Entry) -> Case:
    failed = entry.status >= 400  # noqa: PLR2004
    name = f"{entry.number}. {entry.method} {entry.path}"
    why = f"{entry.status}: {entry.why}" if failed else None
    return Case(f"exomock.{sid}.requests", name, entry.milliseconds, why)


def _try(sid: str, row: CallbackRow, attempt: Attempt) -> Case:
    name = f"{row.id}. {row.notice} of {row.sid} to {masked(row.url)}, try {attempt.number}"
    why = (
        None
        if accepted(attempt.status)
        else attempt.error or f"the receiver answered {attempt.status}"
    )
    return Case(f"exomock.{sid}.callbacks", name, attempt.milliseconds, why)


def write(path: Path, cases: Iterable[Case]) -> None:
    """
    Write testcases as JUnit has them.

    Raises:
        OSError: The file cannot be written.
    """
    cases = list(cases)
    failures = sum(case.failure is not None for case in cases)
    seconds = sum(case.milliseconds for case in cases) / 1000
    suite = ET.Element(
        "testsuite",
        name="exomock", tests=str(len(cases)), failures=str(failures), errors="0",
        time=f"{seconds:.3f}",
    )  # fmt: skip
    for case in cases:
        element = ET.SubElement(
            suite,
            "testcase",
            classname=plain(case.group),
            name=plain(case.name, _LONGEST),
            time=f"{case.milliseconds / 1000:.3f}",
        )
        if case.failure is not None:
            ET.SubElement(element, "failure", message=plain(case.failure, _LONGEST))
    root = ET.Element("testsuites")
    root.append(suite)
    ET.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)
