"""Lists a page at a time: `limit` and `after` in, `next` out."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from flask import Response, request
from marshmallow import ValidationError, fields

from exomock.control.answers import answered
from exomock.control.forms import Form
from exomock.field import Whole

Item = TypeVar("Item")

LONGEST = 10_000
USUAL = 1000


class PageForm(Form):
    """How many are shown, and after which one."""

    limit = Whole(1, LONGEST, load_default=USUAL)
    after = fields.String(load_default=None)


class NumberedForm(Form):
    """How many are shown, and after which number or id; 0 begins with the oldest."""

    limit = Whole(1, LONGEST, load_default=USUAL)
    after = Whole(0, 10**18, load_default=None)


def page(
    items: Sequence[Item], name: Callable[[Item], str], asked: dict[str, Any]
) -> tuple[Sequence[Item], str | None]:
    """
    A page of a list that is in memory.

    Args:
        items: All there are, in order.
        name: What `after` calls one of them.
        asked: What a `PageForm` loaded.

    Returns:
        The page, and what `after` of the next page is; None if nothing follows.

    Raises:
        ValidationError: There is none of the name `after`.
    """
    after, begin = asked["after"], 0
    if after is not None:
        places = (index for index, item in enumerate(items) if name(item) == after)
        begin = next(places, -1) + 1
        if not begin:
            raise unknown(after)
    found = items[begin : begin + asked["limit"]]
    more = begin + len(found) < len(items)
    return found, name(found[-1]) if more else None


def cut(
    items: Sequence[Item], name: Callable[[Item], Any], limit: int
) -> tuple[Sequence[Item], Any]:
    """
    A page of what was read with one more than `limit`, and what `after` of the next page is.

    Args:
        items: At most `limit` and one more, in order.
        name: What `after` calls one of them.
        limit: How many are shown, 1 or more.
    """
    found = items[:limit]
    return found, name(found[-1]) if len(items) > limit else None


def unknown(after: str) -> ValidationError:
    """The error of an `after` that names nothing here; it may have gone since."""
    return ValidationError({"after": [f"there is no '{after:.60}' here"]})


def answered_page(data: dict[str, Any], following: Any) -> Response:
    """
    A page as an answer.

    `next` is there where more follows, and for whoever asks for pages: a whole list stays as
    short as it was.

    Args:
        data: What is shown.
        following: What `after` of the next page is; None if nothing follows.
    """
    asked = "limit" in request.args or "after" in request.args
    return answered(data | {"next": following} if asked or following is not None else data)
