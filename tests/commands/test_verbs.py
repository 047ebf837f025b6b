"""The verbs: what one does to a running server from a terminal, and their exit codes."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
from inspect import signature

import pytest
from click.testing import CliRunner

from commands.test_preview import words
from exomock.cli import COMMANDS, cli
from exomock.client import Server
from exomock.ladder import titles
from exomock.server import Exomock
from exomock.settings import Settings
from exomock.verbs.following import Onlooker
from serve.conftest import COMMAND, environment

NOWHERE = "http://127.0.0.1:1"
TO = "09822200002"

# click before 8.2 keeps the two streams apart only where it is told to.
APART = {"mix_stderr": False} if "mix_stderr" in signature(CliRunner).parameters else {}


@pytest.fixture(scope="module")
def mock():
    """A running exomock with a frozen clock."""
    with Exomock(settings=Settings(rate=0)) as mock:
        yield mock


@pytest.fixture
def running():
    """One on which a day takes ten seconds or so."""
    with Exomock(settings=Settings(rate=2000)) as mock:
        yield mock


def verb(*words, url):
    """What became of a verb at a server."""
    return CliRunner(**APART).invoke(
        cli, list(words), env={"EXOMOCK_URL": url.url}, standalone_mode=False
    )


def said(mock, *words):
    """What a verb prints, which must go well."""
    found = verb(*words, url=mock)
    assert found.exception is None, (words, found.output, found.exception)
    return found.output


def ends(mock, *words):
    """The exit code of a verb, and its one line."""
    found = verb(*words, url=mock)
    error = found.exception
    code = error.code if isinstance(error, SystemExit) else getattr(error, "exit_code", None)
    told = getattr(error, "format_message", lambda: str(error))
    line = found.stderr.strip() or told()
    assert "Traceback" not in line
    assert 1 == len(line.splitlines()), line
    return code, line


def test_a_call_is_placed_advanced_and_looked_at(mock):
    """From the first to the last by verbs alone."""
    mock.reset()
    placed = said(
        mock, "call", "--to", TO, "--fate", "busy", "--callback", f"{mock.url}/_exomock/echo"
    )
    assert "in-progress" in placed or "queued" in placed
    assert "4 callbacks" not in said(mock, "advance", "1")
    assert "it is" in said(mock, "advance", "idle")
    (head, row) = said(mock, "calls").splitlines()
    assert "busy" in row
    assert head.index("status") == row.index("busy")
    first, second = [each["id"] for each in json.loads(said(mock, "callbacks", "--json"))]
    assert second == first + 1
    assert "delivered" in said(mock, "callbacks", "--replay", str(second))
    assert 3 <= len(json.loads(said(mock, "call", "--to", TO, "--json")))
    said(mock, "reset")
    assert [] == mock.calls


def test_a_call_is_connected_to_a_flow(mock):
    """By its app id, and with a callback, which has no events beside a flow."""
    mock.reset()
    said(mock, "call", "--flow", "926", "--callback", f"{mock.url}/_exomock/echo")
    said(mock, "advance", "idle")
    (call,) = mock.calls

    assert ("926", "completed") == (call.flow, call.status)
    assert ["terminal"] == [each.event for each in mock.callbacks]


def test_a_message_is_sent_advanced_and_looked_at(mock):
    """By verbs alone; `--outcome` says how it ends."""
    mock.reset()
    sent = said(mock, "text", "--to", TO, "--outcome", "dnd", "--callback",
                f"{mock.url}/_exomock/echo", "hello")  # fmt: skip
    assert "queued" in sent
    said(mock, "advance", "idle")
    (_head, row) = said(mock, "messages").splitlines()

    assert "failed-dnd" in row
    assert "23005" in row
    assert "failed-dnd" in said(mock, "callbacks")
    assert 1 == len(json.loads(said(mock, "messages", "--json")))
    assert TO in said(mock, "text", "--to", TO, "--json", "again")


@pytest.mark.parametrize(
    "fate", ["answered", "busy", "no-answer", "failed", "caller-busy", "caller-no-answer"]
)
def test_each_fate_is_one_word(mock, fate):
    """And the call ends as it says."""
    mock.reset()
    said(mock, "call", "--to", TO, "--fate", fate)
    said(mock, "advance", "idle")

    expected = {"answered": "completed"}.get(fate, fate.removeprefix("caller-"))
    assert expected == mock.calls[0].status


def test_a_call_is_drawn_as_a_ladder_while_it_happens(running):
    """Titles, its request with the answer, its legs, its callback with what came; then it ends."""
    lines = said(running, "call", "--to", TO, "--fate", "busy", "--watch", "--callback",
                 f"{running.url}/_exomock/echo").splitlines()  # fmt: skip
    begin = lines.index(titles())
    drawn = lines[begin + 1 : -1]

    told = [re.sub(r" \d+ ms", "", words(line)) for line in drawn]
    assert ["POST Calls/connect.json", "200"] == told[:2]
    assert ["rings", "answers", "rings", "busy", "hangs up"] == [
        each for each in told[2:] if "Status" not in each and each != "200 in"
    ]
    assert ["answered Status=in-progress", "200 in", "terminal Status=busy", "200 in"] == [
        each for each in told[2:] if "Status" in each or each == "200 in"
    ]
    assert "busy at the end" == lines[-1]
    assert 3 == sum(not line[:12].strip() for line in drawn)  # answers, below what they answer


def test_a_call_that_is_watched_in_json_is_told_in_json(running):
    """The call first, then each thing as the stream has it."""
    lines = said(running, "call", "--to", TO, "--fate", "busy", "--watch", "--json").splitlines()
    placed, *found = map(json.loads, lines)

    assert "sid" in placed
    assert ["request", "event"] == [each["kind"] for each in found[:2]]
    assert "ended" in [each["data"].get("event") for each in found]


@pytest.mark.parametrize(
    ("did", "done"),
    [
        ("reset", lambda account: account.reset()),
        ("deleted", lambda account: account.close()),
    ],
)
def test_a_call_that_is_watched_ends_with_its_account(did, done):
    """Status 1 and a sentence, and no ladder that simply stops."""
    with Exomock(settings=Settings(rate=1)) as mock:
        account = Server(mock.url).account("one", clock=1)
        command = [*COMMAND, "call", "--url", mock.url, "--account", "one", "--to", TO, "--watch"]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            assert any("rings" in line for line in process.stdout)
            done(account)
            line = process.communicate(timeout=30)[1]

    assert f"exomock: account one was {did} before the call was over\n" == line
    assert 1 == process.returncode


def test_a_callback_that_fails_says_in_the_ladder_when_the_next_try_comes():
    """Nothing else of it is waited for."""
    followed = Onlooker("abc")
    told = {"kind": "try", "at": "2026-03-01T12:00:06.000000+05:30", "data": {
        "call": "abc", "event": "terminal", "says": "busy", "state": "pending", "number": 1,
        "status": None, "error": "connection refused", "milliseconds": 1.0,
        "retry": "2026-03-01T12:05:06.000000+05:30"}}  # fmt: skip
    _titles, sent, came = followed.drawn([told])

    assert ("12:00:06.000", "terminal Status=busy") == (sent[:12], words(sent))
    assert "connection refused, next at 12:05:06" == words(came)


def test_a_question_says_no_status_in_the_ladder():
    """Its request has none; what was answered stands in the next line."""
    told = {"kind": "try", "at": "2026-03-01T12:00:06.000000+05:30", "data": {
        "call": "abc", "event": "passthru", "says": "in-progress", "asks": True, "state": "delivered",
        "number": 1, "status": 302, "error": None, "milliseconds": 1.0, "retry": None}}  # fmt: skip
    _titles, sent, came = Onlooker("abc").drawn([told])

    assert ("passthru", "302 in 1 ms") == (words(sent), words(came))


def test_a_call_on_a_frozen_clock_is_not_watched_for_ever(mock):
    """It says why nothing more comes, and ends."""
    assert "is frozen" in said(mock, "call", "--to", TO, "--watch").splitlines()[-1]


def test_next_and_fault_are_laid_down(mock):
    """And met by the next requests."""
    mock.reset()
    assert "2 fates wait\n" == said(mock, "next", "--leg2", "busy", "--calls", "2")
    assert "fault" in said(mock, "fault", "service-unavailable", "--times", "1")
    code, line = ends(mock, "call", "--to", TO)
    assert (1, True) == (code, "503" in line)
    assert {"lifted": True} == json.loads(said(mock, "fault", "--lift", "--json"))


def test_a_receiver_is_tried_by_the_doctor(mock):
    """What it answered, in how long; one that does not listen is a failure; no account is left."""
    good = json.loads(said(mock, "doctor", "--json", "--callback", f"{mock.url}/_exomock/echo"))
    code, _line = ends(mock, "doctor", "--callback", f"{NOWHERE}/x")

    assert (True, 200) == (good["reached"], good["try"]["status"])
    assert 1 == code
    assert 1 == len(Server(mock.url).accounts)


def test_the_doctor_tells_of_a_localhost_that_is_two_addresses(mock):
    """Somebody who listens at 127.0.0.1 alone is not found at ::1."""
    port = mock.url.rsplit(":", 1)[1]
    found = verb("doctor", "--callback", f"http://localhost:{port}/_exomock/echo", url=mock)

    assert "127.0.0.1 alone, not at [::1]" in found.output


WRONG = [
    (2, ["advance", "sixty"], "expected seconds"),
    (2, ["advance"], "MUCH"),
    (2, ["call"], "--to"),
    (2, ["call", "--to", TO, "--flow", "926"], "--flow"),
    (2, ["call", "--to", TO, "--fate", "bsy"], "busy"),
    (1, ["call", "--to", "12"], "telephone number"),
    (2, ["text", "hello"], "--to"),
    (1, ["text", "--to", "12", "hello"], "telephone number"),
    (1, ["text", "--to", TO, "--outcome", "lost", "hello"], "delivered"),
    (1, ["next", "--leg2", "bsy"], "did you mean 'busy'"),
    (2, ["next"], "--leg1"),
    (1, ["fault", "nothing"], "expected one of"),
    (2, ["fault"], "--lift"),
    (1, ["callbacks", "--replay", "999"], "999"),
    (1, ["calls", "--account", "nobody"], "exomock"),
    (2, ["calls", "--url", "ftp://x"], "is no server"),
    (3, ["calls", "--url", NOWHERE], "exomock serve"),
    (3, ["watch", "--url", NOWHERE], "exomock serve"),
    (1, ["watch", "--since", "17"], "no event '17'"),
    (2, ["completion", "tcsh"], "bash"),
]


@pytest.mark.parametrize(("code", "words", "what"), WRONG, ids=lambda each: str(each)[:40])
def test_what_is_wrong_is_one_line_and_an_exit_code(mock, code, words, what):
    """1 is refused or failed, 2 is usage, 3 is no server."""
    found, line = ends(mock, *words)

    assert (code, True) == (found, what in line), line


def test_of_several_accounts_one_must_be_named(mock):
    """The error lists them."""
    with Server(mock.url).account(sid="another"):
        code, line = ends(mock, "calls")
        assert (2, True) == (code, "expected one of exomock, another" in line)
        assert "Sid" in said(mock, "calls", "--account", "another")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_a_completion(mock, shell):
    """Which asks the command itself."""
    assert "_EXOMOCK_COMPLETE" in said(mock, "completion", shell)


def test_the_help_names_every_command_and_each_is_there(mock):
    """The table is the truth: each name leads to a command that has help of its own."""
    for name in COMMANDS:
        assert f"  {name} " in said(mock, "--help")
        assert "sage: " in said(mock, name, "--help")


def test_shipped_scenarios_are_listed(mock):
    """Name and description."""
    assert any(line.startswith("default ") for line in said(mock, "scenario", "list").splitlines())
    assert "default" in [
        each["name"] for each in json.loads(said(mock, "scenario", "list", "--json"))
    ]


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_help_and_version_import_nothing_of_the_server(option):
    """No Flask, no SQLAlchemy, no engine; in less than 0.25 s of CPU."""
    code = (
        "import sys, time, resource; from exomock.__main__ import main\n"
        f"sys.argv = ['exomock', {option!r}]\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "used = resource.getrusage(resource.RUSAGE_SELF)\n"
        "heavy = {'flask', 'sqlalchemy', 'marshmallow', 'rich', 'exomock.engine', 'granian'}\n"
        "print(sorted(heavy & set(sys.modules)), used.ru_utime + used.ru_stime < 0.25)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "[] True" == said.stdout.splitlines()[-1]


def test_verbs_need_the_client_and_click_alone():
    """So that they work where an application pins another Flask."""
    code = (
        "import sys, exomock.cli as c\n"
        "for name in ('watch', 'call', 'advance', 'doctor', 'completion'):\n"
        "    c.cli.get_command(None, name)\n"
        "print(sorted({m.partition('.')[0] for m in sys.modules} - set(sys.stdlib_module_names)"
        " - {'__main__', 'click', 'exomock', 'sitecustomize', 'usercustomize'}"
        " - {m for m in sys.modules if m.startswith('_')}))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "[]\n" == said.stdout


def test_watch_ends_on_ctrl_c_without_a_traceback(mock, tmp_path):
    """It prints what happens until then."""
    process = subprocess.Popen(
        [*COMMAND, "watch", "--since", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, env=environment(tmp_path) | {"EXOMOCK_URL": mock.url, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    watchdog = threading.Timer(20, process.kill)
    watchdog.start()
    mock.advance(1)
    first = process.stdout.readline()
    os.kill(process.pid, signal.SIGINT)
    _out, err = process.communicate()
    watchdog.cancel()

    assert first.strip()
    assert (130, "") == (process.returncode, err)
