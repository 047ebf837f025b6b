"""
No raw request takes a server down, hangs, or gets HTML, a 5xx or a traceback (`make fuzz`: 20,000).

A fault is printed with the seed and the number of its request; EXOMOCK_FUZZ_SEED repeats a run.
"""

import os
import secrets
import subprocess
import sys

import pytest
import requests

from laws.attack import TROUBLE, Attack
from serve.conftest import PATIENCE, Lines, Server, environment

SOAK = bool(os.environ.get("EXOMOCK_SOAK"))
MANY = 20_000 if SOAK else 600
SEED = int(os.environ.get("EXOMOCK_FUZZ_SEED") or (secrets.randbelow(2**32) if SOAK else 8))

EMBEDDED = """
import faulthandler, sys
from exomock.server import Exomock
faulthandler.enable()
with Exomock() as mock:
    print(mock.url, flush=True)
    sys.stdin.read()
"""


class Embedded:
    """`Exomock()` in a process of its own, so that its crash is seen."""

    def __init__(self, home):
        self.process = subprocess.Popen(
            [sys.executable, "-c", EMBEDDED],
            cwd=home,
            env=environment(home),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
        )
        self.out, self.err = Lines(self.process.stdout), Lines(self.process.stderr)
        self.url = self.out.wait_for("^http://")
        self.port = int(self.url.rsplit(":", 1)[1])

    def close(self):
        """End it, as a test's with-block would."""
        self.process.stdin.close()
        try:
            self.process.wait(PATIENCE)
        finally:
            self.process.kill()
            self.process.wait(PATIENCE)


@pytest.fixture(params=["serve", "Exomock"])
def server(request, tmp_path):
    """A running server of each kind, alone in its process."""
    running = (
        Server(tmp_path, "--clock", "frozen").ready()
        if request.param == "serve"
        else Embedded(tmp_path)
    )
    yield running
    running.close()


def placed(server):
    """The CustomField of every call there is."""
    answer = requests.get(
        f"{server.url}/_exomock/accounts/exomock/calls", params={"limit": 1000}, timeout=30
    )
    assert 200 == answer.status_code, answer.text
    return {call["custom_field"] for call in answer.json()["calls"]}


def test_no_raw_request_harms_a_server(server):
    """Broken chunks and lengths, floods, half-sent heads and bodies, other protocols, and random bytes."""
    attack = Attack(server.port, SEED, MANY).run()

    print(f"seed {SEED}: {MANY} requests, {len(attack.cut)} of them with a body that was cut off")
    faults = attack.faults + traces(server)
    if server.process.poll() is None:
        faults += [
            f"placed from a body that was cut off: {each}" for each in attack.cut & placed(server)
        ]
    else:
        faults.append(f"the process ended: {server.process.returncode}")
    assert [] == faults, "\n".join(faults)


def traces(server):
    """What a server printed from its first traceback, or its like, on."""
    lines = server.out.all() + server.err.all()
    first = next((i for i, line in enumerate(lines) if TROUBLE.search(line)), len(lines))
    return lines[first : first + 40]
