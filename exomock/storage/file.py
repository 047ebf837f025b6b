"""The file behind an SQLite database: which one a URL names, and whether it is exomock's."""

import os
import sqlite3
import stat
from contextlib import closing
from os import stat_result
from pathlib import Path
from typing import NamedTuple

from sqlalchemy.engine import URL

from exomock.storage.legible import connect
from exomock.storage.locators import shown
from exomock.storage.tables import APPLICATION_ID, SCHEMA_VERSION
from exomock.storage.trouble import DatabaseError, explain, printable

CHECKED_BELOW = 64 * 1024 * 1024
"""Bytes up to which a file is read through at start, to find damage; that takes 0.2 s at most."""

_OURS = {"accounts", "calls", "callbacks"}
_ANOTHER = "name another file, which exomock makes"


class _Mark(NamedTuple):
    """What a database says of itself."""

    application: int
    version: int
    tables: set[str]


def file_of(parts: URL) -> Path:
    """
    The file that a URL of SQLite names, the same whichever of its names was said.

    Raises:
        DatabaseError: It names none.
    """
    said = f"database {shown(parts)}"
    return _resolved(said, _named(said, parts))


def _named(said: str, parts: URL) -> str:
    name = parts.database or ""
    if name in ("", ":memory:"):
        raise DatabaseError(
            f"{said}: a database in memory cannot be shared by the server's threads; leave "
            "--database out for one that goes with the server, or name a file: sqlite:///calls.db"
        )
    if name.startswith("file:") or parts.query:
        raise DatabaseError(f"{said}: expected a file alone, such as sqlite:///calls.db")
    return name


def _resolved(said: str, name: str) -> Path:
    try:
        return Path(name).resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise DatabaseError(f"{said}: {printable(str(error))}; name another file") from None


def inspect(file: Path) -> None:
    """
    Refuse a file that this release cannot use; nothing is written to it.

    Args:
        file: A path; a missing or an empty file is a new database.

    Raises:
        DatabaseError: No ordinary file, damaged, somebody else's, or of another release.
    """
    said = f"database {printable(str(file))}"
    found = look(file)
    if found is None or found.st_size == 0:
        return
    try:
        # Merely to look at it, SQLite would make a log beside a file that is not ours. It may be
        # told that nobody writes, unless a server that was killed has left a log.
        mode = "ro" if file.with_name(f"{file.name}-wal").exists() else "ro&immutable=1"
        with closing(connect(uri_of(file, mode))) as database:
            _judge(said, _mark(database))
            if found.st_size <= CHECKED_BELOW:
                _check(said, database)
    except sqlite3.Error as error:
        raise DatabaseError(explain(file, "opened", error)) from None


def uri_of(file: Path, mode: str) -> str:
    """The file as SQLite's own URI; mode is `ro`, `rw`, or `rwc` to make it."""
    return f"{file.as_uri()}?mode={mode}"


def look(file: Path) -> stat_result | None:
    """
    What is known of a file before it is touched, None if there is none yet.

    Raises:
        DatabaseError: It is no ordinary file, or lies where nothing can be seen.
    """
    said = f"database {printable(str(file))}"
    try:
        if not file.parent.is_dir():
            folder = printable(str(file.parent))
            raise DatabaseError(f"{said}: there is no folder {folder}; make it, or name another")
        found = file.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DatabaseError(f"{said}: {error.strerror}; {_ANOTHER}") from None
    if not stat.S_ISREG(found.st_mode):
        kind = "a folder" if stat.S_ISDIR(found.st_mode) else "no ordinary file"
        raise DatabaseError(f"{said}: this is {kind}; name a file, which exomock makes")
    # The default asks for the real user, without capabilities such as a container gives.
    effective = os.access in os.supports_effective_ids
    if not os.access(file, os.R_OK | os.W_OK, effective_ids=effective):
        raise DatabaseError(f"{said}: this user may not read and write it; let him, or {_ANOTHER}")
    return found


def _mark(database: sqlite3.Connection) -> _Mark:
    (application,) = database.execute("PRAGMA application_id").fetchone()
    (version,) = database.execute("PRAGMA user_version").fetchone()
    tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    return _Mark(application, version, {name for (name,) in tables})


def _judge(said: str, mark: _Mark) -> None:
    if mark == (0, 0, set()):
        return
    if mark.application == APPLICATION_ID or (not mark.application and mark.tables >= _OURS):
        # The mark came with schema 4: databases of before are known by their tables.
        if (mark.application, mark.version) != (APPLICATION_ID, SCHEMA_VERSION):
            raise DatabaseError(
                f"{said}: written by another release of exomock (schema {mark.version}, this one "
                f"has {SCHEMA_VERSION}); {_ANOTHER}, or serve it with that release"
            )
        return
    raise DatabaseError(f"{said}: an SQLite database of another program; {_ANOTHER}")


def _check(said: str, database: sqlite3.Connection) -> None:
    (found,) = database.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        what = printable(str(found).replace("\n", " "))
        raise DatabaseError(f"{said}: the file is damaged ({what}); put a copy back, or {_ANOTHER}")
