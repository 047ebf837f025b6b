"""The proxy of `exomock run`: what it leads to exomock, what it lets through, what it refuses."""

import os
import socket
import threading
from contextlib import contextmanager, suppress

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from exomock.proxy.head import NoRequest, asked_by
from exomock.proxy.proxy import Proxy
from exomock.proxy.ways import REFUSED, UNCOVERED, NoWay, Ways
from exomock.trust.names import CERTIFIED, KNOWN

MANY = 1000 if os.environ.get("EXOMOCK_SOAK") else 100
HTTP, HTTPS = 4001, 4002
WAYS = Ways(HTTP, HTTPS, ("hooks.example.com", ".partner.example"))

LABEL = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=8)
HOST = st.lists(
    st.one_of(LABEL, st.sampled_from(["exotel", "api", "in", "com", "example", "localhost"])),
    min_size=1,
    max_size=5,
).map(".".join)


def covered(host):
    """Whether a certificate for CERTIFIED is good for a host. Source: RFC 6125, section 6.4.3."""
    _first, _dot, rest = host.partition(".")
    return host in CERTIFIED or f"*.{rest}" in CERTIFIED


class TestAWay:
    @given(host=st.one_of(HOST, st.sampled_from(KNOWN)), tunnel=st.booleans())
    @hypothesis_settings(max_examples=MANY)
    def test_leads_to_exomock_exactly_for_the_names_of_its_certificate(self, host, tunnel):
        """A name that is led to exomock and not certified would fail without a word why."""
        try:
            way = WAYS.to(host, 443, tunnel=tunnel)
        except NoWay:
            way = None

        exotels = covered(host) and not host.endswith("localhost")
        assert exotels == (way == ("127.0.0.1", HTTPS if tunnel else HTTP))

    @given(host=HOST, port=st.integers(1, 65_535))
    @hypothesis_settings(max_examples=MANY)
    def test_leads_nowhere_else_that_was_not_said(self, host, port):
        """Loopback and --passthrough alone; nothing below exotel.com goes anywhere but exomock."""
        try:
            where = WAYS.to(host, port, tunnel=True)
        except NoWay:
            return

        said = host == "hooks.example.com" or f".{host}".endswith(".partner.example")
        assert said or f".{host}".endswith(".localhost") or where[0] == "127.0.0.1"

    @pytest.mark.parametrize(
        ("host", "sentence"),
        [
            ("api.stripe.com", REFUSED),
            ("exotel.com.evil.example", REFUSED),
            ("notexotel.com", REFUSED),
            ("a.b.exotel.com", UNCOVERED),
            ("169.254.169.254", REFUSED),
        ],
    )
    def test_to_another_host_is_a_sentence(self, host, sentence):
        """It names the host, and the option that lets it through."""
        with pytest.raises(NoWay) as caught:
            WAYS.to(host, 443, tunnel=True)

        assert sentence.format(host=host) == str(caught.value)

    def test_a_name_in_capitals_with_a_dot_is_the_same(self):
        """As DNS has it."""
        assert ("127.0.0.1", HTTPS) == WAYS.to("API.Exotel.COM.", 443, tunnel=True)


class TestAHead:
    @given(head=st.binary(max_size=200))
    @hypothesis_settings(max_examples=MANY)
    def test_of_any_bytes_is_read_or_refused(self, head):
        """Nothing else is raised."""
        with suppress(NoRequest):
            asked_by(head + b"\r\n\r\n")

    def test_is_sent_on_without_what_was_for_the_proxy(self):
        """The path alone, the host of the URL, and no second request on the connection."""
        head = (
            b"GET http://u:p@api.exotel.com/v1?a=b HTTP/1.1\r\nHost: other.example\r\nX-A: 1\r\n"
            b"Proxy-Authorization: Basic eA==\r\nConnection: keep-alive\r\n\r\n"
        )

        assert (
            b"GET /v1?a=b HTTP/1.1\r\nHost: api.exotel.com\r\nX-A: 1\r\nConnection: close\r\n\r\n"
            == asked_by(head).head
        )


@contextmanager
def proxied(*passthrough):
    """A running proxy, whose exomock is an echo that says first which port was asked."""
    http, https = (socket.create_server(("127.0.0.1", 0)) for _ in range(2))
    for server, name in ((http, b"http "), (https, b"https ")):
        threading.Thread(target=_echo, args=(server, name), daemon=True).start()
    proxy = Proxy(Ways(http.getsockname()[1], https.getsockname()[1], passthrough))
    proxy.start()
    try:
        yield proxy.port
    finally:
        proxy.stop()
        http.close()
        https.close()


