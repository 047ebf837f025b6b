"""One POST to a receiver and how it went, within one deadline for all of it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple
from urllib.parse import urlsplit

from exomock.delivery.answer import MOST_READ, Answer, rest_of
from exomock.delivery.dial import Dial
from exomock.delivery.origin import Endpoint, origin_of, target_of
from exomock.delivery.payload import Body, encoded
from exomock.delivery.posting import CLOSED, Posting, Trip, has_loop
from exomock.delivery.reach import Reach, TooFar
from exomock.delivery.sentence import sentence
from exomock.domain.telling import accepted
from exomock.wall import stopwatch

_MARGIN = 0.02  # seconds before the deadline in which the rest of a body is no longer read


class Heard(NamedTuple):
    """
    What a receiver answered.

    Args:
        status: Its HTTP status.
        headers: Names and values, as they came.
        body: Its first 64 KiB at most.
        cut: Whether it is longer than was to be read.
        size: Bytes of it that came.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    cut: bool = False
    size: int = 0


class Means(NamedTuple):
    """
    How something is sent.

    Args:
        method: POST, GET or HEAD.
        headers: Names and values of further headers.
        hear: Whether somebody wants to know what is answered.
        timeout: Wall seconds for all of it; None is the poster's.
        rest: Wall seconds for the body once the head, which decides, is there; None wants all.
        most: Bytes of its body that are read; the first 64 KiB of them are kept.
        here: Whether the thread that begins it makes it, for it would only wait.
    """

    method: str = "POST"
    headers: tuple[tuple[str, str], ...] = ()
    hear: bool = False
    timeout: float | None = None
    rest: float | None = None
    most: int = MOST_READ
    here: bool = False


USUAL = Means()
"""As a StatusCallback."""


