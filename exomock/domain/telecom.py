"""An Indian number's circle, operator, type and DND, as the Numbers resource answers them."""

from dataclasses import dataclass
from hashlib import sha256

_OWN_CIRCLES: dict[str, str] = {
    "AP": "Andhra Pradesh Telecom Circle",
    "AS": "Assam Telecom Circle",
    "BR": "Bihar & Jharkhand Telecom Circle",
    "CH": "Chennai Metro Telecom Circle (includes Chennai, MEPZ & Mahabalipuram)",
    "DL": "Delhi Metro Telecom Circle (includes NCR, Faridabad, Ghaziabad, Gurgaon & Noida)",
    "GJ": "Gujarat Telecom Circle (includes Daman & Diu, Dadra & Nagar Haveli)",
    "HP": "Himachal Pradesh Telecom Circle",
    "HR": "Haryana Telecom Circle (excludes Faridabad, Gurgaon & Panchkula)",
    "JK": "Jammu & Kashmir Telecom Circle",
    "KL": "Kerala Telecom Circle (includes Lakshadeep)",
    "KA": "Karnataka Telecom Circle",
    "KO": (
        "Kolkata Metro Telecom Circle (includes parts of Haora, Hooghly, "
        "North & South 24 Parganas and Nadia Districts)"
    ),
    "MH": ("Maharashtra Telecom Circle (includes Goa but excludes Mumbai, Navi Mumbai & Kalyan)"),
    "MP": "Madhya Pradesh & Chhattisgarh Telecom Circle",
    "MU": "Mumbai Metro Telecom Circle (includes Navi Mumbai & Kalyan)",
    "NE": (
        "North East India Telecom Circle (includes Arunachal Pradesh, Meghalaya, Mizoram, "
        "Nagaland, Manipur & Tripura)"
    ),
    "OR": "Orissa Telecom Circle",
    "PB": "Punjab Telecom Circle (includes Chandigarh & Panchkula)",
    "RJ": "Rajasthan Telecom Circle",
    "TN": (
        "Tamil Nadu Telecom Circle (excludes CH Chennai, MEPZ, Mahabalipuram & Minjur "
        "and includes Pondicherry except Yanam & Mahe)"
    ),
    "UE": "Uttar Pradesh (East) Telecom Circle",
    "UW": "Uttar Pradesh (West) & Uttarakhand Telecom Circle (excludes Ghaziabad & Noida)",
    "WB": (
        "West Bengal Telecom Circle "
        "(includes Andaman & Nicobar,Sikkim excludes Calcutta Telecom District)"
    ),
}

CIRCLES: dict[str, str] = _OWN_CIRCLES | {
    "AN": "Andaman & Nicobar",
    "BY": _OWN_CIRCLES["MU"],
    "HA": _OWN_CIRCLES["HR"],
    "ND": _OWN_CIRCLES["DL"],
    "UPE": _OWN_CIRCLES["UE"],
    "UPW": _OWN_CIRCLES["UW"],
}
"""All 29 circle codes and their names, verbatim. Source: exotel-v1.md section 6."""

OPERATORS: dict[str, str] = {
    "AC": "Aircel",
    "A": "Airtel",
    "AL": "Allianz",
    "B": "BSNL",
    "D": "Dishnet",
    "E": "Etisalat",
    "H": "HFCL",
    "I": "Idea",
    "LO": "Loop",
    "MT": "MTNL",
    "P": "Ping",
    "R": "Reliance",
    "S": "Sistema",
    "ST": "S Tel",
    "T": "Tata",
    "U": "Unitech",
    "VI": "Videocon",
    "V": "Vodafone",
}
"""All 18 operator codes and their names, verbatim. Source: exotel-v1.md section 6."""

TYPES = ("Mobile", "Landline")
"""The kinds of number. Source: exotel-v1.md section 6."""

LISTED, NOT_LISTED = "Yes", "No"

DND_VALUES = (LISTED, NOT_LISTED, "Unavailable")
"""Whether the number is on the do-not-disturb register. Source: exotel-v1.md section 3."""

# A short prefix speaks for its whole region, longer ones for the exceptions in it; regions without
# STD codes of their own (10, 39, 50, …) follow a neighbour.
_PREFIXES: dict[str, str] = {
    "AP": "40 840 841 845 846 849 85 86 87 88 89",
    "AS": "36 37 3841 3842 3843 3844",
    "BR": "326 60 61 62 63 64 65",
    "CH": "44",
    "DL": "10 11 120 124 129",
    "GJ": "26 27 28 79",
    "HP": "170 177 178 179 189 190 197",
    "HR": "12 130 166 1681 1683 1684 1686 169 17 180 184",
    "JK": "19",
    "KA": "80 81 82 83 84 8419 853",
    "KL": "460 466 467 468 469 47 48 49",
    "KO": "33",
    "MH": "20 21 23 24 25 70 71 72 7279 832",
    "MP": "714 716 727 728 729 73 74 75 76 77 78",
    "MU": "215 22 251",
    "NE": "360 363 364 365 368 369 370 372 3777 3778 3779 378 379 38 39",
    "OR": "66 67 68 69",
    "PB": "16 172 1733 175 176 18",
    "RJ": "14 15 29 30 564 743 744 745 746 747",
    "TN": "41 42 43 45 46",
    "UE": "50 51 52 53 54 55 569 584 585 586 587",
    "UW": "121 122 123 13 56 57 58 59",
    "WB": "31 32 34 35",
}

