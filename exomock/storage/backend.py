"""SQLite or PostgreSQL: all that differs between the two; nothing else in exomock asks which."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import orjson
from sqlalchemy import (
    BigInteger,
    BindParameter,
    Boolean,
    ColumnElement,
    Connection,
    CursorResult,
    Engine,
    Table,
    Text,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from exomock.storage.tables import APPLICATION_ID

COMPILED = 60
"""Statements that are kept compiled: one of a list takes 250 kB, and clients choose the lists."""


# What a statement says

Words = Mapping[str, str]
"""A statement as each driver takes it, by dialect: compiling one by name costs as much as it."""


def words(text: str) -> Words:
    """A statement that both understand; each `?` is a value."""
    return {"sqlite": text, "postgresql": text.replace("%", "%%").replace("?", "%s")}


def run(tx: Connection, said: Words, rows: Any = None) -> CursorResult[Any]:
    """Execute a statement with a row of values, or for each of a list of them."""
    return tx.exec_driver_sql(said[tx.dialect.name], rows)


def bare(tx: Connection, said: Words, row: tuple[Any, ...] = ()) -> Sequence[Any]:
    """
    Execute a small statement, and read all that it finds; in a file past SQLAlchemy.

    SQLAlchemy takes three times as long to prepare and to read a small statement as SQLite to
    execute it, and the fence has one in every transaction. A connection to a server may end under
    it, which SQLAlchemy must see.

    Raises:
        DBAPIError: As `run`.
    """
    if tx.dialect.name != "sqlite":
        return run(tx, said, row).fetchall()
    text = said["sqlite"]
    try:
        found: Sequence[Any] = tx.connection.cursor().execute(text, row).fetchall()
    except sqlite3.Error as error:
        raise DBAPIError.instance(text, row, error, sqlite3.Error, dialect=tx.dialect) from error
    return found


def inserting(table: Table, names: Sequence[str]) -> Words:
    """A statement that adds a row, whose values are those of the columns `names`."""
    columns, values = ", ".join(f'"{name}"' for name in names), ", ".join("?" * len(names))
    return words(f"INSERT INTO {table.name} ({columns}) VALUES ({values})")  # noqa: S608


def replacing(table: Table) -> Words:
    """A statement that puts a row, all columns in order, in place of the one with its key."""
    names = [column.name for column in table.c]
    key = [column.name for column in table.primary_key]
    others = ", ".join(f'"{name}" = excluded."{name}"' for name in names if name not in key)
    insert = inserting(table, names)["sqlite"]
    return words(f"{insert} ON CONFLICT ({', '.join(key)}) DO UPDATE SET {others}")


class Numbering:
    """
    Adds rows whose ids the writer needs to know: they rise in the order of the rows.

    Args:
        table: Where; its ids are never given twice.
        names: The columns of a row.
    """

    def __init__(self, table: Table, names: Sequence[str]) -> None:
        self._insert = inserting(table, names)
        self._insert_as = inserting(table, ("id", *names))
        self._ids = f"SELECT nextval('{table.name}_id_seq') FROM generate_series(1, %s)"  # noqa: S608

    def add(self, tx: Connection, rows: list[tuple[Any, ...]]) -> Sequence[int]:
        """Add rows; their ids."""
        if tx.dialect.name == "sqlite":
            run(tx, self._insert, rows)
            # AUTOINCREMENT counts on by one within a transaction, whose writer is the only one.
            last = int(tx.exec_driver_sql("SELECT last_insert_rowid()").scalar_one())
            return range(last - len(rows) + 1, last + 1)
        ids = [int(each) for each in tx.exec_driver_sql(self._ids, (len(rows),)).scalars()]
        run(tx, self._insert_as, [(one, *row) for one, row in zip(ids, rows, strict=True)])
        return ids


class _AmongTexts(FunctionElement[bool]):
    type = Boolean()
    name = "among_texts"
    inherit_cache = True


class _AmongNumbers(FunctionElement[bool]):
    type = Boolean()
    name = "among_numbers"
    inherit_cache = True


class _Listed(FunctionElement[str]):
    type = Text()
    name = "listed"
    inherit_cache = True


class _Hidden(FunctionElement[Any]):
    name = "hidden"
    inherit_cache = True


class _NowThere(FunctionElement[int]):
    type = BigInteger()
    name = "now_there"
    inherit_cache = True


def among_texts(
    column: ColumnElement[Any], values: "str | BindParameter[str]"
) -> ColumnElement[bool]:
    """Whether a column is among texts, a list in JSON: a statement may have few parameters."""
    return _AmongTexts(column, values)


def among_numbers(column: ColumnElement[Any], values: Sequence[int]) -> ColumnElement[bool]:
    """Whether a column is among numbers, however many."""
    return _AmongNumbers(column, orjson.dumps(list(values)).decode())


def listed(column: ColumnElement[Any]) -> ColumnElement[str]:
    """The values of a column as a list in JSON; a row of each takes eight times as long."""
    return _Listed(column)


def hidden(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """A column that SQLite takes no index for: without statistics it may take the worst."""
    found = _Hidden(column)
    found.type = column.type
    return found


def now_there() -> ColumnElement[int]:
    """What the clock shows that decides leases: the database's; with SQLite the machine's."""
    return _NowThere()


def _compiled(element: type[FunctionElement[Any]], on_sqlite: str, on_postgresql: str) -> None:
    for name, form in (("sqlite", on_sqlite), ("postgresql", on_postgresql)):

        def write(made: Any, compiler: Any, form: str = form, **how: Any) -> str:
            return form.format(*(compiler.process(each, **how) for each in made.clauses))

        compiles(element, name)(write)


# As an array: of a subquery PostgreSQL would expect a hundred rows, and read the whole table.
_AMONG = (
    "{{}} = ANY(ARRAY(SELECT CAST(value AS {}) FROM json_array_elements_text(CAST({{}} AS JSON))))"
)
_compiled(_AmongTexts, "{} IN (SELECT value FROM json_each({}))", _AMONG.format("TEXT"))
_compiled(_AmongNumbers, "{} IN (SELECT value FROM json_each({}))", _AMONG.format("BIGINT"))
_compiled(_Listed, "json_group_array({})", "coalesce(CAST(json_agg({}) AS TEXT), '[]')")
_compiled(_Hidden, "+{}", "{}")
_compiled(
    _NowThere,
    # Not the wall of a process: two that have begun before and after a step would differ for ever.
    "CAST((julianday('now') - 2440587.5) * 86400000000.0 AS INTEGER)",
    # Not now(), which is when the transaction began: it may have waited for a lock since.
    "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)",
)


def make_index(tx: Connection, definition: str) -> None:
    """Make an index where it is not there yet; `{true}` in its definition is a true value."""
    if tx.dialect.name == "postgresql":
        # Two processes that made it at once would both fail.
        tx.exec_driver_sql(f"SELECT pg_advisory_xact_lock({APPLICATION_ID}, 2)")
    true = "1" if tx.dialect.name == "sqlite" else "true"
    tx.exec_driver_sql(f"CREATE INDEX IF NOT EXISTS {definition.format(true=true)}")


# What a database is


class Backend(Protocol):
    """A kind of database: how one is opened, marked, and what its errors mean."""

    said: str
    """The database as messages name it."""
    readers: int
    """How many connections there are at most to read from."""
    shared: bool
    """Whether other processes may write it as well."""
    immediate: bool
    """Whether a transaction says at its beginning that it writes: others are writing as well."""
    apart: bool
    """Whether two connections can write at once."""

    def engine(self) -> Engine:
        """What makes its connections."""

    def claim(self) -> None:
        """Make sure, before it is opened, that it may be."""

    def opened(self, engine: Engine) -> Connection:
        """The first connection; waits for a server that is not there yet."""

    def prepare(self, tx: Connection) -> bool:
        """Make the tables, or refuse what others made; whether no other process uses them."""

    def alive(self, writer: Connection) -> bool:
        """Whether a connection that was idle can be used still."""

    def verify(self, tx: Connection) -> None:
        """Make sure, before a commit, that who opens the database will find what is written."""

    def cut(self) -> None:
        """End every connection at once, whoever waits for an answer over it."""

    def probe(self, tx: Connection) -> None:
        """Write as much as a call takes."""

    def is_fault(self, error: DBAPIError) -> bool:
        """Whether an error is the database's, and not of a statement of ours."""

    def lasts(self, error: DBAPIError) -> bool:
        """Whether no later success disproves a fault."""

    def explain(self, cannot: str, error: DBAPIError) -> str:
        """One line about an error; `cannot` says what cannot be done: opened, read or written."""

    def tell(self, where: str) -> None:
        """Tell whoever is refused the database where its server listens."""

    def close(self) -> None:
        """Let go of it."""
