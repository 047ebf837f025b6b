"""Posting to receivers, over real sockets: what they see, and what is said of what they do."""

import base64
import json
import queue
import socket
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from email import message_from_bytes

import pytest
import trustme

from exomock.delivery.payload import Body
from exomock.delivery.post import USUAL, Poster, PostResult
from ports import has_ipv6, nobody

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
FORM = Body(
    "multipart/form-data",
    (
        ("CallSid", "b6cc1b5e"),
        ("Status", "completed"),
        ("From", "+919876543210"),
        ("CustomField", 'naïve "quote" & 50 %'),
        ("Legs[0][Status]", "completed"),
        ("Legs[0][OnCallDuration]", "12"),
        ("Legs[1][Status]", ""),
    ),
    "",
)
TEXT = Body("application/json", (), '{"Status": "completed", "Legs": [{"OnCallDuration": 0}]}')
SHORT = 0.5  # seconds
CAME = " (status 200 came, the rest of the answer did not)"
PATIENCE = 5  # seconds until a test that hangs is given up


class Receiver:
    """
    A TCP server that keeps each request as it came and answers as told.

    `answer` is bytes, sent before the connection is closed, or a function of the connection; a
    function can wait on `over`, which is set when the test is.
    """

    def __init__(self, answer=OK, *, host="127.0.0.1", tls=None, listen=True):
        self.answer, self.tls = answer, tls
        self.requests = queue.SimpleQueue()
        self.over = threading.Event()
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.socket = socket.socket(family)
        self.socket.bind((host, 0))
        self.port = self.socket.getsockname()[1]
        self.host = f"[{host}]" if ":" in host else host
        self.threads = []
        if listen:
            self.socket.listen(64)
            self._start(self._accept)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.over.set()
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        for thread in self.threads:
            thread.join(PATIENCE)

    def url(self, rest="/hook", *, scheme="http", user=""):
        return f"{scheme}://{user}{self.host}:{self.port}{rest}"

    def request(self):
        """The next request: request line, headers, body."""
        head, _, body = self.requests.get(timeout=PATIENCE).partition(b"\r\n\r\n")
        line, _, headers = head.partition(b"\r\n")
        return line.decode(), message_from_bytes(headers), body

    def drip(self, connection, piece):
        """Send `piece` every 50 ms for as long as anybody wants it, 5 s at most."""
        with suppress(OSError):
            for _ in range(PATIENCE * 20):
                if self.over.wait(0.05):
                    break
                connection.sendall(piece)

    def _start(self, target, *args):
        self.threads.append(threading.Thread(target=target, args=args, daemon=True))
        self.threads[-1].start()

    def _accept(self):
        with suppress(OSError):
            while True:
                self._start(self._serve, self.socket.accept()[0])

    def _serve(self, connection):
        with connection, suppress(OSError):
            connection.settimeout(PATIENCE)
            if self.tls is None:
                self._respond(connection)
            else:
                with self.tls.wrap_socket(connection, server_side=True) as secured:
                    self._respond(secured)

    def _respond(self, connection):
        received = b""
        while b"\r\n\r\n" not in received:
            received += some(connection)
        head, _, body = received.partition(b"\r\n\r\n")
        length = int(message_from_bytes(head.partition(b"\r\n")[2])["Content-Length"])
        while len(body) < length:
            body += some(connection)
        self.requests.put(head + b"\r\n\r\n" + body)
        if callable(self.answer):
            self.answer(self, connection)
        else:
            connection.sendall(self.answer)


def some(connection):
    if not (received := connection.recv(65536)):
        raise ConnectionError
    return received


class Here(Poster):
    """Posts in the thread that waits for it, as an advance does."""

    def post(self, url, body, owner=None, how=USUAL):
        return self.begin(url, body, owner, how._replace(here=True)).result()


@pytest.fixture(params=[Poster, Here])
def poster(request):
    poster = request.param(timeout=PATIENCE, user_agent="exomock/test")
    yield poster
    poster.close()


