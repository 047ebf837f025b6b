"""The status of a call from the ends of its two legs: the table, and nothing else."""

from enum import StrEnum
from typing import NamedTuple

from exomock.domain.leg import LegState
from exomock.domain.order import Shape


class Status(StrEnum):
    """A call's overall status, in Exotel's words. Source: exotel-v1.md section 3."""

    __hash__ = str.__hash__  # as that of a leg's state: simulated calls are counted by it

    QUEUED = "queued"
    RINGING = "ringing"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    FAILED = "failed"
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    CANCELED = "canceled"


class Row(NamedTuple):
    """One row of the status table."""

    what: str
    shape: Shape
    leg1: LegState
    leg2: LegState
    status: Status


_L = LegState
_S = Status

# UNVERIFIED: `completed` (C, of the API) or `failed` (V, in reports): exotel-flows.md section 7;
# GET Calls of a live missed-call flow would settle it.
MISSED_CALL = Status.COMPLETED
"""The status of a call that came in and that nobody picked up, nor dialled anybody for."""

# Source: exotel-v1.md section 3, "How legs make a call" (C/V).
# UNVERIFIED: the rows marked ?; a captured terminal callback of each would settle them.
ROWS: tuple[Row, ...] = (
    Row("both talk", Shape.TWO_LEGS, _L.COMPLETED, _L.COMPLETED, _S.COMPLETED),
    Row("From does not answer", Shape.TWO_LEGS, _L.NO_ANSWER, _L.IDLE, _S.NO_ANSWER),
    Row("From busy ?", Shape.TWO_LEGS, _L.BUSY, _L.IDLE, _S.BUSY),
    Row("From cannot be reached ?", Shape.TWO_LEGS, _L.FAILED, _L.IDLE, _S.FAILED),
    Row("To does not answer", Shape.TWO_LEGS, _L.COMPLETED, _L.NO_ANSWER, _S.NO_ANSWER),
    Row("To is busy or rejects ?", Shape.TWO_LEGS, _L.COMPLETED, _L.BUSY, _S.BUSY),
    Row("To cannot be reached ?", Shape.TWO_LEGS, _L.COMPLETED, _L.FAILED, _S.FAILED),
    Row("From hangs up while To rings", Shape.TWO_LEGS, _L.COMPLETED, _L.CANCELED, _S.FAILED),
    Row("From hangs up before To is dialled ?", Shape.TWO_LEGS, _L.COMPLETED, _L.IDLE, _S.FAILED),
    Row("inbound, answered", Shape.INBOUND, _L.COMPLETED, _L.COMPLETED, _S.COMPLETED),
    Row("inbound, agent misses", Shape.INBOUND, _L.COMPLETED, _L.NO_ANSWER, _S.COMPLETED),
    Row("inbound, agent rejects", Shape.INBOUND, _L.COMPLETED, _L.BUSY, _S.COMPLETED),
    Row("inbound, agent unreachable ?", Shape.INBOUND, _L.COMPLETED, _L.FAILED, _S.COMPLETED),
    Row("inbound, caller leaves ringing ?", Shape.INBOUND, _L.COMPLETED, _L.CANCELED, _S.COMPLETED),
    Row("inbound, caller leaves in the IVR", Shape.INBOUND, _L.COMPLETED, _L.IDLE, _S.COMPLETED),
    Row("inbound, missed call ?", Shape.INBOUND, _L.MISSED, _L.IDLE, MISSED_CALL),
    Row("flow, From answers", Shape.FLOW, _L.COMPLETED, _L.IDLE, _S.COMPLETED),
    Row("flow, From does not answer", Shape.FLOW, _L.NO_ANSWER, _L.IDLE, _S.NO_ANSWER),
    Row("flow, From busy ?", Shape.FLOW, _L.BUSY, _L.IDLE, _S.BUSY),
    Row("flow, From cannot be reached ?", Shape.FLOW, _L.FAILED, _L.IDLE, _S.FAILED),
    Row("stream, From answers", Shape.STREAM, _L.COMPLETED, _L.IDLE, _S.COMPLETED),
    Row("stream, From does not answer", Shape.STREAM, _L.NO_ANSWER, _L.IDLE, _S.NO_ANSWER),
    Row("stream, From busy ?", Shape.STREAM, _L.BUSY, _L.IDLE, _S.BUSY),
    Row("stream, From cannot be reached ?", Shape.STREAM, _L.FAILED, _L.IDLE, _S.FAILED),
    Row("no such flow, From answers ?", Shape.LOST_FLOW, _L.COMPLETED, _L.IDLE, _S.FAILED),
    Row("no such flow, From silent ?", Shape.LOST_FLOW, _L.NO_ANSWER, _L.IDLE, _S.NO_ANSWER),
    Row("no such flow, From busy ?", Shape.LOST_FLOW, _L.BUSY, _L.IDLE, _S.BUSY),
    Row("no such flow, From unreachable ?", Shape.LOST_FLOW, _L.FAILED, _L.IDLE, _S.FAILED),
)

_TABLE = {(row.shape, row.leg1, row.leg2): row.status for row in ROWS}


def final_status(shape: Shape, leg1: LegState, leg2: LegState) -> Status:
    """
    The status of a call of this shape whose legs ended so.

    Raises:
        KeyError: No row of the table: a plan that cannot be, which is our bug.
    """
    return _TABLE[shape, leg1, leg2]
