"""`exomock serve` starts: what it prints, how it is told, and how it says that it cannot."""

import gc
import os
import re
import shutil
import socket
import sqlite3
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
import requests
from click.testing import CliRunner

from conftest import EXOPHONE, FROM, TO, Driver
from exomock import __version__
from exomock.cli import cli
from exomock.every_setting import SETTINGS
from exomock.storage.tables import APPLICATION_ID
from exomock.testing.ports import free_port
from serve.conftest import COMMAND, environment, serving, until

NOT_HERE = "203.0.113.1"
"""An address of TEST-NET-3 (RFC 5737): no machine has it."""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server on a port of its choice, a minute a second."""
    with serving(tmp_path_factory.mktemp("start"), "--clock", "x60", "--seed", "7") as server:
        yield server


TIMES = "times are the account's, IST (of INFO lines the machine's)"


class TestTheBanner:
    def test_says_what_a_client_must_know(self, server):
        """Version, base URL, credentials, scenario, seed and clock: one line each, in this order."""
        said = [
            re.sub(r"now [-0-9]+ [:0-9]+ IST", "now NOW IST", line) for line in server.out.all()
        ]
        assert [
            f"exomock {__version__}, a local Exotel",
            f"  base URL  http://127.0.0.1:{server.port}",
            "  account   Sid exomock  key exomock-key  token exomock-token",
            "  scenario  default.yaml",
            "  seed      7",
            "  clock     x60, now NOW IST",
            f"  console   http://127.0.0.1:{server.port}/_exomock/console",
            f"  control   http://127.0.0.1:{server.port}/_exomock/",
            "  house     open: an account Sid nobody has seen makes itself when first used",
            f"  log       what happens, a line each, on stderr; {TIMES}",
            "Place a call and watch it here (paste into another terminal):",
            server.curl,
        ] == said

    def test_is_printed_when_the_server_answers(self, server):
        """Whoever waits for the last line may connect at once."""
        health = requests.get(f"{server.url}/_exomock/health", timeout=5)

        assert (200, "ok") == (health.status_code, health.json()["status"])
        assert __version__ == health.json()["version"]

    def test_names_the_port_that_was_picked(self, server):
        """With --port 0 it is one that was free, and neither 0 nor the default."""
        assert server.port not in (0, 8080)
        assert server.listens()

    def test_ends_in_a_line_that_places_a_call_when_pasted(self, server):
        """Two answers and the end appear in the log; TimeLimit=5 ends the conversation."""
        if shutil.which("curl") is None:
            assert "CI" not in os.environ, "CI needs curl"
            pytest.skip("no curl here")
        answer = subprocess.run(
            ["sh", "-c", server.curl], capture_output=True, text=True, check=True, timeout=10
        )

        assert '"Status": "in-progress"' in answer.stdout
        (sid,) = re.findall('"Sid": "([0-9a-z]{32})"', answer.stdout)
        last = server.err.wait_for(f"received .*CallSid={sid}.*EventType=terminal")
        assert "Status=completed  ConversationDuration=5  and " in last
        assert ["answered", "answered", "terminal"] == [
            re.search("EventType=([a-z]+)", line)[1] for line in server.err.find(f"CallSid={sid}")
        ]


WRONG = {
    "host": (NOT_HERE, "cannot listen"),
    "port": ("http", "a whole number from 0 to 65535"),
    "tls": ("perhaps", "boolean"),
    "tls-port": ("http", "a whole number from 0 to 65535"),
    "scenario": ("nowhere.yaml", "nowhere.yaml"),
    "watch": ("perhaps", "boolean"),
    "workers": ("0", "a whole number from 1 to 64"),
    "max-forwards": ("0", "a whole number from 1 to 10000"),
    "advertise": ("10.0.0.1:8080", "http://10.0.0.1:8080"),
    "lease": ("0", "a number from 1 to 3600"),
    "lease-renewal": ("0", "a number from 0.1 to 1200"),
    "database": ("mysql://localhost/calls", "a URL such as sqlite:///calls.db"),
    "account": ("exomock:key", "SID:KEY:TOKEN"),
    "seed": ("-1", "a whole number, 0 or more"),
    "clock": ("fast", "real, frozen, or x and a rate above 0 such as x60"),
    "default-caller-id": ("perhaps", "boolean"),
    "inbound-to": ("nobody", "a telephone number such as 09812345678"),
    "recording-base": ("recordings.exotel.com", "a URL without a query"),
    "recording-bytes": ("4kB", "a whole number from 0 to 1099511627776"),
    "unknown-message": ("500", "one of 404, 200"),
    "flow-to": ("nobody", "one of agent, exophone"),
    "late-fields": ("soon", "a number from 0 to 86400"),
    "callback-retry-after": ("1,2,3", "one or two times in seconds"),
    "callback-timeout": ("0", "a number from 0.1 to 60"),
    "question-timeout": ("0", "a number from 0.1 to 60"),
    "callback-ca": ("nowhere.pem", "a readable PEM file"),
    "callback-threads": ("0", "a whole number from 1 to 1000"),
    "allow-callbacks-to": ("http://x", "a host name such as hooks.example.com, or *"),
    "allow-origin": ("localhost:3000", "an origin such as http://localhost:3000, null, or *"),
    "host-alias": ("localhost", "HOST=OTHER"),
    "now": ("noon", "a time such as 2026-03-01T10:00:00+05:30"),
    "open": ("perhaps", "boolean"),
    "control-token": ("short", "auto, or 8 to 200 printable characters"),
    "max-accounts": ("0", "a whole number from 1 to 1000000"),
    "max-history": ("-1", "a whole number from 0 to 100000000"),
    "max-snapshots": ("-1", "a whole number from 0 to 1000000"),
    "snapshot-bytes": ("-1", "a whole number from 0 to 1099511627776"),
    "scenario-bytes": ("4kB", "a whole number from 0 to 1099511627776"),
    "max-delays": ("some", "a whole number from 0 to 1000"),
    "max-waiters": ("some", "a whole number from 0 to 1000"),
    "max-advance-events": ("0", "a whole number from 1 to 1000000000"),
    "max-advance-wall": ("0", "a number from 0.1 to 86400"),
    "journal-entries": ("-1", "a whole number from 0 to 10000000"),
    "journal-bytes": ("1.5", "a whole number from 0 to 1099511627776"),
    "events-kept": ("-1", "a whole number from 0 to 10000000"),
    "events-bytes": ("1.5", "a whole number from 0 to 1099511627776"),
    "max-time-out": ("0", "a whole number from 1 to 14400"),
    "max-body": ("1", "a whole number from 1024"),
    "body-timeout": ("never", "a number from 0.1 to 3600"),
    "threads": ("many", "a whole number from 1 to 1000"),
    "max-streams": ("-1", "a whole number from 0 to 10000"),
    "quiet": ("perhaps", "boolean"),
    "log": ("xml", "one of text, json"),
    "log-level": ("loud", "one of debug, info, warning, error"),
}
"""For each setting a wrong value, and what the answer must say."""


class TestASetting:
    def test_has_a_row_here(self):
        """A new setting must show how it refuses a wrong value."""
        assert {setting.name for setting in SETTINGS} == set(WRONG)

    @pytest.mark.parametrize("where", ["option", "variable"])
    @pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
    def test_refuses_a_wrong_value(self, setting, where):
        """As option and as variable, with the value and with what was expected."""
        value, expected = WRONG[setting.name]
        if setting.flag and where == "option":
            return  # it has no value that could be wrong
        options = [f"--{setting.name}", value] if where == "option" else []
        variables = {setting.variable: value} if where == "variable" else {}

        said = refusal(*options, **variables)

        assert expected in said
        assert value in said

    def test_refuses_a_file_it_cannot_read(self, tmp_path):
        """A scenario that is no YAML, with its line; a database of another version."""
        (tmp_path / "broken.yaml").write_text("rules:\n  - {leg1: ]}\n")
        with closing(sqlite3.connect(tmp_path / "newer.db")) as database:
            database.execute(f"PRAGMA application_id={APPLICATION_ID}")
            database.execute("PRAGMA user_version=99")

        assert "broken.yaml:2: " in refusal("--scenario", str(tmp_path / "broken.yaml"))
        assert "schema 99" in refusal("--database", str(tmp_path / "newer.db"))


def refusal(*options, **variables):
    """The one line with which `serve` refuses to start, in this process."""
    # Nobody can listen there: were the value taken, no server would come up here.
    clean = {each.variable: None for each in SETTINGS} | {
        "EXOMOCK_HOST": NOT_HERE,
        "EXOMOCK_CONTROL_TOKEN": "needed-there",
    }
    result = CliRunner().invoke(
        cli, ["serve", *options], env=clean | variables, standalone_mode=False
    )
    said = getattr(result.exception, "message", str(result.exception))
    del result
    gc.collect()  # what a refusal leaves open is then blamed on it, not on some later test
    assert "\n" not in said
    return said


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """A server that was told everything by its environment, and its seed once more by an option."""
    home = tmp_path_factory.mktemp("told")
    (home / "one.yaml").write_text('rules:\n  - {when: {to: "0981*"}, leg1: {busy: 1s}}\n')
    (home / "two.yaml").write_text("rules:\n  - {leg1: no_answer}\n")
    port = free_port()
    variables = {
        "PORT": str(port),
        "SCENARIO": "one.yaml two.yaml",
        "DATABASE": "calls.db",
        "ACCOUNT": "one:key1:token1 two:key2:token2",
        "SEED": "8",
        "CLOCK": "x600",
        "LATE_FIELDS": "86400",
        "CALLBACK_RETRY_AFTER": "1,2",
        "CALLBACK_TIMEOUT": "0.3",
        "MAX_TIME_OUT": "90",
        "MAX_BODY": "1024",
        "LOG_LEVEL": "warning",
    }
    variables = {f"EXOMOCK_{name}": value for name, value in variables.items()}
    with serving(home, "--seed", "9", **variables) as server:
        server.sid, server.key, server.token = "one", "key1", "token1"
        server.asked_port = port
        yield server


class TestTheEnvironment:
    def test_is_what_the_banner_shows(self, told):
        """Port, accounts in the order given, scenarios, clock; the option beats the variable."""
        assert [
            f"  base URL  http://127.0.0.1:{told.asked_port}",
            "  account   Sid one  key key1  token token1",
            "  account   Sid two  key key2  token token2",
        ] == told.out.all()[1:4]
        assert ["  seed      9"] == told.out.find("seed")
        (clock,) = told.out.find("clock")
        assert clock.startswith("  clock     x600, now ")
        (scenario,) = told.out.find("scenario")
        assert "one.yaml" in scenario
        assert "two.yaml" in scenario

    def test_chooses_the_scenarios(self, told):
        """Rules of the first file, then of the second; late fields stay away for a day."""
        driver = Driver(told)
        busy, silent = driver.connect(To="09811100002"), driver.connect(TimeOut="90")

        assert "busy" == until(lambda: ended(driver, busy))["Status"]
        call = until(lambda: ended(driver, silent))
        assert ("no-answer", "", "") == (call["Status"], call["EndTime"], call["Duration"])

    def test_sets_the_bounds(self, told):
        """TimeOut up to 90 and cut beyond, bodies up to 1024 bytes and not over."""
        driver = Driver(told)
        whys = [driver.try_connect(TimeOut=t).headers["X-Exomock-Why"] for t in ("90", "91")]

        assert [False, True] == ["'91' is cut to 90" in why for why in whys]
        assert 413 == driver.try_connect(CustomField="x" * 1024).status_code

    def test_times_the_callbacks(self, told, receiver):
        """A receiver that fails is tried again after 1 s and 2 s of account time: at once."""
        receiver.answer = lambda _: 500
        Driver(told).connect(To="09811100002", StatusCallback=receiver.url)

        receiver.wait_for(3)
        assert "HTTP 500" in told.err.wait_for(r"failed \(try 3\)")

    def test_chooses_the_log(self, told):
        """At `warning` the echo, which is `info`, says nothing."""
        requests.post(f"{told.url}/_exomock/echo", data={"a": "b"}, timeout=5)

        assert [] == told.err.find("INFO")

    def test_names_the_database(self, told):
        """A bare file name is a file in the working directory."""
        sid = Driver(told).connect()

        with closing(sqlite3.connect(told.tmp.parent / "calls.db")) as database:
            assert (1,) in database.execute("SELECT 1 FROM calls WHERE sid = ?", [sid]).fetchall()


def ended(driver, sid):
    call = driver.call(sid)
    return call if call["Status"] != "in-progress" else None


class Refused:
    """A start that must fail: its options, variables, and what its one line must say."""

    def __init__(self, *options, says, **variables):
        self.options, self.says, self.variables = options, says, variables


REFUSED = {
    "a port somebody listens on": Refused("--port", "{busy}", says="cannot listen on 127.0.0.1:{busy}"),
    "a port another exomock has": Refused("--port", "{other}", says="cannot listen on 127.0.0.1:{other}"),
    "an unknown option": Refused("--prot", "1", says="--prot"),
    "a wrong clock": Refused("--clock", "fast", says="--clock: found 'fast', expected real, frozen"),
    "a wrong account": Refused("--account", "a:b", says="--account: found 'a:b', expected SID:KEY:TOKEN"),
    "a wrong variable": Refused(says="--threads: found 'many'", EXOMOCK_THREADS="many"),
    "a scenario with a mistake": Refused("--scenario", "wrong.yaml", says="wrong.yaml:2: rules.0.leg1"),
    "a database that is none": Refused("--database", "wrong.yaml", says="file is not a database"),
    "a database in no folder": Refused("--database", "sqlite:///no/calls.db", says="there is no folder"),
}  # fmt: skip
"""Each way to fail once as a process; every other wrong value is refused above, in this one."""


@pytest.fixture(scope="module")
def refused(tmp_path_factory, server):
    """What came of each start in REFUSED; two at a time, for each takes a second."""
    home = tmp_path_factory.mktemp("refused")
    (home / "wrong.yaml").write_text("rules:\n  - {leg1: {bsy: 1s}}\n")
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        ports = {"busy": str(listener.getsockname()[1]), "other": str(server.port)}

        def run(row):
            options = [option.format(**ports) for option in row.options]
            return subprocess.run(
                [*COMMAND, "serve", *options],
                check=False,
                cwd=home,
                env=environment(home, EXOMOCK_HOST="127.0.0.1", **row.variables),
                capture_output=True,
                text=True,
                timeout=60,  # a machine that does much else imports slowly
            ), row.says.format(**ports)

        with ThreadPoolExecutor(2) as pool:
            runs = dict(zip(REFUSED, pool.map(run, REFUSED.values()), strict=True))
    # No temporary folder stays of a server that never came up.
    assert [] == list((home / "tmp").iterdir())
    return runs


class TestAStartThatFails:
    @pytest.mark.parametrize("what", REFUSED)
    def test_says_so_in_one_line(self, refused, what):
        """One line on stderr that names the trouble, a status that is not 0, and no banner."""
        run, says = refused[what]

        (line,) = run.stderr.splitlines()
        assert line.startswith("exomock: ")
        assert says in line
        assert 0 != run.returncode
        assert "" == run.stdout


def test_the_numbers_of_the_curl_line_are_ordinary(server):
    """No magic number: the call of the README's first minute is an ordinary one."""
    for name, value in (("From", FROM), ("To", TO), ("CallerId", EXOPHONE)):
        assert f'-d "{name}={value}"' in server.curl
