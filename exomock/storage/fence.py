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

    def doubt(self, accounts: Collection[str]) -> None:
        """
        Let nothing more be written of accounts until they are opened anew from their rows.

        A transaction that wrote them was committed, and nobody knows whether it was. What memory
        says of them may be wrong.
        """

    def check(self, tx: Connection, accounts: Collection[str]) -> None:
        """
        Make sure that the accounts are this process's until the transaction ends.

        Raises:
            NotOwner: One is not.
        """
