"""
What is laid down in an account at run time, and what it has counted: as texts of the database.

Theory
------

What moves: faults, twists and `next` of the control API, what those and the faults of a scenario
have counted, the connects that a rate limit counts, and when the scenario began. Each has a text of
its own, so that a count is written without the words that it counts for.

Who may: whoever holds `state`. What was laid down or lifted is written by that request, before
memory changes. What a request only *counts* waits in `unsaved`. The transaction that places its
call takes it along, so that no crash comes between the two. A request that places nothing writes it
before its answer is sent.

So whoever opens the account next, in this process or another, finds what clients were told.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from exomock.domain.fault import ArmedFault
from exomock.domain.overlay import ArmedOverlay
from exomock.domain.scenario import Scenario

FAULT, TWIST, NEXT, TEXT = "fault", "twist", "next", "text"
"""The kinds of what clients lay down: `text` is a `next` of messages."""

MADE, LIFTED, CONNECTS, BEGAN, ORIGIN = "made", "lifted", "connects", "began", "origin"
"""Names of the other texts: `made` counts all faults and twists there ever were."""

_COUNTED = ":n"


@dataclass(slots=True)
class LaidDown:
    """
    What is kept of what was laid down in one account; its `state` guards it.

    Args:
        faults_made: How many faults the control API has armed: the last one's id.
        lifted: The ids of the scenario's faults that were lifted.
        began: Account time at which the scenario began, None where nothing depends on it.
        origin: Whether there is a text of how the account began.
        unsaved: What has changed since it was written, by what it says; None is to be forgotten.
    """

    faults_made: int = 0
    lifted: list[str] = field(default_factory=list)
    began: int | None = None
    origin: bool = False
    unsaved: dict[str, str | None] = field(default_factory=dict)

    def begin(self, scenario: Scenario, now: int) -> None:
        """Note when a scenario began, where its faults or its callers go on from there."""
        if self.lifted:
            self.lifted, self.unsaved[LIFTED] = [], None
        counts = bool(scenario.faults or scenario.inbound)
        if counts or self.began is not None:
            self.unsaved |= began(scenario, now if counts else None)
        self.began = now if counts else None


def began(scenario: Scenario, at: int | None) -> dict[str, str | None]:
    """When a scenario began (account time, microseconds), None where nothing depends on it."""
    return {BEGAN: None if at is None else json.dumps([at, digest(scenario)])}


def lifted(faults: Sequence[str]) -> dict[str, str | None]:
    """Which of a scenario's faults were lifted."""
    return {LIFTED: json.dumps(faults) if faults else None}


def digest(scenario: Scenario) -> str:
    """Tells a scenario from another one, for which nothing has been counted yet."""
    said = f"{len(scenario.faults)}:{len(scenario.inbound)}:{scenario.text}"
    return sha256(said.encode(errors="replace")).hexdigest()


def name_of(kind: str, key: str | int) -> str:
    """What the text of something that a client laid down is kept under."""
    return f"{kind}:{key}"


def count_of(kind: str, key: str | int) -> str:
    """What its count is kept under."""
    return f"{kind}:{key}{_COUNTED}"


def words_of(kind: str, texts: Iterable[str]) -> Sequence[int]:
    """The keys of all that clients laid down of a kind, the oldest first."""
    keys = [what.partition(":")[2] for what in texts if what.startswith(f"{kind}:")]
    return sorted(int(key) for key in keys if key.isdecimal())


def counted(each: ArmedFault | ArmedOverlay) -> str:
    """What a fault or a twist has counted, as a text."""
    return json.dumps([each.since, each.asked, each.fitting, each.struck])


def count_on(each: ArmedFault | ArmedOverlay, text: str | None) -> None:
    """Let a fault or a twist go on from what it had counted."""
    if text is not None:
        each.since, each.asked, each.fitting, each.struck = json.loads(text)


def armed_texts(
    faults: Iterable[ArmedFault], overlays: Iterable[ArmedOverlay]
) -> dict[str, str | None]:
    """All texts of faults and twists as they are; a scenario's faults have only counts."""
    found: dict[str, str | None] = {}
    for kind, armed in ((FAULT, faults), (TWIST, overlays)):
        for each in armed:
            if each.said:
                found[name_of(kind, each.id)] = each.said
            found[count_of(kind, each.id)] = counted(each)
    return found


def forgotten(kind: str, ids: Iterable[str]) -> dict[str, str | None]:
    """The texts of what is lifted: none."""
    ids = list(ids)
    return dict.fromkeys([of(kind, each) for each in ids for of in (name_of, count_of)])


def made(faults: int, twists: int) -> dict[str, str | None]:
    """How many faults and twists there ever were: an id is never given twice."""
    return {MADE: json.dumps([faults, twists])}
