"""The filters of GET Calls: Exotel's little operator language outside, a `CallFilter` inside."""

import base64
import binascii
import re
from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, NamedTuple

from marshmallow import ValidationError, post_load

from exomock.api.fields import CutWhole, Flag, Parameters, expected
from exomock.api.spelling import readers_of
from exomock.domain.listing import CallFilter, Cursor
from exomock.domain.order import Direction
from exomock.domain.sid import SID_LENGTH
from exomock.domain.status import Status
from exomock.field import Field, Json, OneOf, Whole
from exomock.ist import unix_seconds
from exomock.numbering import NotANumber
from exomock.parties import read_party

MAX_NUMBERS = 5
MAX_SIDS = 100


def _operators(text: str, allowed: tuple[str, ...], form: str) -> list[tuple[str, str]]:
    """`gte:a;lte:b` as pairs; a bare value is `eq` where that is allowed."""
    found: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        name, colon, value = part.partition(":")
        if name not in ("gte", "lte", "eq"):
            name, colon, value = "eq", ":", part
        if name not in allowed or name in found or not colon or "," in value:
            raise expected(text, form)
        found[name] = value.strip()
    if not found or ("eq" in found and len(found) > 1):
        raise expected(text, form)
    return list(found.items())


_OPERATOR = re.compile(r"\s*(gte|lte|eq)\s*:\s*", re.IGNORECASE)


def _spelled(text: str) -> str:
    """Operators in lower case, without blanks around them and the parts."""
    parts = (
        _OPERATOR.sub(lambda found: f"{found[1].lower()}:", part, count=1).strip()
        for part in text.split(";")
    )
    return ";".join(parts)


class DateRange(Field[dict[str, int]]):
    """
    `gte:YYYY-MM-DD HH:MM:SS;lte:…` in IST; a `+` stands for the space as in the samples.

    UNVERIFIED: that a date without a time is refused; a live request would settle it.
    """

    form = "gte:YYYY-MM-DD HH:MM:SS;lte:YYYY-MM-DD HH:MM:SS (IST), either alone is enough"

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> dict[str, int]:
        found = {}
        for name, text in _operators(value, ("gte", "lte"), self.form):
            try:
                found[name] = unix_seconds(text.replace("+", " "))
            except ValueError:
                raise expected(value, self.form) from None
        return found

    def spelled(self, value: str) -> str:
        """Operators in lower case, without blanks around them."""
        return _spelled(value)

    def describe(self) -> Json:
        """As JSON Schema."""
        return {"type": "string", "description": self.form}


class Limits(Field[tuple[tuple[str, int], ...]]):
    """`gte:a;lte:b`, `eq:a` or a bare value; `read` gives an exact number of stored units."""

    def __init__(self, read: Callable[[str], Decimal | None], form: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.read, self.form = read, form

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> tuple[tuple[str, int], ...]:
        found = []
        for name, text in _operators(value, ("gte", "lte", "eq"), self.form):
            number = self.read(text)
            if number is None:
                raise expected(value, self.form)
            found.append((name, _whole(name, number)))
        return tuple(found)

    def spelled(self, value: str) -> str:
        """Operators and units in lower case, without any blanks."""
        return "".join(value.lower().split())

    def describe(self) -> Json:
        """As JSON Schema."""
        return {"type": "string", "description": self.form}


def _whole(operator: str, number: Decimal) -> int:
    # Stored values are whole, so a limit between two of them moves to the next that it admits;
    # an `eq` between two admits none, and no stored value is -1.
    if operator == "eq" and number != number.to_integral_value():
        return -1
    rounding = ROUND_FLOOR if operator == "lte" else ROUND_CEILING
    return int(number.to_integral_value(rounding))


def _seconds(text: str) -> Decimal | None:
    found = re.fullmatch(r"([0-9]{1,9})s?", text)
    return Decimal(found[1]) if found else None


def _thousandths(text: str) -> Decimal | None:
    return Decimal(text) * 1000 if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text) else None


