"""How far callbacks may go: a forgotten production URL is never told of a simulated call."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit, urlunsplit


class TooFar(OSError):
    """A receiver that is neither near nor allowed; its message says what would allow it."""


@dataclass(frozen=True, slots=True)
class Reach:
    """
    Which receivers may be told of simulated calls.

    Args:
        allowed: Host names that may lie anywhere; `*` is all of them.
        aliases: Hosts to go to instead of others: a container's `localhost` is its own.
    """

    allowed: frozenset[str] = frozenset()
    aliases: Mapping[str, str] = field(default_factory=dict)

    def check(self, host: str, address: str) -> None:
        """
        Let loopback, private and allowed addresses pass.

        Args:
            host: The host of the URL, as it was resolved.
            address: The IP address a connection is about to be made to.

        Raises:
            TooFar: It is neither.
        """
        near = not ip_address(address.partition("%")[0]).is_global
        if not near and not {"*", host.lower()} & self.allowed:
            raise TooFar(
                f"{host} is {address}, no loopback or private address; --allow-callbacks-to "
                f"{host} would let callbacks go there"
            )

    def url(self, url: str) -> str:
        """The URL to post to: its host replaced where an alias says so."""
        parts = urlsplit(url)
        alias = self.aliases.get((parts.hostname or "").lower())
        if alias is None:
            return url
        userinfo, at, _host = parts.netloc.rpartition("@")
        port = f":{parts.port}" if parts.port else ""
        return urlunsplit(parts._replace(netloc=f"{userinfo}{at}{alias}{port}"))
