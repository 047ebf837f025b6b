"""The receiver that a URL names: where to connect, and what the head of a post says."""

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote, urlsplit

_PLAIN = re.compile(
    r"(https?)://([A-Za-z0-9][A-Za-z0-9_.-]*|\[[0-9A-Fa-f:]+\])(?::([1-9][0-9]{0,4}))?(?=[/?#\\]|\Z)"
)
"""Scheme, host and port of nearly all receivers; requests takes 0.2 ms and 100 ms to import."""

_DEFAULT = {"http": 80, "https": 443}
_KEPT = 512  # characters; a longer URL is worked out anew, so that the cache stays small
_HIGHEST = 65_535


class Endpoint(NamedTuple):
    """
    A receiver.

    Args:
        secure: Whether it is reached by https.
        host: A name or an IP address without brackets, as it is resolved.
        port: Its port.
        authorization: The Authorization header, '' for none.
    """

    secure: bool
    host: str
    port: int
    authorization: str = ""

    @property
    def name(self) -> str:
        """The Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host.rstrip(".")
        usual = _DEFAULT["https" if self.secure else "http"]
        return host if self.port == usual else f"{host}:{self.port}"


def origin_of(url: str) -> Endpoint:
    """
    Read the receiver of a URL.

    Raises:
        ValueError: It is no URL, or neither http nor https; its message says so.
    """
    return _plain(url) or (_unusual if len(url) > _KEPT else _kept)(url)


def target_of(url: str) -> str:
    """Path and query as written; only what no URL may contain is escaped, by itself."""
    found = re.match(r"[^:]*://[^/?\\]*(.*)", url.lstrip().partition("#")[0], re.DOTALL)
    target = quote(found[1], safe="!$%&'()*+,/:;=?@[]~") if found else ""
    return target if target.startswith("/") else "/" + target


def _plain(url: str) -> Endpoint | None:
    found = _PLAIN.match(url)
    if found is None:
        return None
    scheme, host, port = found.groups()
    number = int(port or _DEFAULT[scheme])
    host = host.strip("[]").lower()
    return Endpoint(scheme == "https", host, number) if number <= _HIGHEST else None


def _unusual(url: str) -> Endpoint:
    """Let requests read it: users and passwords, IDNA, capitals, and what is wrong with it."""
    # Imported here, because few servers ever meet such a URL, and requests is 10 MB.
    import requests

    try:
        prepared = requests.Request("POST", url).prepare()
    except requests.exceptions.RequestException as error:
        raise ValueError(str(error)) from None
    parts = urlsplit(prepared.url or "")
    if str(parts.scheme) not in _DEFAULT:
        raise ValueError("not an http or https URL")
    scheme, host = str(parts.scheme), str(parts.hostname or "")
    given = prepared.headers.get("Authorization", "")
    return Endpoint(scheme == "https", host, parts.port or _DEFAULT[scheme], given)


_kept = lru_cache(256)(_unusual)
