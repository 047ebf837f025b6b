"""Which situations have come: what a call, an answer, a fault and a try bring, as functions."""

import re
from collections.abc import Iterator

from exomock.domain.call import Call
from exomock.domain.fault import Damage, FaultAnswer
from exomock.domain.leg import LegState
from exomock.domain.order import ONE_LEG, Shape
from exomock.domain.refusals import Rejection
from exomock.domain.situations import Situation
from exomock.domain.span import Length, Span
from exomock.domain.telling import TRIES
from exomock.domain.twist import STRAIGHT, Twist, Twists

_OK, _AGAIN = 200, 2

_S = Situation

_LEG1 = {
    LegState.COMPLETED: _S.LEG1_COMPLETED,
    LegState.BUSY: _S.LEG1_BUSY,
    LegState.NO_ANSWER: _S.LEG1_NO_ANSWER,
    LegState.FAILED: _S.LEG1_FAILED,
}
_LEG2 = {
    LegState.COMPLETED: _S.LEG2_COMPLETED,
    LegState.BUSY: _S.LEG2_BUSY,
    LegState.NO_ANSWER: _S.LEG2_NO_ANSWER,
    LegState.FAILED: _S.LEG2_FAILED,
    LegState.CANCELED: _S.LEG2_CANCELED,
    LegState.IDLE: _S.LEG2_NEVER,
}


def met_by_end(call: Call) -> Iterator[Situation]:
    """
    The situations that the end of a call brings.

    Args:
        call: It, ended.
    """
    caller, shape = call.story.caller.state, call.order.shape
    if caller in _LEG1:
        yield _LEG1[caller]
    if shape not in ONE_LEG and call.story.reached.state in _LEG2:
        yield _LEG2[call.story.reached.state]
    elif shape is Shape.LOST_FLOW:
        yield _S.FLOW_LOST
    elif shape is Shape.FLOW:
        yield _S.FLOW_TAKEN if caller is LegState.COMPLETED else _S.FLOW_MISSED


_BY_STATUS = {
    Rejection.UNREADABLE.status: _S.PARAMETERS,
    Rejection.WRONG_CREDENTIALS.status: _S.CREDENTIALS,
    Rejection.MONEY.status: _S.MONEY,
    Rejection.CALL.status: _S.NOT_FOUND,
    Rejection.RATE.status: _S.RATE,
    Rejection.UNAVAILABLE.status: _S.UNAVAILABLE,
}
_ON_THE_LIST = b"TRAI NDNC regulations"
_KYC = str(Rejection.KYC.code).encode()


def met_by_refusal(status: int, answer: bytes) -> Situation | None:
    """
    The refusal that an answer is; None if it is none that is counted.

    Args:
        status: Its HTTP status.
        answer: Its body. A client too tells the two 403s apart by text or code.
    """
    if status != Rejection.DND.status:
        return _BY_STATUS.get(status)
    if _ON_THE_LIST in answer:
        return _S.DND
    return _S.KYC if _KYC in answer else None


_BY_DAMAGE = {
    Damage.TRUNCATED: _S.TRUNCATED,
    Damage.MALFORMED: _S.MALFORMED,
    Damage.DRIPPED: _S.DRIPPED,
    Damage.HUNG: _S.HUNG,
}


def met_by_fault(answer: FaultAnswer, delay: int) -> Iterator[Situation]:
    """
    The situations that a fault brings which strikes a request.

    Args:
        answer: What it does.
        delay: How much later the answer comes, microseconds.
    """
    if answer.html:
        yield _S.PAGE
    elif answer.refusal is not None:
        yield _S.ERROR
    if answer.damage is not None:
        yield _BY_DAMAGE[answer.damage]
    if delay:
        yield _S.DELAYED


_NEXT_PAGE = re.compile(rb'"NextPageUri": *"|<NextPageUri>/')
_CURSOR = re.compile(r"(?:^|&)(?:After|Before)=[^&]")


def met_by_page(path: str, query: str, status: int, answer: bytes) -> Iterator[Situation]:
    """
    The situations that a page of a list brings.

    Args:
        path: What follows the account in the path.
        query: The query string as it came.
        status: HTTP status of the answer.
        answer: Its body.
    """
    if status == _OK and path.partition(".")[0] == "Calls":
        if _NEXT_PAGE.search(answer):
            yield _S.MORE_PAGES
        if _CURSOR.search(query):
            yield _S.SECOND_PAGE


def twists_met(twists: Twists, notice: str) -> tuple[Situation, ...]:
    """
    The situations that a callback brings once it is tried.

    Args:
        twists: Those of its call, with their lengths drawn.
        notice: What it tells of.
    """
    if twists is STRAIGHT:
        return ()
    twist = twists.of(notice)
    found = {
        _S.LATE: bool(_low(twist.delay)),
        _S.REPEATED: twist.repeat > 1,
        _S.SWAPPED: twists.swap and notice == "answered",
        _S.EARLY: twists.before_answer,
        **_of_the_body(twist),
    }
    return tuple(situation for situation, so in found.items() if so)


def _low(length: Length) -> int:
    assert isinstance(length, Span)
    return length.low


def _of_the_body(twist: Twist) -> dict[Situation, bool]:
    return {
        _S.CONTENT_TYPE: twist.content_type is not None,
        _S.MISSING: bool(twist.without),
        _S.EXTRA: bool(twist.extra),
        _S.OTHER_STATUS: twist.status is not None,
    }


def met_by_try(number: int, *, failed: bool) -> Iterator[Situation]:
    """
    The situations that a try of a callback brings.

    Args:
        number: Which try it was, from 1.
        failed: Whether none follows although it failed.
    """
    if number == _AGAIN:
        yield _S.SECOND_TRY
    elif number == TRIES:
        yield _S.THIRD_TRY
    if failed and number == TRIES:
        yield _S.GIVEN_UP
