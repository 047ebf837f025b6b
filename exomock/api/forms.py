"""Parameters as clients send them: three encodings, alternate names, arrays, empty values."""

import io
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl
from wsgiref.types import WSGIEnvironment

import orjson
from flask import Request
from marshmallow import ValidationError
from werkzeug.datastructures import FileStorage, MultiDict

from exomock.api.edge import BODY

# Source: exotel-v1.md section 2: CallerID (C). The documentation names the two playback parameters
# with a "New" at their end as well.
ALIASES = {
    "CallerID": "CallerId",
    "StartPlaybackToNew": "StartPlaybackTo",
    "StartPlaybackValueNew": "StartPlaybackValue",
    # Source: exotel-stream.md section 1.1 (c).
    "streamurl": "StreamUrl",
    "streamtype": "StreamType",
    "streamname": "StreamName",
    "streambegin": "StreamBegin",
}
EVENTS = "StatusCallbackEvents"
_EVENTS = re.compile(EVENTS + r"(\[[0-9]*\])?")
# A zero means "not given" (C) except where it is a value like any other.
_ZERO_COUNTS = {"CustomField", "From", "To", "CallerId", "Record", "StreamName", EVENTS}
_MOST_FIELDS = 1000
_NOT_ASCII = re.compile(rb"[\x80-\xff]")
_FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
_SEND_A_FORM = (
    "send a form (application/x-www-form-urlencoded or multipart/form-data), or the parameters in "
    "the query string; this request has a JSON body"
)
_NO_BOUNDARY = (
    "is multipart/form-data, and its Content-Type names no boundary, so its parts cannot be told "
    "apart; leave Content-Type to your HTTP library, which adds the boundary"
)
_BEGINNING = 1_000
"""Characters at the beginning of a multipart body that hold the head of its first part."""

_NO_PARTS = (
    "has none of the parts that the boundary of its Content-Type announces; leave Content-Type to "
    "your HTTP library"
)


class FormRequest(Request):
    """A request whose query may hold any bytes: what is no UTF-8 is taken as percent-encoded."""

    def __init__(self, environ: WSGIEnvironment, *args: Any, **kwargs: Any) -> None:
        super().__init__(environ, *args, **kwargs)
        try:
            self.query_string.decode()
        except UnicodeDecodeError:
            self.query_string = _NOT_ASCII.sub(lambda b: b"%%%02X" % b[0][0], self.query_string)

    def _get_file_stream(self, *_: Any, **__: Any) -> io.BytesIO:
        # Keep parts in memory, where the body is already; nobody would close a temporary file.
        return io.BytesIO()


def connect_parameters(request: Request) -> dict[str, str | list[str]]:
    """
    The parameters of a Calls/connect, under their documented names; body before query.

    Raises:
        ValidationError: As `form_parameters`.

    Source:
        exotel-v1.md section 2.
    """
    return form_parameters(request, "From")


def form_parameters(request: Request, mandatory: str) -> dict[str, str | list[str]]:
    """
    The parameters of a request that sends a form, under their documented names; body before query.

    Args:
        mandatory: A parameter that must be there; where the query has it, a body does not matter.
        request: Form-urlencoded (also under an unrelated Content-Type: the documentation's Node
            sample sends none), multipart, or with everything in the query string.

    Raises:
        ValidationError: The body is JSON, under whatever Content-Type, or cannot be read; with the
            parameters in the query a body does not matter.
    """
    no_json(request, mandatory)
    return named_parameters(request)


def no_json(request: Request, mandatory: str) -> None:
    """
    Refuse a body that is JSON, or a form without its boundary, where a form is expected.

    Args:
        request: With its body.
        mandatory: With this one in the query, a body does not matter.

    Raises:
        ValidationError: It is; with the parameters in the query a body does not matter.
    """
    if mandatory not in request.args and request.mimetype != "multipart/form-data":
        text = request.get_data(cache=True).decode(errors="replace")
        if text.lstrip()[:1] in ("{", "[") and (request.mimetype not in _FORMS or _is_json(text)):
            raise ValidationError({"body": [_SEND_A_FORM]})
        if text.startswith("--") and "form-data" in text[:_BEGINNING]:
            raise ValidationError({"body": [_NO_BOUNDARY]})


def _is_json(text: str) -> bool:
    try:
        orjson.loads(text)
    except ValueError:
        return False
    return True


def named_parameters(request: Request) -> dict[str, str | list[str]]:
    """
    The parameters of any request as a connect reads them: an order's, and what a fault looks at.

    Raises:
        ValidationError: The body has too many, or cannot be read.
    """
    found: dict[str, str | list[str]] = {}
    events: list[str] = []
    for pairs in (_pairs(sent_parameters(request)), _pairs(request.args)):
        here: dict[str, Any] = {}
        for name, value in pairs:
            if _EVENTS.fullmatch(name):
                here.setdefault(EVENTS, []).extend(value.split(","))
            elif value != "" and (value != "0" or name in _ZERO_COUNTS):
                here.setdefault(ALIASES.get(name, name), value)
        found = here | found
    events = [event for event in map(str.strip, found.pop(EVENTS, [])) if event]
    if events:
        found[EVENTS] = events
    return found


def _pairs(values: MultiDict[str, str]) -> Iterable[tuple[str, str]]:
    return values.items(multi=True)


def sent_parameters(request: Request) -> MultiDict[str, str]:
    """The parameters in a request's body, whatever Content-Type it has; none of a JSON body."""
    if request.mimetype == "multipart/form-data":
        try:
            files = [(name, _read(file)) for name, file in request.files.items(multi=True)]
        except (UnicodeError, LookupError) as error:  # of werkzeug before 2.3
            raise ValidationError({"body": [f"is no form that can be read: {error}"]}) from None
        # A part without a name is no parameter; werkzeug calls it None.
        pairs = [*request.form.items(multi=True), *files]
        if not pairs and "From" not in request.args:
            _complain_of_parts(request)
        return MultiDict([(name, value) for name, value in pairs if name is not None])
    # request.form costs three times as much, and reads no form under another Content-Type.
    text = request.get_data(cache=True).decode(errors="replace")
    if request.mimetype != "application/x-www-form-urlencoded" and text.lstrip()[:1] in ("{", "["):
        return MultiDict()
    try:
        return MultiDict(parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError:
        raise ValidationError({"body": [f"has more than {_MOST_FIELDS} parameters"]}) from None


def _complain_of_parts(request: Request) -> None:
    """
    Say why a multipart body has no parts, unless it is empty.

    Raises:
        ValidationError: Its Content-Type names no boundary, or one that does not stand in it.
    """
    if not request.environ.get(BODY, b"").strip():
        return
    named = "boundary" in request.mimetype_params
    raise ValidationError({"body": [_NO_PARTS if named else _NO_BOUNDARY]})


def _read(file: FileStorage) -> str:
    file.stream.seek(0)  # a fault may have looked at it before
    data: bytes = file.read()
    return data.decode(errors="replace")
