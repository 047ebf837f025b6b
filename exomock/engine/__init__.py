"""The use cases: everything a client or a clock can make an exomock do."""

from exomock.engine.accounts import Accounts
from exomock.engine.advancing import Advanced
from exomock.engine.agenda import Agenda
from exomock.engine.credentials import NewAccount
from exomock.engine.engine import Engine
from exomock.engine.faults import Faults, Struck
from exomock.engine.happening import Happened
from exomock.engine.items import AccountChange, Item, NowOwed, TriedCallback
from exomock.engine.journal import Entry, Journal
from exomock.engine.ledger import Ledger
from exomock.engine.news import News
from exomock.engine.nexts import NextFate
from exomock.engine.settling import Due
from exomock.engine.world import World

__all__ = [
    "AccountChange",
    "Accounts",
    "Advanced",
    "Agenda",
    "Due",
    "Engine",
    "Entry",
    "Faults",
    "Happened",
    "Item",
    "Journal",
    "Ledger",
    "NewAccount",
    "News",
    "NextFate",
    "NowOwed",
    "Struck",
    "TriedCallback",
    "World",
]
