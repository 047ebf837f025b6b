"""Texts as PostgreSQL takes them; the one module that needs psycopg to be imported."""

from psycopg.abc import Buffer
from psycopg.types.string import StrDumperUnknown


class SafeText(StrDumperUnknown):
    """A text without NUL, which PostgreSQL keeps in none: U+FFFD stands in its place."""

    def dump(self, obj: str) -> Buffer | None:
        """The text as it is sent."""
        return super().dump(obj.replace("\0", "\ufffd") if "\0" in obj else obj)
