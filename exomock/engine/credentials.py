"""An account's Sid, key and token, and everything else that a new one is made of."""

from collections.abc import Container, Iterator
from hashlib import sha256
from typing import Any, NamedTuple

from exomock.domain.scenario import SAYS_NOTHING, AccountOptions, Scenario


class NewAccount(NamedTuple):
    """
    A new account; fields that are None are drawn or taken from the server.

    Args:
        sid: Its Sid.
        key: Its API key.
        token: Its API token.
        seed: What its chance is drawn from.
        time: Its time at the start, microseconds; None is the wall clock's.
        rate: Account seconds per wall second.
        scenario: What becomes of its calls.
        collect: True records callbacks instead of sending any.
        options: What is said of it beside its scenario.
        suite: Which suite of tests it is made for: what its application meets is counted there.
    """

    sid: str | None = None
    key: str | None = None
    token: str | None = None
    seed: int | None = None
    time: int | None = None
    rate: float | None = None
    scenario: Scenario | None = None
    collect: bool = False
    options: AccountOptions = SAYS_NOTHING
    suite: str | None = None


DEFAULT_ACCOUNT = NewAccount("exomock", "exomock-key", "exomock-token")
"""The one account of a server that is told of none."""


def completed(
    new: NewAccount, seed: int, numbers: Iterator[int], taken: Container[str]
) -> NewAccount:
    """
    An account with what it lacks of Sid, key and token drawn from the seed.

    Args:
        new: What is given.
        seed: The server's.
        numbers: Count the Sids that were drawn.
        taken: Sids that there are.
    """
    while new.sid is None:
        drawn = sha256(f"{seed}:account:{next(numbers)}".encode()).hexdigest()
        if f"acc{drawn[:12]}" not in taken:
            new = new._replace(sid=f"acc{drawn[:12]}")
    secret = sha256(f"{seed}:secret:{new.sid}".encode()).hexdigest()
    return new._replace(key=new.key or secret[:24], token=new.token or secret[24:48])


def first_said(*values: Any) -> Any:
    """The first that was said, None if none was."""
    return next((value for value in values if value is not None), None)


class Owners:
    """
    The credentials of all accounts, found at once among any number.

    Digests, not the credentials themselves: the time a look-up takes then says nothing of them.
    Guarded by whoever changes accounts; a look-up needs no lock.
    """

    def __init__(self) -> None:
        self._of: dict[bytes, tuple[str, ...]] = {}

    def others(self, sid: str, user: str, token: str) -> bool:
        """
        Whether an account other than `sid` has these credentials.

        `sid` itself does not count: it may come or go between the look for it and this one.

        Args:
            sid: An account's Sid, whether or not it is there.
            user: The other account's key or its Sid.
            token: Its token.
        """
        return any(each != sid for each in self._of.get(_digest(user, token), ()))

    def enter(self, sid: str, key: str, token: str) -> None:
        """Note an account's credentials."""
        for digest in _both(sid, key, token):
            self._of[digest] = (*self._of.get(digest, ()), sid)

    def leave(self, sid: str, key: str, token: str) -> None:
        """Forget an account's credentials; another one that has the same keeps them."""
        for digest in _both(sid, key, token):
            sids = self._of[digest]
            if len(sids) == 1:
                del self._of[digest]
            else:
                at = sids.index(sid)
                self._of[digest] = sids[:at] + sids[at + 1 :]


def _both(sid: str, key: str, token: str) -> set[bytes]:
    return {_digest(user, token) for user in (sid, key)}


def _digest(user: str, token: str) -> bytes:
    # No user name holds a colon: it ends at the first one.
    return sha256(f"{user}:{token}".encode(errors="replace")).digest()
