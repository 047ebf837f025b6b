"""One POST to a receiver and how it went, within one deadline for all of it."""

import http.client
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import NamedTuple
from urllib.parse import quote, urlsplit

import requests
import urllib3.exceptions

from exomock.delivery.line import CLOSED, CURRENT, Adapter, Trip, Watchdog
from exomock.delivery.multipart import multipart
from exomock.delivery.reach import Reach, TooFar
from exomock.domain.telling import accepted
from exomock.plain import masked, plain
from exomock.wall import stopwatch

FORM = "multipart/form-data"

MOST_READ = 65_536
"""Bytes of an answer's body that are read, and kept where somebody wants them."""


class Reply(NamedTuple):
    """
    What a receiver answered.

    Args:
        status: Its HTTP status.
        headers: Names and values, as they came.
        body: Its first 64 KiB at most.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class Body:
    """
    The body of a post.

    Args:
        content_type: `multipart/form-data` or `application/json`.
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
        if self.content_type != FORM:
            return self.claims or self.content_type, self.json.encode()
        raw, header = multipart(self.fields, self.boundary)
        return self.claims or header, raw


@dataclass(frozen=True, slots=True)
class PostResult:
    """
    The result of one post.

    Args:
        status: The receiver's HTTP status, None if no complete answer came.
        error: Why none came, one line; None if one did.
        milliseconds: Wall time from the call to the end, 0 or more.
        refused: True if nothing was sent, and no other try could go any better.
        timed_out: True if the receiver took too long.
        stopped: True if exomock ended it, because it is stopping.
        reply: What the receiver answered, where somebody wants to know.
    """

    status: int | None
    error: str | None
    milliseconds: float
    refused: bool = False
    timed_out: bool = False
    stopped: bool = False
    reply: Reply | None = None

    @property
    def delivered(self) -> bool:
        """Whether the receiver took it."""
        return accepted(self.status)


class Poster:
    """
    Posts to receivers from any number of threads; lives as long as the server, until `close()`.

    Each thread has its own Session, no lock is held during a post, and one daemon thread ends
    posts that are late.

    Args:
        timeout: Wall seconds for a whole post (connect, TLS, headers, body), more than 0. Only
            the system's resolver may add to it, because it cannot be interrupted; its own bound
            is that of resolv.conf, by default two times 5 s for each name server and search domain.
        ca: PEM file of the authorities to trust for https; None for those of certifi.
        user_agent: The User-Agent header.
        reach: How far posts may go; None is anywhere.
    """

    def __init__(
        self,
        *,
        timeout: float = 15.0,
        ca: str | None = None,
        user_agent: str,
        reach: Reach | None = None,
    ) -> None:
        self._timeout = timeout
        self._verify = ca or True
        self._user_agent = user_agent
        self.reach = reach
        self._watchdog = Watchdog(timeout)
        self._of_thread = threading.local()
        self._last: tuple[str | None, dict[str, str] | None] = (None, None)

    def post(
        self,
        url: str,
        body: Body | None,
        owner: object = None,
        *,
        method: str = "POST",
        headers: Iterable[tuple[str, str]] = (),
        hear: bool = False,
    ) -> PostResult:
        """
        Post `body` once; whatever the receiver, the network or the URL do wrong is an outcome.

        Args:
            url: Where to; user and password in it become Basic auth, its query is sent as it is.
            body: What; None is no body.
            owner: Whose it is, for `cut`.
            method: POST, or GET.
            headers: Further ones.
            hear: Whether somebody wants to know what is answered.

        Returns:
            The status, or the error; a redirect is not followed, its 3xx is the status.

        Source:
            exotel-v1.md section 8: an answer within 15 s of wall time in all, no redirects.
        """
        began = stopwatch()
        trip = self._watchdog.begin(owner)
        trip.reach = self.reach
        current = CURRENT.set(trip)
        error, refused, late, reply = None, False, False, None
        try:
            reply = self._send(trip, method, url, body, headers)
        except Exception as trouble:  # noqa: BLE001
            # Catch every exception: urllib3 raises AttributeError for a reset at the wrong moment.
            chain = _chain(trouble)
            error = _sentence(chain, self._timeout)
            refused = isinstance(chain[-1], TooFar)
            late = isinstance(chain[-1], TimeoutError | urllib3.exceptions.TimeoutError)
        finally:
            CURRENT.reset(current)
            self._watchdog.finish(trip)
        # Ask the watchdog: to a parser, a connection that it cut can look like a whole answer.
        error = trip.why_cut or error
        milliseconds = (stopwatch() - began) * 1000
        if error is None:
            return PostResult(trip.status, None, milliseconds, reply=reply if hear else None)
        if trip.status is not None:
            error += f" (status {trip.status} came, the rest of the answer did not)"
        stopped = trip.why_cut == CLOSED
        late = late or trip.why_cut is not None
        return PostResult(None, error, milliseconds, refused, late and not stopped, stopped)

    def headers(self, url: str, body: Body | None) -> dict[str, str]:
        """The headers of such a post; user and password of the URL stay hidden."""
        headers = self._headers_to(url)
        if body is None:
            return headers or {}
        content_type, raw = body.encoded()
        if headers is None:
            return {"Content-Type": content_type}
        return {**headers, "Content-Type": content_type, "Content-Length": str(len(raw))}

    def _headers_to(self, url: str) -> dict[str, str] | None:
        """What only the URL decides of a post's headers, None if it is no URL; the last is kept."""
        # A page of a thousand callbacks goes to one or two URLs, and requests takes 0.2 ms each.
        known, headers = self._last
        if url == known:
            return headers
        request = requests.Request("POST", url, {"Content-Type": ""}, data=b"-")
        try:
            headers = dict(self._session().prepare_request(request).headers)
            headers = {"Host": urlsplit(url).netloc.rpartition("@")[2], **headers}
        except Exception:  # noqa: BLE001
            headers = None  # a URL that cannot be sent is shown all the same
        if headers is not None and "Authorization" in headers:
            headers["Authorization"] = "Basic ***"
        self._last = url, headers
        return headers

    def cut(self, mine: Callable[[object], bool], why: str) -> None:
        """End posts of those owners that `mine` says yes to, each with the error `why`."""
        self._watchdog.cut(mine, why)

    def close(self) -> None:
        """End posts that are under way, each with an error, and take no more."""
        self._watchdog.close()

    def _send(
        self,
        trip: Trip,
        method: str,
        url: str,
        body: Body | None,
        headers: Iterable[tuple[str, str]],
    ) -> Reply:
        trip.target = _target(url)
        said, raw = dict(headers), None
        if body is not None:
            said["Content-Type"], raw = body.encoded()
        with self._session().request(
            method,
            url,
            data=raw,
            headers=said,
            verify=self._verify,
            timeout=self._timeout,
            allow_redirects=False,
            stream=True,
        ) as response:
            if trip.why_cut is None:  # a head that was cut off reads like one that has ended
                trip.status = response.status_code
            read, left = b"", MOST_READ
            while left and (piece := response.raw.read(left, decode_content=False)):
                read += piece
                left -= len(piece)
            return Reply(response.status_code, tuple(response.raw.headers.iteritems()), read)

    def _session(self) -> requests.Session:
        if not hasattr(self._of_thread, "session"):
            self._of_thread.session = _Session(self._user_agent)
        session: requests.Session = self._of_thread.session
        return session


