"""A client's connection is cut, so that he does not take half an answer for a whole one."""

import os
import socket
import stat
from collections.abc import Callable
from contextlib import suppress

_INTERNET = (socket.AF_INET, socket.AF_INET6)


def cut(is_meant: Callable[[socket.socket], bool]) -> None:
    """
    Shut every connection of this process that is meant.

    Granian hands out no connection, so they are looked for among the process's descriptors. Where
    the system lists none (Windows), they stay open.

    Args:
        is_meant: Asked of each internet socket that has a peer.
    """
    with suppress(OSError):
        for each in os.listdir("/dev/fd"):  # noqa: PTH208
            with suppress(OSError):  # meanwhile closed, or a socket of another kind
                _cut(int(each), is_meant)


def _cut(descriptor: int, is_meant: Callable[[socket.socket], bool]) -> None:
    if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
        return
    with socket.socket(fileno=os.dup(descriptor)) as found:
        # An unconnected socket has no peer.
        if found.family in _INTERNET and found.getpeername() and is_meant(found):
            found.shutdown(socket.SHUT_RDWR)


def cut_peer(peer: str) -> None:
    """
    Shut the connection of one client.

    Args:
        peer: Its address and port, as Granian writes them.
    """
    host, _colon, port = peer.rpartition(":")
    wanted = host.strip("[]"), port

    def is_he(found: socket.socket) -> bool:
        address = found.getpeername()
        return (str(address[0]), str(address[1])) == wanted

    cut(is_he)
