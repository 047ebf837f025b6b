"""A webhook receiver on a free port, which collects what it gets."""

import socket
import threading
from collections.abc import Iterable
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from exomock.testing.received import Application, Received, Response

_SHORTEST, _LONGEST = 100, 599
_NOT_OURS = frozenset({"connection", "content-length", "host", "keep-alive", "transfer-encoding"})
"""Headers of one connection, which a forwarded request has of its own."""


class Receiver:
    """
    A customer's web server on a free port of 127.0.0.1.

    `received` is what it got, the oldest first. It answers 200 until it is told otherwise.
    """

    def __init__(self) -> None:
        self.received: list[Received] = []
        self._arrived = threading.Condition()
        self._ended = threading.Event()
        self._application: Application = self._told
        self._answer = Response()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()

    def answer(
        self,
        status: int = 200,
        delay: float = 0,
        body: bytes | str = b"",
        content_type: str | None = None,
    ) -> None:
        """
        Response so from now on.

        Args:
            status: HTTP status, 100 to 599.
            delay: Seconds to wait before it.
            body: Its body.
            content_type: Its media type, as "text/plain"; None sends none.

        Raises:
            TypeError: An argument is of another type.
            ValueError: An argument is out of range.
        """
        if isinstance(status, bool) or not isinstance(status, int):
            raise TypeError(f"{status!r} is no status; expected a whole number from 100 to 599")
        if not _SHORTEST <= status <= _LONGEST:
            raise ValueError(f"{status} is no status; expected a whole number from 100 to 599")
        if not isinstance(delay, int | float) or not delay >= 0:
            raise ValueError(f"{delay!r} is no delay; expected seconds, 0 or more")
        raw = body.encode() if isinstance(body, str) else bytes(body)
        headers = () if content_type is None else (("Content-Type", content_type),)
        self._answer = Response(status, float(delay), raw, headers)
        self._application = self._told

    def app(self, application: Any) -> None:
        """
        Let an application answer, in this process.

        Args:
            application: WSGI (Flask, Django) or ASGI (FastAPI, Starlette).

        Raises:
            TypeError: It is neither.
        """
        # Here, because asyncio is needed only by those who ask for it.
        from exomock.testing.hosting import hosted

        self._application = hosted(application)

    def forward(self, url: str) -> None:
        """
        Let a server that runs elsewhere answer: each request is sent on to it.

        Args:
            url: Its base, as http://127.0.0.1:3000; the path of a request is added.

        Raises:
            ValueError: It is no URL of a server.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{url!r} is no server; expected a URL such as http://127.0.0.1:3000")
        self._application = lambda received: _forwarded(url, received)

    def wait(self, count: int = 1, timeout: float = 10.0) -> list[Received]:
        """
        Wait until so many requests have come; for clocks that run.

        Raises:
            TimeoutError: They have not come in `timeout` seconds.
        """
        with self._arrived:
            if not self._arrived.wait_for(lambda: len(self.received) >= count, timeout):
                got = len(self.received)
                raise TimeoutError(f"{got} of {count} requests came in {timeout:g} s")
            return list(self.received)

    def _told(self, _received: Received) -> Response:
        answer = self._answer
        if answer.delay:
            self._ended.wait(answer.delay)
        return answer

    def take(self, received: Received) -> Response:
        """Collect a request, and answer it."""
        with self._arrived:
            self.received.append(received)
            self._arrived.notify_all()
        return self._application(received)

    def close(self) -> None:
        """End; answers that are delayed are given now."""
        self._ended.set()
        self._server.end()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # a connection that is kept open must not hold up the test's end
    request_queue_size = 128  # of 5, the default, forty callbacks at once reset some
    ended = False

    def run(self) -> None:
        """Serve; unlike `serve_forever` it looks at no clock, so that a test ends at once."""
        while not self.ended:
            try:
                request, address = self.get_request()
            except OSError:  # who knocked has gone
                continue
            if self.ended:
                request.close()
            else:
                self.process_request(request, address)

    def end(self) -> None:
        """Let `run` return: a last connection wakes it."""
        self.ended = True
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.server_port)):
            pass


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _take(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            answer = _answer_of(receiver, Received(self.command, self.path, self.headers, body))
            self.send_response_only(answer.status)
            for name, value in answer.headers:
                if name.lower() not in _NOT_OURS:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            if self.command != "HEAD":  # its answer has the length of a body, and none
                self.wfile.write(answer.body)

        do_HEAD = do_POST = do_GET = do_PUT = do_PATCH = do_DELETE = _take  # noqa: N815

        def log_message(self, *_: Any) -> None:
            """Say nothing: the report of a failed test tells the story."""

        def handle(self) -> None:
            try:
                super().handle()
            except ConnectionError:  # who asked has gone, as a timed-out callback does
                self.close_connection = True

    return Handler


def _answer_of(receiver: Receiver, received: Received) -> Response:
    try:
        return receiver.take(received)
    except Exception as error:  # noqa: BLE001 - as a web server: the application failed
        return Response(500, body=f"{type(error).__name__}: {error}".encode())


def _forwarded(url: str, received: Received) -> Response:
    parts = urlsplit(url)
    make = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = make(parts.hostname or "", parts.port, timeout=60)
    headers = {k: v for k, v in received.headers.items() if k.lower() not in _NOT_OURS}
    try:
        path = parts.path.rstrip("/") + received.path
        connection.request(received.method, path, received.body or None, headers)
        answer = connection.getresponse()
        sent: Iterable[tuple[str, str]] = answer.getheaders()
        return Response(answer.status, 0, answer.read(), tuple(sent))
    except (OSError, HTTPException) as error:
        return Response(502, body=f"{url} does not answer: {error}".encode())
    finally:
        connection.close()
