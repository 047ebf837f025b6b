"""The tables: an account's calls and their flows, what it owes, tries, counts; who plays it."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    false,
    text,
    true,
)

from exomock.domain.telling import NEXT

metadata = MetaData()

Whole = BigInteger().with_variant(Integer(), "sqlite")
"""A whole number of 64 bits: SQLite counts rows by themselves only where it is called INTEGER."""

SCHEMA_VERSION = 11
"""Kept in the database, which is refused if it has another; SQLite's user_version."""

APPLICATION_ID = 0x65786F6D
"""Kept in SQLite's application_id ("exom"): a database without it is another program's."""

COMES_IN = "inbound:"
"""How the fingerprint of a call begins that a scenario's generator made."""

MARK = "history:"
"""How the count that says that a past was made begins, and the fingerprint of each of its calls."""

AFTER_MARK = f"{MARK[:-1]};"
"""The least text that is greater than all that begin with it."""

accounts = Table(
    "accounts",
    metadata,
    Column("sid", String, primary_key=True),
    Column("key", String, nullable=False),
    Column("token", String, nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("rate", Float, nullable=False),
    Column("saved_at", BigInteger, nullable=False),
    Column("began_at", BigInteger),
    Column("scenario", Text),
    Column("collect", Boolean, nullable=False),
    Column("made", Boolean, nullable=False),
    Column("options", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("line_wall", BigInteger, nullable=False),
    Column("line_time", BigInteger, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("requests", BigInteger, nullable=False),
    Column("named", String),
)

# Written to find out whether a call could be, and for nothing else.
probe = Table(
    "probe",
    metadata,
    Column("id", Whole, primary_key=True),
    Column("filler", LargeBinary, nullable=False),
)


def _index_plans(table: Table) -> None:
    """
    The indexes of a table whose rows have plans: by Sid, for pages, by fingerprint, for the beat.

    A page is in the order of placing: SQLite adds the id to the index of the account.
    """
    c, name = table.c, table.name
    Index(f"{name}_sid", c.account, c.sid, unique=True)
    Index(f"{name}_account", c.account)
    Index(f"{name}_kind", c.account, c.fingerprint, c.nth, unique=True)
    Index(f"{name}_due", c.account, c.next_at, sqlite_where=c.next_at.is_not(None))
    Index(f"{name}_telling", c.account, c.tells_at, sqlite_where=c.tells_at.is_not(None))


# A call is one row: the columns that are queried, and its order, script and plan as JSON. Its key
# is made of its seed, account, fingerprint and nth (`sid.call_key`). `flows` is the digest of the
# flows that it walks through, `inputs` is what the world did to it there; NULL where it has none.
calls = Table(
    "calls",
    metadata,
    Column("id", Whole, primary_key=True),
    Column("account", String, nullable=False),
    Column("sid", String, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("created_s", BigInteger, nullable=False),
    Column("order", Text, nullable=False),
    Column("script", Text, nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("plan", Text, nullable=False),
    Column("done", Whole, nullable=False),
    Column("next_at", BigInteger),
    Column("ended", Boolean, nullable=False),
    Column("to_e164", String, nullable=False),
    Column("from_e164", String, nullable=False),
    Column("exophone_e164", String, nullable=False),
    Column("status", String, nullable=False),
    Column("direction", String, nullable=False),
    Column("duration", Whole),
    Column("price", Whole),
    Column("tells_at", BigInteger),
    Column("stuck", Boolean, nullable=False),
    Column("late", BigInteger, nullable=False),
    Column("rule", String, nullable=False),
    Column("fingerprint", String, nullable=False),
    Column("nth", Whole, nullable=False),
    Column("flows", String),
    Column("inputs", Text),
)
_index_plans(calls)
Index(
    "calls_listed",
    calls.c.account,
    calls.c.created_s,
    calls.c.sid,
    # As queries write it: SQLite takes a partial index only for the very same condition.
    sqlite_where=calls.c.ended == true(),
)

# The flows that an account's calls walk through, once for each text: a thousand calls of one
# scenario share a row. They go with the account's calls.
flows = Table(
    "flows",
    metadata,
    Column("account", String, primary_key=True),
    Column("digest", String, primary_key=True),
    Column("text", Text, nullable=False),
    sqlite_with_rowid=False,
)

_STATES = ", ".join(f"'{state}'" for state in NEXT)
# The outbox: what is to be told to the customer's server, whatever owes it. The control API shows
# an id, and a snapshot brings it back. AUTOINCREMENT never gives it to another row, so that no two
# accounts can claim the same one.
callbacks = Table(
    "callbacks",
    metadata,
    Column("id", Whole, primary_key=True),
    Column("account", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("sid", String, nullable=False),
    Column("notice", String, nullable=False),
    Column("place", Whole, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("url", Text, nullable=False),
    Column("method", String, nullable=False),
    Column("state", String, nullable=False),
    Column("own", Boolean, nullable=False),
    Column("tries", Whole, nullable=False),
    CheckConstraint(f"state IN ({_STATES})"),
    sqlite_autoincrement=True,
)
TRIED = text("(callbacks.tries > 0 OR callbacks.state = 'collected')")
"""Whether a callback was tried or collected; as text, for a query must say what the index says."""

Index("callbacks_account", callbacks.c.account)
Index("callbacks_call", callbacks.c.account, callbacks.c.sid)
Index(
    "callbacks_tried",
    callbacks.c.account,
    callbacks.c.notice,
    sqlite_where=text("(tries > 0 OR state = 'collected')"),
)
Index(
    "callbacks_due",
    callbacks.c.account,
    callbacks.c.due_at,
    sqlite_where=callbacks.c.state == "pending",
)

# A message is one row: the columns that are queried, and its order, plan and twist as JSON.
messages = Table(
    "messages",
    metadata,
    Column("id", Whole, primary_key=True),
    Column("account", String, nullable=False),
    Column("sid", String, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("order", Text, nullable=False),
    Column("plan", Text, nullable=False),
    Column("twist", Text, nullable=False),
    Column("done", Whole, nullable=False),
    Column("next_at", BigInteger),
    Column("tells_at", BigInteger),
    Column("status", String, nullable=False),
    Column("price", Whole),
    Column("rule", String, nullable=False),
    Column("fingerprint", String, nullable=False),
    Column("nth", Whole, nullable=False),
)
_index_plans(messages)

# How often something has happened in an account: which attempt it is, which matching request.
counts = Table(
    "counts",
    metadata,
    Column("account", String, primary_key=True),
    Column("what", String, primary_key=True),
    Column("count", Whole, nullable=False),
    sqlite_with_rowid=False,
)

# What clients did to the ExoPhones that a scenario gives an account; without facts one is given up.
exophones = Table(
    "exophones",
    metadata,
    Column("account", String, primary_key=True),
    Column("number", String, primary_key=True),
    Column("facts", Text),
    sqlite_with_rowid=False,
)

# Which numbers may be reached through which ExoPhone although they are on DND, and until when.
whitelist = Table(
    "whitelist",
    metadata,
    Column("account", String, primary_key=True),
    Column("number", String, primary_key=True),
    Column("exophone", String, primary_key=True),
    Column("until", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# The processes that share a database. `id` is never given twice, because a process that has lost
# its lease must not be taken for the one that it joins as again.
processes = Table(
    "processes",
    metadata,
    Column("id", Whole, primary_key=True),
    Column("url", String, nullable=False),
    Column("reach", String, nullable=False),
    Column("name", String, nullable=False),
    Column("pid", Whole, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("dead", Boolean, nullable=False),
    sqlite_autoincrement=True,
)
Index(
    "processes_named",
    processes.c.url,
    processes.c.name,
    unique=True,
    sqlite_where=processes.c.dead == false(),
)

# Who plays an account. `given` says that its owner has yet to hear of it.
owners = Table(
    "owners",
    metadata,
    Column("account", String, primary_key=True),
    Column("owner", Whole),
    Column("term", Whole, nullable=False),
    Column("given", Boolean, nullable=False),
    sqlite_with_rowid=False,
)
Index("owners_owner", owners.c.owner)
Index(
    "owners_given",
    owners.c.owner,
    sqlite_where=owners.c.given == true(),
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", Whole, primary_key=True),
    Column("callback", Whole, nullable=False, index=True),
    Column("number", Whole, nullable=False),
    Column("wall", BigInteger, nullable=False),
    Column("status", Whole),
    Column("error", Text),
    Column("milliseconds", Float, nullable=False),
)
