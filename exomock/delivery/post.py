"""One POST to a receiver and how it went, within one deadline for all of it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

from exomock.delivery.answer import Answer
from exomock.delivery.dial import Dial
from exomock.delivery.multipart import multipart
from exomock.delivery.origin import Endpoint, origin_of, target_of
from exomock.delivery.posting import CLOSED, Posting, Trip
from exomock.delivery.reach import Reach, TooFar
from exomock.delivery.sentence import sentence
from exomock.wall import stopwatch

FORM = "multipart/form-data"


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
    """

    status: int | None
    error: str | None
    milliseconds: float
    refused: bool = False
    timed_out: bool = False
    stopped: bool = False

    @property
    def delivered(self) -> bool:
        """
        Whether the receiver took it: any 2xx.

        Source: exotel-v1.md section 8; that 201-299 count too is UNVERIFIED: a receiver of a
        live account that answers 204 would settle it.
        """
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004


class Poster:
    """
    Posts to receivers, any number at once, in one thread; lives as long as the server.

    Args:
        timeout: Wall seconds for a whole post (name, connect, TLS, headers, body), more than 0.
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
        # A connection is never used twice: a receiver that restarts or times idle connections out
        # can then never fail a callback. Nobody reads the answer, so nobody unpacks it.
        self._always = {
            "User-Agent": user_agent,
            "Accept-Encoding": "identity",
            "Accept": "*/*",
            "Connection": "close",
        }
        self.reach = reach
        self._posting = Posting()
        self._dial = Dial(ca, self._posting.in_thread)

    def post(self, url: str, body: Body, owner: object = None) -> PostResult:
        """Post `body` once, and wait until it is over; as `begin`."""
        return self.begin(url, body, owner).result()

    def begin(self, url: str, body: Body, owner: object = None) -> "Future[PostResult]":
        """
        Begin to post `body` once; all that receiver, network or URL do wrong is an outcome.

        Args:
            url: Where to; user and password in it become Basic auth, its query is sent as it is.
            body: What.
            owner: Whose it is, for `cut`.

        Returns:
            The status, or the error; a redirect is not followed, its 3xx is the status.

        Source:
            exotel-v1.md section 8: an answer within 15 s of wall time in all, no redirects.
        """
        trip = Trip(stopwatch(), owner)
        begun = self._posting.begin(trip, partial(self._post, trip, url, body))
        if begun is None:
            begun = Future()
            begun.set_result(PostResult(None, CLOSED, 0.0, stopped=True))
        return begun

    def headers(self, url: str, body: Body) -> dict[str, str]:
        """The headers of such a post; user and password of the URL stay hidden."""
        content_type, raw = body.encoded()
        try:
            origin = origin_of(url)
        except Exception:  # noqa: BLE001
            # A URL that cannot be sent is shown all the same.
            return {"Content-Type": content_type}
        shown = origin._replace(authorization="Basic ***" if origin.authorization else "")
        host = urlsplit(url).netloc.rpartition("@")[2]
        return {"Host": host, **self._headers(shown, content_type, len(raw))}

    def cut(self, mine: Callable[[object], bool], why: str) -> None:
        """End posts of those owners that `mine` says yes to, each with the error `why`."""
        self._posting.cut(mine, why)

    def close(self) -> None:
        """End posts that are under way, each with an error, and take no more."""
        self._posting.close()

    def _headers(self, origin: Endpoint, content_type: str, size: int) -> dict[str, str]:
        """The headers after Host, in wire order."""
        headers = {**self._always, "Content-Type": content_type, "Content-Length": str(size)}
        if origin.authorization:
            headers["Authorization"] = origin.authorization
        return headers

    async def _post(self, trip: Trip, url: str, body: Body) -> PostResult:
        problem: BaseException | None = None
        try:
            async with asyncio.timeout_at(trip.began + self._timeout):
                await self._send(trip, url, body)
        except asyncio.CancelledError as error:
            problem = error
        except Exception as error:  # noqa: BLE001
            problem = error
        return self._result(trip, problem)

    def _result(self, trip: Trip, problem: BaseException | None) -> PostResult:
        milliseconds = (stopwatch() - trip.began) * 1000
        if problem is None and trip.why_cut is None:
            return PostResult(trip.status, None, milliseconds)
        error = trip.why_cut or sentence(problem or TimeoutError(), self._timeout)
        if trip.status is not None:
            error += f" (status {trip.status} came, the rest of the answer did not)"
        stopped = trip.why_cut == CLOSED
        late = isinstance(problem, TimeoutError) or trip.why_cut is not None
        refused = isinstance(problem, TooFar)
        return PostResult(None, error, milliseconds, refused, late and not stopped, stopped)

    async def _send(self, trip: Trip, url: str, body: Body) -> None:
        origin, target = origin_of(url), target_of(url)
        request = self._request(origin, target, body)
        line = await self._dial.line(origin, target, self.reach)
        try:
            # A receiver that has enough before it has read all answers, and closes.
            with suppress(BrokenPipeError, ConnectionResetError):
                await line.send(request)
            answer = Answer(line.receive)
            head = await answer.head()
            trip.status = head.status
            await answer.finish(head)
        finally:
            line.close()

    def _request(self, origin: Endpoint, target: str, body: Body) -> bytes:
        """The bytes of a post."""
        content_type, raw = body.encoded()
        if content_type != content_type.lstrip() or {"\r", "\n"} & set(content_type):
            raise ValueError(f"no header may be {content_type!r}")
        lines = [f"POST {target} HTTP/1.1", f"Host: {origin.name}"]
        headers = self._headers(origin, content_type, len(raw))
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + raw
