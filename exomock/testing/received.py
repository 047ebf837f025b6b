"""A request as a receiver got it, and what it is answered."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Received:
    """
    A request as a receiver got it.

    Args:
        method: POST, mostly.
        path: With its query.
        headers: By name; names are found in any case.
        body: Its bytes.
    """

    method: str
    path: str
    headers: Message
    body: bytes

    @property
    def fields(self) -> dict[str, Any]:
        """
        What it says: the fields of its body (multipart, a form, or a JSON object; else none).

        A request without a body, as a flow's is, says it in its query.
        """
        if not self.body:
            return dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        kind = self.headers.get_content_type()
        if kind == "application/json":
            found = json.loads(self.body or b"{}")
            return found if isinstance(found, dict) else {}
        if kind == "multipart/form-data":
            return _parts(self.headers["Content-Type"], self.body)
        if kind != "application/x-www-form-urlencoded":
            return {}
        return dict(parse_qsl(self.body.decode(errors="replace"), keep_blank_values=True))


def _parts(kind: str, body: bytes) -> dict[str, Any]:
    whole = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
    found: dict[str, Any] = {}
    for part in whole.iter_parts():
        name = part.get_param("name", header="content-disposition")
        raw = part.get_payload(decode=True)
        found[str(name)] = raw.decode(errors="replace") if isinstance(raw, bytes) else ""
    return found


class Response(NamedTuple):
    """What a receiver answers: status, seconds of delay before it, body, headers."""

    status: int = 200
    delay: float = 0.0
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


Application = Callable[[Received], Response]
"""What answers in the receiver's place."""
