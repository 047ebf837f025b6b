"""What a worker is told by its parent: one line of JSON, with the numbers of inherited sockets."""

import json
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from exomock.claims import Claim, Identity
from exomock.engine import NewAccount


class Spec(NamedTuple):
    """
    What a worker is told.

    Args:
        name: `worker-1` and so on.
        said: The command line's texts by field, with the seed and token that the parent has drawn.
        accounts: Accounts that must be there, as Sid, key and token.
        database: The URL of the database.
        durable: Whether the database must survive a power cut.
        socket: The path of the Unix socket by which its siblings reach it.
        url: Where clients find the server.
        ports: Of each address: host, port, descriptor, and the files of its certificate and key.
    """

    name: str
    said: dict[str, Any]
    accounts: list[list[str]]
    database: str
    durable: bool
    socket: str
    url: str
    ports: list[list[Any]]

    def line(self) -> bytes:
        """The spec as a line of JSON."""
        return json.dumps(self._asdict()).encode() + b"\n"

    def claims(self) -> list[Claim]:
        """The addresses, whose sockets this process has inherited."""
        return [
            Claim(host, port, socket.socket(fileno=fd), _identity(files), shared=True)
            for host, port, fd, files in self.ports
        ]

    def wanted(self) -> tuple[NewAccount, ...]:
        """The accounts that must be there."""
        return tuple(NewAccount(sid, key, token) for sid, key, token in self.accounts)


def read_spec(line: bytes) -> Spec:
    """The spec in a line that the parent has written."""
    return Spec(**json.loads(line))


def ports_of(claims: Sequence[Claim]) -> list[list[Any]]:
    """Addresses as a spec has them."""
    return [
        [each.host, each.port, each.holder.fileno(), each.identity and [*map(str, each.identity)]]
        for each in claims
    ]


def _identity(files: list[str] | None) -> Identity | None:
    return None if files is None else Identity(*map(Path, files))
