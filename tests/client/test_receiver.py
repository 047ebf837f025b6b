"""The webhook receiver: what it collects, and what answers in its place."""

import http.client
import threading
from urllib.parse import urlsplit

import pytest

from exomock.server import Exomock
from exomock.testing.receiver import Receiver


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture(scope="module")
def mock():
    with Exomock() as mock:
        yield mock


def post(url, body=b"a=1&b=", kind="application/x-www-form-urlencoded", path="/hook?x=1"):
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    connection.request("POST", path, body, {"Content-Type": kind, "X-Mine": "7"})
    answer = connection.getresponse()
    found = answer.status, answer.read()
    connection.close()
    return found


class TestFields:
    @pytest.mark.parametrize(
        ("kind", "body", "fields"),
        [
            ("application/x-www-form-urlencoded", b"a=1&b=", {"a": "1", "b": ""}),
            ("application/json", b'{"a": {"b": 1}}', {"a": {"b": 1}}),
            ("application/json", b"[1]", {}),
            ("multipart/form-data; boundary=x",
             b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n', {"a": "1"}),
            ("text/plain", b"hello", {}),
            ("text/plain", b"", {"x": "1"}),
        ],
    )  # fmt: skip
    def test_are_parsed_from_any_body(self, receiver, kind, body, fields):
        """Multipart, a form, JSON; without a body, the query, as of a flow's GET."""
        post(receiver.url, body, kind)

        (received,) = receiver.received
        assert fields == received.fields
        assert ("POST", "/hook?x=1", body) == (received.method, received.path, received.body)
        assert "7" == received.headers["x-mine"]

    def test_of_a_callback_are_what_was_sent(self, receiver, mock):
        """In both content types."""
        for kind in ("multipart/form-data", "application/json"):
            mock.connect("09000000002", StatusCallback=receiver.url, StatusCallbackContentType=kind)
            mock.advance("idle")

        assert ["no-answer"] * 2 == [each.fields["Status"] for each in receiver.received]


class TestAnswers:
    def test_are_what_the_test_says(self, receiver):
        """From the next request on."""
        assert (200, b"") == post(receiver.url)
        receiver.answer(503, body="busy")
        assert (503, b"busy") == post(receiver.url)

    @pytest.mark.parametrize("words", [{"status": 7}, {"status": "200"}, {"delay": -1}])
    def test_that_are_wrong_are_one_sentence(self, receiver, words):
        """At once."""
        with pytest.raises((TypeError, ValueError), match="expected"):
            receiver.answer(**words)

    def test_that_are_delayed_do_not_hold_up_the_end(self):
        """Whoever waits is answered when the receiver ends."""
        receiver = Receiver()
        receiver.answer(200, delay=60)
        found = []
        thread = threading.Thread(target=lambda: found.append(post(receiver.url)))
        thread.start()
        receiver.wait(1)
        receiver.close()
        thread.join(10)

        assert [(200, b"")] == found

    def test_are_a_wsgi_applications(self, receiver):
        """It sees path, query, headers and body; its failure is a 500."""

        def app(environ, start_response):
            if environ["PATH_INFO"] == "/fail":
                raise RuntimeError("no")
            start_response("202 Accepted", [("Content-Type", "text/plain")])
            body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
            yield f"{environ['QUERY_STRING']} {environ['HTTP_X_MINE']} ".encode()
            yield body

        receiver.app(app)

        assert (202, b"x=1 7 a=1&b=") == post(receiver.url)
        assert (500, b"RuntimeError: no") == post(receiver.url, path="/fail")
        assert 2 == len(receiver.received)

    def test_are_an_asgi_applications(self, receiver):
        """A coroutine function, or an object whose call is one."""

        async def app(scope, receive, send):
            message = await receive()
            await send({"type": "http.response.start", "status": 202, "headers": [(b"x", b"y")]})
            await send(
                {
                    "type": "http.response.body",
                    "body": scope["query_string"] + b" ",
                    "more_body": True,
                }
            )
            await send({"type": "http.response.body", "body": message["body"]})

        receiver.app(app)

        assert (202, b"x=1 a=1&b=") == post(receiver.url)

    def test_are_flasks(self, receiver, mock):
        """The application under test sees its callback."""
        import flask

        app, seen = flask.Flask("mine"), []

        @app.post("/hook")
        def hook():
            seen.append(flask.request.form["Status"])
            return "", 204

        receiver.app(app)
        call = mock.connect("09000000002", StatusCallback=f"{receiver.url}/hook")
        mock.advance("idle")

        assert ["no-answer"] == seen
        assert 204 == mock.callbacks(call)[0].attempts[0].status

    def test_are_those_of_a_server_elsewhere(self, receiver):
        """A request is sent on as it is; a server that is not there is a 502."""
        other = Receiver()
        other.answer(418, body="teapot")
        receiver.forward(other.url)

        assert (418, b"teapot") == post(receiver.url)
        assert other.received[0].fields == receiver.received[0].fields == {"a": "1", "b": ""}
        other.close()
        assert 502 == post(receiver.url)[0]

    def test_of_nothing_that_can_answer_are_refused(self, receiver):
        """Neither WSGI nor ASGI; no URL."""
        with pytest.raises(TypeError, match="no application"):
            receiver.app("app:app")
        with pytest.raises(ValueError, match="no server"):
            receiver.forward("localhost:3000")


def test_what_does_not_come_is_said(receiver):
    """How many came, of how many."""
    post(receiver.url)

    with pytest.raises(TimeoutError, match="1 of 2 requests came"):
        receiver.wait(2, timeout=0.01)
