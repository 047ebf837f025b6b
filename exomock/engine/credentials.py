"""Who an account is: its Sid, its key and token, and what else it is made of."""

import re
from typing import NamedTuple

from exomock.domain.scenario import Scenario

SID = re.compile(r"[A-Za-z0-9_-]{1,64}")
SECRET = re.compile(r"[!-9;-~]{1,128}")


class NewAccount(NamedTuple):
    """
    An account that is to be; what is None is made up or taken from the server.

    Args:
        sid: Its Sid.
        key: Its API key.
        token: Its API token.
        seed: What its chance is drawn from.
        time: Its time at the start, microseconds; None is the wall clock's.
        rate: Account seconds per wall second.
        scenario: What becomes of its calls.
        collect: True records callbacks instead of sending any.
    """

    sid: str | None = None
    key: str | None = None
    token: str | None = None
    seed: int | None = None
    time: int | None = None
    rate: float | None = None
    scenario: Scenario | None = None
    collect: bool = False
