"""Whether people answer the telephones of an account: a switch that is kept with it."""

from exomock.engine.house import House
from exomock.engine.items import Did
from exomock.engine.undoing import as_before
from exomock.engine.world import World


class Phones:
    """
    The switch of every account; lives as long as the server, safe for many threads.

    Args:
        house: The accounts, and what each change of them needs.
    """

    def __init__(self, house: House) -> None:
        self._house = house

    def switch(self, sid: str, people: bool) -> World:
        """
        Let people answer the telephones of calls that are placed from now on, or the scenario.

        Calls that exist stay as they are.

        Args:
            sid: The account's Sid.
            people: Whether people answer.

        Raises:
            AccountGone: There is none.
            DatabaseFault: The database cannot be written; nothing has changed.
        """
        world = self._house.worlds.of(sid)
        with world.living():
            with as_before(self._house, world):
                world.options = world.options._replace(people=people)
                self._house.keeping.save(world)
            world.tell(Did.PHONES, self._house.wall(), people=people)
            world.touch()
        return world
