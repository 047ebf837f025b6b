"""The head of a request to a proxy: what it asks for, and what of it is sent on."""

from typing import NamedTuple
from urllib.parse import urlsplit

from exomock.proxy.ways import HTTPS

_OURS = ("host", "connection", "keep-alive", "proxy-connection", "proxy-authorization")
"""Headers that are between a client and a proxy, or that are written anew."""


class NoRequest(ValueError):
    """A head is none that a proxy takes; says what was expected."""


class ProxyHead(NamedTuple):
    """
    What a client asks of a proxy.

    Args:
        tunnel: Whether it asks for a tunnel.
        host: To where, without brackets.
        port: And which port.
        head: What is sent on where it is no tunnel.
        secure: Whether it asks the proxy itself to speak https to that host.
    """

    tunnel: bool
    host: str
    port: int
    head: bytes
    secure: bool


def asked_by(head: bytes) -> ProxyHead:
    """
    Read a head.

    Args:
        head: With the empty line at its end.

    Raises:
        NoRequest: It asks nothing of a proxy.
    """
    first, *headers = head.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    words = first.split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):  # noqa: PLR2004
        raise NoRequest("no request line of HTTP/1")
    method, target, version = words
    if method == "CONNECT":
        host, port = _authority(f"//{target}", 0)
        return ProxyHead(tunnel=True, host=host, port=port, head=b"", secure=True)
    scheme = target.partition("://")[0].lower()
    if scheme not in ("http", "https"):
        raise NoRequest("this is a proxy: it takes CONNECT host:port, and absolute URLs")
    host, port = _authority(target, HTTPS if scheme == "https" else 80)
    sent = _sent_on(f"{method} {_path(target)} {version}", target, headers)
    return ProxyHead(tunnel=False, host=host, port=port, head=sent, secure=scheme == "https")


def _authority(url: str, usual: int) -> tuple[str, int]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or usual
    except ValueError:
        host, port = None, 0
    if not host or not port:
        raise NoRequest("no host, or no port")
    return host, port


def _path(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _sent_on(first: str, url: str, headers: list[str]) -> bytes:
    """The head for the server itself; one request a connection, so that each is looked at."""
    kept = [each for each in headers if each.partition(":")[0].strip().lower() not in _OURS]
    host = urlsplit(url).netloc.rpartition("@")[2]
    lines = [first, f"Host: {host}", *kept, "Connection: close", "", ""]
    return "\r\n".join(lines).encode("latin-1")
