"""`exomock run -- COMMAND` from outside: codes, signals, streams, files, and what is wrong."""

import fcntl
import os
import pty
import signal
import socket
import subprocess
import sys
import termios
import xml.etree.ElementTree as ET
from pathlib import Path

import click
import pytest
from cryptography.hazmat.primitives.serialization import pkcs12

from exomock.cli import cli
from exomock.proxy.ways import Ways
from exomock.run.environment import Reached, environment_of
from exomock.trust.authority import moment, new_authority
from exomock.trust.bundles import PASSWORD, system_bundle
from exomock.trust.trouble import CannotTrust

RUN = [sys.executable, "-m", "exomock", "run"]
PATIENCE = 60
"""Seconds; a loaded machine takes many to import a server."""


@pytest.fixture
def home(tmp_path):
    """A folder to run in, with a TMPDIR of its own."""
    (tmp_path / "tmp").mkdir()
    return tmp_path


def own(home, **variables):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EXOMOCK_")}
    return kept | {"TMPDIR": str(home / "tmp")} | variables


def run(home, *argv, stdin="", **variables):
    return subprocess.run(
        [*RUN, *argv], cwd=home, env=own(home, **variables), input=stdin,
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip


def left(home):
    """What lies in the temporary folder."""
    return [each.name for each in (home / "tmp").iterdir()]


SCRIPT = """
import json, os, stat, sys, urllib.error, urllib.parse, urllib.request
url = os.environ["EXOTEL_URL"] + "/v1/Accounts/" + os.environ["EXOTEL_SID"] + "/Calls/connect.json"
form = {"From": "09811100001", "To": "09000000005", "CallerId": "08047112233"}
try:
    urllib.request.urlopen(url, urllib.parse.urlencode(form).encode())
except urllib.error.HTTPError as error:
    print(error.code, sys.stdin.read())
folder = os.path.dirname(os.environ["SSL_CERT_FILE"])
print(oct(os.stat(folder).st_mode & 0o777), oct(os.stat(folder + "/server.key").st_mode & 0o777))
print("to stderr", file=sys.stderr)
sys.exit(7)
"""


class TestACommand:
    def test_has_its_own_code_streams_and_a_private_folder(self, home):
        """A 401 is in --junit-why; the folder (0700) with the key (0600) is gone at the end."""
        done = run(home, "--junit-why", "why.xml", "--", sys.executable, "-c", SCRIPT, stdin="in")

        assert (7, "to stderr\n") == (done.returncode, done.stderr)
        assert ["401 in", "0o700 0o600"] == done.stdout.splitlines()
        assert [] == left(home)
        (failure,) = ET.parse(home / "why.xml").iter("failure")
        assert failure.get("message", "").startswith("401: ")

    def test_that_a_signal_ended_has_the_code_of_shells(self, home):
        """128 and 9; without two dashes too, whatever follows the command is its own."""
        assert 137 == run(home, "sh", "-c", "kill -9 $$").returncode

    @pytest.mark.parametrize("which", [signal.SIGINT, signal.SIGTERM], ids=lambda each: each.name)
    def test_gets_the_signals_that_are_sent_to_exomock(self, home, which):
        """It may take its time over them, and its code is given."""
        script = (
            f"trap 'echo got; exit 9' {which.name[3:]}; echo ready; while :; do sleep 0.05; done"
        )
        process = subprocess.Popen(
            [*RUN, "--", "sh", "-c", script], cwd=home, env=own(home), text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            start_new_session=True,
        )  # fmt: skip
        with process:
            assert "ready\n" == process.stdout.readline()
            process.send_signal(which)

            assert ("got\n", "") == (process.stdout.read(), process.stderr.read())
        assert (9, []) == (process.returncode, left(home))

    def test_gets_a_terminals_interrupt_once(self, home):
        """The terminal sends Ctrl-C to both processes: passed on, it would come twice."""
        script = "trap 'echo got' INT; echo ready; read line; echo end; exit 3"
        master, slave = pty.openpty()
        process = subprocess.Popen(
            [*RUN, "--", "bash", "-c", script], cwd=home, env=own(home), stdin=slave, stdout=slave,
            stderr=slave, start_new_session=True,
            preexec_fn=take_terminal,  # noqa: PLW1509 - no other thread is about
        )  # fmt: skip
        os.close(slave)
        seen = until(master, b"ready")
        os.write(master, b"\x03")
        seen += until(master, b"got")
        os.write(master, b"\n")
        seen += until(master, b"end")

        assert 3 == process.wait(PATIENCE)
        assert 1 == seen.count(b"got")
        os.close(master)


def take_terminal():
    """Make standard input the terminal that sends its Ctrl-C to this session."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def until(descriptor, text):
    """What a terminal shows until some text came."""
    seen = b""
    while text not in seen:
        seen += os.read(descriptor, 1024)
    return seen


@pytest.mark.parametrize("tenths", [0, 3, 8])
def test_an_interrupt_in_the_first_second_says_nothing(home, tenths):
    """No traceback, no files, and 130 (or the signal itself, before Python is there)."""
    # No shell: one that has not started its own command yet waits for the end of that.
    process = subprocess.Popen(
        [*RUN, "--", "sleep", "60"], cwd=home, env=own(home), text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        start_new_session=True,
    )  # fmt: skip
    try:
        process.wait(tenths / 10 + 0.15)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGINT)
    with process:
        out, err = process.communicate(timeout=PATIENCE)

    assert process.returncode in (130, -signal.SIGINT)
    assert ("", "") == (out, "" if process.returncode < 0 else err)
    assert [] == left(home)


class TestBadInput:
    """One line each, no traceback, and a status that is not 0."""

    @pytest.mark.parametrize(
        ("argv", "status", "says"),
        [
            (["--", "no-such-command"], 127, "there is no command 'no-such-command'"),
            (["--", "./file.pem"], 126, "./file.pem cannot be executed"),
            (["--scenario", "nowhere.yaml", "--", "true"], 1, "nowhere.yaml"),
            (["--junit-why", "nowhere/why.xml", "--", "true"], 1, "--junit-why: "),
        ],
        ids=["command", "file", "scenario", "junit"],
    )  # fmt: skip
    def test_is_one_line(self, home, argv, status, says):
        """It names what is wrong; nothing is left behind."""
        (home / "file.pem").write_text("nothing")

        done = run(home, *argv)

        (line,) = done.stderr.splitlines()
        assert (status, "") == (done.returncode, done.stdout)
        assert line.startswith("exomock: ")
        assert says in line
        assert [] == left(home)

    @pytest.mark.parametrize(
        ("argv", "says"),
        [
            (["--clock", "fast", "--", "true"], "--clock: found 'fast'"),
            (["--passthrough", "http://x", "--", "true"], "--passthrough: found 'http://x'"),
            (["--passthrough", "api.exotel.com", "--", "true"], "calls cost money"),
            ([], "Missing argument"),
        ],
    )
    def test_of_options_is_a_usage_error(self, argv, says):
        """Before anything is started."""
        with pytest.raises(click.UsageError) as caught:
            cli(["run", *argv], standalone_mode=False)

        assert says in caught.value.format_message()

    def test_a_port_in_use(self, home):
        """It is named."""
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
            done = run(home, "--port", str(port), "--", "true")

        assert 1 == done.returncode
        assert (
            f"exomock: cannot listen on 127.0.0.1:{port}: Address already in use; "
            "--port 0 picks a free one\n"
        ) == done.stderr

    def test_a_bundle_that_is_not_there(self, home):
        """The variable and the file are named."""
        done = run(home, "--", "true", REQUESTS_CA_BUNDLE="nowhere.pem")

        assert 1 == done.returncode
        assert "exomock: REQUESTS_CA_BUNDLE names nowhere.pem: " in done.stderr


AUTHORITY = new_authority(moment(0), moment(4_000_000_000_000_000))
OTHERS = new_authority(moment(0), moment(4_000_000_000_000_000)).certificate
REACHED = Reached("http://127.0.0.1:1", "sid", "key", "token", 3, Ways(1, 2), AUTHORITY.certificate)


class TestTheEnvironment:
    """What the command finds, as a function of what the user had."""

    @pytest.mark.parametrize(
        "variable",
        ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS",
         "HTTPLIB2_CA_CERTS", "DENO_CERT"],
    )  # fmt: skip
    def test_a_bundle_is_the_users_own_and_ours(self, tmp_path, variable):
        """Not the system's: he may trust less."""
        mine = tmp_path / "mine.pem"
        mine.write_bytes(OTHERS)

        found = Path(environment_of(REACHED, tmp_path, {variable: str(mine)})[variable])

        assert OTHERS + AUTHORITY.certificate == found.read_bytes()

    def test_a_bundle_may_be_a_folder(self, tmp_path):
        """As requests takes one."""
        (tmp_path / "mine").mkdir()
        (tmp_path / "mine" / "a.0").write_bytes(OTHERS)

        said = environment_of(REACHED, tmp_path, {"REQUESTS_CA_BUNDLE": str(tmp_path / "mine")})

        assert OTHERS + AUTHORITY.certificate == Path(said["REQUESTS_CA_BUNDLE"]).read_bytes()

    def test_else_it_is_the_systems_and_ours(self, tmp_path):
        """But for Node, which has the system's itself."""
        said = environment_of(REACHED, tmp_path, {})

        whole = system_bundle().rstrip() + b"\n" + AUTHORITY.certificate
        assert whole == Path(said["SSL_CERT_FILE"]).read_bytes()
        assert AUTHORITY.certificate == Path(said["NODE_EXTRA_CA_CERTS"]).read_bytes()

    @pytest.mark.parametrize("own", ["*", ".com", "api.exotel.com", "exotel.in"])
    def test_no_entry_of_no_proxy_leads_past_exomock(self, tmp_path, own):
        """In either spelling: only loopback goes without the proxy."""
        said = environment_of(REACHED, tmp_path, {"NO_PROXY": own, "no_proxy": own})

        assert {"localhost,127.0.0.1,::1,.localhost"} == {said["NO_PROXY"], said["no_proxy"]}

    def test_options_of_node_and_java_are_added_to_the_users_own(self, tmp_path):
        """A folder with a space in its name is quoted, as each of them reads it."""
        folder = tmp_path / "a b"
        folder.mkdir()

        said = environment_of(
            REACHED, folder, {"NODE_OPTIONS": "-r x", "JAVA_TOOL_OPTIONS": "-Da=b"}
        )

        assert f'-r x --require "{folder}/node.cjs"' == said["NODE_OPTIONS"]
        assert said["JAVA_TOOL_OPTIONS"].startswith("-Da=b -Dhttp.proxyHost=127.0.0.1 ")
        assert f'"-Djavax.net.ssl.trustStore={folder}/trust.p12"' in said["JAVA_TOOL_OPTIONS"]

    @pytest.mark.filterwarnings("ignore:Parsed a serial number")  # of a system's odd old authority
    def test_a_trust_store_of_the_users_own_goes_into_ours(self, tmp_path):
        """One that JAVA_TOOL_OPTIONS names; ours alone and his two certificates."""
        first, second = tmp_path / "first", tmp_path / "second"
        first.mkdir()
        second.mkdir()
        said = environment_of(REACHED, first, {})["JAVA_TOOL_OPTIONS"]

        environment_of(REACHED, second, {"JAVA_TOOL_OPTIONS": said})

        counts = [
            len(
                pkcs12.load_pkcs12(
                    (each / "trust.p12").read_bytes(), PASSWORD.encode()
                ).additional_certs
            )
            for each in (first, second)
        ]
        assert counts[0] + 1 == counts[1]

    @pytest.mark.parametrize("options", ['-Da="b', "-Djavax.net.ssl.trustStore=/nowhere.p12",
                                         f"-Djavax.net.ssl.trustStore={__file__}"])  # fmt: skip
    def test_options_of_java_that_cannot_be_read_are_named(self, tmp_path, options):
        """A quotation mark that is open, no file, no PKCS12."""
        with pytest.raises(CannotTrust, match="JAVA_TOOL_OPTIONS"):
            environment_of(REACHED, tmp_path, {"JAVA_TOOL_OPTIONS": options})
