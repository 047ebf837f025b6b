"""A Node with the npm packages of package.json."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from programs import NODE_HOME, needed

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def node():
    """A Node that finds the packages of package.json, in those versions, in NODE_HOME."""
    program, npm = needed("node"), needed("npm")
    if not all(
        map(_is_there, json.loads((HERE / "package.json").read_text())["dependencies"].items())
    ):
        NODE_HOME.mkdir(exist_ok=True)
        shutil.copy(HERE / "package.json", NODE_HOME)
        subprocess.run(
            [npm, "install", "--no-audit", "--no-fund", "--prefix", NODE_HOME],
            cwd=NODE_HOME, check=True, capture_output=True, timeout=120,
        )  # fmt: skip
    return program


def _is_there(wanted):
    name, version = wanted
    file = NODE_HOME / "node_modules" / name / "package.json"
    return file.exists() and json.loads(file.read_text())["version"] == version
