"""A port for a server that is started later, and that cannot choose one by itself."""

import errno
import random
import socket

PORTS = range(20_000, 30_000)
"""
Ports that a system gives to nobody unasked: Linux begins at 32,768, macOS and Windows at 49,152.

A port that the system has chosen and that is let go may be somebody else's before the server has
it: another test's server, or the near end of any connection.
"""

# Not the seeded generator: the workers of a test run are often given the same seed.
_random = random.SystemRandom()


def free_port() -> int:
    """
    A port that nobody has now, at any address of this machine.

    Where a hundred of `PORTS` are taken, the system chooses.
    """
    for port in _random.sample(PORTS, 100):
        if all(_is_free(host, port) for host in ("0.0.0.0", "::")):  # noqa: S104 (nobody listens)
            return port
    with socket.create_server(("127.0.0.1", 0)) as chosen:
        return int(chosen.getsockname()[1])


def _is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        bound = socket.socket(family)
    except OSError:
        return True  # a machine without IPv6
    with bound:
        try:
            if family == socket.AF_INET6:
                bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            bound.bind((host, port))
        except OSError as error:
            return error.errno == errno.EADDRNOTAVAIL
    return True
