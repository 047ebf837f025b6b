"""Where a request through the proxy goes, or why it goes nowhere."""

from dataclasses import dataclass

from exomock.plain import plain
from exomock.trust.names import is_below_exotels, is_exotels, is_loopback, plain_name

HTTPS = 443

REFUSED = (
    "exomock run lets no request through to {host}: add --passthrough {host} to let it through"
)
"""The answer to a request for any other host; node.cjs has the same sentence."""

UNCOVERED = (
    "exomock run answers no {host}: its certificate covers one name below exotel.com, "
    "in.exotel.com and exotel.in"
)

_LONGEST = 255


class NoWay(Exception):
    """A request goes nowhere; its message is the sentence that says why."""


@dataclass(frozen=True, slots=True)
class Ways:
    """
    Who may be reached.

    Args:
        http: The port of 127.0.0.1 on which exomock answers http.
        https: And https.
        passthrough: Hosts that are let through, in lower case; `.name` is all below a name as
            well, * any.
    """

    http: int
    https: int
    passthrough: tuple[str, ...] = ()

    def to(self, host: str, port: int, *, tunnel: bool) -> tuple[str, int]:
        """
        Where a request goes.

        Args:
            host: The host that was asked for.
            port: And its port.
            tunnel: Whether it is to be tunnelled: a tunnel holds https, unless it is to port 80.

        Raises:
            NoWay: It may not go there.
        """
        if is_exotels(host):
            return "127.0.0.1", self.https if tunnel and port != _HTTP else self.http
        shown = plain(plain_name(host), _LONGEST)
        if is_below_exotels(host):
            raise NoWay(UNCOVERED.format(host=shown))
        if is_loopback(host) or self._passes(plain_name(host)):
            return host.strip("[]"), port
        raise NoWay(REFUSED.format(host=shown))

    def _passes(self, name: str) -> bool:
        return any(
            said == "*"
            or name == said.removeprefix(".")
            or (said[0] == "." and name.endswith(said))
            for said in self.passthrough
        )


_HTTP = 80
