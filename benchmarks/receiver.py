"""A customer's web server that does nothing but note when each callback was there."""

import multiprocessing
import selectors
import socket
import time
from typing import Any, Self

_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_SID, _IN_QUERY = b'name="CallSid"\r\n\r\n', b"CallSid="


class Receiver:
    """A process with a receiver; lives as long as its with-block."""

    def __enter__(self) -> Self:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        self.url = f"http://127.0.0.1:{self._pipe.recv()}/hook"
        return self

    def __exit__(self, *_: object) -> None:
        self._pipe.close()
        self._process.join(5)

    def arrivals(self) -> list[tuple[str, int]]:
        """What has come: Sid, and when the whole request was there (nanoseconds, epoch)."""
        self._pipe.send("arrivals")
        return list(self._pipe.recv())


def _serve(pipe: Any) -> None:
    arrivals: list[tuple[str, int]] = []
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as door:
        pipe.send(door.getsockname()[1])
        with selectors.DefaultSelector() as selector:
            selector.register(door, selectors.EVENT_READ)
            selector.register(pipe, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select():
                    if key.fileobj is door:
                        guest, _address = door.accept()
                        selector.register(guest, selectors.EVENT_READ, bytearray())
                    elif key.fileobj is pipe:
                        try:
                            pipe.recv()
                        except EOFError:
                            return
                        pipe.send(arrivals)
                    else:
                        _read(selector, key, arrivals)


def _read(selector: Any, key: Any, arrivals: list[tuple[str, int]]) -> None:
    piece = key.fileobj.recv(65_536)
    key.data.extend(piece)
    head, blank, body = bytes(key.data).partition(b"\r\n\r\n")
    if piece and not (blank and len(body) >= _length(head)):
        return
    if piece:
        now = time.time_ns()
        arrivals.append((_sid(head, body), now))
        key.fileobj.sendall(_ANSWER)
    selector.unregister(key.fileobj)
    key.fileobj.close()


def _sid(head: bytes, body: bytes) -> str:
    """The Sid of a callback's call, or of a question's, which has no body."""
    name, text = (_SID, body) if body else (_IN_QUERY, head)
    at = text.index(name) + len(name)
    return text[at : at + 32].decode()


def _length(head: bytes) -> int:
    return int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0] or 0)
