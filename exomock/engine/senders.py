"""The sender of a message: which ExoPhone is meant, and how answers write it."""

from collections.abc import Sequence

from exomock.domain.exophone import ExoPhone
from exomock.domain.number import shown
from exomock.numbering import NotANumber, read_number


def line_of(text: str, exophones: Sequence[ExoPhone]) -> ExoPhone | None:
    """The ExoPhone that a sender means: by its number in any spelling, or by its sender id."""
    e164, named = _e164(text), text.strip().lower()
    for each in exophones:
        if each.number == e164 or (each.sender is not None and each.sender.lower() == named):
            return each
    return None


def sender_of(text: str, exophones: Sequence[ExoPhone]) -> str:
    """
    A sender as answers write it: `{ExoPhone}/{SENDER}` where the account has one configured.

    Any other number is written as numbers are, any other text as it was sent.

    Source: exotel-v1.md section 12 (C).
    """
    line = line_of(text, exophones)
    if line is not None:
        number = shown(line.number)
        return f"{number}/{line.sender}" if line.sender else number
    e164 = _e164(text)
    return text if e164 is None else shown(e164)


def _e164(text: str) -> str | None:
    try:
        return read_number(text).e164
    except NotANumber:
        return None
