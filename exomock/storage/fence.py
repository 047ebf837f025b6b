"""The fence: where several processes share a database, each writes the accounts that it owns."""

from collections.abc import Collection
from typing import Protocol

from sqlalchemy import Connection

from exomock.storage.trouble import DatabaseFault


class NotOwner(DatabaseFault):
    """
    The account is another process's by now; nothing was written.

    Args:
        sid: The account's Sid.
    """

    def __init__(self, sid: str) -> None:
        super().__init__(f"account {sid} belongs to another process")
        self.sid = sid


class Fence(Protocol):
    """Knows which accounts this process owns, and under which term."""

    def owned(self, tx: Connection, accounts: Collection[str]) -> Collection[str]:
        """Those of the accounts that are this process's, and stay so until the transaction ends."""

    def check(self, tx: Connection, accounts: Collection[str]) -> None:
        """
        Make sure that the accounts are this process's until the transaction ends.

        Raises:
            NotOwner: One is not.
        """
