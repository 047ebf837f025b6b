"""The addresses of recordings: where they are found, and for how long a signed one is good."""

import hmac
import re
from hashlib import sha256
from urllib.parse import urlencode

FOLDER = "exotelrecordings"
"""Source: exotel-v1.md section 3 (C)."""

EXPIRES, SIGNATURE = "Expires", "Signature"
"""
The parameters of a signed URL.

UNVERIFIED: their names and the algorithm; a `PreSignedRecordingUrl` of a live call would settle it.
"""

LONGEST_HOST = 255
_NAME = r"[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9_.])?"
_HOST = re.compile(rf"({_NAME}|\[[0-9A-Fa-f:.]+\])(:[0-9]{{1,5}})?")


def base_of(scheme: str, host: str) -> str:
    """
    The base URL by which a client has reached this server; empty where its Host says no host.

    Args:
        scheme: http or https.
        host: The Host header, empty if there was none.
    """
    fits = len(host) <= LONGEST_HOST and _HOST.fullmatch(host)
    return f"{scheme}://{host}" if fits else ""


def path_of(account: str, sid: str) -> str:
    """The path of a recording, below any base."""
    return f"/{FOLDER}/{account}/{sid}.mp3"


class Addresses:
    """
    Knows where recordings are found; lives as long as the server.

    Args:
        base: URL that stands in front of every recording's path (setting recording-base); None is
            the host that the client used.
    """

    def __init__(self, base: str | None) -> None:
        self._base = base
        self.own = ""
        """The URL of the server itself, for calls that no client placed; set when it listens."""

    def url(self, account: str, sid: str, via: str) -> str:
        """
        The URL of a recording.

        Args:
            account: The account's Sid.
            sid: The call's.
            via: Base URL that the client used, empty where there was none.
        """
        return (self._base or via or self.own) + path_of(account, sid)


def signed(url: str, path: str, secret: str, expires: int) -> str:
    """
    A URL that needs no credentials until it expires.

    Source: exotel-v1.md section 4 (V/C: `RecordingUrlValidity` gives one).

    Args:
        url: The recording's.
        path: Its path; the signature holds for it under every host.
        secret: What the account alone and this server know.
        expires: Unix seconds of account time, from when on it is good no more.
    """
    query = {EXPIRES: str(expires), SIGNATURE: _signature(path, secret, str(expires))}
    return f"{url}?{urlencode(query)}"


def is_signed(path: str, secret: str, expires: str, signature: str) -> bool:
    """Whether this signature is that of the path and this expiry."""
    return hmac.compare_digest(_signature(path, secret, expires), signature)


def _signature(path: str, secret: str, expires: str) -> str:
    said = f"{path}\n{expires}".encode(errors="replace")
    return hmac.new(secret.encode(), said, sha256).hexdigest()
