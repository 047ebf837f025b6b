"""Posts in one loop: what they send is requests', what they read is http.client's, none is lost."""

import asyncio
import http.client
import os
import socket
import threading
from concurrent.futures import Future, ThreadPoolExecutor, wait
from io import BytesIO
from itertools import pairwise

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from delivery.test_post import FORM, PATIENCE, TEXT, Receiver, listening_at
from exomock.delivery import posting
from exomock.delivery.answer import Answer
from exomock.delivery.dispatch import Dispatch, Sending
from exomock.delivery.lanes import Lanes
from exomock.delivery.line import Connection
from exomock.delivery.origin import origin_of
from exomock.delivery.payload import Body
from exomock.delivery.post import USUAL, Poster, PostResult
from ports import has_ipv6

MANY = 3000 if os.environ.get("EXOMOCK_SOAK") else 150

USER_AGENT = "exomock/test"
BOUNDED = Body(FORM.content_type, FORM.fields, boundary="b" * 32)
BODIES = {
    "multipart": BOUNDED,
    "JSON": TEXT,
    "empty JSON": Body("application/json"),
    "not ASCII": Body("application/json", (), '{"a": "नमस्ते"}'),
    "a form that claims another type": Body(
        FORM.content_type, FORM.fields, boundary="x", claims="application/x-www-form-urlencoded"
    ),
}


@pytest.fixture(scope="module")
def poster():
    poster = Poster(timeout=PATIENCE, user_agent=USER_AGENT)
    yield poster
    poster.close()


def as_requests(url, body):
    """Post as exomock did when requests made its connections."""
    with requests.Session() as session:
        session.trust_env = False
        session.headers.update({"User-Agent": USER_AGENT, "Connection": "close"})
        session.headers["Accept-Encoding"] = "identity"
        content_type, raw = body.encoded()
        session.post(url, data=raw, headers={"Content-Type": content_type}, timeout=PATIENCE)


class TestTheBytesOfAPost:
    @pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
    @pytest.mark.parametrize("user", ["", "agent:p%40ss@", "é:ü@"])
    def test_are_those_of_requests(self, poster, body, user):
        """Request line, headers in their order, and body: five kinds of bodies, with and without Basic auth."""
        hosts = ["127.0.0.1", "::1"] if has_ipv6() else ["127.0.0.1"]
        for host in hosts:
            with Receiver(host=host) as receiver:
                url = receiver.url("/hook?b=2&a=1", user=user)
                poster.post(url, body)
                as_requests(url, body)
                ours, theirs = (receiver.requests.get(timeout=PATIENCE) for _ in range(2))

            assert theirs == ours

    def test_name_the_host_in_lower_case(self, poster):
        """As requests writes it, whatever the URL does."""
        with listening_at("127.0.0.1", and_nobody_at="::1") as receiver:
            url = receiver.url().replace("127.0.0.1", "LocalHost")
            if poster.post(url, TEXT).delivered:  # else localhost is ::1 here
                assert f"localhost:{receiver.port}" == receiver.request()[1]["Host"]

    @pytest.mark.parametrize("claims", ["a\r\nX: y", "a\nb", " text/plain"])
    def test_hold_no_header_that_a_content_type_smuggles_in(self, poster, claims):
        """Nothing is sent."""
        with Receiver() as receiver:
            outcome = poster.post(receiver.url(), Body("application/json", (), "1", claims=claims))

        assert outcome.status is None
        assert receiver.requests.empty()


def requests_origin(url):
    """Scheme, host, port and Authorization of a URL by requests; None if it refuses it."""
    try:
        prepared = requests.Request("POST", url).prepare()
        parts = requests.compat.urlsplit(prepared.url)
        usual = {"http": 80, "https": 443}[parts.scheme]
    except (requests.RequestException, KeyError, ValueError):
        return None
    return (
        parts.scheme == "https",
        parts.hostname,
        parts.port or usual,
        prepared.headers.get("Authorization", ""),
    )


