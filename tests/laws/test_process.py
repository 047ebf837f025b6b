"""Law: within two seconds of the main process's end, however and whenever, nothing of it runs."""

import gc
import os
import random
import signal
import subprocess
import sys
import threading
from contextlib import closing, suppress
from typing import NamedTuple

import pytest
import requests

from conftest import Driver
from exomock.server import Exomock
from exomock.wall import stopwatch
from exomock.workers.crew import END
from serve.conftest import COMMAND, Server, environment

MANY = 100 if os.environ.get("EXOMOCK_SOAK") else 8

SOON = 2


class TestAKill:
    @pytest.mark.parametrize("number", range(MANY))
    def test_at_any_moment_of_the_start_leaves_nothing_that_runs(self, tmp_path, number):
        """SIGKILL of the main process alone, between nothing and a server that answers."""
        moment = random.Random(f"start:{number}").uniform(0, 1.2)
        with closing(Server(tmp_path)) as server:
            threading.Event().wait(moment)  # the moment is what is tested, not an event

            server.signal(signal.SIGKILL)
            server.process.wait(SOON)

            assert server.gone(SOON)

    @pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
    @pytest.mark.parametrize("number", range(max(2, MANY // 4)))
    def test_under_load_leaves_nothing_that_runs(self, serve, number):
        """Four clients place calls all the time."""
        server = serve("--clock", "x600")
        placed = threading.Semaphore(0)

        def place_calls():
            driver = Driver(server)
            with suppress(requests.RequestException):
                while driver.try_connect().ok:
                    placed.release()

        clients = [threading.Thread(target=place_calls) for _ in range(4)]
        for client in clients:
            client.start()
        for _ in range(random.Random(f"load:{number}").randrange(1, 60)):
            assert placed.acquire(timeout=10)

        server.signal(signal.SIGKILL)
        server.process.wait(SOON)

        assert server.gone(SOON)
        assert not server.listens()
        for client in clients:
            client.join()
        gc.collect()  # connections that the kill cut in two are blamed on this test, and forgiven


class TestCtrlC:
    @pytest.mark.parametrize("number", range(MANY))
    def test_at_any_moment_of_the_start_prints_no_traceback(self, tmp_path, number):
        """It ends with 130, or with 0 if the server was there already, and leaves no folder."""
        moment = random.Random(f"interrupt:{number}").uniform(0.05, 1.2)
        with subprocess.Popen(
            [*COMMAND, "serve", "--port", "0"],
            env=environment(tmp_path),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            with suppress(subprocess.TimeoutExpired):
                process.wait(moment)
            process.send_signal(signal.SIGINT)

            said = process.communicate(timeout=20)[1]

        # Python itself takes some 20 ms until a handler can be installed; it dies of the signal.
        assert process.returncode in (0, 130, -signal.SIGINT), said
        if process.returncode >= 0:
            assert "" == said
        assert [] == list((tmp_path / "tmp").iterdir())


_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class TestManySignals:
    @pytest.mark.parametrize("words", [[], ["--workers", "2"]], ids=["one", "workers"])
    @pytest.mark.parametrize("number", range(MANY))
    def test_at_any_moments_of_the_start_and_the_end_are_one(self, tmp_path, number, words):
        """A wrapper passes on what a terminal has sent."""
        draw = random.Random(f"many:{number}:{words}")
        with subprocess.Popen(
            [*COMMAND, "serve", "--port", "0", *words],
            env=environment(tmp_path),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            sent = draw.choice([_SIGNALS, _SIGNALS[:1], _SIGNALS[1:]])
            pause = draw.uniform(0.1, 1.2)
            for _ in range(200):
                with suppress(subprocess.TimeoutExpired):
                    process.wait(pause)
                    break
                process.send_signal(draw.choice(sent))
                pause = draw.uniform(0, 0.01)

            said = process.communicate(timeout=20)[1]

        # It dies of the signal where Python has no handler yet. Python does not know which of two
        # was the first that came while it was, say, opening a library.
        ends = {128 + each for each in sent} | {-each for each in sent}
        assert process.returncode in {0} | ends, said
        assert "Traceback" not in said
        if process.returncode >= 0:
            assert [] == list((tmp_path / "tmp").iterdir())

    @pytest.mark.parametrize("first", _SIGNALS)
    def test_end_with_the_status_of_the_first(self, first):
        """And do not interrupt what is done at the end."""
        done = subprocess.run(
            [sys.executable, "-c", _PRESSED, str(int(first))],
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip

        assert (128 + first, "cleaned up\n", "") == (done.returncode, done.stdout, done.stderr)

    def test_are_one_for_a_moment_only(self):
        """An end that hangs is ended by whoever asks for it again, with the first one's status."""
        done = subprocess.run(
            [sys.executable, "-c", _HANGS], capture_output=True, text=True, check=False, timeout=60
        )

        assert (128 + signal.SIGTERM, "", "") == (done.returncode, done.stdout, done.stderr)

    @pytest.mark.parametrize("words", [["scenario", "list"], ["scenario", "nonsense"]], ids=str)
    def test_that_come_when_all_is_done_say_nothing(self, tmp_path, words):
        """The interpreter ends then, and drops what a handler raises, with a traceback."""
        (tmp_path / "sitecustomize.py").write_text(_LATE)
        path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
        done = subprocess.run(
            [*COMMAND, *words], env=environment(tmp_path, PYTHONPATH=path),
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip

        assert "Traceback" not in done.stderr
        assert "Exception ignored" not in done.stderr
        assert (2 if "nonsense" in words else 0) == done.returncode


_PRESSED = """
import signal, sys
from exomock.leaving import heed_signals

heed_signals()
try:
    signal.raise_signal(int(sys.argv[1]))
finally:
    for which in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP) * 10:
        signal.raise_signal(which)
    print("cleaned up")
"""

_HANGS = """
import signal
from exomock import leaving

leaving.heed_signals()
try:
    signal.raise_signal(signal.SIGTERM)
finally:
    leaving._Process.until = 0.0
    signal.raise_signal(signal.SIGINT)
    print("goes on")
"""

_LATE = """
import os, signal, threading

def press():
    for which in (signal.SIGINT, signal.SIGTERM, signal.SIGINT):
        os.kill(os.getpid(), which)
        for _ in range(10_000):
            pass

threading._register_atexit(press)
"""
"""A `sitecustomize`: signals that come while the interpreter is ending."""

_SWALLOWS = """
import os, signal, sys

class Swallows:
    looked = 0

    def ends(self):
        return getattr(sys.modules.get("exomock.leaving"), "end_by", self)

    def find_spec(self, name, path=None, target=None):
        if {word!r} not in sys.orig_argv or signal.getsignal(signal.SIGINT) is not self.ends():
            return  # a worker, or a time when a signal just ends the process

        self.looked += 1
        if name == {at!r} or self.looked == {at!r}:
            sys.meta_path.remove(self)
            try:
                os.kill(os.getpid(), signal.{which})
                for _ in range(10_000):
                    pass
            except BaseException as error:
                {then}

sys.meta_path.insert(0, Swallows())
"""
"""A `sitecustomize`: the process is told to end while a package is imported that catches everything."""

_THEN = {
    "caught": "pass",
    # Python 3.11 does so itself where a class is made.
    "changed": "raise RuntimeError('changed') from error",
}


@pytest.fixture(scope="module")
def server():
    """One server for all that follow it; its calls take their time."""
    with Exomock() as running:
        yield running


class TestAnEndThatIsLost:
    @pytest.mark.parametrize("options", [(), ("--workers", "2")], ids=["one", "workers"])
    @pytest.mark.parametrize("then", _THEN)
    @pytest.mark.parametrize("which", ["SIGINT", "SIGTERM"])
    def test_comes_before_anything_is_served(self, tmp_path, which, then, options):
        """Whoever told the server to end is not left with one that goes on, nor waits for a kill."""
        ended = _told_while_it_imports(
            tmp_path, ["serve", "--port", "0", *options], "exomock.serving", which, then
        )

        assert ended.status in (0, 128 + signal.Signals[which]), ended.said
        assert ended.after < END

    @pytest.mark.parametrize("then", _THEN)
    @pytest.mark.parametrize("number", range(MANY))
    def test_comes_before_a_command_is_run(self, tmp_path, number, then):
        """Whichever package it is: the command of `exomock run` does not run to its own end."""
        draw = random.Random(f"run:{number}:{then}")

        ended = _told_while_it_imports(
            tmp_path, ["run", "--", "sleep", "60"], draw.randrange(1, 300), "SIGTERM", then
        )

        assert (143, "") == (ended.status, ended.said)
        assert ended.after < END

    @pytest.mark.parametrize(
        "words", [("watch",), ("call", "09900000001", "09900000002", "--watch")]
    )
    @pytest.mark.parametrize("then", _THEN)
    @pytest.mark.parametrize("number", range(max(2, MANY // 4)))
    def test_comes_before_a_server_is_followed(self, server, tmp_path, number, then, words):
        """`watch` goes on as long as the server, a ladder as long as its call."""
        draw = random.Random(f"{words[0]}:{number}:{then}")

        ended = _told_while_it_imports(
            tmp_path, [*words, "--url", server.url], draw.randrange(1, 20), "SIGINT", then
        )

        assert (130, "") == (ended.status, ended.said)
        assert ended.after < END


class _Ended(NamedTuple):
    status: int
    said: str
    after: float


def _told_while_it_imports(folder, argv, what, which, then):
    """
    What becomes of a command that is told to end while it imports a module, which catches all.

    Args:
        what: The module's name, or which one it is of those that are imported.
        then: What the module does about it, of `_THEN`.
    """
    began = stopwatch()
    (folder / "sitecustomize.py").write_text(
        _SWALLOWS.format(word=argv[0], at=what, which=which, then=_THEN[then])
    )
    path = os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])])
    with subprocess.Popen(
        [*COMMAND, *argv],
        env=environment(folder, PYTHONPATH=path),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            said = process.communicate(timeout=40)[1]
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    assert "Traceback" not in said
    assert [] == [
        each for each in (folder / "tmp").iterdir() if each.name.startswith("exomock-serve")
    ]
    return _Ended(process.returncode, said, stopwatch() - began)