@pytest.fixture(params=[Poster, Here])
def hasty(request):
    poster = request.param(timeout=SHORT, user_agent="exomock/test")
    yield poster
    poster.close()


ipv6 = pytest.mark.skipif(not has_ipv6(), reason="this machine has no ::1")


class TestForm:
    def test_fields_arrive_in_order_with_flat_names_and_without_filenames(self, poster):
        """Seven fields, one empty, one not ASCII: one part each, and nothing but their names."""
        with Receiver() as receiver:
            assert poster.post(receiver.url(), FORM).delivered
            line, headers, body = receiver.request()

        kind, _, boundary = headers["Content-Type"].partition("; boundary=")
        parts = body.split(b"--" + boundary.encode())
        expected = [
            f'\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in FORM.fields
        ]
        assert "POST /hook HTTP/1.1" == line
        assert "multipart/form-data" == kind
        assert [b"", *expected, b"--\r\n"] == parts

    def test_headers_are_ours(self, poster):
        """No traces of requests, no kept connection, no compressed answer."""
        with Receiver() as receiver:
            poster.post(receiver.url(), FORM)
            _, headers, _ = receiver.request()

        assert "exomock/test" == headers["User-Agent"]
        assert "close" == headers["Connection"]
        assert "identity" == headers["Accept-Encoding"]
        assert f"127.0.0.1:{receiver.port}" == headers["Host"]
        assert "Authorization" not in headers


class TestJSON:
    def test_the_text_arrives_as_it_was_given(self, poster):
        """Not parsed, not spaced anew; the content type carries no charset."""
        body = Body("application/json", (), '{"b":1,  "a": "नमस्ते"}')
        with Receiver() as receiver:
            assert poster.post(receiver.url(), body).delivered
            _, headers, received = receiver.request()

        assert "application/json" == headers["Content-Type"]
        assert body.json.encode() == received
        assert {"a": "नमस्ते", "b": 1} == json.loads(received)


class TestURL:
    @pytest.mark.parametrize(
        ("written", "seen"),
        [
            pytest.param("/h?b=2&a=1&b=3&a=", "/h?b=2&a=1&b=3&a=", id="order, repeats, empty"),
            pytest.param("/h?x=%2f%7e+%20&y", "/h?x=%2f%7e+%20&y", id="escapes stay as they are"),
            pytest.param("/h?x=50%&y=%20", "/h?x=50%&y=%20", id="a stray percent"),
            pytest.param("/h?L[0]=a;b:c@d/e?f", "/h?L[0]=a;b:c@d/e?f", id="odd but allowed"),
            pytest.param("/h?x=a b&y=é|{}", "/h?x=a%20b&y=%C3%A9%7C%7B%7D", id="not allowed"),
            pytest.param("/h?", "/h?", id="an empty query"),
            pytest.param("/h?x=1#top", "/h?x=1", id="a fragment is never sent"),
            pytest.param("/a/../b//c/?x", "/a/../b//c/?x", id="the path too"),
            pytest.param("?x=1", "/?x=1", id="no path"),
            pytest.param("", "/", id="nothing"),
        ],
    )
    def test_path_and_query_arrive_as_written(self, poster, written, seen):
        """What requests would normalise is left alone; what no URL may contain is escaped."""
        with Receiver() as receiver:
            assert poster.post(receiver.url(written), TEXT).delivered
            line, _, _ = receiver.request()

        assert f"POST {seen} HTTP/1.1" == line

    def test_user_and_password_become_basic_auth(self, poster):
        """Unescaped first, and absent from the request line."""
        with Receiver() as receiver:
            poster.post(receiver.url("/h?x", user="agent:p%40ss@"), TEXT)
            line, headers, _ = receiver.request()

        assert "POST /h?x HTTP/1.1" == line
        assert "Basic " + base64.b64encode(b"agent:p@ss").decode() == headers["Authorization"]

    @pytest.mark.parametrize(
        "url",
        [
            "",
            "nonsense",
            "http://",
            "http:///path",
            "http://[::1",
            "http://127.0.0.1:port/",
            "http://127.0.0.1:99999/",
            "http://exa mple/",
            "http://\x00/",
            "http://127.0.0.1:1/\ud800",
            "http://.example/",
            f"http://{'a' * 64}.example/",
            "http://é\ud800.example/",
            "http://user:пароль@127.0.0.1:1/",
            "ftp://127.0.0.1/",
            "mailto:somebody@example.com",
            "//127.0.0.1/",
            "http://127.0.0.1:1\\@x/",
        ],
    )
    def test_a_bad_one_is_an_error_in_one_line(self, poster, url):
        """Nothing is raised, and no wrapped exception's repr is shown."""
        outcome = poster.post(url, TEXT)

        assert outcome.status is None
        assert outcome.error
        assert "\n" not in outcome.error
        assert "object at 0x" not in outcome.error
        assert "Error(" not in outcome.error


