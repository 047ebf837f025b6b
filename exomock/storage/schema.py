"""The schema in a database of PostgreSQL: made where there is none, refused where it is foreign."""

from functools import cache

from sqlalchemy import Connection, Dialect, Index, MetaData, String, Table, Text
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.schema import CreateIndex, CreateTable

from exomock.storage.lawful import LAWFUL_ON_POSTGRESQL
from exomock.storage.tables import APPLICATION_ID, SCHEMA_VERSION, metadata

_MARK = "exomock_schema"
_TABLES = """
SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace
AND relkind IN ('r', 'p', 'v', 'm', 'f')
AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e')
"""
"""Tables and views of the schema that exomock uses; those of extensions are nobody's."""


class SchemaRefused(Exception):
    """A database cannot hold exomock's tables; the sentence says why, and what to do."""


def settle(tx: Connection) -> None:
    """
    Make the tables of exomock, or make sure that they are there and of this release.

    Args:
        tx: A transaction, which is rolled back where this raises.

    Raises:
        SchemaRefused: The database is another program's, of another release, or no UTF-8.
    """
    # One starter after the other: two that made the tables at once would both fail.
    tx.exec_driver_sql(f"SELECT pg_advisory_xact_lock({APPLICATION_ID}, 0)")
    encoding = tx.exec_driver_sql("SHOW server_encoding").scalar_one()
    if encoding != "UTF8":
        raise SchemaRefused(f"its encoding is {encoding}; make one with ENCODING 'UTF8'")
    if tx.exec_driver_sql("SELECT current_schema()").scalar_one() is None:
        raise SchemaRefused("no schema of the role's search_path is there; make it, or set one")
    found = set(tx.exec_driver_sql(_TABLES).scalars())
    if not found:
        for statement in _definitions():
            tx.exec_driver_sql(statement)
    elif _MARK in found:
        _judge(tx)
    else:
        raise SchemaRefused("a database of another program; name an empty one, which exomock fills")


def _judge(tx: Connection) -> None:
    application, version = tx.exec_driver_sql(f"SELECT * FROM {_MARK}").one()  # noqa: S608
    if (application, version) != (APPLICATION_ID, SCHEMA_VERSION):
        raise SchemaRefused(
            f"written by another release of exomock (schema {version}, this one has "
            f"{SCHEMA_VERSION}); name an empty one, or serve it with that release"
        )


@cache
def _definitions() -> tuple[str, ...]:
    """The tables, indexes and marks as SQL: those of SQLite, as PostgreSQL has them."""
    copies = MetaData()
    dialect: Dialect = PGDialect_psycopg()  # type: ignore[no-untyped-call]
    made: list[str] = []
    for table in metadata.sorted_tables:
        copy = _copied(table, copies)
        made.append(str(CreateTable(copy).compile(dialect=dialect)))
        made += [
            str(CreateIndex(_index(index, copy)).compile(dialect=dialect))
            for index in sorted(table.indexes, key=lambda index: str(index.name))
        ]
    return (
        *made,
        *LAWFUL_ON_POSTGRESQL,
        f"CREATE TABLE {_MARK} (application BIGINT NOT NULL, version BIGINT NOT NULL)",
        f"INSERT INTO {_MARK} VALUES ({APPLICATION_ID}, {SCHEMA_VERSION})",  # noqa: S608
    )


def _copied(table: Table, metadata: MetaData) -> Table:
    copy = table.to_metadata(metadata)
    copy.indexes.clear()
    for column in copy.c:
        if isinstance(column.type, String):
            # Sorted by code point, as SQLite does: a Sid's place must not depend on a language.
            column.type = Text(collation="C")
    return copy


def _index(index: Index, table: Table) -> Index:
    """An index as SQLite has it: the id of a row belongs to each."""
    columns = [table.c[column.name] for column in index.columns]
    if not index.unique and "id" in table.c:
        columns.append(table.c.id)
    where = index.dialect_options["sqlite"]["where"]
    return Index(index.name, *columns, unique=index.unique, postgresql_where=where)
