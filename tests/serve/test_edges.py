"""What no sane client sends, over real sockets to Granian: exotel-v1.md sections 1 and 7."""

import json
import socket
import threading
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import EXOPHONE, FROM, TO, Driver, error_of
from serve.conftest import serving

LIMIT = 2_097_152
"""Bytes: the default of --max-body."""

CONTROL = "".join(map(chr, range(1, 32))) + "\x7f\x85\ufffe\uffff"
"""Every control character but NUL, and what else XML 1.0 forbids or discourages."""

AUTHORIZATION = {"Authorization": "Basic ZXhvbW9jazpleG9tb2NrLXRva2Vu"}
"""exomock:exomock-token."""

ORDER = {"From": FROM, "To": TO, "CallerId": EXOPHONE}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server for all of this file, ten minutes a second."""
    with serving(tmp_path_factory.mktemp("edges"), "--clock", "x600") as server:
        yield server


@pytest.fixture
def driver(server):
    """A client of it."""
    return Driver(server)


def ask(server, method, path, **headers):
    """Send a path as it is, not as a client library would tidy it up: (status, type, body)."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        connection.request(method, path, headers=AUTHORIZATION | headers)
        response = connection.getresponse()
        return response.status, response.headers["Content-Type"], response.read()
    finally:
        connection.close()


def rest_exception(answer, path):
    """The error in an answer, which must be in the format the path asks for."""
    status, kind, body = answer
    if ".json" in path or path.startswith("/v2"):  # other versions answer in JSON
        assert "application/json" == kind
        error = json.loads(body)["RestException"]
    else:
        assert kind.startswith("application/xml")
        root = ET.fromstring(body)
        assert ["TwilioResponse", "RestException"] == [root.tag, root[0].tag]
        error = {element.tag: element.text for element in root[0]}
    assert status == int(error["Status"])
    assert error["Message"]
    return error


class TestPaths:
    @pytest.mark.parametrize(
        ("path", "status"),
        [
            ("/", 404), ("/v1", 404), ("/v1/", 404), ("/favicon.ico", 404), ("/index.html", 404),
            ("/v1/Accounts", 404), ("/v1/accounts/exomock/Calls", 404), ("/v1/Accounts//", 404),
            ("/v1/Accounts/exomock/Nothing.json", 404), ("/v1/Accounts/exomock/calls.json", 404),
            ("/v1/Accounts/exomock/Calls/" + "a" * 5000, 404), ("/.json", 404), ("/%", 404),
            ("/%zz.json", 404), ("/%00", 404), ("/%ff%fe", 404), ("/%0d%0aX:%20y", 404),
            ("/..%2f..%2fetc/passwd", 404), ("/../../etc/passwd", 404), ("/%3Cscript%3E", 404),
            ("/v1/Accounts/exomock/Calls/%00%01%1f", 404),
            ("/v1/Accounts/exomock/Calls/%F0%9F%93%9E.json", 404),
            ("/v1/Accounts/exomock/Calls/%26%3C%5D%5D%3E", 404),
            ("/v1/Accounts/exomock/Numbers/%01%ff", 400),
            ("/v1/Accounts/exomock/Calls?PageSize=%01%ff", 400),
            ("/v1/Accounts/exomock/Calls.json?DateCreated=%zz", 400),
            ("/v1/Accounts/exomock/Calls?After=%00", 400),
            ("/v2/Accounts/exomock/Calls", 400), ("/%01/Accounts/exomock/Calls", 400),
            ("/v1/Accounts/%01%ff%26/Calls", 403),
        ],
        ids=lambda value: str(value)[:50],
    )  # fmt: skip
    def test_a_wrong_one_is_a_rest_exception(self, server, path, status):
        """In XML, or in JSON where the path says so, with the status inside and outside."""
        answer = ask(server, "GET", path)

        rest_exception(answer, path)
        assert status == answer[0]

    @given(
        st.binary(max_size=30),
        st.sampled_from(
            [
                "",
                "v1/Accounts/exomock/",
                "v1/Accounts/exomock/Calls/",
                "v1/Accounts/exomock/Numbers/",
            ]
        ),
    )
    @settings(
        max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )  # fmt: skip
    def test_of_any_bytes_it_parses(self, server, garbage, under):
        """Whatever is percent-encoded into a path, its answer is well-formed XML and no 500."""
        status, kind, body = ask(server, "GET", "/" + under + quote(garbage, safe=""))

        if kind.startswith("application/xml"):
            assert "TwilioResponse" == ET.fromstring(body).tag
        else:
            json.loads(body)
        assert status < 500

    @pytest.mark.parametrize(
        "path",
        [
            "//v1//Accounts//exomock//Calls.json", "/v1/Accounts/exomock//Calls.json",
            "/v1/Accounts/exomock/Calls.json/", "///v1/Accounts/exomock/Calls.json",
        ],
    )  # fmt: skip
    def test_double_slashes_count_as_one(self, server, path):
        """Clients join base and path carelessly (section 1)."""
        status, _kind, body = ask(server, "GET", path)

        assert 200 == status
        assert {"Metadata", "Calls"} == set(json.loads(body))

    @pytest.mark.parametrize(
        "raw",
        [
            pytest.param(b"GET /v1/Accounts/exomock/Calls/\xff\xfe HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", id="raw bytes"),
            pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\nAuthorization: \xff\r\nConnection: close\r\n\r\n", id="a raw header"),
            pytest.param(b"GARBAGE\r\n\r\n", id="no HTTP"),
            pytest.param(b"GET /v1/Accounts/exomock/Calls HTTP/1.1\r\nHost: x\r\nAuthorization: Basic \xc3\xa9\r\nConnection: close\r\n\r\n", id="credentials that are no base64"),
            pytest.param(b"POST /v1/Accounts/exomock/Calls/connect HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n", id="a negative length"),
            pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 100_000 + b"\r\n\r\n", id="100 kB of headers"),
        ],
    )  # fmt: skip
    def test_no_answer_is_html_or_a_traceback(self, server, raw):
        """What is no HTTP may get an empty answer; the server goes on."""
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client:
            client.sendall(raw)
            answer = b"".join(iter(lambda: client.recv(65536), b""))

        assert answer.startswith(b"HTTP/1.1 4")
        for word in (b"<html", b"<!doctype", b"traceback", b"text/html"):
            assert word not in answer.lower()
        assert 404 == ask(server, "GET", "/")[0]