@dataclass(frozen=True, slots=True)
class PostResult:
    """
    The result of one post.

    Args:
        status: The receiver's HTTP status, None if no complete answer came.
        error: Why none came, one line; None if one did.
        milliseconds: Wall time from the call to the end, 0 or more.
        refused: True if nothing was sent, and no other try could go any better.
        timed_out: True if the receiver took too long, or had done so too often.
        given_up: True if it was not asked, because it had.
        stopped: True if exomock ended it, because it is stopping.
        heard: What the receiver answered, where somebody wants to know.
        said: The first bytes of what it answered, as they came; also where that is no answer.
    """

    status: int | None
    error: str | None
    milliseconds: float
    refused: bool = False
    timed_out: bool = False
    stopped: bool = False
    given_up: bool = False
    heard: Heard | None = None
    said: bytes = b""

    @property
    def delivered(self) -> bool:
        """Whether the receiver took it."""
        return accepted(self.status)


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

    def post(
        self, url: str, body: Body | None, owner: object = None, how: Means = USUAL
    ) -> PostResult:
        """Post `body` once, and wait until it is over; as `begin`."""
        return self.begin(url, body, owner, how).result()

    def begin(
        self, url: str, body: Body | None, owner: object = None, how: Means = USUAL
    ) -> "Future[PostResult]":
        """
        Begin to post `body` once; all that receiver, network or URL do wrong is an outcome.

        Args:
            url: Where to; user and password in it become Basic auth, its query is sent as it is.
            body: What; None is no body.
            owner: Whose it is, for `cut`.
            how: By which method, with what headers, and whether the answer is kept.

        Returns:
            The status, or the error; a redirect is not followed, its 3xx is the status.

        Source:
            exotel-v1.md section 8: an answer within 15 s of wall time in all, no redirects.
        """
        began = stopwatch()
        timeout = self._timeout if how.timeout is None else how.timeout
        trip = Trip(began, began + timeout, owner)
        go = partial(self._post, trip, url, body, how)
        if how.here and not has_loop():
            return _over(self._posting.here(trip, go))
        return self._posting.begin(trip, go) or _over(None)

    def headers(self, url: str, body: Body | None) -> dict[str, str]:
        """The headers of such a post; user and password of the URL stay hidden."""
        about, _raw = encoded(body)
        try:
            origin = origin_of(url)
        except Exception:  # noqa: BLE001
            # A URL that cannot be sent is shown all the same.
            return {key: value for key, value in about.items() if key == "Content-Type"}
        shown = origin._replace(authorization="Basic ***" if origin.authorization else "")
        host = urlsplit(url).netloc.rpartition("@")[2]
        return {"Host": host, **self._headers(shown, about)}

    def cut(self, mine: Callable[[object], bool], why: str) -> None:
        """End posts of those owners that `mine` says yes to, each with the error `why`."""
        self._posting.cut(mine, why)

    def close(self) -> None:
        """End posts that are under way, each with an error, and take no more."""
        self._posting.close()

    def _headers(self, origin: Endpoint, about: dict[str, str]) -> dict[str, str]:
        """The headers after Host, in wire order; `about` are those of the body."""
        headers = {**self._always, **about}
        if origin.authorization:
            headers["Authorization"] = origin.authorization
        return headers

    async def _post(self, trip: Trip, url: str, body: Body | None, how: Means) -> PostResult:
        problem: BaseException | None = None
        heard = None
        try:
            async with asyncio.timeout_at(trip.deadline):
                heard = await self._send(trip, url, body, how)
        except asyncio.CancelledError as error:
            problem = error
        except Exception as error:  # noqa: BLE001
            problem = error
        if problem is None and trip.why_cut is None:
            milliseconds = (stopwatch() - trip.began) * 1000
            known = heard if how.hear else None
            return PostResult(trip.status, None, milliseconds, heard=known, said=bytes(trip.said))
        return _failed(trip, problem or TimeoutError())

    async def _send(self, trip: Trip, url: str, body: Body | None, how: Means) -> Heard:
        origin, target = origin_of(url), target_of(url)
        request = self._request(origin, target, body, how)
        line = await self._dial.line(origin, target, self.reach)
        try:
            # A receiver may answer and close before it has read all. Its answer counts.
            with suppress(BrokenPipeError, ConnectionResetError):
                await line.send(request)
            answer = Answer(line.receive, how.method, how.most)
            trip.said = answer.said
            head = await answer.head()
            trip.status = head.status
            if how.rest is None:
                await answer.finish(head)
            else:
                await rest_of(answer, head, min(stopwatch() + how.rest, trip.deadline - _MARGIN))
            read = bytes(answer.body)
            return Heard(head.status, tuple(head.getheaders()), read, answer.cut, answer.size)
        finally:
            line.close()

    def _request(self, origin: Endpoint, target: str, body: Body | None, how: Means) -> bytes:
        """The bytes of a post."""
        about, raw = encoded(body)
        headers = self._headers(origin, about) | dict(how.headers)
        for value in (*about.values(), *(each for pair in how.headers for each in pair)):
            if value != value.lstrip() or {"\r", "\n"} & set(value):
                raise ValueError(f"no header may be {value!r}")
        lines = [f"{how.method} {target} HTTP/1.1", f"Host: {origin.name}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + raw


def _over(result: PostResult | None) -> "Future[PostResult]":
    """A post that is over; None where exomock is stopping."""
    ended: Future[PostResult] = Future()
    ended.set_result(result or PostResult(None, CLOSED, 0.0, stopped=True))
    return ended


def _failed(trip: Trip, problem: BaseException) -> PostResult:
    """What is said of a trip that brought no answer."""
    milliseconds = (stopwatch() - trip.began) * 1000
    error = trip.why_cut or sentence(problem, round(trip.deadline - trip.began, 3))
    if trip.status is not None:
        error += f" (status {trip.status} came, the rest of the answer did not)"
    stopped = trip.why_cut == CLOSED
    late = not stopped and (isinstance(problem, TimeoutError) or trip.why_cut is not None)
    refused = isinstance(problem, TooFar)
    said = bytes(trip.said)
    return PostResult(None, error, milliseconds, refused, late, stopped, said=said)
