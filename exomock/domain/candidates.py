"""Which rules of a scenario may match an order, found without trying all of them."""

from collections import defaultdict
from collections.abc import Iterable

from exomock.domain.when import Pattern, Texts, When

_INDEXED = ("to", "from_", "exophone", "flow", "custom_field")


class Index:
    """
    Finds the rules that may match without trying all of them.

    Args:
        whens: Of the rules, in order.
    """

    def __init__(self, whens: Iterable[When]) -> None:
        self._exact: dict[tuple[str, str], list[int]] = defaultdict(list)
        self._beginnings: dict[tuple[str, str], list[int]] = defaultdict(list)
        self._lengths: dict[str, set[int]] = defaultdict(set)
        self._rest: list[int] = []
        self._keys: tuple[str, ...] = ()
        """The texts by which any rule is found, most often none or one."""
        self.compares: tuple[str, ...] = ()
        """The texts with which any rule compares something, most often one or two."""
        self.last_counting = -1
        self.by_chance = False
        compares: dict[str, None] = {}
        for number, when in enumerate(whens):
            self._put(number, when)
            compares.update((key, None) for key, _pattern in when.patterns)
            self.by_chance = self.by_chance or when.chance is not None
            if when.counts:
                self.last_counting = number
        found = {key for key, _text in self._exact} | set(self._lengths)
        self._keys = tuple(key for key in _INDEXED if key in found)
        self.compares = tuple(compares)

    def _put(self, number: int, when: When) -> None:
        plain = [
            (key, pattern)
            for key, pattern in when.patterns
            if key in _INDEXED and isinstance(pattern, Pattern) and pattern.text
        ]
        if not plain:
            self._rest.append(number)
            return
        key, pattern = min(plain, key=lambda pair: pair[1].rest)
        if pattern.rest:
            self._beginnings[key, pattern.text].append(number)
            self._lengths[key].add(len(pattern.text))
        else:
            self._exact[key, pattern.text].append(number)

    def candidates(self, texts: Texts) -> list[int]:
        """Numbers of the rules that may match, in order."""
        found: list[int] = []
        for key in self._keys:
            value = texts.get(key)
            if value is None:
                continue
            found += self._exact.get((key, value), ())
            for length in self._lengths.get(key, ()):
                if length <= len(value):
                    found += self._beginnings.get((key, value[:length]), ())
        return sorted([*self._rest, *found]) if found else self._rest
