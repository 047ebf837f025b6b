"""The parameters of Calls/connect: Exotel's spelling outside, an `Order` inside."""

from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from typing import Any

from marshmallow import ValidationError, post_load, pre_load

from exomock.api.fields import (
    CutWhole,
    Flag,
    LongText,
    Parameters,
    StreamAddress,
    Url,
    WebAddress,
    WordList,
    mandatory,
    short,
)
from exomock.api.spelling import Value, plainly, readers_of
from exomock.api.taken import Taken
from exomock.domain.callback import EVENTS, SILENT_EVENTS
from exomock.domain.flow_url import flow_of
from exomock.domain.number import NOBODY
from exomock.domain.order import Order
from exomock.field import OneOf, PhoneOrSip, Telephone, Whole

MAX_TIME_LIMIT = 14_400
MAX_CUSTOM_FIELD = 128
"""Characters that are documented (V); live programs send more, and nobody is refused (C)."""

LONGEST_CUSTOM_FIELD = 4_096
MAX_STREAM_NAME = 32
MAX_STREAM_URL = 600
BIDIRECTIONAL = "bidirectional"

# UNVERIFIED: the most that MaxRetries may say; a live request with 100 would settle it.
MAX_RETRIES = 10

_EXTRAS = (
    "call_type",
    "wait_url",
    "recording_channels",
    "recording_format",
    "playback_to",
    "playback_value",
    "stream_type",
    "stream_name",
    "stream_begin",
)


