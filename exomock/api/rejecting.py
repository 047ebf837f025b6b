"""What is wrong with the parameters of a request, as the refusal that Exotel gives it."""

from collections.abc import Iterable, Mapping
from typing import Any

from marshmallow import ValidationError

from exomock.api.errors import Refused, sentence
from exomock.domain.refusals import Rejection

_DATES = ("StartTime", "EndTime")


def order_refused(error: ValidationError, given: Mapping[str, Any], notes: list[str]) -> Refused:
    """
    The refusal of a connect whose parameters cannot be read.

    Args:
        error: What the form says.
        given: The parameters, by their documented names.
        notes: More for the developer: parameters that nobody reads.

    Source:
        exotel-v1.md section 7 (C): a text for what is missing, and one that names the parameter.
    """
    name = next(iter(error.messages_dict))
    why = "; ".join([sentence(error), *notes])
    if name == "body":
        return Refused(Rejection.BODY, why)
    if name not in given:
        return Refused(Rejection.MISSING, why)
    return Refused(Rejection.UNREADABLE, why, parameter=name)


def list_refused(error: ValidationError, notes: list[str]) -> Refused:
    """
    The refusal of a list whose filters cannot be read.

    Args:
        error: What the form says.
        notes: More for the developer: parameters that nobody reads.
    """
    direction = next(iter(error.messages_dict)) == "Direction"
    rejection = Rejection.DIRECTION if direction else Rejection.FILTER
    return Refused(rejection, "; ".join([sentence(error), *notes]))


def refuse_dates(given: Iterable[str]) -> None:
    """
    Refuse a list that is to be filtered by when calls began or ended.

    Args:
        given: The filters' names. `StartTime`, `StartTime>`, `EndTime[gte]` and the like are wrong.

    Raises:
        Refused: One of them is there.

    Source:
        exotel-v1.md section 5 (c): a silent full list would hide a fault of the client's.
    """
    for name in given:
        if name.startswith(_DATES):
            raise Refused(
                Rejection.DATES,
                f"{name[:60]}: a list is not filtered by when calls began or ended; expected "
                "DateCreated=gte:YYYY-MM-DD HH:MM:SS;lte:YYYY-MM-DD HH:MM:SS (IST), in which they "
                "were placed",
            )
