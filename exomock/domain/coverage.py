"""
What an application may meet at Exotel, as one table; which of it has come, as pure functions.

A situation counts once it is *met*: it happened in an account, in a way that the application could
notice. What was only laid down, as a fault that nobody ran into, is not met. All have one weight.
"""

import re
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from exomock.domain.call import Call
from exomock.domain.fault import Damage, FaultAnswer
from exomock.domain.leg import LegState
from exomock.domain.order import ONE_LEG, Shape
from exomock.domain.refusals import Rejection
from exomock.domain.span import Length, Span
from exomock.domain.telling import TRIES
from exomock.domain.twist import STRAIGHT, Twist, Twists

_OK, _AGAIN = 200, 2


class SituationRow(NamedTuple):
    """
    What a situation is called.

    Args:
        group: Which part of the table it belongs to.
        name: What it is, among those of its group.
        how: How a test brings it about: a statement about the fixture `exotel`, before the
            application places its call; else a sentence that ends with a full stop.
    """

    group: str
    name: str
    how: str


def _next(words: str) -> str:
    return f"exotel.next({words})"


def _fault(answer: str) -> str:
    return f"exotel.fault({answer}, times=1)"


def _twist(words: str) -> str:
    return f"exotel.next(callbacks={{{words}}})"


class Situation(Enum):
    """
    All that coverage counts, in the order of docs/coverage.md.

    Source: exotel-v1.md section 3 (legs), 4 (late fields), 5 (pages), 7 (refusals), 8 (callbacks,
    retries); exotel-flows.md section 5 (flows). API faults and twists are those of scenarios.
    """

    LEG1_COMPLETED = SituationRow("leg 1", "completed", _next('leg1="answer"'))
    LEG1_BUSY = SituationRow("leg 1", "busy", _next('leg1="busy"'))
    LEG1_NO_ANSWER = SituationRow("leg 1", "no-answer", _next('leg1="no_answer"'))
    LEG1_FAILED = SituationRow("leg 1", "failed", _next('leg1="unreachable"'))
    LEG2_COMPLETED = SituationRow("leg 2", "completed", _next('leg2="answer"'))
    LEG2_BUSY = SituationRow("leg 2", "busy", _next('leg2="busy"'))
    LEG2_NO_ANSWER = SituationRow("leg 2", "no-answer", _next('leg2="no_answer"'))
    LEG2_FAILED = SituationRow("leg 2", "failed", _next('leg2="unreachable"'))
    LEG2_CANCELED = SituationRow("leg 2", "canceled", _next('leg2="cancel"'))
    LEG2_NEVER = SituationRow("leg 2", "never dialled", _next('leg2="none"'))

    PARAMETERS = SituationRow("refusals", "400 parameters", "Connect with a From of three digits.")
    CREDENTIALS = SituationRow("refusals", "401 credentials", _fault('"unauthorized"'))
    MONEY = SituationRow(
        "refusals",
        "402 balance",
        _next('refuse={"status": 402, "message": "Insufficient balance"}'),
    )
    DND = SituationRow("refusals", "403 do not disturb", _next('refuse="dnd"'))
    KYC = SituationRow("refusals", "403 KYC", _next('refuse="kyc"'))
    NOT_FOUND = SituationRow("refusals", "404 not found", "Get a call that is not there.")
    RATE = SituationRow("refusals", "429 rate limit", _next('refuse="rate-limited"'))
    UNAVAILABLE = SituationRow("refusals", "503 unavailable", _next('refuse="service-unavailable"'))

    ERROR = SituationRow(
        "API faults", "error", _fault('{"status": 500, "message": "Internal error"}')
    )
    PAGE = SituationRow("API faults", "HTML page", _fault('"html"'))
    TRUNCATED = SituationRow("API faults", "cut answer", _fault('{"truncate": "60%"}'))
    MALFORMED = SituationRow("API faults", "malformed answer", _fault('{"malformed": True}'))
    DRIPPED = SituationRow("API faults", "dripping answer", _fault('{"drip": "1000B/s"}'))
    HUNG = SituationRow("API faults", "no answer", _fault('{"hang": True}'))
    DELAYED = SituationRow("API faults", "late answer", _fault('delay="1s"'))

    LATE = SituationRow("callbacks", "late", _twist('"delay": "20s"'))
    DROPPED = SituationRow("callbacks", "dropped", _twist('"drop": True'))
    REPEATED = SituationRow("callbacks", "repeated", _twist('"repeat": 2'))
    SWAPPED = SituationRow("callbacks", "end before answers", _twist('"swap": True'))
    EARLY = SituationRow("callbacks", "before the answer", _twist('"before_answer": True'))
    CONTENT_TYPE = SituationRow(
        "callbacks", "other content type", _twist('"content_type": "text/plain"')
    )
    MISSING = SituationRow("callbacks", "missing fields", _twist('"without": ["RecordingUrl"]'))
    EXTRA = SituationRow("callbacks", "added fields", _twist('"with": {"Trace": "7"}'))
    OTHER_STATUS = SituationRow("callbacks", "other Status", _twist('"status": "done"'))

    SECOND_TRY = SituationRow(
        "retries", "second try", "Let the receiver fail once: exotel_receiver.answer(status=500)."
    )
    THIRD_TRY = SituationRow("retries", "third try", "Let the receiver fail twice.")
    GIVEN_UP = SituationRow("retries", "given up", "Let the receiver fail three times.")

    MORE_PAGES = SituationRow("paging", "more than a page", "Get a list longer than its PageSize.")
    SECOND_PAGE = SituationRow("paging", "a further page", "Follow its NextPageUri.")

    FLOW_TAKEN = SituationRow("flows", "taken", "Connect with the Url of a flow.")
    FLOW_MISSED = SituationRow(
        "flows", "not taken", 'Connect with the Url of a flow, after exotel.next(leg1="no_answer").'
    )
    FLOW_LOST = SituationRow("flows", "no such flow", "Connect with a Url that leads to no flow.")

    LATE_DETAILS = SituationRow(
        "late fields", "in details", "Get a call that has ended, before its late fields are there."
    )
    LATE_LIST = SituationRow("late fields", "in a list", "List calls at that time.")

    @property
    def label(self) -> str:
        """Its group and its name: how it is called outside."""
        return f"{self.value.group}: {self.value.name}"


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
