"""An ExoPhone: a number of an account, and what becomes of calls and texts to it."""

from collections.abc import Iterable
from hashlib import sha256
from typing import NamedTuple

from exomock.domain.sid import SID_LENGTH


class ExoPhone(NamedTuple):
    """
    A number of an account; None is "nobody says".

    Args:
        number: E.164.
        flow: The app id of the flow that a call to it starts.
        sms_url: Asked when somebody texts it.
        sender: The sender id that its messages show.
        region: The region in which it was rented.
        name: What a client calls it.
        voice_url: The flow's address, as a client wrote it.
    """

    number: str
    flow: str | None = None
    sms_url: str | None = None
    sender: str | None = None
    region: str | None = None
    name: str | None = None
    voice_url: str | None = None

    def differs(self, other: "ExoPhone") -> str | None:
        """The first fact, by its name, of which two entries for one number say two things."""
        for name, mine, its in zip(self._fields, self, other, strict=True):
            if None not in (mine, its) and mine != its:
                return name
        return None

    def with_facts_of(self, other: "ExoPhone") -> "ExoPhone":
        """The same ExoPhone, with the facts that only the other entry says."""
        pairs = zip(self, other, strict=True)
        return ExoPhone(*(its if mine is None else mine for mine, its in pairs))  # type: ignore[arg-type]


def joined(entries: Iterable[ExoPhone]) -> tuple[ExoPhone, ...]:
    """One ExoPhone for each number, in the order of the first entries; the first fact holds."""
    found: dict[str, ExoPhone] = {}
    for each in entries:
        known = found.get(each.number)
        found[each.number] = each if known is None else known.with_facts_of(each)
    return tuple(found.values())


def exophone_sid(account: str, number: str) -> str:
    """The Sid of an ExoPhone of an account: 32 hex digits, the same at each start."""
    return sha256(f"exophone:{account}:{number}".encode()).hexdigest()[:SID_LENGTH]