class TestAnswer:
    @pytest.mark.parametrize(
        ("status", "delivered"),
        [
            (200, True),
            (201, True),
            (204, True),
            (299, True),
            (304, False),
            (404, False),
            (500, False),
        ],
    )
    def test_any_2xx_is_delivered(self, poster, status, delivered):
        """The status is kept either way, and is no error."""
        with Receiver(b"HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n" % status) as receiver:
            outcome = poster.post(receiver.url(), FORM)

        assert (status, None) == (outcome.status, outcome.error)
        assert delivered == outcome.delivered

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_a_redirect_is_not_followed(self, poster, status):
        """Its target, on the same receiver, sees nothing."""

        def redirect(receiver, connection):
            there = receiver.url("/there").encode()
            head = b"HTTP/1.1 %d X\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % (status, there)
            connection.sendall(head)

        with Receiver(redirect) as receiver:
            outcome = poster.post(receiver.url("/here"), FORM)
            assert "POST /here HTTP/1.1" == receiver.request()[0]

        assert (status, None, False) == (outcome.status, outcome.error, outcome.delivered)
        assert receiver.requests.empty()

    def test_a_redirect_to_nowhere_is_a_status_too(self, poster):
        """requests itself raises for a Location that is no URL."""
        answer = b"HTTP/1.1 302 X\r\nLocation: http://[\r\nContent-Length: 0\r\n\r\n"
        with Receiver(answer) as receiver:
            outcome = poster.post(receiver.url(), FORM)

        assert (302, None) == (outcome.status, outcome.error)

    @pytest.mark.parametrize(
        ("answer", "error"),
        [
            pytest.param(b"220 smtp ready\r\n", "not an HTTP answer: 220 smtp ready", id="smtp"),
            pytest.param(b"\x00\xff\r\n\r\n", "not an HTTP answer: ", id="bytes"),
            pytest.param(b"", "the connection was closed before any answer", id="nothing"),
            pytest.param(
                b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok",
                "the connection was closed in the middle of the answer (status 200 came",
                id="cut short",
            ),
            pytest.param(
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                "the answer's body has 'zz' where the length of a chunk belongs (status 200 came",
                id="bad chunk",
            ),
            pytest.param(
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n",
                "the answer's body has '-5' where the length of a chunk belongs (status 200 came",
                id="negative chunk",
            ),
            pytest.param(
                b"HTTP/2.0 200 OK\r\n\r\n",
                "an answer of HTTP/2.0, expected one of HTTP/1.1",
                id="HTTP/2",
            ),
            pytest.param(b"HTTP/1.1 200 OK\r\nA: " + b"a" * 70_000, "got more than", id="long"),
        ],
    )
    def test_garbage_is_an_error(self, poster, answer, error):
        """What is no complete HTTP answer has no status, and a sentence."""
        with Receiver(answer) as receiver:
            outcome = poster.post(receiver.url(), FORM)

        assert outcome.status is None
        assert error in outcome.error

    def test_of_an_endless_body_64_kb_are_read(self, poster):
        """The status is known long before the deadline."""

        def gush(receiver, connection):
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            while not receiver.over.is_set():
                connection.sendall(b"x" * 8192)

        with Receiver(gush) as receiver:
            outcome = poster.post(receiver.url(), FORM)

        assert outcome.delivered
        assert outcome.milliseconds < PATIENCE * 1000

    def test_cookies_are_not_sent_back(self, poster):
        """Two posts of one thread: the second knows nothing of the first."""
        answer = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nContent-Length: 0\r\n\r\n"
        with Receiver(answer) as receiver:
            poster.post(receiver.url(), FORM)
            poster.post(receiver.url(), FORM)
            heads = [receiver.request()[1], receiver.request()[1]]

        assert [None, None] == [headers["Cookie"] for headers in heads]

    def test_the_connection_is_closed_though_the_receiver_keeps_it(self, poster):
        """The receiver reads the end right after its answer, and the next post comes on another."""
        ends = queue.SimpleQueue()

        def keep(_, connection):
            connection.sendall(OK)
            ends.put(connection.recv(1))

        with Receiver(keep) as receiver:
            for _ in range(2):
                assert poster.post(receiver.url(), FORM).delivered
                assert b"" == ends.get(timeout=PATIENCE)