@given(
    st.builds(
        "{}{}{}{}{}".format,
        st.sampled_from(["http://", "https://", "HTTP://", "http:/", "ftp://", " http://", ""]),
        st.sampled_from(["", "", "", "u:p@", "@", "a@b:c@"]),
        st.sampled_from(
            [
                "a",
                "A.b-c_d",
                "127.0.0.1",
                "[::1]",
                "[::FFFF:1.2.3.4]",
                "é.de",
                ".a",
                "a..b",
                "a b",
                "",
            ]
        )
        | st.text("aZ09.-_[]:%@é", max_size=8),
        st.sampled_from(["", "", ":1", ":80", ":443", ":0", ":65535", ":65536", ":x", ":"]),
        st.sampled_from(["", "/", "/p?q#f", "?q", "#f", "\\x", "/é", "\n"]),
    )
)
@settings(max_examples=4 * MANY, deadline=None)
def test_a_url_leads_where_requests_went(url):
    """Most are read by one expression and never come to requests: host, port and user are the same."""
    try:
        ours = tuple(origin_of(url))
    except ValueError:
        ours = None

    assert requests_origin(url) == ours


class Said:
    """A socket that has said all it will."""

    def __init__(self, said):
        self.said = said

    def makefile(self, *_):
        return BytesIO(self.said)


def by_http_client(said):
    """Status and kind of error, as http.client reads an answer that is all there."""
    response = http.client.HTTPResponse(Said(said), method="POST")
    status = None
    try:
        response.begin()
        while 100 <= response.status < 200:
            response.headers = None
            response.begin()
        status = response.status
        response.read()
    except http.client.HTTPException as error:
        return status, type(error)
    return status, None


def in_pieces(said, cuts):
    """The same, read by us from pieces."""
    edges = sorted({0, len(said), *(cut % (len(said) + 1) for cut in cuts)})
    pieces = iter([said[a:b] for a, b in pairwise(edges)])

    async def receive():
        return next(pieces, b"")

    async def read():
        answer, status = Answer(receive), None
        try:
            head = await answer.head()
            status = head.status
            await answer.finish(head)
        except http.client.HTTPException as error:
            return status, type(error)
        return status, None

    return asyncio.run(read())


LINES = st.sampled_from(
    [b"HTTP/1.1 200 OK", b"HTTP/1.0 404", b"HTTP/1.1 103 Early", b"HTTP/1.1 100 Continue", b"HTTP/1.1 204 No",
     b"HTTP/1.1 2000", b"HTTP/1.1 099 x", b"220 smtp", b"HTTP/1.1", b"HTTP/2 200 x", b"http/1.1 200 OK", b"",
     b"Content-Length: 3", b"Content-Length: x", b"content-length: 0", b"Transfer-Encoding: chunked", b"A: b",
     b" folded", b"no colon", b"3", b"3;ext=1", b"abc", b"0", b"zz", b"-1", b"5"]
)  # fmt: skip
ANSWERS = st.lists(st.tuples(LINES, st.sampled_from([b"\r\n", b"\r\n", b"\n", b""])), max_size=12)


@given(
    ANSWERS.map(lambda lines: b"".join(a + b for a, b in lines)),
    st.lists(st.integers(0, 400), max_size=6),
)
@settings(max_examples=8 * MANY, deadline=None)
def test_an_answer_in_any_pieces_is_what_http_client_reads_in_one(said, cuts):
    """Interim heads, folded lines, lengths, chunks and nonsense: the same status, the same error."""
    assert by_http_client(said) == in_pieces(said, cuts)


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 300,
        b"HTTP/1.1 200 OK\r\nA: " + b"a" * 90_000,
        b"H" * 90_000,
    ],
)
def test_an_endless_head_is_refused_before_its_end(said):
    """More than 100 headers, or a line of more than 64 KiB: nobody waits for the rest."""
    assert (None, type(None)) != in_pieces(said, range(0, len(said), 1000))
    assert by_http_client(said) == in_pieces(said, range(0, len(said), 1000))


