"""Bodies that were compressed on their way, unpacked before anything reads them."""

import zlib
from io import BytesIO
from wsgiref.types import WSGIEnvironment

from exomock.api.edge import BODY, UNREAD, Unread
from exomock.api.fields import short
from exomock.api.taken import Taken

_GZIP = b"\x1f\x8b"
_EITHER = 47  # zlib's number for "gzip or zlib, whichever it is"
_READ = ("gzip", "x-gzip", "deflate")


def unpack(environ: WSGIEnvironment, most: int) -> Taken | None:
    """
    Put the plain body in the place of a compressed one.

    Where that cannot be, the request is left `Unread`, with a sentence that says why.

    Args:
        environ: Of a request whose body has come whole.
        most: Bytes of a plain body; a longer one is not unpacked any further.

    Returns:
        What is to be said of it, None where nothing was done.
    """
    body: bytes = environ.get(BODY, b"")
    coding = environ.get("HTTP_CONTENT_ENCODING", "").strip().lower()
    if not body or UNREAD in environ or (coding in ("", "identity") and body[:2] != _GZIP):
        return None
    plain = _unpacked(body, coding, most)
    if isinstance(plain, Unread):
        environ[UNREAD] = plain
        _put(environ, b"")
        return None
    _put(environ, plain)
    # Nobody knows whether Exotel unpacks a body; one that refuses would say that From is missing.
    return Taken("body", f"{coding or 'gzip'}: it was unpacked, {len(plain)} bytes")


def _put(environ: WSGIEnvironment, plain: bytes) -> None:
    environ[BODY], environ["wsgi.input"] = plain, BytesIO(plain)
    environ["CONTENT_LENGTH"] = str(len(plain))
    environ.pop("HTTP_CONTENT_ENCODING", None)


def _unpacked(body: bytes, coding: str, most: int) -> bytes | Unread:
    if coding not in ("", "identity", *_READ):
        why = f"the body is compressed as {short(coding)}; expected gzip, deflate, or none"
        return Unread(400, why)
    packed = zlib.decompressobj(_EITHER)
    try:
        plain = packed.decompress(body, most + 1)
    except zlib.error:
        said = f"Content-Encoding says {coding}, but " if coding else ""
        return Unread(400, f"{said}the body cannot be unpacked")
    if len(plain) > most:
        return Unread(413, f"the unpacked body is longer than {most} bytes (setting max-body)")
    if not packed.eof or packed.unused_data:
        return Unread(400, "the compressed body is cut off, or something follows it")
    return plain
