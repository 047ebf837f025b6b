"""Rules that can never match, because the rule before them takes every order."""

from collections.abc import Iterator
from itertools import pairwise

from exomock.scenarios.rules import RuleSchema
from exomock.scenarios.source import Mistake, ReadFile

_OF_A_RULE = {field.data_key or name for name, field in RuleSchema().fields.items()}


def unreachable(source: ReadFile) -> Iterator[Mistake]:
    """The rule behind each that takes all, whatever else is wrong with the file."""
    rules = source.data.get("rules") if isinstance(source.data, dict) else None
    for index, (rule, after) in enumerate(pairwise(rules if isinstance(rules, list) else ())):
        # Skip rules with unknown keys, because one may be a misspelt `when`.
        if _readable(rule) and _readable(after) and rule.get("when", {}) == {}:
            name = rule.get("name", "")
            place = source.place(("rules", index), name if isinstance(name, str) else "")
            what = f"can never match: the rule before it ({place}) has no 'when' and takes all"
            yield source.mistake(("rules", index + 1), what)


def _readable(rule: object) -> bool:
    return isinstance(rule, dict) and rule.keys() <= _OF_A_RULE
