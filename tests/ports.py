"""A port that nobody has, kept so; `exomock.testing.ports` has those for servers."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def nobody(host: str = "127.0.0.1", port: int = 0) -> Iterator[int]:
    """
    A port on which nobody listens for as long as the block runs: connections are refused.

    One that is let go may be somebody else's a moment later.

    Args:
        host: A loopback address.
        port: 0 leaves the choice to the system.

    Raises:
        OSError: Somebody has that port.
    """
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as held:
        held.bind((host, port))
        yield held.getsockname()[1]


def has_ipv6() -> bool:
    """Whether this machine has ::1."""
    try:
        with nobody("::1"):
            return True
    except OSError:
        return False
