"""The tools in benchmarks/: commits side by side, the curve of figures, other servers, a chart."""

import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
import requests

from benchmarks import wrk
from benchmarks.chart import Bars, chart
from benchmarks.history import curves, entries, record
from benchmarks.load import Generator, NotOk, request
from benchmarks.peers import BEGIN, END, written
from benchmarks.report import Figure, surroundings
from benchmarks.servers import bare
from pages import ROOT


def ran(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


class Customer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.asked.append(self.path)
        self.send_response(500 if self.path == "/bad" else 200)
        if self.path == "/chunked":
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"2\r\nok\r\n0\r\n\r\n")
        else:
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), Customer) as there:
        there.asked = []
        thread = Thread(target=partial(there.serve_forever, poll_interval=0.01))
        thread.start()
        yield there
        there.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def generator():
    with Generator() as there:
        yield there


class TestLoad:
    def test_each_request_once_is_each_once(self, generator, server):
        """Fifty different requests over four connections arrive, each once."""
        paths = [f"/{number}" for number in range(50)]
        port = server.server_port
        window = generator.flood(port, [request(p) for p in paths], 0, once=True, connections=4)
        assert sorted(paths) == sorted(server.asked)
        assert window.rate > 0

    def test_a_paced_load_has_an_answer_for_each_request(self, generator, server):
        """Twenty requests at 400 a second: none goes out before its moment."""
        placed = generator.pace(server.server_port, [request("/x")] * 20, 400)
        assert [b"ok"] * 20 == [each.body for each in placed]
        sent = sorted(each.sent for each in placed)
        assert sent[-1] - sent[0] >= 19 / 400 * 1e9 - 1e6

    def test_a_chunked_answer_is_read_to_its_end(self, generator, server):
        """Other people's servers send chunks."""
        asked = [request("/chunked")] * 3
        generator.flood(server.server_port, asked, 0, once=True, connections=1)
        assert ["/chunked"] * 3 == server.asked

    def test_an_answer_that_is_no_success_ends_the_window(self, generator, server):
        """A flood of errors would look fast."""
        with pytest.raises(NotOk):
            generator.flood(server.server_port, [request("/bad")] * 3, 0, once=True)

    @pytest.mark.skipif(not wrk.THERE, reason="wrk is not installed")
    def test_wrk_sends_what_was_prepared_in_its_order(self, server):
        """Of three requests none is left out, and no other is sent."""
        asked = [request(f"/{number}") for number in range(3)]
        rate, _, _ = wrk.flood(server.server_port, asked, 1, 1)
        assert rate > 0
        assert {"/0", "/1", "/2"} == set(server.asked)

    @pytest.mark.skipif(not wrk.THERE, reason="wrk is not installed")
    def test_wrk_says_when_answers_are_no_success(self, server):
        """As the load of our own does."""
        with pytest.raises(wrk.Failed):
            wrk.flood(server.server_port, [request("/bad")], 1, 1)


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="commits are compared in a checkout")
def test_a_commit_and_its_folder_stand_side_by_side_and_leave_no_worktree(tmp_path):
    """The shortest part of both, with their ratio; and a part that neither has is named."""
    file = tmp_path / "table.md"
    found = ran(
        "benchmarks.compare", "HEAD", str(ROOT), "start", "nonsense",
        "--rounds", "1", "--write", str(file), BENCH_ROUNDS="1", TMPDIR=str(tmp_path),
    )  # fmt: skip
    assert found.returncode == 0, found.stderr
    assert file.read_text() == found.stdout.rstrip("\n") + "\n"
    (row,) = [line for line in found.stdout.splitlines() if "start to first 200" in line]
    _, what, old, new, ratio, _ = map(str.strip, row.split("|"))
    assert "start to first 200" == what
    assert " s (" in old
    assert " s (" in new
    assert float(ratio) > 0
    assert 2 == found.stdout.count("has no part nonsense.")
    git = ["git", "worktree", "list"]
    listed = subprocess.run(git, cwd=ROOT, capture_output=True, text=True, check=True)
    assert str(tmp_path) not in listed.stdout


class TestHistory:
    def test_a_run_is_appended_and_read_again(self, tmp_path):
        """Two runs of one figure: two entries, each with what it depends on."""
        file = tmp_path / "history.json"
        for value in (2.0, 4.0):
            record([Figure("speed", value, "x", 1, 5)], 1, surroundings(), file)
        runs = entries(file)
        assert [2.0, 4.0] == [run["figures"]["speed"]["value"] for run in runs]
        for each in ("commit", "date", "load", "cores", "python", "client", "seconds"):
            assert each in runs[0]

    def test_the_curve_shows_each_run(self, tmp_path):
        """The highest has the highest bar; words choose the figure."""
        file = tmp_path / "history.json"
        for value in (2.0, 4.0):
            figures = [Figure("connect, speed", value, "x", 1, 5), Figure("other", 1, "s", 1, 1)]
            record(figures, 1, surroundings(), file)
        head, first, second, _ = curves(entries(file), ["Connect"])
        assert "connect, speed  ▅█" == head
        assert "2 x (1 to 5)" in first
        assert "4 x (1 to 5)" in second

    def test_what_is_recorded_in_this_repository_can_be_read(self):
        """No entry of benchmarks/history.json lacks a figure's spread."""
        for run in entries():
            for figure in run["figures"].values():
                assert {"value", "low", "high", "unit"} <= set(figure)


class TestPeers:
    def test_a_table_is_written_between_its_marks(self):
        """What stands around it stays."""
        once = written(f"before\n{BEGIN}\nold\n{END}\nafter\n", "new")
        assert f"before\n{BEGIN}\n\nnew\n\n{END}\nafter\n" == once
        assert once == written(once, "new")

    def test_the_page_has_the_marks(self):
        """`make peers` has somewhere to write to."""
        page = (ROOT / "docs" / "performance.md").read_text()
        assert 1 == page.count(BEGIN) == page.count(END)

    def test_the_picture_is_well_formed_and_has_its_own_dark_colours(self):
        """A ground, two keys, and a bar for each value; names are escaped."""
        text = chart("requests", ("POST", "GET"), [Bars("a & b", [10, 20]), Bars("c", [None, 5])])
        picture = ET.fromstring(text)
        bars = picture.findall("{http://www.w3.org/2000/svg}rect")
        assert 1 + 2 + 3 == len(bars)
        assert "prefers-color-scheme: dark" in text
        assert "a &amp; b" in text


def test_a_measurement_prints_its_figures_as_json():
    """The shortest part, as a program reads it."""
    found = ran("benchmarks", "start", "--json", BENCH_ROUNDS="1")
    assert "start to first 200" == json.loads(found.stdout)[0]["name"], found.stderr


def test_the_bare_view_answers_behind_the_front_of_today(tmp_path):
    """It stands where exomock's own wire stands, and must not fall behind it."""
    with bare(tmp_path, 100) as view:
        answer = requests.get(f"http://127.0.0.1:{view.port}/100", timeout=5)
    assert (200, 100) == (answer.status_code, len(answer.content))
