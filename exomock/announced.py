"""The accounts of a shared database, as a banner shows them: whichever process plays them."""

from collections.abc import Sequence
from dataclasses import dataclass

from exomock.banner import Announced
from exomock.domain.clock import Clock
from exomock.domain.scenario import Scenario
from exomock.engine import NewAccount
from exomock.storage.accounts import AccountRow
from exomock.storage.store import Store
from exomock.wall import wall_now


@dataclass(frozen=True, slots=True)
class _Named:
    name: str


@dataclass(frozen=True, slots=True)
class _Kept:
    """An account of the database, as the banner shows it."""

    sid: str
    key: str
    token: str
    seed: int
    scenario: _Named
    clock: Clock


def kept(store: Store, wanted: Sequence[NewAccount], scenario: Scenario) -> list[Announced]:
    """
    The accounts of a database, those of the command line first, with the credentials it gives them.

    Args:
        store: The database.
        wanted: The accounts of the command line.
        scenario: Of accounts that have none of their own.
    """
    said = {each.sid: each for each in wanted}
    found: list[Announced] = [
        _kept(row, said.get(row.sid), scenario) for row in store.accounts.all()
    ]
    return sorted(found, key=lambda each: each.sid not in said)


def _kept(row: AccountRow, said: NewAccount | None, scenario: Scenario) -> Announced:
    key, token = (said.key or row.key, said.token or row.token) if said else (row.key, row.token)
    name = scenario.name if row.scenario is None else "its own"
    clock = Clock(wall_now(), row.saved_at, row.rate)
    return _Kept(row.sid, key, token, row.seed, _Named(name), clock)
