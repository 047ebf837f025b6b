"""Who is asking: HTTP Basic with the API key, or with the account's Sid, and the API token."""

import base64
import binascii
import hmac
from collections.abc import Mapping
from functools import lru_cache

from exomock.api.errors import (
    CHALLENGE,
    FOREIGN_CREDENTIALS,
    FOREIGN_CREDENTIALS_CODE,
    NO_CREDENTIALS,
    WRONG_CREDENTIALS,
    WRONG_CREDENTIALS_CODE,
    Refused,
)
from exomock.engine import World


def check(worlds: Mapping[str, World], account: str, header: str | None) -> None:
    """
    Let the owner of an account pass.

    Args:
        worlds: Every open account, by Sid.
        account: The Sid in the path.
        header: The Authorization header, None if there was none.

    Raises:
        Refused: 401 without or with wrong credentials, 403 with those of another account.

    Source:
        exotel-v1.md sections 1 (the Sid as user name: C) and 7.
    """
    credentials = _basic(header) if header else None
    if credentials is None:
        raise Refused(401, NO_CREDENTIALS, headers=CHALLENGE)
    world = worlds.get(account)
    if world is not None and _owns(world, credentials):
        return
    if any(_owns(other, credentials) for other in worlds.values()):
        raise Refused(403, FOREIGN_CREDENTIALS, FOREIGN_CREDENTIALS_CODE)
    raise Refused(401, WRONG_CREDENTIALS, WRONG_CREDENTIALS_CODE, CHALLENGE)


def _owns(world: World, credentials: tuple[str, str]) -> bool:
    user, token = credentials
    return user in (world.key, world.sid) and hmac.compare_digest(
        token.encode(errors="replace"), world.token.encode()
    )


@lru_cache(maxsize=1024)
def _basic(header: str) -> tuple[str, str] | None:
    scheme, _space, value = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, token = base64.b64decode(value.strip()).decode(errors="replace").partition(":")
    except (ValueError, binascii.Error):
        return None
    return (user, token) if colon else None
