"""Credentials of v1: HTTP Basic with the API key, or with the account's Sid, and the API token."""

import base64
import binascii
import hmac
from functools import lru_cache

from exomock.api.errors import CHALLENGE, Refused
from exomock.api.keys import ODD, WRONG, foreign, no_credentials, odd_sid, turned
from exomock.domain.refusals import Rejection
from exomock.domain.sid import ACCOUNT_SID, SECRET
from exomock.engine import Engine, NewAccount, World

_LONGEST_KEPT = 512
"""Characters of an Authorization header that is remembered; a key and a token make 350."""


def check(engine: Engine, account: str, header: str | None) -> None:
    """
    Let the owner of an account pass; in an open house a Sid that nobody has seen moves in.

    Args:
        engine: Knows the open accounts, and makes others.
        account: The Sid in the path.
        header: The Authorization header, None if there was none.

    Raises:
        BoundReached: The house is full.
        NotOwner: The account has gone to another process since the request came in.
        Refused: 401 without or with wrong credentials, 400 with some that no account may have,
            403 with those of another account.

    Source:
        exotel-v1.md sections 1 (the Sid as user name: C) and 7.
    """
    credentials = _basic(header) if header else None
    if credentials is None:
        raise Refused(Rejection.NO_CREDENTIALS, no_credentials(header), CHALLENGE)
    world = engine.accounts.find(account) or _moved_in(engine, account, credentials)
    if world is not None and _owns(world, credentials):
        return
    if engine.accounts.owners.others(account, *credentials):
        raise Refused(Rejection.FOREIGN_CREDENTIALS, foreign(account))
    raise Refused(Rejection.WRONG_CREDENTIALS, _wrong(world, account, credentials), CHALLENGE)


def _wrong(world: World | None, account: str, credentials: tuple[str, str]) -> str:
    if not all(credentials):
        return f"{WRONG}; one of them is empty"
    # The hint is given only where the right pair was sent in another way. Given to everybody, it
    # would tell which accounts exist.
    for what, meant in turned(*credentials):
        if world is not None and _owns(world, meant):
            return f"{WRONG}; {what}"
    return f"{WRONG}{odd_sid(account)}"


def _moved_in(engine: Engine, sid: str, credentials: tuple[str, str]) -> World | None:
    if not engine.settings.open_house or not ACCOUNT_SID.fullmatch(sid):
        return None
    user, token = credentials
    if not (user and token):
        return None
    # The next start prints the credentials in a line that people paste, so they must be plain.
    if not (SECRET.fullmatch(user) and SECRET.fullmatch(token)):
        raise Refused(Rejection.ODD_CREDENTIALS, ODD)
    # Two first requests may race; the later one uses the account that the other has made.
    return engine.making.make(NewAccount(sid, user, token)) or engine.worlds.get(sid)


def user_of(header: str | None) -> str:
    """The user name of an Authorization header, empty if there is none."""
    credentials = _basic(header) if header else None
    return credentials[0] if credentials else ""


def _owns(world: World, credentials: tuple[str, str]) -> bool:
    user, token = credentials
    return user in (world.key, world.sid) and hmac.compare_digest(
        token.encode(errors="replace"), world.token.encode()
    )


def _basic(header: str) -> tuple[str, str] | None:
    # Longer headers are not cached, because a thousand of 64 KB would take 64 MB.
    return _short(header) if len(header) <= _LONGEST_KEPT else _read(header)


def _read(header: str) -> tuple[str, str] | None:
    scheme, _space, value = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, token = base64.b64decode(value.strip()).decode(errors="replace").partition(":")
    except (ValueError, binascii.Error):
        return None
    return (user, token) if colon else None


_short = lru_cache(maxsize=1024)(_read)
