"""The application under test in a receiver's place: WSGI or ASGI, in this process."""

import asyncio
import io
import sys
from collections.abc import Callable
from inspect import iscoroutinefunction
from typing import Any
from urllib.parse import unquote, unquote_to_bytes

from exomock.testing.received import Application, Received, Response


def hosted(application: Any) -> Application:
    """
    What answers a request by an application.

    Raises:
        TypeError: It is neither WSGI nor ASGI.
    """
    if not callable(application):
        raise TypeError(f"{application!r} is no application; expected a WSGI or an ASGI one")
    if iscoroutinefunction(application) or iscoroutinefunction(type(application).__call__):
        return lambda received: asyncio.run(_asgi(application, received))
    return lambda received: _wsgi(application, received)


def _wsgi(application: Callable[..., Any], received: Received) -> Response:
    said: list[Any] = []
    written: list[bytes] = []

    def start_response(status: str, headers: list[tuple[str, str]], _error: Any = None) -> Any:
        said[:] = [int(status.split(" ", 1)[0]), tuple(headers)]
        return written.append

    body = application(_environ(received), start_response)
    try:
        written.extend(body)
    finally:
        if hasattr(body, "close"):
            body.close()
    return Response(said[0], 0, b"".join(written), said[1])


def _environ(received: Received) -> dict[str, Any]:
    """A request as WSGI has it. Source: PEP 3333."""
    path, _mark, query = received.path.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": received.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "CONTENT_TYPE": received.headers.get("Content-Type", ""),
        "CONTENT_LENGTH": str(len(received.body)),
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(received.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in received.headers.items():
        environ.setdefault(f"HTTP_{name.upper().replace('-', '_')}", value)
    return environ


async def _asgi(application: Callable[..., Any], received: Received) -> Response:
    asked = False
    status, body = 500, b""
    headers: tuple[tuple[str, str], ...] = ()

    async def receive() -> dict[str, Any]:
        nonlocal asked
        if asked:
            # Starlette gives up a streamed answer when it hears that the client has gone.
            await asyncio.Event().wait()
        asked = True
        return {"type": "http.request", "body": received.body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        nonlocal status, headers, body
        if message["type"] == "http.response.start":
            status = message["status"]
            headers = tuple(
                (name.decode("latin-1"), value.decode("latin-1"))
                for name, value in message.get("headers", ())
            )
        elif message["type"] == "http.response.body":
            body += message.get("body", b"")

    await application(_scope(received), receive, send)
    return Response(status, 0, body, headers)


def _scope(received: Received) -> dict[str, Any]:
    """A request as ASGI has it. Source: the ASGI specification, HTTP 2.3."""
    path, _mark, query = received.path.partition("?")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": received.method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [
            (name.lower().encode("latin-1"), value.encode("latin-1"))
            for name, value in received.headers.items()
        ],
        "client": ("127.0.0.1", 0),
        "server": ("127.0.0.1", 80),
    }
