"""What a PostgreSQL server's errors mean, and the way out."""

from sqlalchemy.exc import DBAPIError

Reason = tuple[str, str]
"""What is wrong, and what to do about it."""

LOST: Reason = ("the connection was lost", "exomock connects again with the next request")

_FULL = "disk full", "free some room on the server: exomock then goes on by itself"
_BUSY = "another transaction holds it up", "end that transaction"
_AGAIN = "another transaction came between", "ask again"
_REFUSED = "the server's disk refuses", "look at the server's log"
_DAMAGED = "the server found damage", "look at its log, and put a backup back"
_ENDS = "the server ends or begins", LOST[1]
_ROLE = "the role may not do it", "grant it what exomock made, or name its owner in the URL"
_GONE = "a table of exomock is gone", "start exomock again on an empty database"

_REASONS: dict[str, Reason] = {
    "08": LOST,
    "25006": ("it may only be read", "name the primary server, not one that follows it"),
    "25P03": ("a transaction was idle for too long", "exomock connects again"),
    "40": _AGAIN,
    "42501": _ROLE,
    "42P01": _GONE,
    "53": ("the server lacks what it needs", "look at its log, memory and disk"),
    "53100": _FULL,
    "53300": ("it has no connection left", "raise max_connections of the server, or end others"),
    "55P03": _BUSY,
    "57014": _BUSY,
    "57P": _ENDS,
    "58": _REFUSED,
    "XX001": _DAMAGED,
    "XX002": _DAMAGED,
}
"""SQLSTATEs, or how they begin, of what is a fault of the database and no bug of ours."""


def reason_of(state: str | None) -> Reason | None:
    """What a SQLSTATE means; None where it is no fault of the database."""
    for length in (5, 3, 2):
        found = _REASONS.get((state or "")[:length])
        if found is not None:
            return found
    return None


def unanswered(error: DBAPIError) -> bool:
    """
    Whether nobody knows whether a commit happened that ended with this error.

    A server that rolls back says so. A connection that is lost, or that the server ends, says
    nothing.
    """
    state = getattr(error.orig, "sqlstate", None)
    return state is None or state.startswith(("08", "57P"))


# A server says why it lets nobody in, but libpq passes on only its words, no SQLSTATE
# (https://github.com/psycopg/psycopg/issues/1188). In another language they are not recognized:
# then it is tried for as long as a server that is not there.
_NEVER = {
    "password authentication failed": "the password or the role is wrong",
    "no password supplied": "it wants a password, and the URL has none",
    "authentication failed": "the role is not let in",
    'role "': "there is no such role",
    "no pg_hba.conf entry": "the server lets nobody in from here",
    'database "': "there is no such database; make it: createdb",
    "permission denied for database": "the role may not connect to it",
    "invalid ": "the URL has an option that libpq or the server refuses",
}


def refused(said: str) -> str | None:
    """Why no later try can succeed, None where one may."""
    if 'role "' in said and "does not exist" not in said and "not permitted" not in said:
        return None
    if 'database "' in said and "does not exist" not in said:
        return None
    return next((why for words, why in _NEVER.items() if words in said), None)


def starting(said: str) -> str:
    """Why a try failed that may succeed later."""
    if "too many" in said or "remaining connection slots" in said:
        return "it has had no connection left"
    return "it could not be reached"
