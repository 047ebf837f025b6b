"""Law: within two seconds of the main process's end, however and whenever, nothing of it runs."""

import gc
import os
import random
import signal
import subprocess
import threading
from contextlib import closing, suppress

import pytest
import requests

from conftest import Driver
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


_SWALLOWS = """
import os, signal, sys

class Swallows:
    def find_spec(self, name, path=None, target=None):
        if name == "exomock.serving" and "serve" in sys.orig_argv:
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


class TestAnEndThatIsLost:
    @pytest.mark.parametrize("options", [(), ("--workers", "2")], ids=["one", "workers"])
    @pytest.mark.parametrize("then", _THEN)
    @pytest.mark.parametrize("which", ["SIGINT", "SIGTERM"])
    def test_comes_before_anything_is_served(self, tmp_path, which, then, options):
        """Whoever told the server to end is not left with one that goes on for ever."""
        (tmp_path / "sitecustomize.py").write_text(_SWALLOWS.format(which=which, then=_THEN[then]))
        path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
        with subprocess.Popen(
            [*COMMAND, "serve", "--port", "0", *options],
            env=environment(tmp_path, PYTHONPATH=path),
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
        assert process.returncode in (0, 128 + signal.Signals[which]), said
        assert [] == list((tmp_path / "tmp").iterdir())