class _Session(requests.Session):
    def __init__(self, user_agent: str) -> None:
        super().__init__()
        self.trust_env = False  # a proxy variable would break loopback, .netrc would add a header
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # every post is the first
        # A receiver that restarts or times idle connections out can then never fail a callback.
        self.headers.update({"User-Agent": user_agent, "Connection": "close"})
        self.headers["Accept-Encoding"] = "identity"  # nobody reads the answer
        for scheme in ("http://", "https://"):
            self.mount(scheme, Adapter())

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: requests would read a 3xx without limit and trip over a Location that is no URL."""


def _target(url: str) -> str:
    """Path and query as written; only what no URL may contain is escaped, by itself."""
    found = re.match(r"[^:]*://[^/?\\]*(.*)", url.lstrip().partition("#")[0], re.DOTALL)
    target = quote(found[1], safe="!$%&'()*+,/:;=?@[]~") if found else ""
    return target if target.startswith("/") else "/" + target


def _chain(error: BaseException) -> list[BaseException]:
    """An error and what it wraps; requests and urllib3 wrap up to four times."""
    chain = [error]
    while (inner := _inner(chain[-1])) is not None:
        chain.append(inner)
    return chain


def _sentence(chain: list[BaseException], timeout: float) -> str:
    """The innermost reason in one line."""
    text = plain(masked(" ".join(_reason(chain[-1], timeout).split())))
    tls = any(isinstance(e, ssl.SSLError | urllib3.exceptions.SSLError) for e in chain)
    return f"TLS: {text}" if tls else text


def _inner(error: BaseException) -> BaseException | None:
    wrapped = (*error.args, getattr(error, "reason", None), error.__cause__)
    return next((e for e in wrapped if isinstance(e, BaseException)), None)


# Subclasses stand before their bases. Other errors are shown with their own text.
_REASONS: dict[type[BaseException], str] = {
    socket.gaierror: "the host name cannot be resolved",
    TimeoutError: "no answer within {timeout:g} s",
    urllib3.exceptions.TimeoutError: "no answer within {timeout:g} s",
    http.client.RemoteDisconnected: "the connection was closed before any answer",
    http.client.BadStatusLine: "not an HTTP answer: {error}",
    http.client.IncompleteRead: "the connection was closed in the middle of the answer",
    ConnectionResetError: "the connection was reset",
    BrokenPipeError: "the connection was reset",
    requests.exceptions.InvalidSchema: "not an http or https URL",
    UnicodeError: "no URL or text that can be sent: {error}",
}


def _reason(error: BaseException, timeout: float) -> str:
    for kind, sentence in _REASONS.items():
        if isinstance(error, kind):
            return sentence.format(error=str(error)[:80], timeout=timeout)
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    if isinstance(error, ssl.SSLError) and error.reason:
        return error.reason.replace("_", " ").lower()
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
