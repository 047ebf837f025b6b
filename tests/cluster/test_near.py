"""A hop by its own few lines is the hop that h11 reads; a sibling's connection bears all of it."""

import asyncio
import contextlib
import socket
import threading

import h11
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from exomock.api.edge import BODY
from exomock.forwarding.hop import read_whole
from exomock.forwarding.near import NearServer, read_head
from exomock.forwarding.request import onward

NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,8}", fullmatch=True)
VALUES = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=12)


def by_h11(answer):
    """What h11 reads of bytes that are all there: status, headers and body; None if not whole."""
    http = h11.Connection(h11.CLIENT)
    http.send(h11.Request(method="GET", target="/", headers=[("Host", "x")]))
    http.send(h11.EndOfMessage())
    http.receive_data(answer)
    head, body = None, b""
    try:
        while not isinstance(event := http.next_event(), h11.EndOfMessage):
            if event is h11.NEED_DATA:
                return None
            head = event if isinstance(event, h11.Response) else head
            body += bytes(event.data) if isinstance(event, h11.Data) else b""
    except h11.RemoteProtocolError:
        return None
    headers = [(n.decode(), v.decode("utf-8", "replace")) for n, v in head.headers]
    return (head.status_code, headers), body


ANSWERS = st.builds(
    lambda status, headers, length, body, more: b"".join((
        b"HTTP/1.1 %d \r\n" % status,
        *(f"{name}: {value}\r\n".encode() for name, value in headers),
        *(b"Content-Length: %d\r\n" % each for each in length),
        b"\r\n",
        body,
        more,
    )),
    st.sampled_from((100, 200, 204, 304, 404, 503)),
    st.lists(st.tuples(NAMES, VALUES), max_size=3),
    st.lists(st.integers(0, 6), max_size=2),
    st.binary(max_size=6),
    st.sampled_from((b"", b"HTTP/1.1 200 \r\n\r\n")),
)  # fmt: skip


