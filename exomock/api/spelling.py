"""Spellings that Exotel takes, or may take, of the documented words and numbers of a form."""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import NamedTuple

from marshmallow import Schema

from exomock.api.fields import CutWhole, Flag, LongText, Url, WebAddress, WordList, short
from exomock.api.taken import Taken
from exomock.field import Field, OneOf, Telephone, Whole
from exomock.numbering import NotANumber, restored_plus
from exomock.parties import read_party

Value = str | list[str]


class Reading(NamedTuple):
    """
    A value as it is documented.

    Args:
        value: The documented spelling; the value itself where there is none.
        how: What was done, empty where nothing was.
        doubtful: Whether nobody knows that Exotel does so too.
    """

    value: Value
    how: str = ""
    doubtful: bool = True


Reader = Callable[[Value], Reading]

_WHOLE = re.compile(r"\+?0*([0-9]{1,19})(?:\.0*)?")
_PLAIN_NUMBER = re.compile(r"\+?[0-9]+|[Ss][Ii][Pp].*")
# Source: exotel-v1.md section 2, "Liberal in what it takes".
_FLAGS = {"1": "true", "yes": "true", "0": "false", "no": "false", "true": "true", "false": "false"}
_NO_SCHEME = re.compile(r"my\.(?:in\.)?exotel\.(?:com|in)/", re.IGNORECASE)


def readers_of(form: Schema) -> Mapping[str, Reader]:
    """What reads the spellings of a form's parameters, by their documented names."""
    found = {field.data_key or name: _reader(field) for name, field in form.fields.items()}
    return {name: reader for name, reader in found.items() if reader is not None}


def plainly(
    given: Mapping[str, Value], readers: Mapping[str, Reader]
) -> tuple[dict[str, Value], list[Taken]]:
    """
    Parameters in their documented spelling, and what was spelled otherwise.

    A value that no reading can save stays as it is, for the form to refuse.

    Args:
        given: As they were sent.
        readers: Of `readers_of`.
    """
    found, taken = dict(given), []
    for name, value in given.items():
        reader = readers.get(name)
        if reader is None:
            continue
        reading = reader(value)
        if reading.how:
            found[name] = reading.value
            taken.append(Taken(name, reading.how, reading.doubtful))
    return found, taken


def _reader(field: object) -> Reader | None:
    own: Callable[[str], str] | None = getattr(field, "spelled", None)
    if own is not None:
        return _texts(lambda value: _as(value, own(value)))
    for kind, make in _READERS:
        if isinstance(field, kind):
            return make(field)
    return None


def _texts(read: Callable[[str], Reading]) -> Reader:
    """A reader of single texts; a list is not its business."""

    def reader(value: Value) -> Reading:
        return read(value) if isinstance(value, str) else Reading(value)

    return reader


def _as(value: str, plain: str, *, doubtful: bool = True) -> Reading:
    if plain == value:
        return Reading(value)
    return Reading(plain, f"{short(value)} is taken as {short(plain)[1:-1]}", doubtful)


def _word(known: Mapping[str, str], value: str) -> Reading:
    return _as(value, known.get(value.strip().lower(), value))


def _words(known: Mapping[str, str], silent: Iterable[str], value: Value) -> Reading:
    values = value if isinstance(value, list) else [value]
    found = [known.get(each.strip().lower(), each) for each in values]
    said = [
        _as(each, plain).how for each, plain in zip(values, found, strict=True) if each != plain
    ]
    said += [f"'{each}' is taken and never sent" for each in dict.fromkeys(found) if each in silent]
    return Reading(found, ", ".join(said)) if said else Reading(value)


def _flag(value: str) -> Reading:
    text = value.strip().lower()
    # Clients in Python send True, and a zero means "not given" (C): neither is a guess.
    known = value == "0" or value.lower() in ("true", "false")
    return _as(value, _FLAGS.get(text, value), doubtful=not known)


def _whole(value: str) -> Reading:
    found = _WHOLE.fullmatch(value.strip()) if value.isascii() else None
    return _as(value, found[1]) if found else Reading(value)


def _cut(low: int, high: int, value: str) -> Reading:
    reading = _whole(value)
    text = str(reading.value)
    if text.isdecimal() and text.isascii() and int(text) > high >= low:
        return Reading(str(high), f"{short(value)} is cut to {high}")
    return reading


def _number(value: str) -> Reading:
    plain = restored_plus(value)
    if value == plain and _PLAIN_NUMBER.fullmatch(plain):
        return Reading(value)
    try:
        found = read_party(plain)
    except NotANumber:
        return Reading(value)
    # Its marks are kept, because callbacks echo a number as it was sent (S).
    return Reading(plain, f"{short(value)} is taken as {found.shown}", doubtful=False)


def _address(value: str) -> Reading:
    return _as(value, value.strip())


def _flow(value: str) -> Reading:
    plain = value.strip()
    return _as(value, f"http://{plain}" if _NO_SCHEME.match(plain) else plain)


def _long(usual: int, longest: int, value: str) -> Reading:
    if not usual < len(value) <= longest:
        return Reading(value)
    return Reading(value, f"has {len(value)} characters, over {usual}, and is taken whole")


def _lower(words: Iterable[str]) -> dict[str, str]:
    return {word.lower(): word for word in words}


def _of_words(field: WordList) -> Reader:
    return partial(_words, _lower(field.words), field.silent)


_READERS: tuple[tuple[type[Field], Callable[..., Reader]], ...] = (  # type: ignore[type-arg]
    (OneOf, lambda field: _texts(partial(_word, _lower(field.words)))),
    (WordList, _of_words),
    (Flag, lambda _: _texts(_flag)),
    (CutWhole, lambda field: _texts(partial(_cut, field.low, field.high))),
    (Whole, lambda _: _texts(_whole)),
    (Telephone, lambda _: _texts(_number)),
    (Url, lambda _: _texts(_flow)),
    (WebAddress, lambda _: _texts(_address)),
    (LongText, lambda field: _texts(partial(_long, field.usual, field.longest))),
)
"""The first class that fits is used, so a subclass stands before its base class."""