class CommaList(Field[tuple[str, ...]]):
    """Values with commas between them, any of which may match."""

    def __init__(
        self, read: Callable[[str], str | None], most: int, form: str, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.read, self.most, self.form = read, most, form

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> tuple[str, ...]:
        parts = [part for part in value.split(",") if part.strip()]
        if not 1 <= len(parts) <= self.most:
            raise ValidationError(f"has {len(parts)} values; expected 1 to {self.most}")
        read = [self.read(part) for part in parts]
        if None in read:
            raise expected(parts[read.index(None)], self.form)
        return tuple(dict.fromkeys(filter(None, read)))

    def describe(self) -> Json:
        """As JSON Schema."""
        most = f"{self.form}; at most {self.most}, with commas between them"
        return {"type": "string", "pattern": "[^,\\s]", "description": most}


def _number(text: str) -> str | None:
    try:
        return read_party(text).e164
    except NotANumber:
        return None


def _numbers(data_key: str) -> CommaList:
    form = "telephone numbers, E.164 (%2B91...) or any spelling, with commas between them"
    return CommaList(_number, MAX_NUMBERS, form, data_key=data_key)


def _sid(text: str) -> str | None:
    return text.strip() if re.fullmatch(rf"\s*[0-9A-Za-z]{{{SID_LENGTH}}}\s*", text) else None


class Words(CommaList):
    """Words of a list, with commas between them."""

    def __init__(self, words: type[Status] | type[Direction], data_key: str) -> None:
        self.known = {word.value: word.value for word in words}
        form = " or ".join(self.known)
        super().__init__(self._word, len(self.known), form, data_key=data_key)

    def _word(self, text: str) -> str | None:
        return self.known.get(text.strip())

    def spelled(self, value: str) -> str:
        """The words in lower case, where they then are of the list."""
        parts = value.split(",")
        return ",".join(self.known.get(part.strip().lower(), part) for part in parts)


class CursorField(Field[Cursor]):
    """Base64 of `<DateCreated as unix seconds>,<CallSid>`. Source: exotel-v1.md section 5 (S)."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Cursor:
        text = value.replace(" ", "+").rstrip("=")
        try:
            # Add the padding again: a client that decodes and re-encodes a Uri may lose it.
            raw = base64.b64decode(text + "=" * (-len(text) % 4), validate=True).decode("ascii")
        except (ValueError, binascii.Error):
            raw = ""
        created, _comma, sid = raw.partition(",")
        if not re.fullmatch(r"[0-9]{1,11}", created) or _sid(sid) is None:
            raise expected(value, "the cursor of a PrevPageUri or NextPageUri")
        return Cursor(int(created), sid)

    def describe(self) -> Json:
        """As JSON Schema."""
        return {"type": "string", "pattern": "^[A-Za-z0-9+/ ]+=*$"}


def cursor_text(cursor: Cursor) -> str:
    """A cursor as it stands in a Uri."""
    return base64.b64encode(f"{cursor.created},{cursor.sid}".encode()).decode()


class Listing(NamedTuple):
    """
    A list that was asked for.

    Args:
        asked: Which calls.
        details: Whether with their legs.
        validity: For how many minutes a signed URL of a recording is good; None gives none.
    """

    asked: CallFilter
    details: bool
    validity: int | None


class FilterForm(Parameters):
    """
    Source: exotel-v1.md section 5, a row each.

    UNVERIFIED: the texts of today's 400s but that of Direction; captured answers would settle them.
    """

    sids = CommaList(_sid, MAX_SIDS, f"Sids of {SID_LENGTH} letters and digits", data_key="Sid")
    created = DateRange(data_key="DateCreated")
    to = _numbers("To")
    from_ = _numbers("From")
    exophone = _numbers("PhoneNumber")
    statuses = Words(Status, "Status")
    directions = Words(Direction, "Direction")
    duration = Limits(
        _seconds, "gte:10s;lte:45s, eq:30s or 30s (whole seconds)", data_key="Duration"
    )
    price = Limits(_thousandths, "gte:0.10;lte:1.0, eq:0.5 or 0.5", data_key="Price")
    # UNVERIFIED: that more than 100 is cut; a live list with PageSize=101 would settle it.
    size = CutWhole(1, 100, data_key="PageSize")
    sort = OneOf(["DateCreated:asc", "DateCreated:desc"], data_key="SortBy")
    before = CursorField(data_key="Before")
    after = CursorField(data_key="After")
    details = Flag(data_key="details")
    recording_validity = Whole(5, 60, " minutes", data_key="RecordingUrlValidity")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.readers = readers_of(self)

    @post_load
    def _filter(self, data: dict[str, Any], **_: object) -> Listing:
        if "before" in data and "after" in data:
            raise ValidationError("stands beside After; expected one cursor", "Before")
        details = data.pop("details", False)
        data["legs"] = details
        validity = data.pop("recording_validity", None)
        data["ascending"] = data.pop("sort", "") == "DateCreated:asc"
        created = data.pop("created", {})
        asked = CallFilter(**data, gte=created.get("gte"), lte=created.get("lte"))
        return Listing(asked, details, validity)


# All threads share one form, because making one costs 0.2 ms and loading does not change it.
FILTERS = FilterForm()
ONLY_DETAILS = FilterForm(only=("details", "recording_validity"))
FILTER_NAMES = frozenset(str(field.data_key) for field in FILTERS.fields.values())
"""The parameters that a list reads."""
