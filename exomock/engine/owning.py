"""Whose an account is, where several processes share a database."""

from collections.abc import Container
from typing import Protocol


class Owning(Protocol):
    """
    Knows which accounts are this process's; safe for many threads.

    Attributes:
        alike: Whether the other processes were told the same as this one, and want what it wants.
    """

    alike: bool

    def begin(self, sid: str) -> bool:
        """
        Enter a new account, before its row is written; this process owns it from then on.

        Returns:
            False if there is one, whoever owns it.
        """

    def end(self, sid: str) -> None:
        """Forget an account that was deleted, or could not be made."""

    def mine(self, sid: str) -> bool:
        """Whether a new account of this Sid should be this process's."""


class Alone:
    """No other process has the database, so each account in it is this one's."""

    alike = False

    def begin(self, _sid: str) -> bool:
        """Nobody else can have it: the open accounts are all that there are."""
        return True

    def end(self, _sid: str) -> None:
        """Nothing says that it was here."""

    def mine(self, _sid: str) -> bool:
        """Each is."""
        return True


class Elsewhere(Container[str]):
    """
    Sids that a new account must not be given.

    Args:
        here: Those of the open accounts.
        owning: Knows which Sids should be this process's.
    """

    def __init__(self, here: Container[str], owning: Owning) -> None:
        self._here, self._owning = here, owning

    def __contains__(self, sid: object) -> bool:
        """Whether it is taken, or should be another process's."""
        return sid in self._here or not self._owning.mine(str(sid))
