"""A crew in which a worker ends before it has heard what it is told."""

import shutil
import subprocess
import threading

import pytest

from exomock.workers import crew as crews
from exomock.workers.crew import Crew
from exomock.workers.spec import Spec
from serve.conftest import until

TOLD = Spec("worker-1", {}, [], "", False, "", "", [])


class Ended(subprocess.Popen):
    """A process that is over before anybody writes to it."""

    def __init__(self, *args, **said):
        super().__init__(*args, **said)
        self.wait()


@pytest.mark.skipif(not shutil.which("true"), reason="no program that ends at once")
def test_says_so_once_and_no_thread_dies_of_it(monkeypatch):
    """Its parent hears that it cannot be started, and the crew ends."""
    died, broke = [], []
    monkeypatch.setattr(threading, "excepthook", died.append)
    monkeypatch.setattr(crews.sys, "executable", shutil.which("true"))
    monkeypatch.setattr(crews.subprocess, "Popen", Ended)
    crew = Crew([TOLD], [], {}, lambda _spec: None, lambda: broke.append(True))
    crew.start()
    until(lambda: crew.broken or died)
    crew.end()

    assert ([], [True]) == (died, broke)
