"""What a reader needs to find out why several processes have failed: it is printed, and pytest shows it."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from sqlalchemy import Engine, text

from exomock.wall import wall_now

LINES = 60
"""So many of the last lines of each process are shown."""

_FEW = 5
"""So many calls are shown of those that are wrong."""

_KIND = re.compile(r"NewConnectionError|RemoteDisconnected|IncompleteRead|\w+Error")

_CALL = (
    'SELECT account, sid, created, done, next_at, status, nth, "order" FROM calls WHERE sid = :sid'
)
_TOLD = """
SELECT callbacks.id, notice, state, due_at, number, wall, attempts.status, error, milliseconds
FROM callbacks LEFT JOIN attempts ON callback = callbacks.id WHERE sid = :sid
ORDER BY callbacks.id, attempts.id
"""
_OWNER = "SELECT owner, term, given FROM owners WHERE account = :account"
_ALL = "SELECT id, url, pid, until, dead FROM processes ORDER BY id"


def now() -> str:
    """The time of day in UTC, as the servers' logs have it."""
    return f"{datetime.fromtimestamp(wall_now() / 1_000_000, UTC):%H:%M:%S.%f}"


def rounds(number: int) -> Iterator[int]:
    """Count rounds, and say when each begins."""
    for each in range(number):
        print(f"{now()} round {each + 1} of {number}")
        yield each


def kinds(failed: Iterable[str]) -> dict[str, int]:
    """How many requests failed in which way, by the words of their errors."""
    found = (_KIND.search(each) for each in failed)
    return dict(Counter("?" if each is None else each[0] for each in found))


def last_words(servers: Iterable[tuple[int, object]]) -> str:
    """The last lines of each process, also of those that have ended."""
    said = []
    for which, server in servers:
        said.append(f"-- process {which}, pid {server.process.pid}")
        said += [f"   {line}" for line in server.err.all()[-LINES:]]
    return "\n".join(said)


def explained(database: Engine, calls: Iterable[str], heard: Iterable[object] = ()) -> str:
    """
    What the database has of some calls, and what a receiver has heard of them.

    Args:
        database: Where they are.
        calls: Their Sids; the first few are shown.
        heard: What the receiver got, as (call, event, moment).
    """
    said, shown = [], list(dict.fromkeys(calls))[:_FEW]
    with database.connect() as connection:
        for sid in shown:
            rows = connection.execute(text(_CALL), {"sid": sid}).all()
            said += [f"call {tuple(row)}" for row in rows]
            said += [f"  owner {tuple(owner)}" for row in rows for owner in _owner(connection, row)]
            said += [
                f"  told {tuple(row)}" for row in connection.execute(text(_TOLD), {"sid": sid})
            ]
            said += [f"  heard {each}" for each in heard if each[0] == sid]
        if shown:
            said += [f"process {tuple(row)}" for row in connection.execute(text(_ALL))]
    return "\n".join(said)


def _owner(connection, row):
    return connection.execute(text(_OWNER), {"account": row[0]}).all()