STD_CIRCLES: dict[str, str] = {
    prefix: circle for circle, prefixes in _PREFIXES.items() for prefix in prefixes.split()
}
"""
Prefix of the STD code (without its 0) -> circle code; the longest prefix that fits wins.

Source: which towns a circle has: exotel-v1.md section 6; where each code is: the geocoding data
of libphonenumber (phonenumbers 9.0.43).
UNVERIFIED: Pilibhit, Bareilly, Badaun, Etah, Mainpuri and Etawah as the last districts of UW; the
service area annex of a telecom licence (DoT) would settle it.
"""

_TWO_DIGIT_CODES = frozenset({"11", "20", "22", "33", "40", "44", "79", "80"})

# Every other code has four digits. Source: the geocoding data of libphonenumber.
# UNVERIFIED: 240 and 466 to 468, which it lacks; the National Numbering Plan would settle them.
_THREE_DIGIT = """
    120 121 122 124 129 130 131 132 135 141 144 145 151 154 160 161 164 171 172 175 177 180 181
    183 184 186 191 194 212 215 217 230 231 233 240 241 250 251 253 257 260 261 265 268 278 281
    285 286 288 291 294 326 341 342 343 353 354 360 361 364 368 369 370 372 373 374 376 381 385
    389 413 416 421 422 423 424 427 431 435 451 452 460 461 462 466 467 468 469 470 471 472 474
    475 476 477 478 479 480 481 483 484 485 487 490 491 494 495 496 497 512 515 522 532 535 542
    548 551 562 565 571 581 591 595 612 621 631 641 651 657 661 663 671 674 680 712 721 724 731
    733 734 744 747 751 755 761 771 788 816 820 821 824 831 832 836 861 863 866 870 877 878 883
    884 891
"""
_THREE_DIGIT_CODES = frozenset(_THREE_DIGIT.split())

_MTNL_CODES = frozenset({"11", "22"})

_LANDLINE_OPERATORS: dict[str, str] = {"2": "B", "3": "R", "4": "A", "5": "A", "6": "T"}

_SERIES = 5  # digits


@dataclass(frozen=True, slots=True)
class NumberInfo:
    """
    What is known of one number.

    Args:
        circle: A code of `CIRCLES`.
        operator: A code of `OPERATORS`.
        type: One of `TYPES`.
        dnd: One of `DND_VALUES`.
    """

    circle: str
    operator: str
    type: str
    dnd: str

    @property
    def circle_name(self) -> str:
        """
        The circle in words.

        Raises:
            KeyError: The circle is none of `CIRCLES`.
        """
        return CIRCLES[self.circle]

    @property
    def operator_name(self) -> str:
        """
        The operator in words.

        Raises:
            KeyError: The operator is none of `OPERATORS`.
        """
        return OPERATORS[self.operator]


# UNVERIFIED: which series and which landline level has which operator is our invention; the
# regulator's list of series allotments (TRAI, DoT) would settle both.
def derive(national: str, *, mobile: bool) -> NumberInfo:
    """
    What a number is said to be when no scenario says it: same number, same answer, everywhere.

    Args:
        national: Significant digits without the leading 0, usually 10.
        mobile: True for a mobile number, False for a landline.

    Returns:
        Circle and operator that all mobiles of a series of 100 000 share, or those of the STD code
        and of the digit after it; DND `No`, because a connect to it is not refused.

    Source: exotel-v1.md section 6 for the codes; the choice among them is ours.
    """
    return NumberInfo(
        circle=_series_circle(national) if mobile else _std_circle(national),
        operator=_series_operator(national) if mobile else _landline_operator(national),
        type="Mobile" if mobile else "Landline",
        dnd=NOT_LISTED,
    )


def _std_circle(national: str) -> str:
    for length in (4, 3, 2):
        if circle := STD_CIRCLES.get(national[:length]):
            return circle
    return _series_circle(national)  # 0… and 9… are no STD codes, yet an answer needs a circle


def _landline_operator(national: str) -> str:
    code = _std_code(national)
    operator = _LANDLINE_OPERATORS.get(national[len(code) :][:1])
    if operator is None:
        return _series_operator(national)
    return "MT" if operator == "B" and code in _MTNL_CODES else operator


def _std_code(national: str) -> str:
    if national[:2] in _TWO_DIGIT_CODES:
        return national[:2]
    return national[:3] if national[:3] in _THREE_DIGIT_CODES else national[:4]


def _series_circle(national: str) -> str:
    circles = tuple(_OWN_CIRCLES)
    return circles[_draw("circle", national[:_SERIES]) % len(circles)]


def _series_operator(national: str) -> str:
    operators = tuple(OPERATORS)
    return operators[_draw("operator", national[:_SERIES]) % len(operators)]


def _draw(what: str, digits: str) -> int:
    # No hash(), which differs between processes. `what` makes the draws for circle and operator
    # independent of each other.
    return int.from_bytes(sha256(f"{what}:{digits}".encode()).digest()[:8], "big")
