"""The use cases: everything a client or a clock can make an exomock do."""

from exomock.engine.accounts import Accounts
from exomock.engine.advancing import Advanced
from exomock.engine.agenda import Agenda
from exomock.engine.credentials import NewAccount
from exomock.engine.engine import Engine
from exomock.engine.faults import Faults, Struck
from exomock.engine.happening import Happened
from exomock.engine.journal import Entry, Journal
from exomock.engine.ledger import Due, Ledger
from exomock.engine.nexts import NextFate
from exomock.engine.world import World

__all__ = [
    "Accounts",
    "Advanced",
    "Agenda",
    "Due",
    "Engine",
    "Entry",
    "Faults",
    "Happened",
    "Journal",
    "Ledger",
    "NewAccount",
    "NextFate",
    "Struck",
    "World",
]
