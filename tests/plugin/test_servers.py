"""The server of a test run: started on first use, ended with the run, or another one."""

import os
import shlex
import signal
import subprocess
import sys
from urllib.parse import urlsplit

import pytest

from exomock import connect
from exomock.client import NoServer
from exomock.testing.process import Started
from exomock.testing.suite import options, settings_in

pytest_plugins = ("pytester",)

SOAK = bool(os.environ.get("EXOMOCK_SOAK"))
RUNS, EACH = (20, 50) if SOAK else (1, 4)
"""How often the suite below is run, and how many of each of its four tests."""

SUITE = f"""
import pytest

each = pytest.mark.parametrize("n", range({EACH}))

@pytest.fixture(autouse=True)
def noted(exotel_server):
    with open("urls", "a") as urls:
        urls.write(exotel_server.url + "\\n")

@each
def test_a_callback(exotel, exotel_receiver, n):
    call = exotel.connect("09000000001", StatusCallback=exotel_receiver.url)
    exotel.advance("idle")
    exotel.callbacks.expect("terminal", call=call, Status="busy")
    assert 1 == len(exotel_receiver.received)

@each
def test_retries(exotel, exotel_receiver, n):
    exotel_receiver.answer(status=503)
    exotel.connect("09822200002", StatusCallback=exotel_receiver.url)
    exotel.advance("idle")
    assert 3 == len(exotel_receiver.received)
    assert "failed" == exotel.callbacks.expect("terminal").state

@pytest.mark.exotel(clock="x60", scenario={{"rules": [{{"talk": "20s"}}]}})
@each
def test_a_clock_that_runs(exotel, exotel_receiver, n):
    call = exotel.connect("09822200002", StatusCallback=exotel_receiver.url)
    exotel.wait(call=call, status="completed")
    assert "completed" == exotel_receiver.wait(1)[0].fields["Status"]

@each
def test_an_application(exotel, exotel_receiver, n):
    heard = []
    def application(environ, start_response):
        heard.append(len(exotel.calls))
        start_response("204 Thanks", [])
        return []
    exotel_receiver.app(application)
    for _ in range(5):
        exotel.connect("09822200002", StatusCallback=exotel_receiver.url)
    exotel.advance("idle")
    assert [5] * 5 == heard
"""


def test_a_suite_on_four_workers_never_fails(pytester, suite):
    """Calls, callbacks, retries, clocks; a server for each worker, which ends with it."""
    noted = pytester.path / "urls"
    for _ in range(RUNS):
        suite(SUITE, "-n", "4").assert_outcomes(passed=4 * EACH)
        urls = set(noted.read_text().split())
        noted.unlink()

        assert 4 == len(urls)
        for url in urls:
            with pytest.raises(NoServer):
                assert connect(url).health


def test_settings_start_another_one(pytester, suite):
    """Those of the ini file are for all, those of a mark and of a call for one more."""
    pytester.makeini("[pytest]\nexomock_settings =\n    callback-timeout = 3\n    open\n")
    suite("""
import pytest
@pytest.mark.exotel(settings={"max_time_out": 61})
def test_mark(exotel, exotel_server):
    exotel.connect("09822200002", TimeOut=61)
    assert exotel.url != exotel_server.url
    assert exotel_server(max_time_out=61).url == exotel.url
    with pytest.raises(ConnectionError, match="max-time-out"):
        exotel_server(max_time_out="never")
""").assert_outcomes(passed=1)  # fmt: skip


def test_one_that_is_not_there_is_one_sentence(suite, monkeypatch):
    """The one of EXOMOCK_URL."""
    monkeypatch.setenv("EXOMOCK_URL", "http://127.0.0.1:9")
    result = suite("def test_it(exotel): pass")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["exotel_server: nobody answers at http://127.0.0.1:9: *"])


class TestACommand:
    def test_starts_another_environments(self, suite, monkeypatch):
        """`serve` and a port are added to it."""
        command = shlex.join([sys.executable, "-m", "exomock"])
        monkeypatch.setenv("EXOMOCK_COMMAND", command)

        suite("def test_it(exotel): exotel.connect('09822200002')").assert_outcomes(passed=1)

    def test_with_a_port_is_run_as_it_is(self, monkeypatch):
        """As a container needs it: the address is known before it answers."""
        monkeypatch.setenv("EXOMOCK_CONTROL_TOKEN", "a-long-secret")
        words = [sys.executable, "-m", "exomock", "serve", "--port", "{port}", "--clock", "frozen"]
        started = Started((), shlex.join(words))

        assert started.server.account().calls == []
        started.close()

    @pytest.mark.parametrize("command", ["no-such-command", f"{shlex.quote(sys.executable)} -c 1"])
    def test_that_starts_nothing_is_one_sentence(self, command):
        """Whether it cannot be run, or is no exomock."""
        with pytest.raises(NoServer) as error:
            Started((), command)
        assert "\n" not in str(error.value)


def test_a_wrong_setting_is_one_sentence():
    """The server's own words."""
    with pytest.raises(NoServer, match=r"callback-timeut"):
        Started(("--callback-timeut", "2"))


def test_a_killed_run_leaves_no_server_behind():
    """kill -9 runs no clean-up: the server notices that its standard input has ended."""
    code = (
        "import os, signal, sys\nfrom exomock.testing.process import Started\n"
        "started = Started()\nprint(started.server.url, started._process.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, check=False)
    url, _pid = done.stdout.decode().split()

    assert -signal.SIGKILL == done.returncode
    assert urlsplit(url).port
    # It ends by itself within a second or so; whoever connects until then is cut off.
    for _ in range(100):
        try:
            connect(url).wire.control("GET", "/accounts", timeout=0.2)
        except NoServer as error:
            if "nobody answers" in str(error):
                break
        else:
            subprocess.run(["sleep", "0.1"], check=False)
    else:
        raise AssertionError(url)


def test_settings_are_written_as_the_command_line_has_them():
    """A list is said several times, a flag alone."""
    lines = ["callback-timeout = 2", "open", "allow-callbacks-to = a", "allow-callbacks-to = b"]

    assert [
        "--callback-timeout", "2", "--open", "--allow-callbacks-to", "a", "--allow-callbacks-to", "b",
    ] == options(settings_in(lines))  # fmt: skip
    assert ["--port", "0"] == options({"port": 0, "open": False, "now": None})
