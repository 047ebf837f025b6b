"""Ports that are ours before anything listens on them."""

import errno
import socket
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

_TRIES = 20  # free ports looked at until one is free on both loopback addresses

_LOOPBACK = ("127.0.0.1", "::1")


class CannotListen(Exception):
    """An address cannot be listened on; its message is one line."""


class Identity(NamedTuple):
    """
    What a server that speaks https shows.

    Args:
        chain: The file of its certificate and those above it, in PEM.
        key: The file of its private key.
    """

    chain: Path
    key: Path


class Claim(NamedTuple):
    """
    An address that is ours, before anything listens there.

    Args:
        host: The numeric address.
        port: The port.
        holder: The socket that reserves it; never listened on.
        identity: What is shown there where it is https.
        shared: Whether the holder listens itself, for several processes: each takes connections
            from its one queue, so that a process that is killed loses none that it has not taken.
    """

    host: str
    port: int
    holder: socket.socket
    identity: Identity | None = None
    shared: bool = False

    @property
    def url(self) -> str:
        """Where a client on this machine finds a server that listens there."""
        host, port = self.reached_at
        scheme = "https" if self.identity else "http"
        return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"

    @property
    def reached_at(self) -> tuple[str, int]:
        """As `url`, for a socket."""
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host), self.port  # noqa: S104


class UnixClaim(NamedTuple):
    """
    A Unix socket by which the processes of one machine reach one another.

    Args:
        path: Where it lies, in a folder that is this user's alone.
    """

    path: Path

    @property
    def url(self) -> str:
        """How a sibling is told of it."""
        return f"unix:{self.path}"


def listening(claimed: Claim, backlog: int) -> Claim:
    """
    Listen at an address that is ours, for processes that are to inherit the socket.

    Args:
        claimed: The address.
        backlog: How many connections may wait there to be taken.
    """
    claimed.holder.listen(backlog)
    return claimed._replace(shared=True)


def claim(host: str, port: int, identity: Identity | None = None) -> list[Claim]:
    """
    Take a port, so that nobody else can be listening on it.

    Granian binds with SO_REUSEPORT: left alone, two servers would share a port in silence.

    Args:
        host: Name or address; `localhost` is both loopback addresses, where the machine has both,
            because clients differ in which of them they mean by it.
        port: 0 picks a free one.
        identity: What is shown there; None is http.

    Returns:
        One claim for each address, all on one port.

    Raises:
        CannotListen: The port is in use, or the address is not this machine's.
    """
    try:
        return [each._replace(identity=identity) for each in _claims(host, port)]
    except _Taken as error:
        option = "port" if identity is None else "tls-port"
        raise CannotListen(f"{error}; --{option} 0 picks a free one") from None


def _claims(host: str, port: int) -> list[Claim]:
    if host != "localhost":
        return [_claim(host, port)]
    for _ in range(_TRIES - 1):
        with suppress(_Taken):
            return _both(port)
        if port:
            break
    return _both(port)


_LACKS = {errno.ENOBUFS, errno.ENOMEM, errno.EMFILE, errno.ENFILE, errno.EAGAIN}
"""What a system says that has no room for a socket just now."""


class _NotNow(CannotListen):
    """The system lacks something, and says nothing about the machine's addresses."""


class _Taken(CannotListen):
    """Somebody else listens there."""


def _both(port: int) -> list[Claim]:
    claims: list[Claim] = []
    for host in _LOOPBACK:
        try:
            claims.append(_claim(host, claims[0].port if claims else port))
        except (_Taken, _NotNow):
            for each in claims:
                each.holder.close()
            raise
        except CannotListen:
            continue  # a machine without IPv6, or without IPv4
    if not claims:
        raise CannotListen(f"cannot listen on localhost:{port}: it has no loopback address")
    return claims


def _claim(host: str, port: int) -> Claim:
    where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    try:
        family, _kind, _proto, _name, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        holder = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        kind = _NotNow if error.errno in _LACKS else CannotListen
        raise kind(f"cannot listen on {where}: {error.strerror}") from None
    except UnicodeError:
        raise CannotListen(f"cannot listen on {where}: that is no host name") from None
    try:
        exclusive = getattr(socket, "SO_EXCLUSIVEADDRUSE", socket.SO_REUSEADDR)
        holder.setsockopt(socket.SOL_SOCKET, exclusive, 1)
        if family == socket.AF_INET6:
            holder.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        holder.bind(address)
    except OSError as error:
        holder.close()
        kind = _Taken if error.errno == errno.EADDRINUSE else CannotListen
        kind = _NotNow if error.errno in _LACKS else kind
        raise kind(f"cannot listen on {where}: {error.strerror}") from None
    found = holder.getsockname()
    if hasattr(socket, "SO_REUSEPORT"):
        # Only now may Granian join; bound before it, the port was seen to be nobody's.
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    else:
        holder.close()
    return Claim(str(found[0]), int(found[1]), holder)
