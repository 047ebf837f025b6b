"""The ExoPhones of accounts: those of the scenario, and what clients did to them."""

from collections.abc import Callable, Mapping
from itertools import chain
from typing import NamedTuple
from weakref import WeakKeyDictionary

from exomock.domain.errors import BoundReached, ExoPhoneNotFound, ExoPhoneRented
from exomock.domain.exophone import ExoPhone, exophone_sid, joined
from exomock.domain.flows.assigned import started_by
from exomock.domain.flows.steps import Flows
from exomock.domain.number import EXOPHONE, Number, from_e164, shown
from exomock.domain.telecom import derive
from exomock.engine.items import Did
from exomock.engine.world import World
from exomock.engine.worlds import Worlds
from exomock.numbering import is_mobile
from exomock.storage.store import Store

MOST = 1_000
"""How many ExoPhones a client may change in one account; ours."""


# Beginnings of numbers that exomock offers, without the 0; ours. Landlines have an STD code each.
_OFFERED = {
    "landline": (
        "80471130",
        "22481130",
        "11471130",
        "44471130",
        "40471130",
        "33471130",
        "20471130",
    ),
    "mobile": ("95138860",),
    "tollfree": ("1800",),
}
_OFFERS = range(10, 20)


class _Changed(NamedTuple):
    """What clients did to an account's ExoPhones, and in which of its epochs."""

    epoch: int
    exophones: dict[str, ExoPhone | None]


class ExoPhones:
    """
    The ExoPhones of one exomock's accounts; lives as long as the server, safe for many threads.

    Args:
        store: Where changes are kept.
        wall: Reads the wall clock, microseconds since the epoch.
        worlds: The open accounts.
    """

    def __init__(self, store: Store, wall: Callable[[], int], worlds: Worlds) -> None:
        self._store = store
        self._wall = wall
        self._worlds = worlds
        # A connect asks for them, and the database takes a tenth of what a connect takes. The epoch
        # tells an entry that a reset or a restore has made stale. `state` guards each entry.
        self._known: WeakKeyDictionary[World, _Changed] = WeakKeyDictionary()

    def all(self, account: str) -> tuple[ExoPhone, ...]:
        """
        The account's ExoPhones.

        Those of the scenario; where it names none, ours and each that a call went through. Then
        those that a client rented.

        Raises:
            AccountGone: There is no such account.
        """
        world = self._worlds.of(account)
        with world.living():
            return self._of(world)

    def one(self, account: str, name: str) -> ExoPhone:
        """
        The ExoPhone of a Sid, or of a number as it is shown or in E.164.

        Raises:
            AccountGone: There is no such account.
            ExoPhoneNotFound: The account has none of that name.
        """
        world = self._worlds.of(account)
        with world.living():
            return self._one(world, name)

    def rent(self, account: str, wanted: ExoPhone) -> ExoPhone:
        """
        Let the account have one more.

        Raises:
            AccountGone: There is no such account.
            BoundReached: A client has changed too many already.
            ExoPhoneRented: The account has it.
        """
        world = self._worlds.of(account)
        with world.living():
            if wanted.number in (each.number for each in self._of(world)):
                raise ExoPhoneRented(shown(wanted.number))
            self._save(world, wanted.number, wanted)
        return wanted

    def change(self, account: str, name: str, facts: Mapping[str, str | None]) -> ExoPhone:
        """
        Give an ExoPhone other facts, by the fields of `ExoPhone`.

        Raises:
            AccountGone: There is no such account.
            BoundReached: A client has changed too many already.
            ExoPhoneNotFound: The account has none of that name.
        """
        world = self._worlds.of(account)
        with world.living():
            after = self._one(world, name)._replace(**facts)  # type: ignore[arg-type]
            self._save(world, after.number, after)
        return after

    def give_up(self, account: str, name: str) -> None:
        """
        Take an ExoPhone from the account.

        Raises:
            AccountGone: There is no such account.
            BoundReached: A client has changed too many already.
            ExoPhoneNotFound: The account has none of that name.
        """
        world = self._worlds.of(account)
        with world.living():
            self._save(world, self._one(world, name).number, None)

    def flows(self, world: World, number: str) -> Flows:
        """The flows as a call to an ExoPhone (E.164) finds them; the world's `state` is held."""
        flows = world.scenario.flows
        mine = {each.number: each for each in self._of(world)} if flows else {}
        return started_by(flows, mine[number]) if number in mine else flows

    def known(self, world: World) -> tuple[ExoPhone, ...]:
        """ExoPhones that the scenario names or a client has rented; the world's `state` is held."""
        return _after(world.scenario.terms.exophones, self._changed(world) if world.written else {})

    def callable_from(self, world: World) -> tuple[str, ...] | None:
        """
        The numbers (E.164) that may stand as a CallerId; the world's `state` is held.

        Returns:
            None where the scenario names no ExoPhones: any number may stand there.
        """
        named = world.scenario.terms.numbers
        if not named:
            return None
        # Most accounts have no rows, so that no client can have changed their ExoPhones: each
        # connect is spared the question to the database.
        changed = self._changed(world) if world.written else {}
        if not changed:
            return named
        return tuple(each.number for each in _after(world.scenario.terms.exophones, changed))

    def _one(self, world: World, name: str) -> ExoPhone:
        for each in self._of(world):
            if name in (exophone_sid(world.sid, each.number), each.number, shown(each.number)):
                return each
        raise ExoPhoneNotFound(name)

    def _of(self, world: World) -> tuple[ExoPhone, ...]:
        named = world.scenario.terms.exophones or self._ours(world)
        return _after(named, self._changed(world))

    def _ours(self, world: World) -> tuple[ExoPhone, ...]:
        used = self._store.exophones.used(world.sid)
        return joined(map(ExoPhone, chain([EXOPHONE.e164], used)))

    def _changed(self, world: World) -> dict[str, ExoPhone | None]:
        world.held()
        known = self._known.get(world)
        if known is None or known.epoch != world.epoch:
            known = _Changed(world.epoch, self._store.exophones.changed(world.sid))
            self._known[world] = known
        return known.exophones

    def _save(self, world: World, number: str, exophone: ExoPhone | None) -> None:
        changed = self._changed(world)
        if len(changed) >= MOST and number not in changed:
            raise BoundReached(f"{MOST} ExoPhones were changed; a reset forgets that")
        self._store.exophones.save(world.sid, number, exophone)
        changed[number] = exophone
        world.written = True
        did = Did.GAVE_UP if exophone is None else Did.EXOPHONE
        world.tell(did, self._wall(), shown(number))
        world.touch()


def region_of(number: Number) -> str:
    """The circle of an Indian number, empty of any other."""
    if not number.indian:
        return ""
    return derive(number.shown[1:], mobile=is_mobile(number)).circle


def offered(country: str, kind: str, region: str = "") -> list[str]:
    """
    The numbers that can be rented, E.164; the same for every account.

    Args:
        country: Its ISO code; only India has any.
        kind: `landline`, `mobile` or `tollfree`.
        region: The circle, such as KA; empty is any.
    """
    beginnings = _OFFERED.get(kind, ()) if country == "IN" else ()
    numbers = (f"+91{each}{n:0{10 - len(each)}d}" for each in beginnings for n in _OFFERS)
    return [each for each in numbers if region in ("", region_of(from_e164(each)))]


def _after(
    named: tuple[ExoPhone, ...], changed: dict[str, ExoPhone | None]
) -> tuple[ExoPhone, ...]:
    """ExoPhones as clients have changed them: those of the scenario first."""
    found = {each.number: each for each in named} | changed
    return tuple(each for each in found.values() if each is not None)
