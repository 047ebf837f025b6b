"""A visit: a request's account, resource and format, parsed once for everything that asks."""

import re
from typing import NamedTuple
from wsgiref.types import WSGIEnvironment

from exomock.recording.addresses import FOLDER

CONTROL = "/_exomock"
RECORDINGS = f"/{FOLDER}"

_VISIT = "exomock.visit"
_SLASHES = re.compile("//+")
# UNVERIFIED: that only the path decides, never Accept; a live request with both would settle it.
# `.json` ends a path, or a segment of it: the connect answer's own Uri is
# `/v1/Accounts/x/Calls.json/<Sid>` (exotel-v1.md section 2, S).
_JSON = re.compile(r"\.json(?=/|$)")
# Source: exotel-v1.md section 12: v2_beta is always JSON (V/C); so are the later ones.
_LATER = re.compile(r"v[2-9][0-9a-z_]*")
_HEAD = 3
"""Segments before the resource: the version, `Accounts`, the Sid."""


class Visit(NamedTuple):
    """
    A request before anything is done for it; all spellings of one path give one route.

    Args:
        method: HTTP method.
        path: As it came, in WSGI's spelling (each byte a character).
        query: The query string as it came.
        route: The path without `.json`, double slashes and a slash at its end; as WSGI has it.
        as_json: Whether a segment of the path ended in `.json`, or the version is a later one.
        version: The first segment of a path to an account, empty elsewhere.
        account: The account's Sid where the path leads to v1, a later version or a recording, empty
            elsewhere.
        resource: What follows the account in the route: `Calls/connect`; whatever the version.
        written: What follows the account in the path as it came: `Calls/connect.json`; of a later
            version and of a recording the whole path.
    """

    method: str
    path: str
    query: str
    route: str
    as_json: bool
    version: str
    account: str
    resource: str
    written: str

    @property
    def control(self) -> bool:
        """Whether it is for the control API."""
        return self.route.startswith(CONTROL)

    @property
    def recording(self) -> bool:
        """Whether it is for a recording."""
        return self.route.startswith(f"{RECORDINGS}/")


def visit_of(environ: WSGIEnvironment) -> Visit:
    """The visit of a request; parsed when it is first asked for."""
    found: Visit | None = environ.get(_VISIT)
    if found is None:
        found = environ[_VISIT] = read_visit(
            environ.get("REQUEST_METHOD", "GET"),
            environ.get("PATH_INFO", "/"),
            environ.get("QUERY_STRING", ""),
        )
    return found


def read_visit(method: str, path: str, query: str) -> Visit:
    """
    Parse a request.

    Args:
        method: HTTP method.
        path: As it came, in WSGI's spelling.
        query: As it came.
    """
    plain = _JSON.sub("", path)
    route = (_SLASHES.sub("/", plain) if "//" in plain else plain).rstrip("/") or "/"
    if route.startswith(f"{RECORDINGS}/"):
        account = text_of(route.split("/")[2])
        return Visit(method, path, query, route, plain != path, "", account, "", text_of(path))
    parts = route.split("/", _HEAD + 1)
    if len(parts) <= _HEAD or parts[0] or parts[2].lower() != "accounts":
        return Visit(method, path, query, route, plain != path, "", "", "", "")
    version, account, resource, written = text_of(parts[1]), "", "", ""
    if version == "v1" and parts[2] == "Accounts":
        account = text_of(parts[3])
        resource = text_of(parts[4]) if len(parts) > _HEAD + 1 else ""
        written = text_of(_written(path)) if resource or "/.json" in path else ""
    elif _LATER.fullmatch(version):
        # The account's journal shows what its developer asked of the wrong version.
        account, written = text_of(parts[3]), text_of(path)
        resource = text_of(parts[4]) if len(parts) > _HEAD + 1 else ""
        return Visit(method, path, query, route, True, version, account, resource, written)
    return Visit(method, path, query, route, plain != path, version, account, resource, written)


def _written(path: str) -> str:
    """What follows the account in a path, where segments may be empty or `.json` alone."""
    if "//" not in path and "/.json" not in path:
        return path.split("/", _HEAD + 1)[-1]
    segments, named = path.split("/"), 0
    for number, segment in enumerate(segments, 1):
        named += segment not in ("", ".json")
        if named == _HEAD:
            return "/".join(segments[number:]).lstrip("/")
    return ""


def text_of(part: str) -> str:
    """A part of a path as the text that it spells in UTF-8."""
    return part if part.isascii() else part.encode("latin-1").decode(errors="replace")
