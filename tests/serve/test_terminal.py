"""What `exomock serve` prints of what happens, and how it is told to print less, or JSON."""

import json
import re
import socket
import subprocess
import sys
from datetime import datetime

import pytest
import requests

from exomock.ist import IST
from exomock.wall import wall_now
from serve.conftest import COMMAND, Server, environment

FORM = {"From": "09811100001", "To": "09822200002", "CallerId": "08047112233"}
AUTH = ("exomock-key", "exomock-token")


def connect(url, sid="exomock", auth=AUTH, **more):
    """Place a call, or not."""
    where = f"{url}/v1/Accounts/{sid}/Calls/connect.json"
    return requests.post(where, data=FORM | more, auth=auth, timeout=9)


def test_each_thing_that_happens_is_a_line(serve):
    """On stderr, with the account's time; a refusal says why; nothing is told twice."""
    server = serve("--clock", "x60")
    connect(server.url, StatusCallback=f"{server.url}/_exomock/echo")
    connect(server.url, To="12")
    server.err.wait_for("terminal Status=completed")

    assert server.err.find(
        r"^\d\d:\d\d:\d\d\.\d{3} request  POST Calls/connect.json  09811100001 → "
    )
    (refused,) = server.err.find("'12' is not a telephone number")
    assert "→ 12  400  To: '12'" in refused


def test_a_callback_that_fails_is_told_once_with_its_next_try(serve):
    """Not as a warning as well."""
    server = serve("--clock", "x60")
    connect(server.url, StatusCallback="http://127.0.0.1:9/x")
    line = server.err.wait_for("127.0.0.1:9/x")

    assert re.search(r"connection refused in \d+ ms, try 1, next at \d\d:\d\d:\d\d", line)
    assert 0 == server.end()
    assert [] == server.err.find("WARNING")


def test_the_account_is_named_once_there_is_more_than_one(serve):
    """An open house makes the second at its first request."""
    server = serve()
    connect(server.url)
    first = server.err.wait_for("request ")
    connect(server.url, "second", ("key", "token"))
    second = server.err.wait_for("second")

    assert "exomock" not in first
    assert re.match(r"^\S+ second +(call|request)", second)


def test_quiet_prints_warnings_alone(serve):
    """A failed callback is one."""
    server = serve("-q", "--clock", "x60")
    connect(server.url, StatusCallback="http://127.0.0.1:9/x")
    server.err.wait_for("WARNING .*127.0.0.1:9/x failed")
    server.end()

    assert len(server.err.all()) == len(server.err.find(" WARNING "))


def test_a_higher_log_level_prints_no_lines(serve):
    """`--log-level error`: nothing at all of this."""
    server = serve("--log-level", "error")
    connect(server.url, To="12")
    server.end()

    assert [] == server.err.all()


@pytest.mark.parametrize(
    ("words", "variables", "said", "status"),
    [
        (["--log", "json", "--clock", "fast"], {}, "--clock: found 'fast'", 2),
        (["--log=json", "--nonsense"], {}, "No such option", 2),
        (["--scenario", "nowhere.yaml"], {"EXOMOCK_LOG": "json"}, "nowhere.yaml", 1),
        (["--log", "json", "--port", "{taken}"], {}, "--port 0", 1),
        (["--log", "json", "--database", "/nowhere/calls.db"], {}, "/nowhere", 1),
        (["--log", "text", "--log", "json", "--account", "x"], {}, "SID:KEY:TOKEN", 2),
    ],
    ids=lambda each: str(each)[:30],
)
def test_json_is_what_stderr_holds_also_where_the_server_cannot_start(
    tmp_path, words, variables, said, status
):
    """One object: kind, message, and the exit status."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [*COMMAND, "serve", "--host", "127.0.0.1", *(word.format(taken=port) for word in words)],
            env=environment(tmp_path) | variables, cwd=tmp_path, capture_output=True, text=True,
            timeout=30, check=False,
        )  # fmt: skip

    (found,) = map(json.loads, done.stderr.splitlines())
    assert ("error", status, status) == (found["kind"], found["status"], done.returncode)
    assert said in found["message"]


def test_even_a_bug_is_an_object():
    """Its traceback is the message: whoever reads objects must not stumble over it."""
    code = (
        "import sys, exomock.cli as cli; sys.argv = ['exomock', 'serve', '--log', 'json'];"
        "cli.cli = lambda **_: 1 / 0; cli.main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    (found,) = map(json.loads, done.stderr.splitlines())
    assert (1, "error", 1) == (done.returncode, found["kind"], found["status"])
    assert found["message"].rstrip().endswith("ZeroDivisionError: division by zero")


def test_text_is_what_stderr_holds_where_text_was_asked_for(tmp_path):
    """The last `--log` counts, and the option comes before the variable."""
    words = ["--log=json", "--log=text", "--clock", "fast"]
    done = subprocess.run(
        [*COMMAND, "serve", *words], env=environment(tmp_path) | {"EXOMOCK_LOG": "json"},
        cwd=tmp_path, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip

    assert done.stderr.startswith("exomock: --clock: found 'fast'")


def test_the_log_and_the_lines_have_one_zone(serve):
    """IST; on a real clock the time of an INFO line is that of the lines beside it."""
    server = serve("--now", "2026-03-01T10:00:00+05:30")
    requests.post(f"{server.url}/_exomock/echo", data={"CallSid": "c"}, timeout=9)
    line = server.err.wait_for("INFO received CallSid=c")

    assert re.match(r"\d\d:\d\d:\d\d INFO received CallSid=c$", line)
    found = datetime.strptime(line[:8], "%H:%M:%S").replace(tzinfo=IST)
    now = datetime.fromtimestamp(wall_now() / 1_000_000, IST)
    ago = (
        (now.hour - found.hour) * 3600
        + (now.minute - found.minute) * 60
        + now.second
        - found.second
    )
    assert 0 <= ago % 86_400 < 60


def test_the_echo_says_what_a_callback_is_about_and_at_debug_all_of_it(serve):
    """Call, event, Status and conversation on a short line; the other fields only at debug."""
    form = {"CallSid": "c", "EventType": "terminal", "Status": "busy", "From": "0981", "To": "0982"}
    server = serve("--log-level", "debug")
    requests.post(f"{server.url}/_exomock/echo", data=form, timeout=9)
    whole = server.err.wait_for("DEBUG received in full")
    (brief,) = server.err.find("INFO received")

    assert brief.endswith("received CallSid=c  EventType=terminal  Status=busy  and 2 more")
    assert all(f"{name}={value}" in whole for name, value in form.items())


def test_json_is_all_that_stderr_holds(tmp_path):
    """The banner first, then what happens and what is logged, then the end; stdout is empty."""
    server = Server(tmp_path, "--log", "json")
    try:
        started = json.loads(server.err.wait_for("started"))
        connect(started["url"], To="12")
        connect(
            started["url"], "nobody/x", StatusCallback=f"{started['url']}/_exomock/echo\n\x1b[2J"
        )
        server.err.wait_for('"request"')
        assert 0 == server.end()
        server.err.wait_for("stopped")
    finally:
        server.close()

    found = [json.loads(line) for line in server.err.all()]
    assert ("started", "stopped") == (found[0]["kind"], found[-1]["kind"])
    assert [] == server.out.all()
    assert {"sid": "exomock", "key": "exomock-key", "token": "exomock-token"} == started[
        "accounts"
    ][0]
    assert started.keys() == {
        "kind", "version", "url", "secure_url", "accounts", "scenario", "seed", "clock", "now",
        "console", "control", "control_token", "open_house",
    }  # fmt: skip
