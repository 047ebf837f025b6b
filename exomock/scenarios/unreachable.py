"""Rules that can never match, because the rule before them takes every order."""

from collections.abc import Iterator
from itertools import pairwise

from exomock.scenarios.messages import MessageRuleSchema
from exomock.scenarios.rules import RuleSchema
from exomock.scenarios.source import Mistake, ReadFile

_OF_A_RULE = {
    section: {field.data_key or name for name, field in schema.fields.items()}
    for section, schema in (("rules", RuleSchema()), ("messages", MessageRuleSchema()))
}
"""The keys of a rule, by the section in which it stands."""


def unreachable(source: ReadFile) -> Iterator[Mistake]:
    """The rule behind each that takes all, whatever else is wrong with the file."""
    for section in _OF_A_RULE:
        yield from _behind(source, section)


def _behind(source: ReadFile, section: str) -> Iterator[Mistake]:
    rules = source.data.get(section) if isinstance(source.data, dict) else None
    for index, (rule, after) in enumerate(pairwise(rules if isinstance(rules, list) else ())):
        # Skip rules with unknown keys, because one may be a misspelt `when`.
        if not (_readable(rule, section) and _readable(after, section)):
            continue
        if rule.get("when", {}) == {}:
            name = rule.get("name", "")
            place = source.place((section, index), name if isinstance(name, str) else "")
            what = f"can never match: the rule before it ({place}) has no 'when' and takes all"
            yield source.mistake((section, index + 1), what)


def _readable(rule: object, section: str) -> bool:
    return isinstance(rule, dict) and rule.keys() <= _OF_A_RULE[section]