def _echo(server, name):
    while True:
        try:
            client, _address = server.accept()
        except OSError:
            return
        with client:
            client.sendall(name)
            while piece := client.recv(65_536):
                client.sendall(piece)


def said_to(port, data):
    """All that a proxy answers to some bytes, after which the client sends no more."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(data)
        client.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: client.recv(65_536), b""))


class TestTheProxy:
    def test_tunnels_to_https(self):
        """Bytes pass both ways, and the end of the client's too."""
        with proxied() as port:
            said = said_to(port, b"CONNECT api.exotel.com:443 HTTP/1.1\r\n\r\nhello")

        assert b"HTTP/1.1 200 Connection established\r\n\r\nhttps hello" == said

    def test_takes_an_absolute_url_to_http(self):
        """Also one of https, as axios sends: what goes to exomock stays on this machine."""
        with proxied() as port:
            for scheme in (b"http", b"https"):
                said = said_to(port, b"GET " + scheme + b"://my.exotel.com/x HTTP/1.1\r\n\r\nbody")

                assert said.startswith(b"http GET /x HTTP/1.1\r\nHost: my.exotel.com\r\n")
                assert said.endswith(b"\r\n\r\nbody")

    def test_carries_much(self):
        """8 MB to and fro, more than all the buffers on the way."""
        with proxied() as port, socket.create_connection(("127.0.0.1", port), timeout=10) as client:
            threading.Thread(
                target=client.sendall,
                args=(b"CONNECT exotel.in:443 HTTP/1.1\r\n\r\n" + b"x" * 8_000_000,),
                daemon=True,
            ).start()
            got = 0
            while got < 8_000_000:
                got += len(client.recv(65_536))

    @pytest.mark.parametrize(
        ("data", "status", "says"),
        [
            (b"CONNECT api.stripe.com:443 HTTP/1.1\r\n\r\n", 403, b"--passthrough api.stripe.com"),
            (b"GET http://api.stripe.com/ HTTP/1.1\r\n\r\n", 403, b"--passthrough api.stripe.com"),
            (b"GET https://hooks.example.com/ HTTP/1.1\r\n\r\n", 400, b"needs CONNECT"),
            (b"GET / HTTP/1.1\r\n\r\n", 400, b"this is a proxy"),
            (b"\x16\x03\x01\r\n\r\n", 400, b"no request line"),
            (b"CONNECT api.exotel.com HTTP/1.1\r\n\r\n", 400, b"no port"),
            (b"GET http://a/ HTTP/1.1\r\nX: " + b"x" * 70_000, 431, b"65536"),
            (b"CONNECT 127.0.0.1:1 HTTP/1.1\r\n\r\n", 502, b"127.0.0.1:1 cannot be reached"),
        ],
        ids=["tunnel", "url", "secure url", "no url", "no text", "no port", "long", "unreachable"],
    )  # fmt: skip
    def test_answers_by_itself(self, data, status, says):
        """In the first line, in a header and in the body: some clients show one of them alone."""
        with proxied("hooks.example.com") as port:
            first, *headers = (answer := said_to(port, data)).split(b"\r\n")

        assert first.startswith(f"HTTP/1.1 {status} ".encode())
        assert says in first
        assert any(says in line for line in headers if line.startswith(b"X-Exomock-Why: "))
        assert says in answer.partition(b"\r\n\r\n")[2]

    def test_lets_loopback_through(self):
        """A client that knows no NO_PROXY still reaches the application beside it."""
        with proxied() as port, socket.create_server(("127.0.0.1", 0)) as other:
            threading.Thread(target=_echo, args=(other, b"mine "), daemon=True).start()
            where = f"localhost:{other.getsockname()[1]}".encode()

            said = said_to(port, b"CONNECT " + where + b" HTTP/1.1\r\n\r\n!")

        assert said.endswith(b"\r\n\r\nmine !")

    def test_ends_with_its_connections(self):
        """One that is idle and one in the middle of a head hold nothing up."""
        with proxied() as port:
            idle = socket.create_connection(("127.0.0.1", port))
            half = socket.create_connection(("127.0.0.1", port))
            half.sendall(b"CONNECT api")

        for each in (idle, half):
            with each, suppress(ConnectionResetError):  # an end as well
                assert b"" == each.recv(1)
