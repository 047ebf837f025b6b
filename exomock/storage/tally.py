"""How an account's callbacks stand: how many wait, and how many came to nothing."""

from typing import NamedTuple

from sqlalchemy import func, select

from exomock.domain.telling import Telling
from exomock.storage.database import Database
from exomock.storage.tables import callbacks

MOST = 1_000
"""How many that wait are counted at most, and how many of the newest are looked at: a board asks
for it twenty times a second, and an account may have a million."""


class CallbackTally(NamedTuple):
    """
    How callbacks stand.

    Args:
        waiting: How many are to be sent now or later, `MOST` at most.
        failed: How many of the newest `MOST` nobody took.
        refused: How many of those may not be sent where they should.
    """

    waiting: int
    failed: int
    refused: int


def tally(database: Database, account: str) -> CallbackTally:
    """
    Count an account's callbacks and questions.

    Args:
        database: Where they are kept.
        account: Whose.
    """
    mine = callbacks.c.account == account
    # As the index `callbacks_due` says it: SQLite takes a partial index for the same words only.
    waiting = select(callbacks.c.id).where(mine, callbacks.c.state == "pending").limit(MOST)
    newest = select(callbacks.c.state).where(mine).order_by(callbacks.c.id.desc()).limit(MOST)
    looked_at = newest.subquery()
    by_state = select(looked_at.c.state, func.count()).group_by(looked_at.c.state)
    read = database.reader.execute
    states = {str(state): int(many) for state, many in read(by_state)}
    return CallbackTally(
        int(read(select(func.count()).select_from(waiting.subquery())).scalar_one()),
        states.get(Telling.FAILED, 0),
        states.get(Telling.REFUSED, 0),
    )
