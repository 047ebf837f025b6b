"""`exomock health`: an exit status for containers and CI, from a question that costs little."""

import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from exomock.health_cli import main, url_in
from exomock.server import Exomock
from serve.conftest import COMMAND, environment

DEAD_PROXY = dict.fromkeys(("http_proxy", "HTTP_PROXY", "ALL_PROXY"), "http://127.0.0.1:9")


@pytest.fixture
def other_server():
    """A web server that answers `status` and `body`; gives what it answers, and its URL."""

    class Other(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(server.status)
            self.send_header("Content-Length", str(len(server.body)))
            self.end_headers()
            self.wfile.write(server.body)

        def log_message(self, *args):
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Other) as server:
        server.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.shutdown()


class TestHealth:
    def test_says_where_a_healthy_server_is(self, capsys):
        """In one line, with the status 0."""
        with Exomock() as mock:
            assert 0 == main(["--url", mock.url])
        assert capsys.readouterr().out == f"ok: exomock 0.1.0 at {mock.url}\n"

    def test_gives_the_answer_as_json(self, capsys):
        """For a program."""
        with Exomock() as mock:
            assert 0 == main(["--url", mock.url, "--json"])
        assert "ok" == json.loads(capsys.readouterr().out)["heartbeat"]

    def test_is_3_where_nobody_answers(self, capsys):
        """A closed port."""
        assert 3 == main(["--url", "http://127.0.0.1:9"])
        assert "nobody answers at http://127.0.0.1:9" in capsys.readouterr().out

    @pytest.mark.parametrize("body", [b"<h1>hello</h1>", b"[]", b'"ok"', b"{}", b""])
    def test_is_3_where_something_else_answers(self, other_server, body):
        """Another program may listen on 8080."""
        other_server.status, other_server.body = 200, body
        assert 3 == main(["--url", other_server.url])

    def test_is_1_where_calls_cannot_be_placed_and_says_why(self, other_server, capsys):
        """A full disk, as the server answers it."""
        found = {"status": "unavailable", "database": "the disk is full", "heartbeat": "ok"}
        other_server.status, other_server.body = 503, json.dumps(found).encode()
        assert 1 == main(["--url", other_server.url])
        assert capsys.readouterr().out.endswith("is unwell: database the disk is full\n")

    def test_waits_until_the_server_is_well(self, other_server):
        """CI starts the server beside it."""
        other_server.status, other_server.body = 503, b'{"status": "unavailable"}'

        def recover():
            other_server.body = b'{"status": "ok", "version": "1"}'
            other_server.status = 200

        threading.Timer(0.3, recover).start()
        assert 0 == main(["--url", other_server.url, "--wait", "20"])

    @pytest.mark.parametrize("wrong", [["--url", "nowhere"], ["--wait", "-1"], ["--wat"]])
    def test_is_2_where_it_is_told_wrongly(self, wrong, capsys):
        """With what was expected."""
        with pytest.raises(SystemExit) as ended:
            main(wrong)
        assert 2 == ended.value.code
        assert capsys.readouterr().err.startswith("usage: exomock health")

    def test_is_not_misled_by_a_proxy_and_imports_nothing_of_the_server(self, tmp_path):
        """It answers in a fraction of what the command line takes to start."""
        code = (
            "import sys, runpy; sys.argv[0] = 'exomock'\n"
            "try: runpy.run_module('exomock', run_name='__main__')\n"
            "finally: print(*(name for name in ('flask', 'click', 'sqlalchemy') if name in sys.modules))"
        )
        with Exomock() as mock:
            done = subprocess.run(
                [sys.executable, "-c", code, "health", "--url", mock.url],
                capture_output=True, text=True, timeout=60, check=True,
                env=environment(tmp_path, **DEAD_PROXY),
            )  # fmt: skip
        assert done.stdout == f"ok: exomock 0.1.0 at {mock.url}\n\n"

    def test_stands_in_the_help(self):
        """Although the command line is not asked for it."""
        done = subprocess.run([*COMMAND, "--help"], capture_output=True, text=True, timeout=60, check=True)  # fmt: skip
        assert "Ask a server how it is" in done.stdout

    @pytest.mark.parametrize(
        ("environ", "url"),
        [
            ({}, "http://127.0.0.1:8080"),
            ({"EXOMOCK_PORT": "9000", "EXOMOCK_HOST": "0.0.0.0"}, "http://127.0.0.1:9000"),
            ({"EXOMOCK_HOST": "10.1.2.3"}, "http://10.1.2.3:8080"),
            ({"EXOMOCK_HOST": "fd00::1"}, "http://[fd00::1]:8080"),
            ({"EXOMOCK_URL": "http://exotel:1", "EXOMOCK_PORT": "2"}, "http://exotel:1"),
        ],
    )
    def test_asks_the_server_of_its_environment(self, environ, url):
        """A container's check has the settings of its server."""
        assert url == url_in(environ)