class ConnectForm(Parameters):
    """Source: exotel-v1.md section 2, a row each."""

    from_ = PhoneOrSip(data_key="From", **mandatory("From"))
    to = PhoneOrSip(data_key="To", load_default=None)
    exophone = Telephone(data_key="CallerId", **mandatory("CallerId"))
    url = Url(data_key="Url", load_default=None)
    call_type = OneOf(["trans", "promo"], data_key="CallType")
    time_limit = Whole(1, MAX_TIME_LIMIT, " seconds", data_key="TimeLimit")
    # UNVERIFIED: what becomes of more than 60 s, which India does not allow (V, support article
    # 48278): it is cut. The ringing time of a live call with TimeOut=90 would settle it.
    time_out = CutWhole(1, MAX_TIME_LIMIT, " seconds", data_key="TimeOut")
    wait_url = WebAddress(data_key="WaitUrl")
    record = Flag(data_key="Record")
    recording_channels = OneOf(["single", "dual"], data_key="RecordingChannels")
    recording_format = OneOf(["mp3", "mp3-hq"], data_key="RecordingFormat")
    custom_field = LongText(MAX_CUSTOM_FIELD, LONGEST_CUSTOM_FIELD, data_key="CustomField")
    playback_to = OneOf(["Callee", "Both"], any_case=True, data_key="StartPlaybackTo")
    playback_value = WebAddress(data_key="StartPlaybackValue")
    callback = WebAddress(data_key="StatusCallback")
    events = WordList(
        [*EVENTS, *SILENT_EVENTS], silent=SILENT_EVENTS, data_key="StatusCallbackEvents"
    )
    content_type = OneOf(
        ["multipart/form-data", "application/json"], data_key="StatusCallbackContentType"
    )
    stream = StreamAddress(data_key="StreamUrl")
    # Source: exotel-stream.md section 1.1: `bidirectional` is the only documented StreamType (V);
    # a StreamBegin with a space in it is refused (c).
    stream_type = LongText(MAX_STREAM_NAME, LONGEST_CUSTOM_FIELD, data_key="StreamType")
    stream_name = LongText(MAX_STREAM_NAME, LONGEST_CUSTOM_FIELD, data_key="StreamName")
    stream_begin = OneOf(["atLeg1connect", "atLeg2connect"], data_key="StreamBegin")
    max_retries = CutWhole(1, MAX_RETRIES, data_key="MaxRetries")

    def taken(self, given: Mapping[str, Value]) -> tuple[dict[str, Value], list[Taken]]:
        """Parameters in their documented spelling, and what is taken in another way than sent."""
        found, taken = plainly(given, self.readers)
        if "Url" in given and "To" in given:
            # Three public programs send both, and their calls are placed. Another one was answered
            # 400 with code 34001 (c).
            taken.append(Taken("To", "is ignored, because Url makes it a call to a flow"))
        if "StreamUrl" in given:
            taken += _of_stream(found)
        return found, taken

    def __init__(self, max_time_out: int, given: Collection[str] | None = None) -> None:
        """
        Make the form of a server whose TimeOut goes up to `max_time_out` seconds.

        With `given`, fields of other parameters are left out, but for those that are mandatory.
        """
        super().__init__(only=None if given is None else _fields_of(given))
        if "time_out" in self.fields:
            self.fields["time_out"].high = max_time_out  # type: ignore[attr-defined]
        self.readers = readers_of(self)

    @pre_load
    def _to_is_the_flows(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        # UNVERIFIED: with Url and To both given, Url wins; a live request would settle it.
        return {k: v for k, v in data.items() if k != "To"} if "Url" in data else data

    @post_load
    def _order(self, data: dict[str, Any], **_: object) -> Order:
        url = data.pop("url")
        if url is None and data["to"] is None:
            if "stream" not in data:
                raise ValidationError(_NO_TO, "To")
            data["to"] = NOBODY
        if url is not None:
            # UNVERIFIED: any other Url is accepted, and the call fails once From has answered.
            data["flow"], data["lost"] = flow_of(url)
            # Source: exotel-v1.md section 4 (C: a suite against the live API asserts it): To of a
            # flow call is its CallerId in details, so it is in the connect answer.
            data["to"] = data["exophone"]
        extras = tuple((name, data.pop(name)) for name in _EXTRAS if name in data)
        as_json = data.pop("content_type", "") == "application/json"
        return Order(**data, callback_json=as_json, extras=extras)


_NO_TO = "is missing; To is mandatory unless Url names a flow, or StreamUrl a stream"
_ALWAYS = ("from_", "exophone", "to", "url")


def _of_stream(given: Mapping[str, Value]) -> Iterator[Taken]:
    """Stream parameters that Exotel may refuse. Source: exotel-stream.md section 1.1 (V)."""
    url, kind = str(given["StreamUrl"]), given.get("StreamType")
    if kind != BIDIRECTIONAL:
        said = "is not given" if kind is None else f"{short(kind)} is not documented"
        yield Taken("StreamType", f"{said}; taken is {BIDIRECTIONAL}")
    if not url.lower().startswith(("ws://", "wss://")):
        yield Taken("StreamUrl", f"{short(url)} is taken, though wss:// is what is documented")
    if len(url) >= MAX_STREAM_URL:
        said = f"has {len(url)} characters, expected under {MAX_STREAM_URL}, and is taken whole"
        yield Taken("StreamUrl", said)


def _fields_of(given: Collection[str]) -> tuple[str, ...]:
    declared = ConnectForm._declared_fields.items()  # noqa: SLF001
    return tuple(name for name, field in declared if name in _ALWAYS or field.data_key in given)


CONNECT_NAMES = frozenset(
    field.data_key
    for field in ConnectForm._declared_fields.values()  # noqa: SLF001
    if field.data_key is not None
)
"""The parameters that a connect reads."""


def connect_form(max_time_out: int, given: Collection[str]) -> ConnectForm:
    """
    The form for a set of parameters; shared by all threads, for loading changes nothing in it.

    Making one costs 0.2 ms, and each field that is not given 5 µs: half of what a connect took.
    """
    # Unknown names are left out, because a form is kept for each set of names: a hostile client
    # could fill the memory.
    return _form(max_time_out, CONNECT_NAMES.intersection(given))


@lru_cache(maxsize=128)
def _form(max_time_out: int, given: frozenset[str]) -> ConnectForm:
    return ConnectForm(max_time_out, given)
