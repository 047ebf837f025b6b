"""
`exomock health`: can calls be placed there, and does time run?

A container's engine asks every few seconds, so nothing of the server is imported for it. Proxies of
the environment are not asked: a check that went through one would say how the proxy is.
"""

import argparse
import json
import os
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from exomock.client.errors import ControlError, NoServer
from exomock.client.wire import Wire
from exomock.standard import written
from exomock.wall import rest, stopwatch

HEALTHY, UNHEALTHY, NO_SERVER = 0, 1, 3
_ANYWHERE = {"", "localhost", "0.0.0.0", "::"}  # noqa: S104
_PATIENCE = 2.0
"""Seconds that the server may take to answer: it answers in milliseconds, also when it is busy."""
_BETWEEN = 0.1
_NEVER = threading.Event()


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Ask a server how it is, print that on a line, and give the exit status.

    Args:
        arguments: What follows `exomock health`.

    Returns:
        0 calls can be placed, 1 they cannot, 3 nobody answers. Wrong arguments end with 2.
    """
    with written():
        return _answered(_parser().parse_args(arguments))


def _answered(given: argparse.Namespace) -> int:
    try:
        wire = Wire(given.url or url_in(os.environ))
    except ValueError as error:
        _parser().error(f"{_source(given.url, os.environ)}: {error}")
    until = stopwatch() + given.wait
    while True:
        status, found, sentence = _asked(wire)
        if status == HEALTHY or stopwatch() >= until:
            break
        rest(_NEVER, _BETWEEN)
    print(json.dumps(found) if given.json else sentence, flush=True)  # noqa: T201
    return status


class _Parser(argparse.ArgumentParser):
    def print_help(self, file: Any = None) -> None:
        # argparse's own would drop the error where nothing can be written.
        print(self.format_help(), end="", file=file)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser("exomock health", description="Ask a server how it is.")
    parser.add_argument(
        "--url", help="Where it is; else EXOMOCK_URL, else the port of EXOMOCK_PORT or 8080."
    )
    parser.add_argument("--json", action="store_true", help="Print what it answered, as JSON.")
    parser.add_argument(
        "--wait",
        type=_seconds,
        default=0.0,
        metavar="SECONDS",
        help="Ask again until it is well, so long at most [0].",
    )
    return parser


def _seconds(text: str) -> float:
    found = float(text)
    if not 0 <= found <= 3600:  # noqa: PLR2004
        raise argparse.ArgumentTypeError("expected 0 to 3600 seconds")
    return found


def url_in(environ: Mapping[str, str]) -> str:
    """
    Where the server of an environment is: the one it names, or the one it would start.

    Args:
        environ: Environment variables.
    """
    if environ.get("EXOMOCK_URL"):
        return environ["EXOMOCK_URL"]
    host = environ.get("EXOMOCK_HOST", "")
    host = "127.0.0.1" if host in _ANYWHERE else host
    port = environ.get("EXOMOCK_PORT") or "8080"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _source(said: str | None, environ: Mapping[str, str]) -> str:
    """What has said where the server is."""
    if said:
        return "--url"
    return "EXOMOCK_URL" if environ.get("EXOMOCK_URL") else "EXOMOCK_HOST and EXOMOCK_PORT"


def _asked(wire: Wire) -> tuple[int, Any, str]:
    """The exit status, what the server answered, and a sentence."""
    try:
        found = wire.control("GET", "/health", timeout=_PATIENCE)
    except NoServer as error:
        return NO_SERVER, {"status": "no server", "detail": str(error)}, f"exomock: {error}"
    except ControlError as error:
        body = dict(error.problem)
        return UNHEALTHY, body, f"exomock: {wire.url} is unwell: {_trouble(body) or error}"
    if not isinstance(found, dict) or found.get("status") != "ok":
        sentence = f"{wire.url} is no exomock"
        return NO_SERVER, {"status": "no server", "detail": sentence}, f"exomock: {sentence}"
    return HEALTHY, found, f"ok: exomock {found.get('version')} at {wire.url}"


def _trouble(body: Mapping[str, Any]) -> str:
    parts = (f"{name} {body[name]}" for name in ("database", "heartbeat", "lease") if name in body)
    return ", ".join(part for part in parts if not part.endswith((" ok", " held")))
