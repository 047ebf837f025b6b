"""What exomock is measured beside: how each is had by name, started, and taught its answers."""

import http.client
import json
import platform
import shutil
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from benchmarks import wrk
from benchmarks.load import request
from benchmarks.servers import Server
from exomock.testing.ports import free_port

PATIENCE = 60
"""Seconds that a peer may take to start; a Java machine needs some."""


class Answers(NamedTuple):
    """What all are asked, and what those with fixed answers say: exomock's own bytes."""

    target_of_post: str
    target_of_get: str
    to_post: bytes
    to_get: bytes


class Ready(NamedTuple):
    """A server that has been taught: where, and what to ask it; nothing to skip a measurement."""

    port: int
    posts: Sequence[bytes] | None = None
    gets: Sequence[bytes] | None = None


def _as_all(_server: Server, _answers: Answers) -> Ready | None:
    return None


@dataclass(frozen=True)
class Peer:
    """
    A server that is measured beside exomock.

    Args:
        name: What its makers call it.
        does: What it does more, or less, than give a fixed answer.
        command: Of the folder where it was put: program and arguments, `{port}` for the port.
        packages: What npm is asked for, each put into a folder of the peer.
        lacks: What this machine lacks for it; empty when it can run.
        ready: What it is asked until it answers 200.
        teach: Gives it its answers; None where it is asked what all are asked.
        most: Requests that one start of it answers, None for any number.
    """

    name: str
    does: str
    command: Callable[[Path], Sequence[str]]
    packages: Sequence[str] = ()
    lacks: Callable[[], str] = str
    ready: bytes = request("/")
    teach: Callable[[Server, Answers], Ready | None] = _as_all
    most: int | None = None

    def download(self, folder: Path) -> str:
        """Ask npm for what is not there; what it said if it failed."""
        if not self.packages or (folder / "node_modules").exists():
            return ""
        folder.mkdir(parents=True, exist_ok=True)
        npm = shutil.which("npm")
        if npm is None:
            return "npm is not installed"
        ran = subprocess.run(
            [npm, "install", "--prefix", str(folder), "--no-audit", "--no-fund", *self.packages],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        return "" if ran.returncode == 0 else f"npm: {ran.stderr.strip().splitlines()[-1]}"

    def missing(self, folder: Path) -> str:
        """Why it cannot run here; empty when it can."""
        if self.lacks():
            return self.lacks()
        if self.packages and not (folder / "node_modules").exists():
            return f"not downloaded ({', '.join(self.packages)})"
        return ""

    def server(self, folder: Path, scratch: Path) -> Server:
        """It, to be started."""
        return Server(self.command(folder), self.ready, scratch, PATIENCE, inside=True)

    def version(self, folder: Path) -> str:
        """Of the package that it is named after."""
        if not self.packages:
            return ""
        name = self.packages[0].rpartition("@")[0]
        package = json.loads((folder / "node_modules" / name / "package.json").read_text())
        return str(package["version"])


def _jar(folder: Path) -> str:
    return str(next(folder.glob("node_modules/*/**/*.jar")))


def _no_java() -> str:
    return "" if shutil.which("java") else "Java is not installed"


def _no_node() -> str:
    return "" if shutil.which("node") else "Node is not installed"


def _no_httpserver() -> str:
    if find_spec("pytest_httpserver") is None:
        return "not installed (pip install 'exomock[peers]')"
    return "" if wrk.THERE else "it closes each connection, which needs wrk as the client"


def _told(method: str, port: int, path: str, body: object) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(method, path, json.dumps(body), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    if answer.status >= 300:
        raise OSError(f"{path}: {answer.status} {answer.read()[:300]!r}")


def _rows(answers: Answers) -> list[tuple[str, str, str]]:
    return [
        ("POST", answers.target_of_post, answers.to_post.decode()),
        ("GET", answers.target_of_get, answers.to_get.decode()),
    ]


def _wiremock(server: Server, answers: Answers) -> None:
    for method, path, body in _rows(answers):
        response = {"status": 200, "body": body, "headers": {"Content-Type": "application/json"}}
        stub = {"request": {"method": method, "urlPath": path}, "response": response}
        _told("POST", server.port, "/__admin/mappings", stub)


def _mockserver(server: Server, answers: Answers) -> None:
    for method, path, body in _rows(answers):
        headers = {"Content-Type": ["application/json"]}
        answer = {"statusCode": 200, "headers": headers, "body": body}
        expectation = {"httpRequest": {"method": method, "path": path}, "httpResponse": answer}
        _told("PUT", server.port, "/mockserver/expectation", expectation)


def _mountebank(server: Server, answers: Answers) -> Ready:
    port = free_port()
    # Unasked, it closes each connection.
    headers = {"Content-Type": "application/json", "Connection": "keep-alive"}
    stubs = [
        {
            "predicates": [{"equals": {"method": method, "path": path}}],
            "responses": [{"is": {"statusCode": 200, "headers": headers, "body": body}}],
        }
        for method, path, body in _rows(answers)
    ]
    imposter = {"port": port, "protocol": "http", "host": "127.0.0.1", "stubs": stubs}
    _told("POST", server.port, "/imposters", imposter)
    return Ready(port)


def _httpserver(server: Server, answers: Answers) -> None:
    rows = [{"method": m, "path": path, "body": body} for m, path, body in _rows(answers)]
    _told("POST", server.port, "/teach", rows)


_SID = "AC00000000000000000000000000000000"
_CALLS = f"/2010-04-01/Accounts/{_SID}/Calls"
_TWILIO = b64encode(f"{_SID}:twilio_test_auth_token".encode()).decode()


def _emulate(server: Server, _answers: Answers) -> Ready:
    form = {"To": "+15557654321", "From": "+15551234567", "Url": "http://127.0.0.1:9/voice"}
    post = request(f"{_CALLS}.json", form, _TWILIO)
    placed = json.loads(server.fetch(post))
    return Ready(server.port, [post], [request(urlsplit(placed["uri"]).path, None, _TWILIO)])


_HTTPSERVER = Path(__file__).with_name("peer_httpserver.py").resolve()


def _node(folder: Path) -> str:
    return str(next(folder.glob("node_modules/node-*/bin/node")))


_ARCH = {"x86_64": "x64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())

PEERS = (
    Peer(
        "WireMock",
        "a fixed answer; keeps the last 10,000 requests",
        lambda folder: (
            "java", "-jar", _jar(folder), "--port", "{port}", "--bind-address", "127.0.0.1",
            "--disable-banner", "--max-request-journal-entries", "10000",
        ),
        ("wiremock@3",),
        _no_java,
        request("/__admin/health"),
        _wiremock,
    ),
    Peer(
        "MockServer",
        "a fixed answer; keeps requests as its memory allows; logs warnings only",
        lambda folder: (
            "java", "-jar", _jar(folder), "-serverPort", "{port}", "-logLevel", "WARN"
        ),
        ("mockserver-node@8",),
        _no_java,
        b"PUT /mockserver/status HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n",
        _mockserver,
    ),
    Peer(
        "mountebank",
        "a fixed answer; keeps no requests",
        lambda folder: (
            "node", str(folder / "node_modules/mountebank/bin/mb"), "--port", "{port}",
            "--host", "127.0.0.1", "--nologfile", "--loglevel", "error",
        ),
        ("mountebank@2",),
        _no_node,
        request("/"),
        _mountebank,
    ),
    Peer(
        "pytest-httpserver",
        "a fixed answer; keeps every request; a connection for each",
        lambda _folder: (sys.executable, str(_HTTPSERVER), "{port}"),
        lacks=_no_httpserver,
        ready=request("/ready"),
        teach=_httpserver,
    ),
    Peer(
        "emulate (Twilio)",
        "an emulator like exomock, of Twilio: keeps calls in memory, plays none. It allows 5,000 "
        "requests an hour, so that each window is of 3,900 requests on a new start, by the Python "
        "client",
        lambda folder: (
            _node(folder), str(folder / "node_modules/emulate/dist/index.js"),
            "--service", "twilio", "--port", "{port}",
        ),
        ("emulate@0.12", f"node-{sys.platform}-{_ARCH}@22"),
        ready=request(f"{_CALLS}.json", None, _TWILIO),
        teach=_emulate,
        most=4_900,
    ),
)  # fmt: skip
