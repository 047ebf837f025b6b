"""The client, the plugin and its fixtures beside older parts than a server needs."""

import os
import shlex
import subprocess
import sys
import venv

import pytest

from pages import ROOT

SUITE = """
import json, subprocess, sys
import flask, marshmallow, sqlalchemy
from importlib.metadata import version

def test_it(exotel, exotel_receiver):
    assert ["2", "3", "1"] == [version(name)[0] for name in ("flask", "marshmallow", "sqlalchemy")]
    app = flask.Flask("mine")
    app.post("/hook")(lambda: "thanks")
    exotel_receiver.app(app)
    exotel.connect("09000000002", StatusCallback=exotel_receiver.url + "/hook")
    exotel.advance("idle")
    exotel.callbacks.expect("terminal", Status="no-answer")
    assert exotel.callbacks[0].attempts[0].status == 200

def test_verbs(exotel):
    def said(*words):
        command = [sys.executable, "-m", "exomock", *words, "--url", exotel.url, "--account", exotel.sid]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout
    said("call", "--to", "09822200002", "--fate", "busy", "--watch")
    said("advance", "idle")
    assert ["busy"] == [each["status"] for each in json.loads(said("calls", "--json"))]
"""

OLD = ("flask<3", "werkzeug<3", "marshmallow<4", "sqlalchemy<2", "pytest")


@pytest.mark.skipif("EXOMOCK_SOAK" not in os.environ, reason="asks PyPI, and takes half a minute")
def test_no_deps_beside_old_parts_gives_client_and_fixtures(tmp_path):
    """The server is the one of another environment, which EXOMOCK_COMMAND names."""
    place = tmp_path / "venv"
    venv.create(place, with_pip=True)
    python = place / ("Scripts" if os.name == "nt" else "bin") / "python"
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, *OLD], check=True)
    subprocess.run([*pip, "--no-deps", ROOT], check=True)
    (tmp_path / "test_it.py").write_text(SUITE)
    elsewhere = {"EXOMOCK_COMMAND": shlex.join([sys.executable, "-m", "exomock"])}

    done = subprocess.run(
        [python, "-m", "pytest", "-q", "test_it.py"], cwd=tmp_path, env=os.environ | elsewhere,
        stdout=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip

    assert 0 == done.returncode, done.stdout