class TestManyPosts:
    def test_that_hang_cost_no_thread_and_hold_up_nobody(self, poster):
        """Two hundred that hang cost no thread, another is delivered meanwhile, and a cut ends them."""
        threads = threading.active_count()
        with socket.create_server(("127.0.0.1", 0), backlog=1024) as hung, Receiver() as well:
            url = f"http://127.0.0.1:{hung.getsockname()[1]}/"
            hanging = [poster.begin(url, TEXT, "hung") for _ in range(200)]
            assert poster.post(well.url(), TEXT).delivered
            # The receiver's own: one that accepts, one for its guest.
            assert threading.active_count() <= threads + 2
            poster.cut(lambda owner: owner == "hung", "enough")
            outcomes = [each.result(PATIENCE) for each in hanging]

        assert {("enough", None)} == {(each.error, each.status) for each in outcomes}

    def test_all_end_when_the_poster_is_closed(self):
        """Whatever 300 of them are doing: each has a result, and none is left on the wire."""
        poster = Poster(timeout=10 * PATIENCE, user_agent=USER_AGENT)
        with socket.create_server(("127.0.0.1", 0), backlog=1024) as hung:
            url = f"http://127.0.0.1:{hung.getsockname()[1]}/"
            begun = [poster.begin(url, TEXT) for _ in range(300)]
            poster.close()

        assert not wait(begun, PATIENCE).not_done
        assert all(each.result().stopped for each in begun)


def descriptors():
    return len(os.listdir("/dev/fd"))  # noqa: PTH208


class TestAPostOfAThreadsOwn:
    """One that an advance would only wait for: made in its thread, in a loop that is kept."""

    HERE = USUAL._replace(here=True)

    def test_takes_no_other_thread_and_few_descriptors(self):
        """Fifty, one after the other, share one loop; closing the poster leaves nothing open."""
        before = descriptors()
        poster = Poster(timeout=PATIENCE, user_agent=USER_AGENT)
        with Receiver() as receiver:
            statuses = []
            for _ in range(50):
                ended = poster.begin(receiver.url(), TEXT, how=self.HERE)
                assert ended.done()
                statuses.append(ended.result().status)
        poster.close()

        assert [200] * 50 == statuses
        assert descriptors() <= before

    def test_is_cut_with_its_owner_and_no_other_is(self):
        """Twenty hang in threads of their own; ten are cut, and the others end by the poster's end."""
        poster = Poster(timeout=PATIENCE, user_agent=USER_AGENT)
        with (
            socket.create_server(("127.0.0.1", 0), backlog=64) as hung,
            ThreadPoolExecutor(20) as pool,
        ):
            url = f"http://127.0.0.1:{hung.getsockname()[1]}/"
            posts = [
                pool.submit(poster.begin, url, TEXT, turn % 2, self.HERE) for turn in range(20)
            ]
            guests = [hung.accept()[0] for _ in posts]
            poster.cut(lambda owner: owner == 1, "enough")
            cut = [posts[turn].result(PATIENCE).result() for turn in range(1, 20, 2)]
            left = [posts[turn].done() for turn in range(0, 20, 2)]
            poster.close()
            stopped = [posts[turn].result(PATIENCE).result() for turn in range(0, 20, 2)]
            for guest in guests:
                guest.close()

        assert {("enough", True, False)} == {(e.error, e.timed_out, e.stopped) for e in cut}
        assert [False] * 10 == left
        assert {(True, False)} == {(each.stopped, each.timed_out) for each in stopped}

    def test_is_not_cut_by_what_came_for_the_one_before(self):
        """Cuts without end, of an owner whose posts are over: none ends another's in the same loop."""
        poster, over = Poster(timeout=PATIENCE, user_agent=USER_AGENT), threading.Event()

        def cuts():
            while not over.is_set():
                poster.cut(lambda owner: owner == "old", "enough")

        with Receiver() as receiver, ThreadPoolExecutor(1) as pool:
            cutting = pool.submit(cuts)
            errors = set()
            for _ in range(60):
                poster.begin(receiver.url(), TEXT, "old", self.HERE)
                errors.add(poster.begin(receiver.url(), TEXT, "new", self.HERE).result().error)
            over.set()
            cutting.result(PATIENCE)
        poster.close()

        assert {None} == errors

    def test_of_a_coroutine_goes_through_the_loop_of_all(self, poster):
        """A test that is a coroutine may advance time: its thread has a loop that runs already."""

        async def advance():
            return poster.begin(receiver.url(), TEXT, how=self.HERE).result(PATIENCE)

        with Receiver() as receiver:
            assert asyncio.run(advance()).delivered

    @pytest.mark.parametrize(
        "where",
        [(Connection, "connect"), (posting, "_Aside"), (posting, "_noted")],
        ids=lambda where: where[1],
    )
    def test_that_is_interrupted_leaves_no_loop_that_another_would_get(self, monkeypatch, where):
        """Ctrl-C on its way or in its middle: its loop is closed, and the next post is like any other."""
        before = descriptors()
        poster = Poster(timeout=PATIENCE, user_agent=USER_AGENT)

        def interrupted(*_):
            raise KeyboardInterrupt

        with Receiver() as receiver:
            with monkeypatch.context() as patched:
                patched.setattr(*where, interrupted)
                with pytest.raises(KeyboardInterrupt):
                    poster.begin(receiver.url(), TEXT, how=self.HERE)
            assert poster.begin(receiver.url(), TEXT, how=self.HERE).result().delivered
        poster.close()
        assert descriptors() <= before


