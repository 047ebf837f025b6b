"""What an owner that is gone had on the wire: it is to be sent again, by whoever owns it now."""

from sqlalchemy import BigInteger, and_, bindparam, insert, literal, null, select, update

from exomock.domain.callback import QUESTION
from exomock.domain.telling import Move, Telling, leads_to
from exomock.storage.database import Database
from exomock.storage.lawful import KILLED
from exomock.storage.tables import attempts, callbacks

_SENDING = and_(
    callbacks.c.account == bindparam("account_"), callbacks.c.state == Telling.SENDING.value
)
_ANY = select(callbacks.c.id).where(_SENDING).limit(1)
_ASKED = and_(_SENDING, callbacks.c.kind == QUESTION)
_SAY_ASKED_AGAIN = insert(attempts).from_select(
    ["callback", "number", "wall", "status", "error", "milliseconds"],
    select(
        callbacks.c.id,
        callbacks.c.tries + 1,
        bindparam("wall_", type_=BigInteger),
        null(),
        literal(KILLED),
        literal(0.0),
    ).where(_ASKED),
)
_COUNT_ASKED_AGAIN = update(callbacks).where(_ASKED).values(tries=callbacks.c.tries + 1)
_GIVE_BACK = update(callbacks).where(_SENDING).values(state=leads_to(Move.GIVEN_BACK).value)


class Orphaned:
    """
    The callbacks that owners of accounts had on the wire; lives as long as the database.

    Args:
        database: Where they are.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def give_back(self, account: str, wall: int) -> None:
        """
        Let what is on the wire be pending again: no try is counted, but that of a question.

        A question is asked again, and a try of it says so: its receiver may be asked twice.

        Args:
            account: Whose.
            wall: Wall time, microseconds.
        """
        said = {"account_": account}
        if self._database.reader.execute(_ANY, said).first() is None:
            return
        with self._database.writing(account) as tx:
            tx.execute(_SAY_ASKED_AGAIN, said | {"wall_": wall})
            tx.execute(_COUNT_ASKED_AGAIN, said)
            tx.execute(_GIVE_BACK, said)