class TestDeadline:
    def late(self, outcome, status=""):
        """Whether a post ended at 0.5 s, and said so."""
        assert f"no answer within 0.5 s{status}" == outcome.error
        assert outcome.status is None
        assert not outcome.delivered
        return SHORT * 1000 - 5 <= outcome.milliseconds < SHORT * 1000 + 2000

    def test_silence_ends_there(self, hasty):
        """The receiver takes the request and never answers."""
        with Receiver(lambda receiver, _: receiver.over.wait(PATIENCE)) as receiver:
            assert self.late(hasty.post(receiver.url(), FORM))

    def test_never_accepting_ends_there(self, hasty):
        """The system takes the connection, and nobody reads."""
        with socket.create_server(("127.0.0.1", 0)) as server:
            url = f"http://127.0.0.1:{server.getsockname()[1]}/"
            assert self.late(hasty.post(url, FORM))

    def test_an_unread_body_ends_there(self, hasty):
        """16 MB fit into no buffer: the post hangs in sending."""
        with socket.create_server(("127.0.0.1", 0)) as server:
            url = f"http://127.0.0.1:{server.getsockname()[1]}/"
            body = Body("application/json", (), "1" * 16_000_000)
            assert self.late(hasty.post(url, body))

    @pytest.mark.parametrize(
        "begun",
        [
            pytest.param(b"HTTP/1.1 20", id="status line"),
            pytest.param(b"HTTP/1.1 200 OK\r\nX: ", id="headers"),
        ],
    )
    def test_a_dripping_head_ends_there(self, hasty, begun):
        """
        A byte each 50 ms: no recv waits for long; half a head has no status.

        After one drop, as on a busy machine, the first is cut off as `HTTP/1.1 200`.
        """

        def answer(receiver, connection):
            connection.sendall(begun)
            receiver.drip(connection, b"0")

        with Receiver(answer) as receiver:
            assert self.late(hasty.post(receiver.url(), FORM))

    @pytest.mark.parametrize(
        "header",
        [
            pytest.param(b"Content-Length: 1000000\r\n", id="of known length"),
            pytest.param(b"Transfer-Encoding: chunked\r\n", id="chunked"),
            pytest.param(b"", id="until the connection closes"),
        ],
    )
    def test_a_dripping_body_ends_there(self, hasty, header):
        """A cut looks like the regular end of the third: it is late all the same."""

        def answer(receiver, connection):
            connection.sendall(b"HTTP/1.1 200 OK\r\n" + header + b"\r\n")
            receiver.drip(connection, b"1\r\nx\r\n")

        with Receiver(answer) as receiver:
            outcome = hasty.post(receiver.url(), FORM)

        assert self.late(outcome, CAME)

    def test_a_dripping_handshake_ends_there(self, hasty):
        """A TLS record of 16 KB, a byte each 50 ms."""
        with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(1) as pool:
            over = threading.Event()

            def drip():
                connection, _ = server.accept()
                with connection, suppress(OSError):
                    connection.sendall(b"\x16\x03\x03\x40\x00")
                    for _ in range(PATIENCE * 20):
                        if over.wait(0.05):
                            break
                        connection.sendall(b"\x02")

            pool.submit(drip)
            outcome = hasty.post(f"https://127.0.0.1:{server.getsockname()[1]}/", FORM)
            over.set()

        assert self.late(outcome)

    def test_each_post_has_its_own(self, hasty):
        """A prompt one during, and one after, a late one are delivered."""
        with (
            Receiver() as prompt,
            Receiver(lambda receiver, _: receiver.over.wait(PATIENCE)) as silent,
            ThreadPoolExecutor(1) as pool,
        ):
            late = pool.submit(hasty.post, silent.url(), FORM)
            silent.request()
            assert hasty.post(prompt.url(), FORM).delivered
            assert self.late(late.result(PATIENCE))
            assert hasty.post(prompt.url(), FORM).delivered


