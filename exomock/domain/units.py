"""How many units a text message takes: GSM-7 with its extension table, else UCS-2."""

# Source: 3GPP TS 23.038 section 6.2.1: the default alphabet, and its extension, each character of
# which takes two. exotel-v1.md section 12 and issue of the contract: 160/153 and 70/67.
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("\f^{}\\[~]|€")
_GSM_ONE, _GSM_PART = 160, 153
_UCS_ONE, _UCS_PART = 70, 67


def units_of(text: str, *, unicode: bool = False) -> int:
    """
    The units of a text, 1 or more.

    A pair (an escape and its character, or two surrogates) is never split between two units.

    Args:
        text: The text.
        unicode: Whether it is sent as UCS-2 although GSM-7 could hold it.
    """
    if not unicode and _is_gsm(text):
        widths = [2 if each in _EXTENSION else 1 for each in text]
        return _parts(widths, _GSM_ONE, _GSM_PART)
    widths = [2 if ord(each) > 0xFFFF else 1 for each in text]  # noqa: PLR2004
    return _parts(widths, _UCS_ONE, _UCS_PART)


def _is_gsm(text: str) -> bool:
    return all(each in _BASIC or each in _EXTENSION for each in text)


def _parts(widths: list[int], one: int, part: int) -> int:
    if sum(widths) <= one:
        return 1
    parts, room = 1, part
    for width in widths:
        if width > room:
            parts, room = parts + 1, part
        room -= width
    return parts
