"""Regular expressions between slashes: RE2's, and RE2 is loaded for the first one."""

from collections.abc import Callable
from functools import cache
from typing import Any

from marshmallow import ValidationError

from exomock.domain.when import Expression

_LONGEST = 1000
_MEMORY = 8 << 20  # bytes that one expression may take


def expression(text: str) -> Expression | None:
    """
    The regular expression that is meant, None if none is.

    Raises:
        ValidationError: It is wrong or too long, or RE2 is not installed.
    """
    if not text.startswith("/"):
        return None
    if len(text) < 3 or not text.endswith("/"):  # noqa: PLR2004
        raise ValidationError(f"found '{text}', expected a regular expression between two slashes")
    if len(text) > _LONGEST:
        raise ValidationError(f"is {len(text)} characters long, expected at most {_LONGEST}")
    return Expression(text[1:-1], _search(text))


def _search(text: str) -> Callable[[str], object]:
    try:
        # Imported here: google-re2 is an extra, because it has no wheels for musl (Alpine).
        import re2
    except ImportError:
        raise ValidationError(
            f"found '{text}', a regular expression needs RE2: pip install google-re2"
        ) from None
    try:
        # RE2, because its time grows only with the text, whatever the expression.
        search: Callable[[str], object] = re2.compile(text[1:-1], _options()).search
    except re2.error as error:
        why = error.args[0] if error.args else ""
        why = why.decode(errors="replace") if isinstance(why, bytes) else str(why)
        raise ValidationError(
            f"found '{text}', expected a regular expression as RE2 knows it: {why}"
        ) from None
    return search


@cache
def _options() -> Any:
    import re2  # as in `_search`

    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY
    return options
