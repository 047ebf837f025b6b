"""What was taken in another way than it was sent: said in the why, refused by a strict account."""

from collections.abc import Iterable
from typing import NamedTuple

from flask import Response, g
from marshmallow import ValidationError

from exomock.api.render import WHY, header_text


class Taken(NamedTuple):
    """
    A parameter that is taken in another way than it was sent.

    Args:
        name: Its documented name; `body` for all of them.
        how: What was done, as it follows the name and a colon.
        doubtful: Whether nobody knows that Exotel does so too.
    """

    name: str
    how: str
    doubtful: bool = True


def say(taken: Iterable[Taken]) -> None:
    """Have the answer to this request say what was taken in another way."""
    known: list[Taken] = g.setdefault("taken", [])
    known.extend(taken)


def insist(*, strict: bool) -> None:
    """
    Let a strict account take nothing in another way, unless Exotel is known to do so.

    Raises:
        ValidationError: The account is strict, and something is doubtful.
    """
    for each in g.get("taken", ()) if strict else ():
        if each.doubtful:
            why = f"{each.how}, which nobody knows of Exotel; this account is strict"
            raise ValidationError({each.name: [why]})


def explain(response: Response) -> Response:
    """Say in the answer what was taken in another way."""
    taken: list[Taken] = g.get("taken", [])
    if taken and WHY in response.headers:
        # A misspelt list could be long: the reason of the answer stands first.
        said = "; ".join(f"{each.name}: {each.how}" for each in taken)
        response.headers[WHY] = header_text(f"{response.headers[WHY]}; {said}")
    return response