class TestRefused:
    def test_it_says_so(self, poster):
        """Nothing listens, on neither of the loopback addresses."""
        with Receiver(listen=False) as nobody:
            outcome = poster.post(nobody.url(), FORM)

        assert PostResult(None, "connection refused", outcome.milliseconds) == outcome

    @ipv6
    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
    def test_it_points_at_the_other_family(self, poster, host):
        """The receiver listens on ::1 only; a localhost that includes ::1 is simply delivered."""
        with listening_at("::1", and_nobody_at="127.0.0.1") as receiver:
            outcome = poster.post(f"http://{host}:{receiver.port}/", FORM)

        hint = f"(something listens on [::1]:{receiver.port}: use that address)"
        assert outcome.delivered or f"connection refused {hint}" == outcome.error
        assert outcome.delivered == includes_ipv6(host)

    @ipv6
    def test_it_points_back(self, poster):
        """The URL names ::1 and the receiver listens on 127.0.0.1."""
        with listening_at("127.0.0.1", and_nobody_at="::1") as receiver:
            outcome = poster.post(f"http://[::1]:{receiver.port}/", FORM)

        hint = f"(something listens on 127.0.0.1:{receiver.port}: use that address)"
        assert f"connection refused {hint}" == outcome.error

    @ipv6
    def test_an_ipv6_receiver_is_reached_by_its_address(self, poster):
        """In brackets, also in the Host header."""
        with Receiver(host="::1") as receiver:
            assert poster.post(receiver.url(), FORM).delivered
            assert f"[::1]:{receiver.port}" == receiver.request()[1]["Host"]


@contextmanager
def listening_at(host, *, and_nobody_at):
    """A receiver; nobody gets its port at the other address, which a system gives out apart."""
    with ExitStack() as held:
        for _ in range(20):
            receiver = held.enter_context(Receiver(host=host))
            if not has_ipv6():
                break
            with suppress(OSError):
                held.enter_context(nobody(and_nobody_at, receiver.port))
                break
        else:
            pytest.fail(f"somebody has each of 20 ports at {and_nobody_at}")
        yield receiver


def includes_ipv6(host):
    return any(family == socket.AF_INET6 for family, *_ in socket.getaddrinfo(host, 80))


class TestProxy:
    @pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
    def test_variables_are_ignored(self, poster, monkeypatch, name):
        """A proxy where nobody listens changes nothing."""
        for other in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(other, raising=False)
        with Receiver(listen=False) as nobody, Receiver() as receiver:
            monkeypatch.setenv(name, nobody.url(""))
            assert poster.post(receiver.url(), FORM).delivered


@pytest.fixture(scope="class")
def authority():
    return trustme.CA()


