"""Accounts that no process has played for a time: they go on as those of one server do."""

from collections.abc import Callable

from sqlalchemy import Connection, bindparam, select, update

from exomock.storage.laid import laid_down, set_laid
from exomock.storage.tables import accounts

_FROM_SAVED = update(accounts).values(
    line_wall=bindparam("wall_"), line_time=accounts.c.saved_at
)  # fmt: skip
# An account that a client made keeps what the client gave it.
_AS_SAID = (
    update(accounts)
    .where(~accounts.c.made)
    .values(rate=bindparam("rate_"), seed=bindparam("seed_"))
)
_BEGINNINGS = (
    select(laid_down.c.account, laid_down.c.text)
    .join(accounts, accounts.c.sid == laid_down.c.account)
    .where(laid_down.c.what == bindparam("what_"), ~accounts.c.made)
)


def go_on(
    tx: Connection, wall: int, rate: float, seed: int, what: str, begun: Callable[[str], str]
) -> None:
    """
    Let every account go on from the last moment that was saved, as the command line says.

    Args:
        tx: The transaction in which the first process joins.
        wall: The machine's time, microseconds.
        rate: How fast accounts of the command line go on.
        seed: What their chance is drawn from.
        what: The name of the text that says how an account began.
        begun: That text as it is from now on.
    """
    tx.execute(_FROM_SAVED, {"wall_": wall})
    tx.execute(_AS_SAID, {"rate_": rate, "seed_": seed})
    for account, text in tx.execute(_BEGINNINGS, {"what_": what}).all():
        set_laid(tx, account, {what: begun(text)})
