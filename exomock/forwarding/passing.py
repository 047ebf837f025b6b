"""An answer of the owner, passed on to the client piece by piece."""

import asyncio
from typing import Any

import h11

from exomock.forwarding.cutting import cut_peer
from exomock.forwarding.hop import BROKEN, Head, Hop
from exomock.forwarding.request import HOP_BY_HOP
from exomock.forwarding.trouble import ClientGone

_PAUSE = 0.02
"""Seconds before a short end: without them a server sends nothing at all (`api/dripping.py`)."""

Headers = list[tuple[str, str]]


def passed_on(hop: Hop, head: Head, protocol: Any) -> bool:
    """
    Pass an answer on that has come whole; False where it has not, and nothing was done.

    Args:
        hop: Where it comes from, its head read.
        head: Its head.
        protocol: Granian's, of the client.
    """
    if (body := hop.whole) is None:
        return False
    protocol.response_bytes(head.status, _headers(head), body)
    return True


async def pass_on(hop: Hop, head: Head, protocol: Any) -> bool:
    """
    Pass an answer on as it comes.

    Args:
        hop: Where it comes from, its head read.
        head: Its head.
        protocol: Granian's, of the client; `peer` says who that is.

    Returns:
        Whether it came whole; if not, the client's connection ends in the middle of it.

    Raises:
        ClientGone: Nobody takes it.
    """
    headers = _headers(head)
    piece, ended = hop.at_hand()
    if ended:
        protocol.response_bytes(head.status, headers, piece)
        return True
    out = protocol.response_stream(head.status, headers)
    try:
        await _send(out, piece)
        while isinstance(event := await hop.next(), h11.Data):
            await _send(out, bytes(event.data))
    except BROKEN:
        await _end_short(headers, protocol)
        return False
    return True


async def _send(out: Any, piece: bytes) -> None:
    if not piece:
        return
    try:
        await out.send_bytes(piece)
    except Exception:  # noqa: BLE001 - Granian's errors have no base of their own
        raise ClientGone from None


async def _end_short(headers: Headers, protocol: Any) -> None:
    """End an answer so that its client sees that it is not whole."""
    await asyncio.sleep(_PAUSE)
    # Granian sees by itself that an announced length is not met. Without a length it would end the
    # answer as if it were whole.
    if not any(name == "content-length" for name, _value in headers):
        cut_peer(protocol.peer)


def _headers(head: Head) -> Headers:
    return [each for each in head.headers if each[0] not in HOP_BY_HOP]
