"""Reading telephone numbers in any spelling, by the `phonenumbers` library."""

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberType

from exomock.domain.number import Number

_SPELLING = re.compile(r"[(\[]?\+?[(\[]?[0-9][0-9\s()\[\]./\-\u2010-\u2015]*")
_MARKS = re.compile(r"[^0-9+]")
# An unencoded `+` of a query or a form arrives as a blank.
_LOST_PLUS = re.compile(r"\s+[1-9]")
# The form that nearly every client sends. The library reads it alike (a test compares), in 0.12 ms.
_MOBILE = re.compile(r"(?:\+91|91|0)?([6-9][0-9]{9})")
_MOBILE_BEGINS = "6789"
_NATIONAL_DIGITS = 10
_INDIA = 91


class NotANumber(ValueError):
    """A text that is no telephone number; its message says what was expected."""

    def __init__(self, text: str) -> None:
        super().__init__(
            f"'{text[:40]}' is not a telephone number; expected 10 digits, or with 0, 91 or +91 "
            "before them, or + and a country code"
        )


_LONGEST_KEPT = 32
"""Characters of a spelling that is remembered; with blanks a number can be as long as one likes."""


def read_number(text: str) -> Number:
    """
    The number that is spelled so.

    Args:
        text: Any spelling: `09812345678`, `+91 98123 45678`, `919812345678`, `9812345678`,
            `(+91) 98123-45678`, a landline with its STD code, or `+` and a country code. A blank
            before it may have been the `+`.

    Raises:
        NotANumber: It is none.

    Source:
        exotel-v1.md section 1 (numbers compare by E.164); the documentation's "If not set, our
        system will try to match it with a country".
    """
    return _short(text) if len(text) <= _LONGEST_KEPT else _read(text)


def restored_plus(text: str) -> str:
    """
    A number whose unencoded `+` arrived as a blank, as it was sent; other texts without blanks.

    An Indian number of ten digits is that number, because nobody writes `+` before those. What is
    a number of India with 91 before it, or of another country, had its `+`.

    Source: exotel-v1.md sections 2 and 5 (S).
    """
    plain = text.strip()
    if not _LOST_PLUS.match(text) or _is_national(_MARKS.sub("", plain)):
        return plain
    return "+" + plain


def _is_national(digits: str) -> bool:
    """Whether these are the ten digits of an Indian number."""
    if len(digits) != _NATIONAL_DIGITS:
        return False
    if digits[0] in _MOBILE_BEGINS:
        return True
    as_india, abroad = _parse(digits, "IN"), _parse("+" + digits, None)
    valid = as_india is not None and phonenumbers.is_valid_number(as_india)
    return valid or abroad is None or not phonenumbers.is_valid_number(abroad)


def _read(text: str) -> Number:
    text = restored_plus(text)
    mobile = _MOBILE.fullmatch(text)
    if mobile is not None:
        return Number(text, f"+{_INDIA}{mobile[1]}")
    if not _SPELLING.fullmatch(text):
        raise NotANumber(text)
    digits = _MARKS.sub("", text)
    found = _parse(digits, "IN")
    if found is not None and (phonenumbers.is_valid_number(found) or _filled_in(found)):
        return _number(text, found)
    abroad = found if digits.startswith("+") else _parse("+" + digits, None)
    if abroad is None or not _plausible(abroad):
        raise NotANumber(text)
    return _number(text, abroad)


_short = lru_cache(maxsize=16384)(_read)


def _parse(text: str, region: str | None) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None


def _filled_in(number: PhoneNumber) -> bool:
    # People fill the documentation's masked digits with anything: ten digits are enough.
    return number.country_code == _INDIA and len(_national(number)) == _NATIONAL_DIGITS


def _plausible(number: PhoneNumber) -> bool:
    return number.country_code != _INDIA and phonenumbers.is_possible_number(number)


def _national(number: PhoneNumber) -> str:
    return phonenumbers.national_significant_number(number)


def _number(text: str, number: PhoneNumber) -> Number:
    return Number(text, f"+{number.country_code}{_national(number)}")


def country_of(number: Number) -> str:
    """The ISO code of a number's country, such as IN; empty where several share its code."""
    region = phonenumbers.region_code_for_number(phonenumbers.parse(number.e164))
    return "IN" if number.indian else region or ""


def is_mobile(number: Number) -> bool:
    """Whether an Indian number is a mobile's; one outside the plan by its first digit, 6-9."""
    kind = phonenumbers.number_type(phonenumbers.parse(number.e164))
    if kind == PhoneNumberType.UNKNOWN:
        return number.shown[1] in _MOBILE_BEGINS
    return kind in (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
