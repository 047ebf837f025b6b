"""
What an application may meet at Exotel, as one table.

A situation counts once it is *met*: it happened in an account, in a way that the application could
notice. What was only laid down, as a fault that nobody ran into, is not met. All have one weight.
"""

from enum import Enum
from typing import NamedTuple


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
