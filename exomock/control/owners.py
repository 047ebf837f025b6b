"""Whose a callback is: the calls and messages behind rows of the outbox, read together."""

from collections.abc import Iterable
from typing import Any

from exomock.api.wiring import engine
from exomock.domain.callback import KIND, QUESTION
from exomock.domain.message import MESSAGE
from exomock.storage.deliveries import CallbackRow

Owners = dict[tuple[str, str], object]
"""What owes a callback, by its kind and Sid."""


def owners_of(account: str, rows: Iterable[CallbackRow]) -> Owners:
    """
    The owners of callbacks; one that a reset has deleted meanwhile is left out.

    Args:
        account: The account's Sid.
        rows: Its callbacks.
    """
    sids: dict[str, set[str]] = {}
    for row in rows:
        sids.setdefault(row.kind, set()).add(row.sid)
    store = engine().store
    calls, messages = store.calls.of, store.messages.of
    reads: dict[str, Any] = {KIND: calls, QUESTION: calls, MESSAGE: messages}
    return {
        (kind, sid): owner
        for kind, wanted in sids.items()
        if kind in reads
        for sid, owner in reads[kind](account, wanted).items()
    }
