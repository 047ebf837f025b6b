"""One scenario out of several files."""

from collections.abc import Sequence
from itertools import chain

from exomock.domain.exophone import joined
from exomock.domain.scenario import ClockStart, Scenario, Terms


def merged(parts: Sequence[Scenario]) -> Scenario:
    """
    One scenario out of several: lists in their order, single values from the first that has one.

    Args:
        parts: At least one.
    """
    rules = chain.from_iterable(part.rules for part in parts)
    texts = chain.from_iterable(part.messages for part in parts)
    return Scenario(
        ", ".join(part.name for part in parts),
        # Put catch-alls last, because rules of later files that name something come before them.
        tuple(sorted(rules, key=lambda rule: not rule.when.named)),
        {e164: info for part in reversed(parts) for e164, info in part.numbers.items()},
        next((part.seed for part in parts if part.seed is not None), None),
        all(part.magic for part in parts),
        "\n---\n".join(part.text for part in parts),
        clock=ClockStart(*_first([part.clock for part in parts], None)),  # type: ignore[arg-type]
        terms=_terms([part.terms for part in parts]),
        history=tuple(chain.from_iterable(part.history for part in parts)),
        calls=tuple(chain.from_iterable(part.calls for part in parts)),
        inbound=tuple(chain.from_iterable(part.inbound for part in parts)),
        faults=tuple(chain.from_iterable(part.faults for part in parts)),
        past_messages=tuple(chain.from_iterable(part.past_messages for part in parts)),
        messages=tuple(sorted(texts, key=lambda rule: not rule.when.named)),
        flows={app: flow for part in reversed(parts) for app, flow in part.flows.items()},
    )


def _first(values: Sequence[tuple[object, ...]], absent: object) -> list[object]:
    """Take the first value that is there, field by field."""
    return [
        next((value for value in column if value != absent), absent)
        for column in zip(*values, strict=True)
    ]


def _terms(terms: Sequence[Terms]) -> Terms:
    exophones = joined(chain.from_iterable(each.exophones for each in terms))
    rest = _first([each[1:] for each in terms], None)
    return Terms(exophones, *rest)  # type: ignore[arg-type]
