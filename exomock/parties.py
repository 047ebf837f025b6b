"""Reading whom a call reaches: a telephone number in any spelling, or a SIP address as it is."""

import re

from exomock.domain.number import Number
from exomock.numbering import read_number

SIP = r"[Ss][Ii][Pp][Ss]?:[A-Za-z0-9._~%!$&'()+=:@/?;#-]{1,250}"
"""How a SIP address looks here: without the comma, which separates the values of a filter."""

_SIP = re.compile(SIP)


def is_sip(text: str) -> bool:
    """Whether this is a SIP address, blanks around it aside."""
    return _SIP.fullmatch(text.strip()) is not None


def read_party(text: str) -> Number:
    """
    The party that is spelled so.

    Args:
        text: A telephone number in any spelling, or a SIP address, which comes out as it was.

    Raises:
        NotANumber: It is neither.

    Source:
        exotel-v1.md section 2: a `sip:` URI is accepted (From V, To c).
    """
    plain = text.strip()
    # The first letter tells most numbers apart, and a number is what nearly everybody sends.
    if plain[:1] in ("s", "S") and _SIP.fullmatch(plain):
        return Number(plain, plain)
    return read_number(text)