@pytest.fixture(scope="class")
def tls(authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    return context


@pytest.fixture
def trusting(authority, tmp_path):
    """A poster that trusts the local authority."""
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    poster = Poster(timeout=PATIENCE, ca=str(tmp_path / "ca.pem"), user_agent="exomock/test")
    yield poster
    poster.close()


class TestTLS:
    def test_a_local_certificate_is_trusted_by_its_file(self, trusting, tls):
        """By the name and by the address that it was issued for, and the query stays as it is."""
        with Receiver(tls=tls) as receiver:
            for host in ("localhost", "127.0.0.1"):
                url = f"https://{host}:{receiver.port}/h?x=50%&y=%2f"
                assert trusting.post(url, FORM).delivered
                assert "POST /h?x=50%&y=%2f HTTP/1.1" == receiver.request()[0]

    def test_without_the_file_it_is_refused(self, poster, tls):
        """The receiver never sees the request."""
        with Receiver(tls=tls) as receiver:
            outcome = poster.post(receiver.url(scheme="https"), FORM)

        assert outcome.status is None
        assert outcome.error.startswith("TLS: ")
        assert "certificate" in outcome.error
        assert receiver.requests.empty()

    def test_a_dripping_body_ends_at_the_deadline(self, authority, tls, tmp_path):
        """TLS takes the socket over while it is made; the deadline reaches it all the same."""
        authority.cert_pem.write_to_path(tmp_path / "ca.pem")
        poster = Poster(timeout=SHORT, ca=str(tmp_path / "ca.pem"), user_agent="exomock/test")

        def answer(receiver, connection):
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            receiver.drip(connection, b"x")

        with Receiver(answer, tls=tls) as receiver:
            outcome = poster.post(receiver.url(scheme="https"), FORM)
        poster.close()

        assert f"no answer within 0.5 s{CAME}" == outcome.error
        assert outcome.milliseconds < SHORT * 1000 + 2000

    def test_a_plain_receiver_is_a_tls_error(self, poster):
        """https in the URL, http behind it."""
        with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(1) as pool:

            def answer():
                connection, _ = server.accept()
                with connection:
                    connection.recv(1)
                    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

            pool.submit(answer)
            outcome = poster.post(f"https://127.0.0.1:{server.getsockname()[1]}/", FORM)

        assert outcome.error.startswith("TLS: ")

    def test_a_missing_file_is_an_error(self, tmp_path):
        """The outcome names it."""
        missing = str(tmp_path / "missing.pem")
        poster = Poster(ca=missing, user_agent="exomock/test")
        outcome = poster.post("https://127.0.0.1:1/", FORM)
        poster.close()

        assert missing in outcome.error


class TestManyThreads:
    def test_32_posts_are_under_way_at_once(self, poster):
        """The receiver answers when all 32 have arrived; each status reaches its own thread."""
        all_here = threading.Barrier(32)

        def answer(_, connection):
            all_here.wait(PATIENCE)
            connection.sendall(OK)

        with Receiver(answer) as receiver, ThreadPoolExecutor(32) as pool:
            urls = [receiver.url(f"/{i}") for i in range(32)]
            outcomes = list(pool.map(poster.post, urls, [FORM] * 32))
            lines = {receiver.request()[0] for _ in urls}

        assert [(200, None)] * 32 == [(outcome.status, outcome.error) for outcome in outcomes]
        assert {f"POST /{i} HTTP/1.1" for i in range(32)} == lines


class TestClosing:
    def test_a_post_under_way_is_cut_off(self, poster):
        """It does not hold the server up until its deadline."""
        with (
            Receiver(lambda receiver, _: receiver.over.wait(PATIENCE)) as receiver,
            ThreadPoolExecutor(1) as pool,
        ):
            post = pool.submit(poster.post, receiver.url(), FORM)
            receiver.request()
            poster.close()
            outcome = post.result(PATIENCE)

        cut = PostResult(None, "cut off: exomock is stopping", outcome.milliseconds, stopped=True)
        assert cut == outcome
        assert outcome.milliseconds < PATIENCE * 1000

    def test_afterwards_nothing_is_posted(self, poster):
        """An outcome, not an exception; closing twice is allowed."""
        poster.close()
        poster.close()
        with Receiver() as receiver:
            outcome = poster.post(receiver.url(), FORM)

        assert "cut off: exomock is stopping" == outcome.error
        assert receiver.requests.empty()
