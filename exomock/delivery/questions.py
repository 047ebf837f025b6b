"""What a flow asks the customer's server: how each request is made, and what its answer is."""

from exomock.delivery.answer import MOST_READ
from exomock.delivery.kinds import Message, Teller
from exomock.delivery.parameters import flow_request
from exomock.delivery.post import Heard, PostResult
from exomock.domain.call import Call
from exomock.domain.flows.answers import OK
from exomock.domain.flows.inputs import GIVEN_UP, TIMEOUT, Answered, Lasts, Reply, Silent
from exomock.domain.flows.steps import Applet
from exomock.domain.flows.walked import Asks, Enquiry
from exomock.domain.leg import Event
from exomock.domain.question import enquiry_number
from exomock.engine import Due, Engine
from exomock.engine.enquiring import TOO_LONG
from exomock.engine.walks import enquiry_of, walk_of
from exomock.recording.length import length_of
from exomock.recording.wav import NotAudio
from exomock.settings import Settings
from exomock.storage.deliveries import Delivery

_SHORT = 0.25
"""Seconds that are given to the body of an answer that nobody needs."""

LONGEST_AUDIO = 16 * 1024 * 1024
"""Bytes of an audio file that are read; ours: more than half an hour of what Exotel plays."""

_CHARSETS = {
    "utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin-1", "windows-1252", "utf-16",
}  # fmt: skip
"""Charsets that are read; others are read as UTF-8, because a name may be any codec of Python's."""

_LONGEST = 200
"""Characters of a Content-Type that are kept."""


def questions(engine: Engine, settings: Settings) -> Teller:
    """
    The kind of what a flow asks.

    Args:
        engine: Has the calls, and hears the answers.
        settings: How long a receiver may take.
    """

    def make(delivery: Delivery) -> Message | None:
        call = delivery.subject or engine.store.calls.one(delivery.account, delivery.sid)
        if call is None:
            return None
        assert isinstance(call, Call)
        enquiry = enquiry_of(call, delivery.place)
        recording = engine.recordings.url(call.account, call.sid, call.order.via)
        said = flow_request(call, walk_of(call), enquiry.number, recording)
        most = LONGEST_AUDIO if enquiry.kind is Asks.AUDIO else MOST_READ
        return Message(None, said.query, said.headers, _rest(call, enquiry), most)

    def ended(due: Due, result: PostResult) -> None:
        told = due.delivery
        call = told.subject or engine.store.calls.one(told.account, told.sid)
        if not isinstance(call, Call) or call.plan[told.place - 1].event is not Event.ASKED:
            return  # nobody waits for the answer
        came = _meant(Asks(told.notice), result)
        number = enquiry_number(call, told.place)
        engine.enquiring.ended(due.world, due.epoch, told.sid, number, came)

    # UNVERIFIED: that Passthru and Greeting wait 5 s as Connect and Gather do, and that nobody is
    # asked twice (section 2); a URL that never answers, behind each, would settle it.
    return Teller(make, ended, asks=True, timeout=settings.question_timeout)


def _rest(call: Call, enquiry: Enquiry) -> float | None:
    """
    How long the body may take; None where it is a part of the answer.

    Source: exotel-flows.md section 3: a Passthru's status decides, and a Switch reads its body.
    """
    if enquiry.kind is not Asks.PASSTHRU:
        return None
    flows = call.flows.values()
    switched = any(step.applet is Applet.SWITCH for flow in flows for step in flow.steps)
    return float("inf") if switched and enquiry.steers else _SHORT


def _meant(kind: Asks, result: PostResult) -> Reply:
    if kind is Asks.AUDIO:
        return length_heard(result)
    return came_of(result, decides=kind is Asks.PASSTHRU)


def length_heard(result: PostResult) -> Lasts | Silent:
    """
    How long the audio file plays that was fetched; or why nobody knows.

    Args:
        result: How the request went.
    """
    heard = result.heard
    if heard is None:
        return _unanswered(result)
    if heard.status != OK:
        return Silent(f"the answer was {heard.status}, expected 200")
    if heard.cut:
        return Silent(f"it is longer than {LONGEST_AUDIO // (1024 * 1024)} MiB")
    try:
        return Lasts(length_of(heard.body, heard.size))
    except NotAudio as error:
        return Silent(str(error))


def came_of(result: PostResult, *, decides: bool) -> Answered | Silent:
    """
    What came of asking, as it steers a call.

    Args:
        result: How the request went.
        decides: Whether the status alone decides, however long the body is.
    """
    heard = result.heard
    if heard is None:
        return _unanswered(result)
    if heard.cut and not decides:
        return Silent(TOO_LONG)
    kind = content_type(heard)
    return Answered(heard.status, kind, text_of(heard.body, kind))


def _unanswered(result: PostResult) -> Silent:
    if result.given_up:
        return Silent(GIVEN_UP)
    return Silent(TIMEOUT if result.timed_out else result.error or "there was no answer")


def content_type(heard: Heard) -> str | None:
    """The Content-Type of an answer."""
    found = [value for name, value in heard.headers if name.lower() == "content-type"]
    return found[0][:_LONGEST] if found else None


def text_of(body: bytes, kind: str | None) -> str:
    """A body as a text; what is none of its charset is replaced."""
    said = (kind or "").lower().partition("charset=")[2].partition(";")[0].strip(" \"'")
    charset = said if said in _CHARSETS else "utf-8"
    return body.decode(charset, errors="replace").removeprefix("\ufeff")