class TestMethods:
    @pytest.mark.parametrize("format_", ["", ".json"])
    @pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"])
    @pytest.mark.parametrize(
        "resource", ["Calls/connect", "Calls", "Calls/abc", "Numbers/9811100001"]
    )
    def test_a_wrong_one_is_a_405(self, server, method, resource, format_):
        """In the format the path asks for (section 7); `BREW` is no method at all."""
        path = f"/v1/Accounts/exomock/{resource}{format_}"
        answer = ask(server, method, path)

        rest_exception(answer, path)
        assert 405 == answer[0]

    @pytest.mark.parametrize("path", ["Calls", "Calls.json", "Calls/none", "Calls/none.json"])
    def test_head_is_a_get_without_its_body(self, server, path):
        """Status and type of the GET."""
        path = f"/v1/Accounts/exomock/{path}"
        head, get = ask(server, "HEAD", path), ask(server, "GET", path)

        assert get[:2] == head[:2]
        assert b"" == head[2]


class TestBodies:
    @pytest.mark.parametrize("path", ["Calls/connect", "Calls/connect.json"])
    @pytest.mark.parametrize("chunked", [False, True], ids=["with a length", "chunked"])
    def test_a_too_long_one_is_a_413(self, driver, path, chunked):
        """One byte over the limit, and megabytes over; nothing is placed, nothing is cut off."""
        for size in (LIMIT + 1, 3 * LIMIT):
            body = b"From=" + b"9" * (size - 5)
            response = driver.post(path, data=iter([body]) if chunked else body)

            assert 413 == response.status_code
            assert "413" == str(error_of(response)["Status"])
            assert str(LIMIT) in error_of(response)["Message"]

    @pytest.mark.parametrize("chunked", [False, True], ids=["with a length", "chunked"])
    def test_one_of_just_the_limit_is_read(self, driver, chunked):
        """The call is placed: what fills the body is a parameter nobody knows."""
        form = f"From={FROM}&To={TO}&CallerId={EXOPHONE}&Filler=".encode()
        body = form + b"x" * (LIMIT - len(form))
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        data = iter([body]) if chunked else body

        assert 200 == driver.post("Calls/connect", data=data, headers=headers).status_code

    @pytest.mark.parametrize("path", ["Calls/connect", "Calls/connect.json"])
    @pytest.mark.parametrize("encoding", ["data", "files"])
    def test_a_custom_field_of_a_megabyte_is_a_400(self, driver, path, encoding):
        """It is not too large a body, but too long a CustomField; the answer does not repeat it."""
        fields = ORDER | {"CustomField": "x" * 2**20}
        if encoding == "files":
            fields = {name: (None, value) for name, value in fields.items()}
        response = driver.post(path, **{encoding: fields})

        assert 400 == response.status_code
        assert "CustomField" in error_of(response)["Message"]
        assert len(response.content) < 1000

    @pytest.mark.parametrize("kind", ["multipart/form-data", "application/json"])
    def test_control_characters_come_back_in_the_callback(self, driver, receiver, kind):
        """CustomField is the client's own business (section 2): XML alone cannot carry it."""
        response = driver.post(
            "Calls/connect",
            data=ORDER
            | {
                "From": "09000000001",
                "CustomField": CONTROL,
                "StatusCallback": receiver.url,
                "StatusCallbackEvents": "terminal",
                "StatusCallbackContentType": kind,
            },
        )

        assert 200 == response.status_code
        assert 32 == len(ET.fromstring(response.content).findtext("Call/Sid"))
        (got,) = receiver.wait_for(1)
        if kind == "application/json":
            assert CONTROL == json.loads(got.raw)["CustomField"]
        else:
            assert CONTROL.encode() in got.raw

    @pytest.mark.parametrize("field", ["From", "To", "CallerId", "TimeLimit", "StatusCallback"])
    @given(value=st.text(st.characters(codec="utf-8"), min_size=1, max_size=20))
    @settings(
        max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    def test_of_any_text_the_answer_parses(self, driver, field, value):
        """Whatever a parameter holds, the XML is well-formed, and the trouble is the client's."""
        response = driver.post("Calls/connect", data=ORDER | {field: value})

        assert "TwilioResponse" == ET.fromstring(response.content).tag
        assert response.status_code < 500


class TestManyAtOnce:
    def test_two_hundred_connects_get_two_hundred_sids(self, server):
        """The same order from 200 clients in the same moment: all placed, all different."""
        together = threading.Barrier(200, timeout=20)

        def place(_):
            driver = Driver(server)
            together.wait()
            return driver.connect()

        with ThreadPoolExecutor(200) as pool:
            sids = list(pool.map(place, range(200)))

        assert 200 == len(set(sids))
        driver = Driver(server)
        assert set(sids) == {driver.call(sid)["Sid"] for sid in sids}


def test_nothing_of_all_this_was_an_error_of_ours(server):
    """Last in the file: the server's log has no error and no traceback."""
    Driver(server).connect()

    assert [] == server.err.find("ERROR|CRITICAL|Traceback|panicked")
