"""The parameters of Sms/send and Sms/bulksend: Exotel's spelling outside, orders inside."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from flask import Request
from marshmallow import ValidationError, fields, post_load

from exomock.api.errors import Refused, sentence
from exomock.api.fields import Flag, LongText, Parameters, Text, WebAddress, mandatory, short
from exomock.api.forms import no_json, sent_parameters
from exomock.api.spelling import Value, plainly, readers_of
from exomock.api.taken import Taken
from exomock.domain.message import MessageOrder
from exomock.domain.number import NOBODY, Number
from exomock.domain.refusals import Rejection
from exomock.field import OneOf
from exomock.numbering import NotANumber, read_number
from exomock.scenarios.messages import SMS_TYPES

MOST = 100
"""Numbers of one send, and messages of one bulksend. Source: exotel-v1.md section 12 (V)."""

LONGEST_BODY = 2_000
"""Characters. Source: exotel-v1.md section 10."""

# Ours: no length of these is documented.
LONGEST_SENDER, LONGEST_ID, LONGEST_CUSTOM_FIELD = 100, 100, 4_096

_TO = re.compile(r"To(\[[0-9]*\])?")
_IN_BULK = re.compile(r"Messages?\[([0-9]{1,9})\]\[([A-Za-z]{1,40})\](\[[0-9]*\])?")
_EXTRAS = ("priority", "shorten_url")


class MessageForm(Parameters):
    """Source: exotel-v1.md sections 10 and 12; the list of issue 13."""

    from_ = Text(LONGEST_SENDER, data_key="From", **mandatory("From"))
    to = fields.Raw(data_key="To")
    body = Text(LONGEST_BODY, data_key="Body", **mandatory("Body"))
    encoding = OneOf(["plain", "unicode"], any_case=True, data_key="EncodingType")
    priority = OneOf(["normal", "high"], any_case=True, data_key="Priority")
    sms_type = OneOf(SMS_TYPES, any_case=True, data_key="SmsType")
    dlt_entity = Text(LONGEST_ID, data_key="DltEntityId")
    dlt_template = Text(LONGEST_ID, data_key="DltTemplateId")
    callback = WebAddress(data_key="StatusCallback")
    content_type = OneOf(
        ["application/x-www-form-urlencoded", "multipart/form-data", "application/json"],
        data_key="StatusCallbackContentType",
    )
    custom_field = LongText(LONGEST_CUSTOM_FIELD, LONGEST_CUSTOM_FIELD, data_key="CustomField")
    shorten_url = Flag(data_key="ShortenUrl")

    @post_load
    def _order(self, data: dict[str, Any], **_: object) -> MessageOrder:
        data["unicode"] = data.pop("encoding", "plain") == "unicode"
        data["callback_json"] = data.pop("content_type", "") == "application/json"
        extras = tuple((name, str(data.pop(name))) for name in _EXTRAS if name in data)
        return MessageOrder(**data | {"to": NOBODY}, extras=extras)


_FORM = MessageForm()
MESSAGE_NAMES = frozenset(field.data_key or name for name, field in _FORM.fields.items())
"""The parameters that a message reads."""

_READERS = readers_of(_FORM)
_ALWAYS = ("from_", "body")


@lru_cache(maxsize=256)
def _form(given: frozenset[str]) -> MessageForm:
    """The form with the fields of these parameters alone; loading all takes twice as long."""
    names = (name for name, field in _FORM.fields.items() if (field.data_key or name) in given)
    return MessageForm(only=[*dict.fromkeys([*names, *_ALWAYS])])


# The refusal for each parameter that cannot be read; every other parameter gets a plain 400.
_UNREADABLE = {
    "Body": Rejection.SMS_LONG_BODY,
    "SmsType": Rejection.SMS_TYPE,
    "EncodingType": Rejection.SMS_ENCODING,
    "body": Rejection.BODY,
}
_MISSING = {"Body": Rejection.SMS_BODY, "From": Rejection.SMS_FROM}

Pairs = list[tuple[str, str]]


def sent_pairs(request: Request) -> tuple[Pairs, Pairs]:
    """
    The parameters of the body, and those of the query, as they came.

    Raises:
        Refused: The body is JSON, or no form that can be read.
    """
    try:
        no_json(request, "From")
        body = list(sent_parameters(request).items(multi=True))
    except ValidationError as error:
        raise message_refused(error, {}, []) from None
    return body, list(request.args.items(multi=True))


class Given:
    """
    The parameters of one message.

    Args:
        body: Those of the request's body.
        query: Those of its query, which hold where the body has none of that name.

    Attributes:
        values: By name, without To and without what is empty.
        to: Every To, in order; of a comma list each.
        several: Whether a list was asked for, so that a list is answered.
        empty: Names that came with nothing in them.
    """

    def __init__(self, body: Iterable[tuple[str, str]], query: Iterable[tuple[str, str]]) -> None:
        self.values: dict[str, Value] = {}
        self.to: list[str] = []
        self.several = False
        self.empty: set[str] = set()
        for pairs in (body, query):
            self._take(list(pairs))

    def _take(self, pairs: Pairs) -> None:
        here: dict[str, Value] = {}
        for name, value in pairs:
            if value == "":
                self.empty.add(name)
            elif not _TO.fullmatch(name):
                here.setdefault(name, value)
        self.values = here | self.values
        if not self.to:
            self._take_to([(name, value) for name, value in pairs if _TO.fullmatch(name)])

    def _take_to(self, pairs: Pairs) -> None:
        found = [part.strip() for _name, value in pairs for part in value.split(",")]
        self.to = [each for each in found if each]
        # Source: exotel-v1.md section 12 (V): To[0], To[1], or a comma list.
        self.several = len(pairs) > 1 or len(self.to) > 1 or any(name != "To" for name, _ in pairs)


def orders_of(given: Given, notes: list[str]) -> tuple[list[MessageOrder], list[Taken]]:
    """
    The orders of one message's parameters, one for each To.

    Args:
        given: The parameters.
        notes: More for the developer, for a refusal.

    Raises:
        Refused: A parameter is missing or cannot be read, with its code.
    """
    found, taken = plainly(given.values, _READERS)
    try:
        order: MessageOrder = _form(MESSAGE_NAMES.intersection(found)).load(found)
    except ValidationError as error:
        raise message_refused(error, given.values, notes, given.empty) from None
    return [order_to(order, number) for number in _receivers(given, notes)], taken


def order_to(order: MessageOrder, to: Number) -> MessageOrder:
    """The same order to a number; where it is none, its `e164` is what was sent."""
    return replace(order, to=to, invalid=not _plain(to))


def _plain(to: Number) -> bool:
    return to.e164.startswith("+")


def _receivers(given: Given, notes: list[str]) -> list[Number]:
    refuse_many(len(given.to), notes)
    found = [_number(text) for text in given.to]
    if not any(map(_plain, found)):
        what = f"{short(given.to[0])} is no telephone number" if given.to else "is missing"
        why = f"To: {what}; expected 10 digits, or with 0, 91 or +91 before them"
        raise Refused(Rejection.SMS_TO, "; ".join([why, *notes]))
    return found


def refuse_many(numbers: int, notes: list[str]) -> None:
    """
    Refuse a request that is for too many numbers, of all its messages together.

    Raises:
        Refused: It is.
    """
    if numbers > MOST:
        why = f"To names {numbers} numbers; expected at most {MOST} in a request"
        raise Refused(Rejection.SMS_MANY_NUMBERS, "; ".join([why, *notes]))


def _number(text: str) -> Number:
    try:
        return read_number(text)
    except NotANumber:
        return Number(text, text)


def message_refused(
    error: ValidationError, given: Mapping[str, Any], notes: list[str], empty: Iterable[str] = ()
) -> Refused:
    """
    The refusal of a message whose parameters cannot be read.

    Source: exotel-v1.md section 12 (V): a code for each.
    """
    name = next(iter(error.messages_dict))
    why = "; ".join([sentence(error), *notes])
    if name not in given and name in _MISSING:
        empty_from = name == "From" and "From" in empty
        return Refused(Rejection.SMS_EMPTY_FROM if empty_from else _MISSING[str(name)], why)
    return Refused(_UNREADABLE.get(str(name), Rejection.SMS_PARAMETER), why)


def in_bulk(body: Pairs, query: Pairs) -> Iterator[Given]:
    """
    The parameters of each message of a bulksend; outer ones hold where it has none of its own.

    Raises:
        Refused: There are no messages, or too many.

    Source:
        exotel-v1.md section 12 (C/V): `Messages[i][To]`; `Message[i][…]` (c); at most 100.
    """
    inner: dict[int, Pairs] = {}
    outer: Pairs = []
    for name, value in [*body, *query]:
        found = _IN_BULK.fullmatch(name)
        if found is None:
            outer.append((name, value))
        else:
            inner.setdefault(int(found[1]), []).append((found[2] + (found[3] or ""), value))
    if not inner:
        why = "Messages: is missing; expected Messages[0][To], Messages[0][Body], …"
        raise Refused(Rejection.SMS_MESSAGES, why)
    if len(inner) > MOST:
        why = f"Messages: there are {len(inner)}; expected at most {MOST}"
        raise Refused(Rejection.SMS_MANY_MESSAGES, why)
    for number in sorted(inner):
        yield Given(inner[number], outer)
