"""The body of a post: a form or JSON, its bytes and the headers that say what they are."""

from dataclasses import dataclass
from urllib.parse import urlencode

from exomock.delivery.multipart import multipart

FORM = "multipart/form-data"
URLENCODED = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Body:
    """
    The body of a post.

    Args:
        content_type: `multipart/form-data`, `application/x-www-form-urlencoded`, or
            `application/json`.
        fields: Names and values of a form in wire order; () for JSON.
        json: The JSON text as it is sent; '' for a form.
        boundary: Of a form; the same one makes the same bytes. '' draws one.
        claims: The Content-Type it is said to have; '' is the right one.
    """

    content_type: str
    fields: tuple[tuple[str, str], ...] = ()
    json: str = ""
    boundary: str = ""
    claims: str = ""

    def encoded(self) -> tuple[str, bytes]:
        """The Content-Type header and the bytes that go on the wire."""
        if self.content_type == URLENCODED:
            return self.claims or URLENCODED, urlencode(self.fields).encode()
        if self.content_type != FORM:
            return self.claims or self.content_type, self.json.encode()
        raw, header = multipart(self.fields, self.boundary)
        return self.claims or header, raw


def encoded(body: Body | None) -> tuple[dict[str, str], bytes]:
    """The headers of a body, and its bytes; nothing of either where there is none."""
    if body is None:
        return {}, b""
    content_type, raw = body.encoded()
    return {"Content-Type": content_type, "Content-Length": str(len(raw))}, raw
