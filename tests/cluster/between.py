"""A relay between a process and its database, which can cut it off: a network that fails."""

import socket
import struct
import threading
from contextlib import suppress

_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER by which a close is a reset."""


class Between:
    """
    Relays TCP connections to a port of this machine, until `close`.

    Args:
        target: Where the server listens.

    Attributes:
        lost: How many answers were lost.
    """

    def __init__(self, target: int):
        self.target = target
        self._lock = threading.Lock()
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._flows = threading.Event()
        self._flows.set()
        self._resets = False
        self._loses: bytes | None = None
        self._let_through = self.lost = 0
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def reset(self) -> None:
        """Reset every connection, and each new one, until `heal`."""
        self._resets = True
        self._drop()

    def swallow(self) -> None:
        """Pass no byte on, until `heal`; connections stay, and new ones come about."""
        self._flows.clear()

    def lose(self, after: int = 0, what: bytes = b"COMMIT") -> None:
        """
        Pass a statement on, and reset its connection when the database has answered it.

        The database has done what it was told, and who told it does not know.

        Args:
            after: How many are let through, answer and all, before that one.
            what: Which statements are counted: those that have this in them.
        """
        with self._lock:
            self._loses, self._let_through = what, after

    def heal(self) -> None:
        """Be a network again; what was held up arrives late."""
        self._resets, self._loses = False, None
        self._flows.set()

    def close(self) -> None:
        """End."""
        self._resets = True
        self._flows.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._drop()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _address = self._listener.accept()
                if self._resets:
                    _reset(near)
                else:
                    threading.Thread(target=self._relay, args=(near,), daemon=True).start()

    def _relay(self, near: socket.socket) -> None:
        try:
            far = socket.create_connection(("127.0.0.1", self.target), 5)
        except OSError:  # the database itself is away
            _reset(near)
            return
        far.settimeout(None)
        with self._lock:
            self._pairs.append((near, far))
        loses = threading.Event()
        there = threading.Thread(target=self._pump, args=(near, far, loses, True), daemon=True)
        there.start()
        self._pump(far, near, loses)
        there.join()
        with self._lock, suppress(ValueError):
            self._pairs.remove((near, far))
        near.close()
        far.close()

    def _pump(
        self,
        source: socket.socket,
        sink: socket.socket,
        loses: threading.Event,
        asks: bool = False,
    ) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                self._flows.wait()
                if asks and self._is_to_be_lost(data):
                    loses.set()
                elif not asks and loses.is_set():
                    sink.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                    self.lost += 1
                    break
                sink.sendall(data)
            self._flows.wait()
        for each in (source, sink):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _is_to_be_lost(self, said: bytes) -> bool:
        """Whether the answer to what is said is the one to lose."""
        with self._lock:
            if self._loses is None or self._loses not in said:
                return False
            self._let_through -= 1
            if self._let_through >= 0:
                return False
            self._loses = None
            return True

    def _drop(self) -> None:
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for each in pair:
                with suppress(OSError):
                    each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                    each.shutdown(socket.SHUT_RDWR)


def _reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    connection.close()
