"""The status of a call from the ends of its legs: exotel-v1.md section 3."""

import pytest

from conftest import EXOPHONE, FROM, TO
from exomock.domain.leg import LegState
from exomock.domain.order import Direction, Order, Shape
from exomock.domain.status import ROWS, Status, final_status
from exomock.numbering import read_number

COMPLETED, BUSY, NO_ANSWER, FAILED, CANCELED, MISSED, NEVER_DIALLED = (
    LegState.COMPLETED,
    LegState.BUSY,
    LegState.NO_ANSWER,
    LegState.FAILED,
    LegState.CANCELED,
    LegState.MISSED,
    LegState.IDLE,
)

# Section 3, "How legs make a call", row by row; the misses and rejections of an inbound call apart.
DOCUMENTED = [
    ("both talk", Shape.TWO_LEGS, COMPLETED, COMPLETED, "completed"),
    ("From does not answer", Shape.TWO_LEGS, NO_ANSWER, NEVER_DIALLED, "no-answer"),
    ("From busy", Shape.TWO_LEGS, BUSY, NEVER_DIALLED, "busy"),
    ("From cannot be reached", Shape.TWO_LEGS, FAILED, NEVER_DIALLED, "failed"),
    ("To does not answer", Shape.TWO_LEGS, COMPLETED, NO_ANSWER, "no-answer"),
    ("To is busy or rejects", Shape.TWO_LEGS, COMPLETED, BUSY, "busy"),
    ("To cannot be reached", Shape.TWO_LEGS, COMPLETED, FAILED, "failed"),
    ("From hangs up while To rings", Shape.TWO_LEGS, COMPLETED, CANCELED, "failed"),
    ("inbound, answered", Shape.INBOUND, COMPLETED, COMPLETED, "completed"),
    ("inbound, agent misses", Shape.INBOUND, COMPLETED, NO_ANSWER, "completed"),
    ("inbound, agent rejects", Shape.INBOUND, COMPLETED, BUSY, "completed"),
    ("inbound, caller leaves in the IVR", Shape.INBOUND, COMPLETED, NEVER_DIALLED, "completed"),
    ("flow, From answers", Shape.FLOW, COMPLETED, NEVER_DIALLED, "completed"),
]

# Not in the table of section 3: a flow call's first leg reads like a two-leg call's, an unknown Url
# "leg 1 completes, the call ends failed" (section 2), and an inbound call says completed whatever
# its agent did (section 11).
CONCLUDED = [
    ("From leaves before To is dialled", Shape.TWO_LEGS, COMPLETED, NEVER_DIALLED, "failed"),
    ("inbound, agent unreachable", Shape.INBOUND, COMPLETED, FAILED, "completed"),
    ("inbound, caller leaves ringing", Shape.INBOUND, COMPLETED, CANCELED, "completed"),
    ("inbound, missed call", Shape.INBOUND, MISSED, NEVER_DIALLED, "completed"),
    ("flow, From does not answer", Shape.FLOW, NO_ANSWER, NEVER_DIALLED, "no-answer"),
    ("flow, From busy", Shape.FLOW, BUSY, NEVER_DIALLED, "busy"),
    ("flow, From cannot be reached", Shape.FLOW, FAILED, NEVER_DIALLED, "failed"),
    ("stream, From answers", Shape.STREAM, COMPLETED, NEVER_DIALLED, "completed"),
    ("stream, From does not answer", Shape.STREAM, NO_ANSWER, NEVER_DIALLED, "no-answer"),
    ("stream, From busy", Shape.STREAM, BUSY, NEVER_DIALLED, "busy"),
    ("stream, From cannot be reached", Shape.STREAM, FAILED, NEVER_DIALLED, "failed"),
    ("no such flow, From answers", Shape.LOST_FLOW, COMPLETED, NEVER_DIALLED, "failed"),
    ("no such flow, From silent", Shape.LOST_FLOW, NO_ANSWER, NEVER_DIALLED, "no-answer"),
    ("no such flow, From busy", Shape.LOST_FLOW, BUSY, NEVER_DIALLED, "busy"),
    ("no such flow, From unreachable", Shape.LOST_FLOW, FAILED, NEVER_DIALLED, "failed"),
]