class TestAnAnswerThatIsReadAtOnce:
    @given(ANSWERS, st.integers(0, 40))
    @example(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 0)
    @example(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 0)
    @example(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX : y\r\n\r\nok", 0)
    @example(b"HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nok", 0)
    @example(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", 0)
    def test_is_what_h11_reads(self, answer, missing):
        """Or it is left to h11: half an answer, two lengths, none, an interim one, no HTTP."""
        came = answer[: len(answer) - missing]
        assert read_whole(came) in (None, by_h11(came))

    def test_is_an_ordinary_one(self):
        """What owners answer most is not left to h11."""
        came = b"HTTP/1.1 200 \r\nX-A: b\r\ncontent-length: 2\r\n\r\nok"
        assert ((200, [("x-a", "b"), ("content-length", "2")]), b"ok") == read_whole(came)


ENVIRONS = st.fixed_dictionaries({
    "REQUEST_METHOD": st.sampled_from(("GET", "POST", "HEAD", "DELETE")),
    "PATH_INFO": st.text(st.characters(max_codepoint=255), max_size=12).map(lambda t: f"/{t}"),
    "QUERY_STRING": st.text(st.characters(max_codepoint=255), max_size=12),
    "HTTP_HOST": st.just("exomock:80"),
    "HTTP_X_ONE": VALUES,
    "CONTENT_TYPE": VALUES,
    "REMOTE_ADDR": st.just("127.0.0.1"),
    "wsgi.url_scheme": st.sampled_from(("http", "https")),
    BODY: st.binary(max_size=8),
})  # fmt: skip


class TestARequestThatIsSentOn:
    @given(ENVIRONS)
    def test_is_the_same_to_h11_and_to_a_worker(self, environ):
        """Both read method, target, headers and body as they were meant."""
        request = onward(environ, "worker-1")
        http = h11.Connection(h11.SERVER)
        http.receive_data(request.written())
        read, body = http.next_event(), b""
        while not isinstance(event := http.next_event(), h11.EndOfMessage):
            body += bytes(event.data)
        head = request.written().partition(b"\r\n\r\n")[0]
        near = read_head(head)

        assert (request.method.encode(), request.target, request.body) == (
            read.method, read.target, body,
        )  # fmt: skip
        assert near.headers == {name.decode(): value.decode() for name, value in read.headers}
        query = f"?{near.query_string}" if near.query_string else ""
        assert request.target.decode().endswith(query)
        assert near.path == environ["PATH_INFO"].encode("latin-1").decode(errors="replace")

    @pytest.mark.parametrize("value", ["a\r\nX-Two: b", "a\nb", "a\rb"])
    def test_has_no_header_of_two_lines(self, value):
        """A value that would be a header of its own is an error, and nothing goes out."""
        environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "QUERY_STRING": "", "HTTP_X": value}
        with pytest.raises(ValueError, match="line break"):
            onward(environ | {"wsgi.url_scheme": "http"}, "worker-1").written()


async def _app(scope, protocol):
    """Answers as its path says."""
    if scope.path == "/echo":
        protocol.response_bytes(200, [], await protocol())
    elif scope.path == "/pieces":
        out = protocol.response_stream(200, [])
        for piece in (b"one", b"", b"two"):
            await out.send_bytes(piece)
    elif scope.path == "/short":
        out = protocol.response_stream(200, [("Content-Length", "9")])
        await out.send_bytes(b"half")
    elif scope.path == "/thread":
        said = asyncio.Event()

        def say():
            protocol.response_bytes(200, [], b"said")
            loop.call_soon_threadsafe(said.set)

        loop = asyncio.get_running_loop()
        threading.Thread(target=say).start()
        await said.wait()


@pytest.fixture
def sibling(tmp_path):
    """A connection to a server in a loop of its own; both end with the test."""
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(_made(tmp_path / "s"))
    serving = loop.create_task(server.serve())
    thread = threading.Thread(target=loop.run_until_complete, args=(serving,))
    thread.start()
    with socket.socket(socket.AF_UNIX) as found:
        found.settimeout(10)
        while True:
            with contextlib.suppress(OSError):
                found.connect(str(tmp_path / "s"))
                break
        yield found
    loop.call_soon_threadsafe(server.stop)
    thread.join()
    loop.close()


async def _made(path):
    return NearServer(_app, path, 16)


def ask(path, body=b""):
    """A request for a path."""
    return b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (path, len(body), body)


def answers(sibling, count):
    """So many answers, each as h11 reads it: status and body; `cut` where one is not whole."""
    found, http = [], h11.Connection(h11.CLIENT)
    while len(found) < count:
        http.send(h11.Request(method="POST", target="/", headers=[("Host", "x")]))
        http.send(h11.EndOfMessage())
        status, body = 0, b""
        try:
            while not isinstance(event := http.next_event(), h11.EndOfMessage):
                if event is h11.NEED_DATA:
                    http.receive_data(sibling.recv(4096))
                status = event.status_code if isinstance(event, h11.Response) else status
                body += bytes(event.data) if isinstance(event, h11.Data) else b""
        except h11.RemoteProtocolError:
            return [*found, (status, "cut")]
        found.append((status, body))
        http.start_next_cycle()
    return found


class TestASiblingsConnection:
    def test_takes_requests_in_any_pieces(self, sibling):
        """Two in one go, and one byte by byte."""
        sibling.sendall(ask(b"/echo", b"first") + ask(b"/echo", b"second"))
        assert [(200, b"first"), (200, b"second")] == answers(sibling, 2)
        for byte in ask(b"/echo", b"third"):
            sibling.sendall(bytes([byte]))
        assert [(200, b"third")] == answers(sibling, 1)

    def test_is_kept_after_each_whole_answer(self, sibling):
        """Of a thread, in pieces, and where the application says nothing."""
        sibling.sendall(ask(b"/thread") + ask(b"/pieces") + ask(b"/nothing") + ask(b"/echo", b"x"))
        wanted = [(200, b"said"), (200, b"onetwo"), (500, b""), (200, b"x")]
        assert wanted == answers(sibling, 4)

    def test_ends_with_an_answer_that_is_not_whole(self, sibling):
        """Nobody takes half of what was announced for all of it."""
        sibling.sendall(ask(b"/short"))
        assert [(200, "cut")] == answers(sibling, 1)

    @pytest.mark.parametrize(
        "said", [b"nonsense", b"GET / HTTP/1.0", b"GET / HTTP/1.1\r\nno colon"]
    )
    def test_ends_where_no_request_is(self, sibling, said):
        """No sibling writes that, and nothing is answered."""
        sibling.sendall(said + b"\r\n\r\n")
        assert b"" == sibling.recv(100)
