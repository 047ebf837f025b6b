"""The names under which exomock answers https: Exotel's, and this machine's own."""

from ipaddress import ip_address

ONE_BELOW = ("exotel.com", "in.exotel.com", "exotel.in")
"""One label below each of these is a name of Exotel's: a wildcard certificate covers no more."""

APEXES = ("exotel.com", "exotel.in")

KNOWN = (
    "api.exotel.com", "api.in.exotel.com", "api.exotel.in", "twilix.exotel.in", "my.exotel.com",
)  # fmt: skip
"""Names that documentation, samples and packages have burnt in."""

LOOPBACK = ("localhost", "127.0.0.1", "::1")

CERTIFIED = (*KNOWN, *APEXES, *(f"*.{name}" for name in ONE_BELOW), *LOOPBACK)
"""All that one certificate is good for."""


def is_exotels(host: str) -> bool:
    """
    Whether a host is a name of Exotel's that exomock's certificate covers.

    Args:
        host: Without a port, in any case, with or without a dot at its end.
    """
    name = plain_name(host)
    return name in APEXES or name.partition(".")[2] in ONE_BELOW


def is_below_exotels(host: str) -> bool:
    """Whether a host belongs to Exotel at all, covered or not."""
    name = plain_name(host)
    return any(name == apex or name.endswith(f".{apex}") for apex in APEXES)


def is_loopback(host: str) -> bool:
    """Whether a host can only be this machine."""
    name = plain_name(host)
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


def plain_name(host: str) -> str:
    """A host in lower case, without the brackets of IPv6 and without a dot at its end."""
    return host.strip("[]").lower().removesuffix(".")
