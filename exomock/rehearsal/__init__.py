"""A scenario seen before it is played: explained, drawn, and simulated; no server, no database."""

from exomock.rehearsal.asking import Asking
from exomock.rehearsal.explain import explained
from exomock.rehearsal.picture import pictured
from exomock.rehearsal.preview import previewed
from exomock.rehearsal.simulate import Customers, Lot, simulated
from exomock.rehearsal.your_server import TAKES_ALL

__all__ = [
    "TAKES_ALL",
    "Asking",
    "Customers",
    "Lot",
    "explained",
    "pictured",
    "previewed",
    "simulated",
]
