"""The life of a callback in SQL: what it may do next, and what is made good after a death."""

from exomock.domain.callback import QUESTION
from exomock.domain.telling import NEXT, Move, Telling, leads_to

_STEPS = ", ".join(
    f"'{state} {after}'" for state, moves in NEXT.items() for after in dict.fromkeys(moves.values())
)

LAWFUL = f"""
CREATE TRIGGER IF NOT EXISTS callbacks_live BEFORE UPDATE OF state ON callbacks
WHEN OLD.state || ' ' || NEW.state NOT IN ({_STEPS})
BEGIN SELECT RAISE(ABORT, 'no such step in the life of a callback'); END
"""
"""A trigger: no statement, whoever writes it, takes a move that `domain.telling` does not know."""

LAWFUL_ON_POSTGRESQL = (
    f"""
CREATE FUNCTION callbacks_live() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
IF OLD.state || ' ' || NEW.state NOT IN ({_STEPS}) THEN
RAISE EXCEPTION 'no such step in the life of a callback' USING ERRCODE = 'check_violation';
END IF; RETURN NEW; END $$""",
    """CREATE TRIGGER callbacks_live BEFORE UPDATE OF state ON callbacks
FOR EACH ROW EXECUTE FUNCTION callbacks_live()""",
)
"""The same, as PostgreSQL has it."""

GIVE_ALL_BACK = (
    f"UPDATE callbacks SET state = '{leads_to(Move.GIVEN_BACK)}' "  # noqa: S608
    f"WHERE state = '{Telling.SENDING}'"
)
"""What is on the wire when a server dies is in nobody's hands at the next start."""

_CUT_OFF = f"FROM callbacks WHERE state = '{Telling.SENDING}' AND kind = '{QUESTION}'"
KILLED = "exomock ended before the answer came; it is asked again"
SAY_ASKED_AGAIN = (
    "INSERT INTO attempts (callback, number, wall, status, error, milliseconds) "
    f"SELECT id, tries + 1, CAST(? AS BIGINT), CAST(NULL AS BIGINT), '{KILLED}', 0 {_CUT_OFF}"
)
"""
A question that was on the wire is asked again, and says so: its receiver may be asked twice.

It takes the wall time, microseconds.
"""

COUNT_ASKED_AGAIN = f"UPDATE callbacks SET tries = tries + 1 WHERE id IN (SELECT id {_CUT_OFF})"  # noqa: S608
