"""A request as it goes on to its owner, and the facts about its client that go with it."""

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote
from wsgiref.types import WSGIEnvironment

import h11

from exomock.api.edge import BODY, UNREAD, Unread

FORWARDED = "X-Exomock-Forwarded"
"""Who has sent a request on: a URL. It is a fact, not a proof (docs/design.md)."""

ELSEWHERE = "X-Exomock-Elsewhere"
"""In the answer to a request that was sent on in vain: nothing was done, so look again."""

_CLIENT, _SCHEME, _UNREAD = "X-Exomock-Client", "X-Exomock-Scheme", "X-Exomock-Unread"
_OURS = (FORWARDED, _CLIENT, _SCHEME, _UNREAD)

# Of one connection, and so never passed on. Source: RFC 9110, 7.6.1. `Expect` has been met: the
# body was read. Content-Length is said anew.
HOP_BY_HOP = frozenset({
    "connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
    "expect",
})  # fmt: skip

_SAFE_IN_PATH = "/:@!$&'()*+,;=~-._"
_ODD = re.compile(rb"[^!-~]")
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class Onward(NamedTuple):
    """
    A request that is sent on.

    Args:
        method: HTTP method.
        target: The path and query.
        headers: Names and values.
        body: All of its body.
        again: Whether it may be sent a second time, where a kept connection was closed under it.
    """

    method: str
    target: bytes
    headers: list[tuple[bytes, bytes]]
    body: bytes
    again: bool

    def written(self) -> bytes:
        """
        It as it goes over a connection.

        Raises:
            ValueError: A header would be two. Granian lets none of those in.
        """
        lines = [b"%b: %b" % each for each in self.headers]
        head = b"\r\n".join((b"%b %b HTTP/1.1" % (self.method.encode(), self.target), *lines))
        if head.count(b"\n") != len(lines) or head.count(b"\r") != len(lines):
            raise ValueError("a header has a line break")
        return b"%b\r\n\r\n%b" % (head, self.body)

    def event(self) -> h11.Request:
        """Its head as h11 has it."""
        return h11.Request(method=self.method, target=self.target, headers=self.headers)


def is_forwarded(environ: WSGIEnvironment) -> bool:
    """Whether a sibling has sent this request on."""
    return _FORWARDED_KEY in environ


def key_of(name: str) -> str:
    """A header's name as WSGI has it."""
    return f"HTTP_{name.upper().replace('-', '_')}"


def onward(environ: WSGIEnvironment, sender: str, target: str | None = None) -> Onward:
    """
    A request as it is sent on: as it came, and who has sent it on for whom.

    Args:
        environ: As it came; its path is not yet routed.
        sender: The URL of this process.
        target: What is asked for instead of its own path, in a GET.
    """
    body: bytes = b"" if target is not None else environ.get(BODY, b"")
    method = environ["REQUEST_METHOD"] if target is None else "GET"
    headers = [*_headers(environ), (b"Content-Length", str(len(body)).encode())]
    if not body and method in _SAFE_METHODS:
        del headers[-1]
    facts = {
        FORWARDED: sender,
        _CLIENT: environ.get("REMOTE_ADDR", ""),
        _SCHEME: environ["wsgi.url_scheme"],
    }
    if (unread := environ.get(UNREAD)) is not None:
        facts[_UNREAD] = f"{unread.status} {unread.message}"
    headers += [(name.encode(), value.encode("latin-1")) for name, value in facts.items()]
    where = (target.encode() if target is not None else _target(environ)) or b"/"
    return Onward(method, where, headers, body, method in _SAFE_METHODS)


def _headers(environ: WSGIEnvironment) -> list[tuple[bytes, bytes]]:
    found = [(b"Host", environ.get("HTTP_HOST", "").encode("latin-1"))]
    for key, value in environ.items():
        if (name := _name_of(key)) is not None:
            found.append((name, value.strip().encode("latin-1")))
    return found


_FORWARDED_KEY, _CLIENT_KEY, _SCHEME_KEY, _UNREAD_KEY = map(key_of, _OURS)
_NOT_ON = {"HTTP_HOST", *map(key_of, _OURS)}


@lru_cache(256)
def _name_of(key: str) -> bytes | None:
    """The name of a header that goes on, by its key in the environment; None of anything else."""
    if key == "CONTENT_TYPE":
        return b"Content-Type"
    name = key.removeprefix("HTTP_").replace("_", "-")
    if not key.startswith("HTTP_") or key in _NOT_ON or name.lower() in HOP_BY_HOP:
        return None
    return name.title().encode("latin-1")


def _target(environ: WSGIEnvironment) -> bytes:
    path = quote(environ["PATH_INFO"].encode("latin-1"), safe=_SAFE_IN_PATH).encode()
    query = _ODD.sub(lambda odd: b"%%%02X" % odd[0][0], environ["QUERY_STRING"].encode("latin-1"))
    return path + b"?" + query if query else path


def take_facts(environ: WSGIEnvironment) -> None:
    """
    Put into a request that was sent on what its sender says of the client.

    These facts open no door: a client that forges them could as well forge its Host.
    """
    environ["REMOTE_ADDR"] = environ.pop(_CLIENT_KEY, "") or environ["REMOTE_ADDR"]
    scheme = environ.pop(_SCHEME_KEY, "")
    if scheme in ("http", "https"):
        environ["wsgi.url_scheme"] = scheme
    status, _space, why = environ.pop(_UNREAD_KEY, "").partition(" ")
    if status in ("400", "408", "413"):
        environ[UNREAD] = Unread(int(status), why)


def scheme_header() -> str:
    """The lower-case name of the header that has the scheme of the client's own request."""
    return _SCHEME.lower()
