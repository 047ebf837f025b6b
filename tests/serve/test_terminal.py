"""What `exomock serve` prints of what happens, and how it is told to print less, or JSON."""

import json
import re

import requests

from serve.conftest import Server

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
        "control", "control_token", "open_house",
    }  # fmt: skip
