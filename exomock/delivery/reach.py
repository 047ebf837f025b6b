"""The reach of callbacks: a forgotten production URL is never told of a simulated call."""

import re
import socket
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit, urlunsplit

ECHO = "/_exomock/echo"
"""The one path of this server that callbacks may go to."""

Address = IPv4Address | IPv6Address

# Loopback, RFC 1918, the shared space of RFC 6598 (mesh VPNs give it to laptops) and RFC 4193.
# `is_private` will not do: it changes between Python releases, and includes link-local.
_NEAR = tuple(
    ip_network(each)
    for each in (
        "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10",
        "::1/128", "fc00::/7",
    )
)  # fmt: skip

# Addresses at which clouds hand a machine its credentials: all of link-local, and those elsewhere.
_METADATA = tuple(
    ip_network(each)
    for each in (
        "169.254.0.0/16", "fe80::/10",
        "100.100.100.200/32",  # Alibaba
        "168.63.129.16/32",  # Azure
        "192.0.0.192/32",  # Oracle
        "fd00:ec2::/32",  # Amazon
        "fd20:ce::254/128",  # Google
        "fd00:42::42/128",  # Scaleway
        "fd00:c1::a9fe:a9fe/128",  # Oracle
    )
)  # fmt: skip

# IPv6 that carries an IPv4 address in its last four bytes: compatible, translated (RFC 2765),
# NAT64 and its local kind.
_CARRIERS = tuple(
    ip_network(each) for each in ("::/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48")
)

_ISATAP = (b"\x00\x00\x5e\xfe", b"\x02\x00\x5e\xfe")
"""RFC 5214: how the last eight bytes begin, of any network, where they carry an IPv4 address."""

_SLASHES, _JSON = re.compile("//+"), re.compile(r"\.json(?=/|$)")


class TooFar(OSError):
    """A receiver that is neither near nor allowed; its message says what would allow it."""


@dataclass(frozen=True, slots=True)
class Reach:
    """
    The receivers that may be told of simulated calls.

    Args:
        allowed: Host names that may lie anywhere; `*` is all of them, but for addresses at which
            a cloud gives away credentials: whoever means those names them.
        aliases: Hosts to go to instead of others: a container's `localhost` is its own.
        own: Addresses and ports that this server listens on.
    """

    allowed: frozenset[str] = frozenset()
    aliases: Mapping[str, str] = field(default_factory=dict)
    own: frozenset[tuple[Address, int]] = frozenset()

    def check(self, host: str, address: str, port: int = 0, target: str = "/") -> None:
        """
        Let loopback, private and allowed addresses pass, but not into this server.

        Args:
            host: The host of the URL, as it was resolved.
            address: The IP address a connection is about to be made to.
            port: Its port.
            target: The path and query that are about to be asked for.

        Raises:
            TooFar: It may not be connected to.
        """
        found = plain_address(address)
        if self._is_own(found, port) and not is_echo(target):
            raise TooFar(
                f"{host}:{port} is this exomock itself; callbacks to it may go to {ECHO} only"
            )
        if is_near(found) or host.lower().rstrip(".") in self.allowed:
            return
        if "*" in self.allowed and not is_metadata(found):
            return
        raise TooFar(_why(host, address, found))

    def url(self, url: str) -> str:
        """The URL to post to: its host replaced where an alias says so."""
        parts = urlsplit(url)
        alias = self.aliases.get((parts.hostname or "").lower())
        if alias is None:
            return url
        userinfo, at, _host = parts.netloc.rpartition("@")
        port = f":{parts.port}" if parts.port else ""
        return urlunsplit(parts._replace(netloc=f"{userinfo}{at}{alias}{port}"))

    def _is_own(self, address: Address, port: int) -> bool:
        # A connection to 0.0.0.0 or :: reaches loopback, so with one of our ports it is exomock.
        mine = [listens for listens, its_port in self.own if its_port == port]
        if not mine:
            return False
        wild = any(listens.is_unspecified for listens in mine)
        return address in mine or address.is_unspecified or (wild and _of_this_machine(address))


def listening(addresses: Iterable[tuple[str, int]]) -> frozenset[tuple[Address, int]]:
    """
    What a server listens on, as `Reach` wants it.

    Args:
        addresses: Hosts (names or IP addresses) and ports.
    """
    return frozenset(
        (plain_address(str(found[4][0])), port)
        for host, port in addresses
        for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    )


@lru_cache(1024)
def plain_address(address: str) -> Address:
    """An address without its zone; IPv4 in an IPv6 socket's spelling is IPv4."""
    found = ip_address(address.partition("%")[0])
    return getattr(found, "ipv4_mapped", None) or found


@lru_cache(1024)
def is_near(address: Address) -> bool:
    """Whether it is loopback or private, and no place where a cloud keeps credentials."""
    leads_to = (address, *_tunnelled(address))
    near = all(any(each in net for net in _NEAR) for each in leads_to)
    return near and not is_metadata(address)


def is_metadata(address: Address) -> bool:
    """Whether it is link-local or a cloud's metadata service, also through a gateway to IPv4."""
    return any(each in net for each in (address, *_carried(address)) for net in _METADATA)


def is_echo(target: str) -> bool:
    """
    Whether a path leads to the echo route, by the spellings `api.edge` makes one of.

    A percent-encoded path does not: what the server decodes it to need not be guessed here.
    """
    path = _JSON.sub("", _SLASHES.sub("/", target.partition("?")[0]))
    return path.rstrip("/") == ECHO


def _carried(address: Address) -> Iterable[Address]:
    """IPv4 addresses that an IPv6 address leads to."""
    if isinstance(address, IPv4Address):
        return
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
    if any(address in net for net in _CARRIERS):
        yield IPv4Address(address.packed[12:])
    yield from _tunnelled(address)
    if address in _CARRIERS[-1]:  # RFC 6052: after a /48, /56 or /64, leaving the ninth byte out
        without = address.packed[:8] + address.packed[9:]
        for begin in (6, 7, 8):
            yield IPv4Address(without[begin : begin + 4])


def _tunnelled(address: Address) -> Iterable[Address]:
    """The IPv4 address in one of ISATAP, whose network may be a near one."""
    if address.packed[8:12] in _ISATAP:
        yield IPv4Address(address.packed[12:])


def _of_this_machine(address: Address) -> bool:
    """Whether this machine has the address: only then can a socket be bound to it."""
    family = socket.AF_INET if isinstance(address, IPv4Address) else socket.AF_INET6
    with closing(socket.socket(family, socket.SOCK_DGRAM)) as probe:
        try:
            probe.bind((str(address), 0))
        except OSError:
            # A link-local address needs its zone, which a URL seldom has; it is not near anyhow.
            return False
    return True


def _why(host: str, address: str, found: Address) -> str:
    if found.is_unspecified:
        return (
            f"{host} is {address}, an address to listen on and not to connect to; "
            "the receiver of this machine is 127.0.0.1"
        )
    kind = "a link-local or metadata" if is_metadata(found) else "no loopback or private"
    return (
        f"{host} is {address}, {kind} address; --allow-callbacks-to {host} would let callbacks "
        "go there"
    )
