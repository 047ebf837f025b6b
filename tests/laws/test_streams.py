"""Law: whatever the standard streams lead to, a command does its work and ends with its status."""

import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager, nullcontext, suppress
from itertools import combinations
from pathlib import Path

import pytest
import requests

from serve.conftest import COMMAND, PATIENCE, environment, until

NAMES = ("stdin", "stdout", "stderr")

CLOSED = [subset for size in (1, 2, 3) for subset in combinations(range(3), size)]

STARTS = """
import os, sys
for descriptor in map(int, sys.argv[1].split(",")):
    os.close(descriptor)
os.execv(sys.argv[2], sys.argv[2:])
"""
"""Starts a command with some of its standard streams closed, as wrappers of daemons do."""


def named(descriptors):
    """A test's name."""
    return "+".join(NAMES[each] for each in descriptors)


@contextmanager
def started(home, closed, *words, command=COMMAND):
    """A command whose streams are closed, the others being pipes; it is gone after the block."""
    with subprocess.Popen(
        [sys.executable, "-c", STARTS, ",".join(map(str, closed)), *command, *words],
        cwd=home,
        env=environment(home),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def said_by(home, closed, *words):
    """The status of a command, and what it printed."""
    with started(home, closed, *words) as process:
        out, err = process.communicate(timeout=PATIENCE)
        return process.returncode, out, err


def answers(lock):
    """Whether the server answers that holds a database's lock, which says where it listens."""
    with suppress(OSError, requests.RequestException):
        url = re.search(r"http://\S+", lock.read_text())
        return url and requests.get(f"{url[0]}/_exomock/health", timeout=5).ok
    return False


class TestClosedStreams:
    @pytest.mark.parametrize(
        ("closed", "workers"), [*((each, "1") for each in CLOSED), (CLOSED[-1], "2")]
    )
    def test_do_not_keep_a_server_from_serving(self, tmp_path, closed, workers):
        """It answers, and ends with status 0; no descriptor of a stream becomes something else."""
        words = "serve", "--port", "0", "--quiet", "--database", "calls.db", "--workers", workers
        with started(tmp_path, closed, *words) as server:
            until(lambda: answers(tmp_path / "calls.db.lock"))
            streams = {each: leads_to(server.pid, each) for each in closed}
            server.terminate()
            out, err = server.communicate(timeout=PATIENCE)

        assert 0 == server.returncode, err
        assert "" == err
        assert (1 in closed) == ("" == out)
        assert {os.devnull, None} >= set(streams.values())

    @pytest.mark.parametrize("closed", CLOSED, ids=named)
    def test_change_no_status(self, tmp_path, closed):
        """Of a command that prints, one that asks, one that is wrong and one that runs another."""
        script = "import os, sys; [os.fstat(each) for each in range(3)]; sys.exit(7)"

        done = [
            said_by(tmp_path, closed, "scenario", "list"),
            said_by(tmp_path, closed, "health", "--url", "http://127.0.0.1:1"),
            said_by(tmp_path, closed, "nonsense"),
            said_by(tmp_path, closed, "run", "--", sys.executable, "-c", script),
        ]

        assert [0, 3, 2, 7] == [status for status, _out, _err in done]
        assert [] == [err for _status, _out, err in done if "Traceback" in err]
        assert (1 in closed) == ("" == done[0][1])

    def test_are_a_leash_that_nobody_holds(self, tmp_path):
        """A server that is to end with its standard input ends where there is none."""
        leash = [sys.executable, "-m", "exomock.leash"]
        with started(tmp_path, [0], "serve", "--port", "0", command=leash) as server:
            _out, err = server.communicate(timeout=PATIENCE)

        assert server.returncode in (0, 128 + signal.SIGTERM, -signal.SIGTERM)
        assert "" == err


FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="nothing here is always full")

NOBODY = "http://127.0.0.1:1"

PRINTING = {
    "help": ["--help"],
    "version": ["--version"],
    "help of a command": ["serve", "--help"],
    "help of health": ["health", "--help"],
    "simulate": ["scenario", "simulate", "default"],
    "schema": ["scenario", "schema"],
    "health": ["health", "--url", NOBODY],
    "completion": ["completion", "bash"],
}


@FULL
class TestAFullStream:
    @pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])
    @pytest.mark.parametrize("what", PRINTING)
    def test_of_output_is_one_line_and_status_1(self, tmp_path, what, unbuffered):
        """Whether Python keeps what is printed until it ends, or not."""
        done = printed_to("/dev/full", tmp_path, *PRINTING[what], PYTHONUNBUFFERED=unbuffered)

        said = "exomock: cannot write to standard output: No space left on device\n"
        assert (1, said) == (done.returncode, done.stderr)

    @pytest.mark.parametrize("workers", ["1", "2"])
    def test_does_not_keep_a_server_from_serving(self, tmp_path, workers):
        """Whose banner cannot be printed is told so in the log, and ends with status 0."""
        words = "serve", "--port", "0", "--quiet", "--database", "calls.db", "--workers", workers
        with (
            Path("/dev/full").open("w") as full,
            subprocess.Popen(
                [*COMMAND, *words], cwd=tmp_path, env=environment(tmp_path),
                stdout=full, stderr=subprocess.PIPE, text=True,
            ) as server,
        ):  # fmt: skip
            line = server.stderr.readline()
            until(lambda: answers(tmp_path / "calls.db.lock"))
            server.terminate()
            rest = server.communicate(timeout=PATIENCE)[1]

        assert line.endswith("cannot write to standard output: No space left on device\n")
        assert (0, "") == (server.returncode, rest)

    @pytest.mark.parametrize(
        ("status", "words"),
        [
            (2, ["nonsense"]),
            (3, ["calls", "--url", NOBODY]),
            (2, ["health", "--url", "nonsense"]),
            (127, ["run", "--", "no-such-command"]),
            (1, ["serve", "--database", "/nowhere/at/all.db"]),
        ],
        ids=str,
    )
    def test_of_errors_changes_no_status(self, tmp_path, status, words):
        """There is no other place to say so."""
        with Path("/dev/full").open("w") as full:
            done = subprocess.run(
                [*COMMAND, *words], env=environment(tmp_path),
                stdout=subprocess.PIPE, stderr=full, text=True, check=False, timeout=PATIENCE,
            )  # fmt: skip

        assert (status, "") == (done.returncode, done.stdout)


@pytest.mark.parametrize("what", PRINTING)
def test_a_reader_who_has_gone_is_told_nothing(tmp_path, what):
    """As `head` goes once it has its lines: no word on stderr."""
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as pipe:
        done = printed_to(pipe, tmp_path, *PRINTING[what])

    assert "" == done.stderr
    assert done.returncode in (0, 1)


def printed_to(out, home, *words, **variables):
    """A command that has printed into a file, or into one of that name, and ended."""
    with Path(out).open("w") if isinstance(out, str) else nullcontext(out) as file:
        return subprocess.run(
            [*COMMAND, *words], env=environment(home, **variables), cwd=home,
            stdout=file, stderr=subprocess.PIPE, text=True, check=False, timeout=PATIENCE,
        )  # fmt: skip


def leads_to(pid, descriptor):
    """What a descriptor of a process is, None where the machine does not tell."""
    with suppress(OSError):
        return str(Path(f"/proc/{pid}/fd/{descriptor}").readlink())
    return None