class TestADelayOfTheResolver:
    def test_ends_at_the_deadline_and_delays_no_other_post(self, monkeypatch):
        """A name that hangs: late after 0.3 s, and an address is posted to meanwhile."""
        over = threading.Event()
        ask = socket.getaddrinfo

        def slow(host, *args, **kwargs):
            if host == "hangs.example" and not kwargs.get("flags"):
                over.wait(PATIENCE)
            return ask(host, *args, **kwargs)

        monkeypatch.setattr(socket, "getaddrinfo", slow)
        poster = Poster(timeout=1.5, user_agent=USER_AGENT)
        with Receiver() as receiver:
            late = poster.begin("http://hangs.example/", TEXT)
            prompt = poster.post(receiver.url(), TEXT)
            outcome = late.result(PATIENCE)
        over.set()
        poster.close()

        assert prompt.delivered
        assert ("no answer within 1.5 s", True) == (outcome.error, outcome.timed_out)


@given(
    items=st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 3)), max_size=40),
    most=st.integers(1, 5),
    share=st.integers(1, 5),
    faults=st.sets(st.integers(0, 39)),
    order=st.randoms(use_true_random=False),
)
@settings(max_examples=MANY, deadline=None)
def test_a_dispatch_ends_each_item_once_in_order_and_within_its_share(
    items, most, share, faults, order
):
    """Whichever fails to begin or to be recorded, and in whichever order they end."""
    under_way, begun, ended, lost = {}, [], [], []

    def begin(item):
        begun.append(item)
        if item in faults and item % 2:
            raise ValueError
        if item in faults:
            ended.append(item)
            return None
        future = Future()
        under_way[future] = item
        busy = [items[each][0] for each in under_way.values()]
        assert len(busy) <= most
        assert all(busy.count(owner) <= share for owner in "ab")
        return Sending(0, future)

    def finish(item, sending):
        assert under_way.pop(sending.ended) == item
        ended.append(item)
        if item % 5 == 4:
            raise ValueError

    dispatch = Dispatch(begin, finish, lambda item, _: lost.append(item), Lanes(most, share))
    dispatch.put([(key, number) for number, key in enumerate(items)])
    while under_way:
        order.choice(list(under_way)).set_result(PostResult(200, None, 0))
        dispatch._record(dispatch._ended.get(timeout=PATIENCE))

    assert list(range(len(items))) == sorted(begun)
    assert set(range(len(items))) == set(ended) | set(lost)
    for lane in set(items):
        mine = [item for item in begun if items[item] == lane]
        assert sorted(mine) == mine
