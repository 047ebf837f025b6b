"""The open accounts of an exomock: who is there, under which credentials."""

from exomock.domain.errors import AccountGone
from exomock.domain.scenario import Scenario
from exomock.engine.alarms import Alarms
from exomock.engine.credentials import Owners
from exomock.engine.locks import Rank, held, new_lock
from exomock.engine.world import World
from exomock.storage.fence import NotOwner


class Worlds:
    """
    Every open account of one exomock; safe for many threads.

    Args:
        scenario: For accounts that have none of their own.

    Attributes:
        by_sid: The open accounts. A look-up needs no lock: a dictionary gives all or nothing.
        owners: Their credentials.
        alarms: Which of them the heartbeat must look at.
        lock: Held while an account is made or ended, and while real clocks take a step.
        scenario: The server's, which `Scenarios.renew` puts in place of the one before.
        left: Sids of accounts that have gone to other processes.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.by_sid: dict[str, World] = {}
        self.owners = Owners()
        self.alarms: Alarms[World] = Alarms()
        self.lock = new_lock(Rank.WORLDS)
        self.scenario = scenario
        self.left: set[str] = set()

    def __len__(self) -> int:
        """How many accounts are open."""
        return len(self.by_sid)

    def all(self) -> list[World]:
        """The open accounts, as they are now."""
        return list(self.by_sid.values())

    def of(self, sid: str) -> World:
        """
        The open account of that Sid.

        Raises:
            AccountGone: There is none.
            NotOwner: It has gone to another process.
        """
        world = self.find(sid)
        if world is None:
            raise AccountGone(sid)
        return world

    def find(self, sid: str) -> World | None:
        """
        The open account of that Sid, None if there is none.

        Raises:
            NotOwner: It has gone to another process.
        """
        world = self.by_sid.get(sid)
        if world is None and sid in self.left:
            raise NotOwner(sid)
        # The account may have come back between the two looks.
        return world or self.by_sid.get(sid)

    def show(self, world: World) -> None:
        """Let everybody find an account that is complete now."""
        self.owners.enter(world.sid, world.key, world.token)
        self.by_sid[world.sid] = world
        self.left.discard(world.sid)
        self.alarms.watch(world)

    def hide(self, world: World) -> None:
        """Let nobody find an account any more; `lock` is held."""
        held(self.lock)
        del self.by_sid[world.sid]
        self.owners.leave(world.sid, world.key, world.token)
