"""Recordings: the audio behind a RecordingUrl."""

import re
from collections.abc import Iterable
from http import HTTPStatus
from pathlib import Path
from typing import cast

from flask import Blueprint, Response, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from exomock.api import auth
from exomock.api.errors import Refused, rest_exception
from exomock.api.pieces import PIECES, Pieces
from exomock.api.render import WHY, header_text
from exomock.api.visit import Visit
from exomock.api.wiring import audio_cache, engine
from exomock.domain.call import Call
from exomock.domain.recording import Recording, recording_of, wants_recording
from exomock.domain.recording_twist import RecordingTwist
from exomock.domain.refusals import Rejection
from exomock.domain.script import Party
from exomock.domain.summary import summary_of
from exomock.ist import ist_second
from exomock.recording.addresses import EXPIRES, FOLDER, SIGNATURE, is_signed
from exomock.recording.audio import Audio, audio_of, audio_of_file
from exomock.recording.mp3 import quality_of
from exomock.recording.tones import channels_of
from exomock.recording.wav import NotAudio

bp = Blueprint("recordings", __name__)

# Any other Range is ignored, as RFC 9110 (section 14.2) lets a server do.
_ONE_RANGE = re.compile(r"\s*bytes\s*=\s*([0-9]+-[0-9]*|-[0-9]+)\s*")


def admit(visit: Visit) -> None:
    """
    Let whoever may hear a recording pass: by the account's credentials, or by a signed URL.

    Source: exotel-v1.md section 11: behind Basic auth; section 4: a pre-signed URL (V/C).

    Args:
        visit: The request.

    Raises:
        Refused: 401 or 403 as anywhere in v1; 403 where a signed URL was changed or has expired.
    """
    signature, expires = request.args.get(SIGNATURE), request.args.get(EXPIRES)
    if signature is None and expires is None:
        auth.check(engine(), visit.account, request.headers.get("Authorization"))
        return
    world = engine().worlds.get(visit.account)
    if world is None or not is_signed(visit.route, world.token, expires or "", signature or ""):
        raise Refused(Rejection.SIGNED_URL, _CHANGED)
    until, now = int(expires or 0), engine().second(visit.account)
    if until <= now:
        why = f"the signed URL was good until {ist_second(until)}, and it is {ist_second(now)} IST"
        raise Refused(Rejection.SIGNED_URL, f"{why} by the account's clock; ask for a new one")


_CHANGED = (
    "the signature does not belong to this path and expiry: use PreSignedRecordingUrl as it is, or "
    "RecordingUrl with the account's credentials"
)


@bp.get(f"/{FOLDER}/<account>/<sid>.mp3")
def play(account: str, sid: str) -> Response:
    """Play the recording of a call. Source: exotel-v1.md section 3 (C: its path)."""
    call = engine().details(account, sid)
    recording = _recording(call)
    twist = call.script.recording
    if twist.status is not None:
        why = f"the scenario refuses the recording (recording: {{status: {twist.status}}})"
        return rest_exception(twist.status, _phrase(twist.status), why=why)
    audio = _audio(recording, twist)
    response = Response(audio_cache().pieces(audio.name, audio.make), content_type=audio.media_type)
    response.content_length = audio.size
    response.set_etag(audio.name)
    response.headers["Accept-Ranges"] = "bytes"
    response.headers[WHY] = header_text(_said(recording, twist))
    return _sent(response, audio.size, twist)


def _recording(call: Call) -> Recording:
    """
    The recording of a call that is there by now.

    Raises:
        Refused: 404: there is none, or not yet.
    """
    recording, since = recording_of(call), summary_of(call).recording_at
    if recording is None or since is None:
        raise Refused(Rejection.RECORDING, _none(call))
    if call.script.recording.missing:
        why = "the scenario says that it never comes (recording: {missing: true})"
        raise Refused(Rejection.RECORDING, f"the recording of call {call.sid} is missing: {why}")
    now = engine().second(call.account)
    if now < since or not call.story.filled:
        raise Refused(
            Rejection.RECORDING,
            f"the recording of call {call.sid} is not there yet: it comes {ist_second(since)} IST, "
            f"{max(0, since - now)} s from now by the account's clock (late_fields, "
            "recording: {after: ...})",
        )
    return recording


def _none(call: Call) -> str:
    if not call.ended:
        return f"call {call.sid} has no recording yet, because it has not ended"
    if not wants_recording(call):
        why = "it was not asked for (Record=true; record: true in its rule, flow or connect)"
    else:
        why = "nobody talked"
    return f"call {call.sid} has no recording, because {why}"


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def _audio(recording: Recording, twist: RecordingTwist) -> Audio:
    if not twist.file:
        return audio_of(recording)
    kilobits = quality_of(recording) // channels_of(recording)
    try:
        return audio_of_file(Path(twist.file), kilobits)
    except NotAudio as error:
        why = f"the scenario's audio file {Path(twist.file).name} {error}"
        raise Refused(Rejection.RECORDING, why) from None


def _said(recording: Recording, twist: RecordingTwist) -> str:
    if twist.file:
        return f"the scenario's audio file {Path(twist.file).name}"
    who = " and ".join("From" if each is Party.FROM else "To" for each in recording.parties)
    return f"{recording.seconds:g} s of {who}, made by exomock"


def _sent(response: Response, size: int, twist: RecordingTwist) -> Response:
    """The answer to a GET or HEAD, perhaps of a part; its body is left for the wire."""
    environ = dict(request.environ)
    if request.method == "HEAD" or not _ONE_RANGE.fullmatch(environ.get("HTTP_RANGE", "")):
        environ.pop("HTTP_RANGE", None)
    try:
        response.make_conditional(environ, accept_ranges=True, complete_length=size)
    except RequestedRangeNotSatisfiable:
        why = f"Range '{environ['HTTP_RANGE']}' lies beyond the recording's {size} bytes"
        refused = rest_exception(416, _phrase(416), why=why)
        refused.headers["Content-Range"] = f"bytes */{size}"
        return refused
    response.headers.pop("Date", None)  # Granian writes it
    if request.method == "GET" and response.status_code != HTTPStatus.NOT_MODIFIED:
        pieces = cast("Iterable[bytes]", response.response)
        request.environ[PIECES] = Pieces(
            pieces, response.content_length or 0, twist.truncated, twist.slow
        )
    response.response = []
    return response
