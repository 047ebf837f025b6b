"""HTTP to a server, by the standard library alone; connections are kept and shared by threads."""

import json
import re
import select
import weakref
from base64 import b64encode
from collections import deque
from collections.abc import Callable, Mapping
from email.message import Message
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from exomock.client.errors import NoServer, error_of
from exomock.plain import is_utf8

USUAL = 30.0
"""Seconds that a request may take; what waits for something may take longer."""

_KEPT = 4
"""Connections that are kept open: more are used only by threads that ask at the same moment."""

_REFUSALS = 400

_HOST, _PATH = re.compile(r"[^\x00-\x20\x7f]+"), re.compile("[!-~]*")


class Reply(NamedTuple):
    """An answer; the names of its headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Cut(NoServer):
    """The connection ended, or was silent, after it had been made."""


class Wire:
    """
    The way to one server.

    Proxies of the environment are not asked, because a test's server is near.

    Args:
        url: Where it is, as `http://127.0.0.1:8080`.
        token: Of its control API, where it asks for one.

    Raises:
        ValueError: The URL is none of a server.
    """

    def __init__(self, url: str, token: str | None = None) -> None:
        self.url = url.rstrip("/") if isinstance(url, str) else ""
        if not _is_server(self.url):
            raise ValueError(f"{url!r} is no server; expected a URL such as http://127.0.0.1:8080")
        parts = urlsplit(self.url)
        self._make = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._host, self._port, self._prefix = parts.hostname or "", parts.port, parts.path
        self._control = {"Authorization": f"Bearer {token}"} if token else {}
        self._ended = ""
        self._kept: deque[HTTPConnection] = deque()
        # A client that is simply forgotten must leave no open socket: Python would warn of it.
        self._closing = weakref.finalize(self, _close, self._kept)

    def control(self, method: str, path: str, data: Any = None, *, timeout: float = USUAL) -> Any:
        """
        Ask the control API, in JSON.

        Args:
            method: GET, POST, PUT or DELETE.
            path: What follows `/_exomock`.
            data: The body: bytes are YAML, all else is written as JSON; None is no body.
            timeout: Seconds.

        Returns:
            The answer's JSON, None where it has none.

        Raises:
            ControlError: The server refused.
            NoServer: There is none.
        """
        headers, raw = dict(self._control), b""
        if isinstance(data, bytes):
            headers["Content-Type"], raw = "application/yaml", data
        elif data is not None or method in ("POST", "PUT"):
            headers["Content-Type"] = "application/json"
            raw = b"" if data is None else json.dumps(data).encode()
        reply = self.ask(method, f"/_exomock{path}", raw, headers, timeout=timeout)
        return _read(self.url, reply)

    def lines(self, path: str) -> list[Any]:
        """The JSON lines of a route of the control API."""
        reply = self.ask("GET", f"/_exomock{path}", b"", self._control)
        if reply.status >= _REFUSALS:
            _read(self.url, reply)
        return [json.loads(line) for line in reply.body.splitlines()]

    def stream(
        self, path: str, headers: Mapping[str, str], silence: float
    ) -> tuple[HTTPResponse, Callable[[], None]]:
        """
        Begin to read an answer that goes on, on a connection of its own.

        Args:
            path: What follows `/_exomock`.
            headers: Further headers.
            silence: Seconds after which a read gives up.

        Returns:
            The answer, and what closes its connection.

        Raises:
            ControlError: The server refused.
            NoServer: There is none.
        """
        connection = self._opened(silence)
        try:
            connection.request(
                "GET", f"{self._prefix}/_exomock{path}", headers=self._control | dict(headers)
            )
            answer = connection.getresponse()
            if answer.status >= _REFUSALS:
                reply = Reply(answer.status, _lower(answer.headers), answer.read())
                connection.close()
                _read(self.url, reply)
        except (OSError, HTTPException) as error:
            connection.close()
            raise Cut(f"{self.url} cut off its answer to GET {path}: {error}") from None
        return answer, connection.close

    def post_form(self, path: str, form: bytes, user: str, password: str) -> Reply:
        """Post a form to the v1 API with an account's credentials."""
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Authorization": f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}",
        }
        return self.ask("POST", path, form, headers)

    def ask(
        self,
        method: str,
        path: str,
        body: bytes,
        headers: Mapping[str, str],
        *,
        timeout: float = USUAL,
    ) -> Reply:
        """
        Send a request, and read its answer.

        Raises:
            NoServer: Nobody listens there.
            Cut: The connection ended before the answer was whole, or `timeout` was over.
        """
        connection = self._connected(timeout)
        try:
            connection.request(method, self._prefix + path, body or None, dict(headers))
            answer = connection.getresponse()
            reply = Reply(answer.status, _lower(answer.headers), answer.read())
        except TimeoutError:
            connection.close()
            raise Cut(f"{self.url} did not answer {method} {path} in {timeout:g} s") from None
        except (OSError, HTTPException) as error:
            connection.close()
            what = str(error) or type(error).__name__
            raise Cut(f"{self.url} cut off its answer to {method} {path}: {what}") from None
        self._keep(connection)
        return reply

    def _connected(self, timeout: float) -> HTTPConnection:
        while True:
            try:
                connection = self._kept.pop()
            except IndexError:
                break
            if connection.sock is not None and not _readable(connection):
                connection.sock.settimeout(timeout)
                return connection
            connection.close()  # the server has hung up meanwhile
        return self._opened(timeout)

    def _opened(self, timeout: float) -> HTTPConnection:
        if self._ended:
            raise NoServer(f"nobody answers at {self.url}: {self._ended}")
        connection = self._make(self._host, self._port, timeout=timeout)
        try:
            connection.connect()
        except OSError as error:
            why = error.strerror or str(error)
            raise NoServer(f"nobody answers at {self.url}: {why}") from None
        return connection

    def _keep(self, connection: HTTPConnection) -> None:
        if connection.sock is None or len(self._kept) >= _KEPT:
            connection.close()
        else:
            self._kept.append(connection)

    def close(self) -> None:
        """Close the connections; the next request opens another."""
        _close(self._kept)

    def end(self, why: str) -> None:
        """Close the connections, and open no other: there is no server any more."""
        self._ended = why
        _close(self._kept)


def _is_server(url: str) -> bool:
    """Whether a URL can be asked at all; `http.client` would fail at each of these later."""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
        host.encode("idna")
    except ValueError:
        return False
    written = is_utf8(url) and _HOST.fullmatch(host) and _PATH.fullmatch(parts.path)
    return parts.scheme in ("http", "https") and bool(written)


def _close(connections: deque[HTTPConnection]) -> None:
    while connections:
        connections.pop().close()


def _lower(headers: Message) -> dict[str, str]:
    # The bytes of a header are UTF-8 to exomock, and Latin-1 to http.client.
    return {
        name.lower(): value.encode("latin-1", "replace").decode(errors="replace")
        for name, value in headers.items()
    }


def _readable(connection: HTTPConnection) -> bool:
    """Whether something came while nothing was asked: that the other side has hung up."""
    if not hasattr(select, "poll"):  # Windows
        return bool(select.select([connection.sock], [], [], 0)[0])
    poll = select.poll()
    poll.register(connection.sock, select.POLLIN)
    return bool(poll.poll(0))


def _read(url: str, reply: Reply) -> Any:
    try:
        data = json.loads(reply.body) if reply.body else None
    except ValueError:
        raise NoServer(f"{url} answers, but not as exomock does (status {reply.status})") from None
    if reply.status >= _REFUSALS:
        raise error_of(reply.status, data if isinstance(data, dict) else {})
    return data
