"""Parameters that nobody reads: named, with the known one that comes nearest."""

import logging
from collections.abc import Collection, Iterable
from difflib import get_close_matches

from exomock.api.fields import short
from exomock.api.sparing import Sparing

_MOST = 5
_LONGEST = 60
_NEAR = 0.75

_sparing = Sparing(logging.getLogger("exomock.api"))


def strangers(given: Iterable[str], known: Collection[str]) -> list[str]:
    """
    A sentence for each parameter that nobody reads, five at most; they go to the log as well.

    Args:
        given: The names that came.
        known: The names that are read.
    """
    found = [_sentence(name, known) for name in given if name not in known][:_MOST]
    for sentence in found:
        _sparing.say(sentence)
    return found


def nearest_name(name: str, known: Collection[str]) -> str | None:
    """The known name that differs in its letters' case only, else by a letter or two; or None."""
    folded = {word.lower(): word for word in sorted(known)}
    near = get_close_matches(name[:_LONGEST].lower(), folded, n=1, cutoff=_NEAR)
    return folded[near[0]] if near else None


def _sentence(name: str, known: Collection[str]) -> str:
    near = nearest_name(name, known)
    hint = f" (the nearest is {near}; case matters)" if near else ""
    return f"nobody reads the parameter {short(name)}{hint}"
