"""Which scenario an account has: its own, or the server's."""

import logging
from dataclasses import replace

from exomock.domain.errors import BoundReached
from exomock.domain.scenario import Scenario
from exomock.engine.house import House
from exomock.engine.items import Did
from exomock.engine.undoing import as_before
from exomock.engine.world import World
from exomock.scenarios import ScenarioError, read_scenario

_log = logging.getLogger("exomock.accounts")


class Scenarios:
    """
    Gives scenarios to the accounts of one exomock; safe for many threads.

    Args:
        house: The accounts, and what each change of them needs.
    """

    def __init__(self, house: House) -> None:
        self._house = house

    @property
    def server(self) -> Scenario:
        """The scenario of accounts that have none of their own."""
        return self._house.worlds.scenario

    def read(self, sid: str, text: str | None, name: str | None = None) -> Scenario:
        """
        The scenario of an account from its row; the server's where the row has none.

        Args:
            sid: The account's Sid.
            text: What the row has.
            name: What messages call it.
        """
        if text is None:
            return self._house.worlds.scenario
        try:
            return read_scenario(name or "scenario.yaml", text.encode())
        except ScenarioError as error:
            # Another release wrote this text. One account must not keep the server from starting.
            _log.warning("account %s has the server's scenario now: %s", sid, error)
            return self._house.worlds.scenario

    def check(self, scenario: Scenario | None) -> None:
        """
        Refuse a scenario that makes more past calls, or takes more bytes, than the settings allow.

        Raises:
            BoundReached: It does.
        """
        most = self._house.settings.max_history
        if scenario is not None and scenario.past > most:
            raise BoundReached(f"max-history: {scenario.past} past calls, expected at most {most}")
        if scenario is not None and not scenario.from_files:
            self._check_text(scenario)

    def _check_text(self, new: Scenario) -> None:
        """Refuse another scenario where those of all accounts are long enough: each is parsed."""
        # By identity, because accounts with one text have one scenario.
        own = {
            id(each): len(each.text)
            for world in self._house.worlds.all()
            for each in (world.scenario, world.origin.scenario)
            if each is not self.server
        }
        kept, most = sum(own.values()), self._house.settings.scenario_bytes
        if id(new) not in own and kept + len(new.text) > most:
            raise BoundReached(
                f"scenario-bytes: accounts have {kept} bytes of different scenarios, this one "
                f"{len(new.text)}, and {most} is the most; delete accounts, or raise it"
            )

    def set(self, sid: str, scenario: Scenario | None) -> World:
        """
        Give an account a scenario; calls that exist and the clock stay as they are.

        Args:
            sid: Its Sid.
            scenario: None gives it back the server's.

        Raises:
            AccountGone: There is none.
            BoundReached: It makes more past calls than the settings allow.
            DatabaseFault: The database cannot be written; nothing has changed, or a past was not
                made whole.
        """
        self.check(scenario)
        world = self._house.worlds.of(sid)
        with world.living():
            with as_before(self._house, world):
                world.scenario = scenario or self._house.worlds.scenario
                begun = self._house.beginning.now(world, world.clock.at(self._house.wall()))
                self._house.keeping.save(world, counts_anew=True)
            world.tell(Did.SCENARIO, self._house.wall(), name=world.scenario.name)
            world.touch()
        self._house.beginning.then(world, begun)
        return world

    def renew(self, scenario: Scenario) -> None:
        """
        Put the server's scenario in place of the one it had, in every account that has it.

        Raises:
            BoundReached: It makes more past calls than the settings allow.
        """
        self.check(scenario)
        old, self._house.worlds.scenario = self._house.worlds.scenario, scenario
        for world in self._house.worlds.all():
            if world.origin.scenario is old:
                world.origin = replace(world.origin, scenario=scenario)
            if world.scenario is old:
                self.set(world.sid, None)
