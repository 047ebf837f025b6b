"""The sockets of connections to a server, so that those that hang can be shut."""

import os
import socket
import threading
from contextlib import suppress
from typing import Any
from weakref import WeakKeyDictionary


class Sockets:
    """
    The connections that are open, each with what tells its socket; safe for many threads.

    A descriptor alone would not do: closed meanwhile, it may be a client's.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: WeakKeyDictionary[Any, int] = WeakKeyDictionary()

    def enter(self, connection: Any) -> None:
        """Note a connection of psycopg that was opened."""
        with suppress(OSError):  # Windows: a socket is no file there
            inode = os.fstat(connection.pgconn.socket).st_ino
            with self._lock:
                self._known[connection] = inode

    def shut(self) -> None:
        """End every connection at once: whoever waits for an answer over it is told of an error."""
        with self._lock:
            known = list(self._known.items())
        for connection, inode in known:
            with suppress(Exception):  # it was closed meanwhile
                _shut(connection.pgconn.socket, inode)


def _shut(descriptor: int, inode: int) -> None:
    with socket.socket(fileno=os.dup(descriptor)) as found:
        if os.fstat(found.fileno()).st_ino == inode:
            found.shutdown(socket.SHUT_RDWR)