TABLE = DOCUMENTED + CONCLUDED

# The rows whose status section 3 marks "?".
GUESSED = {
    (Shape.TWO_LEGS, BUSY, NEVER_DIALLED),
    (Shape.TWO_LEGS, FAILED, NEVER_DIALLED),
    (Shape.TWO_LEGS, COMPLETED, BUSY),
    (Shape.TWO_LEGS, COMPLETED, FAILED),
}


class TestTheTable:
    @pytest.mark.parametrize(
        ("shape", "leg1", "leg2", "status"), [pytest.param(*row[1:], id=row[0]) for row in TABLE]
    )
    def test_a_call_ends_as_its_legs_did(self, shape, leg1, leg2, status):
        """Each row of the table, in Exotel's own word."""
        assert status == final_status(shape, leg1, leg2)

    def test_it_has_no_other_rows(self):
        """What is not written above never happens: a new row needs its source here."""
        assert {row[1:4] for row in TABLE} == {(row.shape, row.leg1, row.leg2) for row in ROWS}

    def test_each_pair_of_ends_has_one_row(self):
        """No row hides another."""
        assert len(ROWS) == len({(row.shape, row.leg1, row.leg2) for row in ROWS})

    def test_a_guess_is_marked_as_one(self):
        """The four rows that section 3 marks with a question mark end in one here too."""
        marked = {(row.shape, row.leg1, row.leg2) for row in ROWS if row.what.endswith("?")}

        assert GUESSED <= marked
        assert set() == marked & {row[1:4] for row in DOCUMENTED} - GUESSED

    @pytest.mark.parametrize(
        ("shape", "leg1", "leg2"),
        [
            pytest.param(Shape.TWO_LEGS, LegState.RINGING, NEVER_DIALLED, id="still ringing"),
            pytest.param(Shape.TWO_LEGS, NO_ANSWER, COMPLETED, id="To without From"),
            pytest.param(Shape.FLOW, COMPLETED, COMPLETED, id="a flow with a second leg"),
        ],
    )
    def test_ends_that_cannot_be_have_no_status(self, shape, leg1, leg2):
        """An impossible pair is our bug and must not pass for some status."""
        with pytest.raises(KeyError):
            final_status(shape, leg1, leg2)


class TestWhichRowsApply:
    @pytest.mark.parametrize(
        ("fields", "shape"),
        [
            pytest.param({}, Shape.TWO_LEGS, id="From and To"),
            pytest.param({"flow": "926"}, Shape.FLOW, id="a flow"),
            pytest.param({"flow": "http://x", "lost": True}, Shape.LOST_FLOW, id="no such flow"),
            pytest.param({"direction": Direction.INBOUND}, Shape.INBOUND, id="inbound"),
            pytest.param(
                {"direction": Direction.INBOUND, "flow": "926"},
                Shape.INBOUND,
                id="inbound to a flow",
            ),
        ],
    )
    def test_an_order_has_a_shape(self, fields, shape):
        """What was asked for says which part of the table it can end in."""
        assert shape is Order(*map(read_number, (FROM, TO, EXOPHONE)), **fields).shape


class TestTheWords:
    def test_there_are_eight(self):
        """Call `Status` in section 3, canceled with one l."""
        assert {
            "queued", "ringing", "in-progress", "completed",
            "failed", "busy", "no-answer", "canceled",
        } == {status.value for status in Status}  # fmt: skip

    def test_no_call_ends_in_progress(self):
        """A call that has ended has one of the four words that a terminal callback may carry."""
        assert {"completed", "failed", "busy", "no-answer"} == {row.status.value for row in ROWS}
