"""The store of an exomock: what is kept, each part by itself, in one database."""

from exomock.storage.accounts import KeptAccounts
from exomock.storage.calls import KeptCalls
from exomock.storage.coming import ComingCalls, ComingMessages
from exomock.storage.contents import Contents
from exomock.storage.counts import KeptCounts
from exomock.storage.database import Database
from exomock.storage.exophones import KeptExoPhones
from exomock.storage.laid import KeptLaid
from exomock.storage.messages import KeptMessages
from exomock.storage.orphaned import Orphaned
from exomock.storage.outbox import Outbox
from exomock.storage.owners import KeptOwners
from exomock.storage.processes import KeptProcesses
from exomock.storage.seeking import Seeking
from exomock.storage.totals import Totals
from exomock.storage.whitelist import KeptWhitelist


class Store(Database):
    """
    One database, and the parts of what is kept in it.

    Args:
        url: A SQLAlchemy URL of SQLite or PostgreSQL.
        durable: False gives up safety against power loss (a temporary file has none to give).
        shared: Whether other processes use the file as well; PostgreSQL is always shared.

    Raises:
        DatabaseError: As `Database`.
    """

    def __init__(self, url: str, *, durable: bool = True, shared: bool = False) -> None:
        super().__init__(url, durable=durable, shared=shared)
        self.totals = Totals(self)
        self.seeking = Seeking(self, self.totals)
        self.accounts = KeptAccounts(self, self.totals)
        self.calls = KeptCalls(self, self.totals)
        self.coming = ComingCalls(self)
        self.messages = KeptMessages(self)
        self.coming_messages = ComingMessages(self)
        self.counts = KeptCounts(self)
        self.contents = Contents(self, self.totals)
        self.outbox = Outbox(self)
        self.orphaned = Orphaned(self)
        self.laid = KeptLaid(self)
        self.exophones = KeptExoPhones(self)
        self.whitelist = KeptWhitelist(self)
        self.owners = KeptOwners(self)
        self.processes = KeptProcesses(self)

    def spent(self, account: str) -> int:
        """What all that the account has done costs so far, thousandths."""
        return self.calls.spent(account) + self.messages.spent(account)

    def has_any(self, account: str) -> bool:
        """Whether the account has any call or message."""
        return self.calls.exist(account) or self.messages.exist(account)
