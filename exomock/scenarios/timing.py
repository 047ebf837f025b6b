"""`timing`: the hours of the days of a week on which it is open."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

from marshmallow import ValidationError

from exomock.domain.flows.steps import Interval
from exomock.field import Field, Json
from exomock.scenarios.fields import all_read
from exomock.scenarios.manner import kind_of, one_of
from exomock.scenarios.times import DayTime

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = "(mon|tue|wed|thu|fri|sat|sun)"


class HoursValue(Field[dict[str, Any]]):
    """Hours of the days on which it is open; IST."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> dict[str, Any]:
        if not isinstance(value, dict) or not value:
            expected = 'hours by day such as {mon-fri: "09:00-18:00"}'
            raise ValidationError(f"found {kind_of(value)}, expected {expected}")
        found = all_read(value.items(), lambda days, hours: list(_intervals(str(days), hours)))
        return {"hours": tuple(sorted(chain.from_iterable(found.values())))}

    def describe(self) -> Json:
        """As JSON Schema."""
        hours = DayTime().describe()
        several = {"anyOf": [hours, {"type": "array", "items": hours, "minItems": 1}]}
        return {
            "type": "object",
            "patternProperties": {f"^{_DAY}(-{_DAY})?$": several},
            "additionalProperties": False,
            "minProperties": 1,
        }


def _intervals(days: str, hours: object) -> Iterator[Interval]:
    given = hours if isinstance(hours, list) else [hours]
    read = [DayTime().deserialize(each) for each in given]
    for day in _weekdays(days):
        for each in read:
            assert each is not None
            if each.begin > each.end:
                raise ValidationError(f"found '{each}', expected the earlier hour first")
            yield Interval(day, each.begin, each.end)


def _weekdays(days: str) -> range:
    first, dash, last = days.lower().partition("-")
    for each in (first, last) if dash else (first,):
        if each not in _DAYS:
            raise ValidationError(f"is no day: {one_of(each, _DAYS)}")
    begin, end = _DAYS.index(first), _DAYS.index(last if dash else first)
    if begin > end:
        raise ValidationError("expected the earlier day first: a week begins with mon")
    return range(begin, end + 1)
