"""URLs of databases: read, and shown without their passwords."""

import re

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from exomock.plain import is_utf8
from exomock.storage.trouble import DatabaseError, printable

KINDS = {
    "sqlite": "sqlite",
    "sqlite+pysqlite": "sqlite",
    "postgresql": "postgresql",
    "postgresql+psycopg": "postgresql",
}
"""How a URL begins -> which kind of database it names."""

_SECRETS = ("password", "sslpassword", "oauth_client_secret")
_PASSWORD = re.compile(r"(://[^:/?#]*):.*@", re.DOTALL)
_IN_QUERY = re.compile(rf"\b({'|'.join(_SECRETS)})=[^&#]*")


def parts_of(url: str) -> URL:
    """
    The parts of a database's URL.

    Args:
        url: A SQLAlchemy URL.

    Raises:
        DatabaseError: It is none, or one of another kind of database.
    """
    try:
        parts = make_url(url)
    except (ArgumentError, ValueError):
        raise DatabaseError(
            f"database {_masked(url)}: expected a file such as calls.db, or a URL such as "
            "sqlite:///calls.db or postgresql+psycopg://user@host/name"
        ) from None
    if KINDS.get(parts.drivername) != "sqlite" and not is_utf8(url):
        raise DatabaseError(f"database {_masked(url)}: expected a URL in UTF-8")
    if parts.drivername not in KINDS:
        raise DatabaseError(f"database {shown(parts)}: {_nearest(parts.drivername)}")
    return parts


def _nearest(driver: str) -> str:
    if driver.startswith("postgres"):
        return "exomock speaks to PostgreSQL through psycopg 3; write postgresql+psycopg://user@host/name"
    return (
        f"{printable(driver)} is no kind of database that exomock knows; expected a file, "
        "a URL such as sqlite:///calls.db or postgresql+psycopg://user@host/name"
    )


def shown(parts: URL) -> str:
    """A URL as messages have it: printable, without any password."""
    try:
        text = parts.render_as_string(hide_password=True)
    except UnicodeEncodeError:  # a file, whose name may be any bytes
        text = f"{parts.drivername}:///{parts.database}"
    return _masked(text)


def _masked(url: str) -> str:
    """A text that may be no URL, without what may be a password."""
    return printable(_IN_QUERY.sub(r"\1=***", _PASSWORD.sub(r"\1:***@", url)))
