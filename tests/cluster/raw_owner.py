"""An owner that answers what a test lays down, byte by byte, and counts what it was asked."""

import socket
import threading
from contextlib import suppress


class RawOwner:
    """
    A sibling on a free port; each connection plays the turns that are left.

    Args:
        turns: What each request is answered with, in order; None closes without a word, ... never
            answers. After the last one connections are closed.
    """

    def __init__(self, *turns):
        self._turns = list(turns)
        self.asked = []
        self.came = threading.Semaphore(0)
        self.gone = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        while True:
            try:
                client, _address = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with client, client.makefile("rb") as read:
            while head := self._head(read):
                self.asked.append(head)
                self.came.release()
                turn = self._turns.pop(0) if self._turns else None
                if turn is None:
                    return
                if turn is ...:
                    read.read(1)
                    self.gone.set()
                    return
                client.sendall(turn)
                if b"\r\nX-Last: yes" in turn:
                    return

    @staticmethod
    def _head(read):
        lines = []
        while (line := read.readline()) not in (b"\r\n", b""):
            lines.append(line)
        length = next(
            (int(n.split(b":")[1]) for n in lines if n.lower().startswith(b"content-length")), 0
        )
        return lines and (b"".join(lines), read.read(length))

    def close(self):
        """Listen no more."""
        with suppress(OSError):  # closed already
            self._listening.shutdown(socket.SHUT_RDWR)  # or a thread in `accept` would hold it open
        self._listening.close()


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
