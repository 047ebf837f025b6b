"""What happens at a server, as it happens: its stream of Server-Sent Events, read."""

import json
from collections.abc import Callable, Iterator
from http.client import HTTPException
from typing import Any, NamedTuple

from exomock.client.errors import NoServer
from exomock.client.wire import Wire

SILENCE = 60.0
"""Seconds without anything, not even a heartbeat, after which a server is given up."""


_PIECE = 65_536

_LEAVES_OUT = "X-Exomock-Leaves-Out"


class Happening(NamedTuple):
    """An event: its id, by which one goes on later, its kind, and what it says."""

    id: str
    kind: str
    data: dict[str, Any]


def happenings(
    wire: Wire,
    path: str,
    since: str | None = None,
    leaves_out: Callable[[str, str], None] = lambda _who, _others: None,
) -> Iterator[list[Happening]]:
    """
    What happens, from now on or since an event: what comes together is one list.

    Args:
        wire: The way to the server.
        path: Of the stream, after `/_exomock`.
        since: "0" begins with the oldest that is kept, an id after that event; None begins now.
        leaves_out: Told who answers, and which other processes' accounts the stream leaves out,
            where it leaves out any.

    Returns:
        The events; they end when the server does, or when the account is deleted. The connection
        is made, and refusals are raised, before this returns.

    Raises:
        ControlError: The server refused.
        NoServer: There is none, or none any more.
    """
    answer, close = wire.stream(path, {} if since is None else {"Last-Event-ID": since}, SILENCE)
    if others := answer.headers.get(_LEAVES_OUT):
        leaves_out(answer.headers.get("X-Exomock-Owner", ""), others)

    def read() -> Iterator[list[Happening]]:
        rest = b""
        try:
            while piece := answer.read1(_PIECE):
                *whole, rest = (rest + piece).split(b"\n\n")
                if found := [each for text in whole if (each := _happening(text)) is not None]:
                    yield found
        except (OSError, HTTPException, ValueError, LookupError):
            raise NoServer(f"{wire.url} is gone") from None
        finally:
            close()

    return read()


def _happening(text: bytes) -> Happening | None:
    """An event of its lines; None where they are a comment."""
    lines = (line.partition(": ") for line in text.decode().splitlines())
    said = {name: value for name, _colon, value in lines if name}
    if "data" not in said:
        return None
    return Happening(said["id"], said["event"], json.loads(said["data"]))
