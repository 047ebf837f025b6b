"""Each recipe of docs/recipes runs as it stands, in a copy of its folder."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from exomock.server import Exomock
from pages import ROOT, text_of
from serve.conftest import environment

RECIPES = ROOT / "docs" / "recipes"
PYTHON = ("flask", "fastapi", "django", "nightly")
LIGHT = {"PYTEST_ADDOPTS": "-p no:schemathesis -p no:hypothesispytest"}
"""A recipe's user has neither of these plugins of exomock's own suite, which load for long."""


def run(words, folder, **variables):
    """Run a recipe's command in its folder."""
    env = environment(folder, **LIGHT, **variables)
    done = subprocess.run(
        words, cwd=folder, env=env, capture_output=True, text=True, timeout=120, check=False
    )
    assert 0 == done.returncode, done.stdout[-3000:] + done.stderr[-2000:]
    return done.stdout


@pytest.fixture
def copied(tmp_path):
    """Copy a recipe's folder, so that nothing that it writes stays."""
    return lambda name: shutil.copytree(RECIPES / name, tmp_path / name)


@pytest.mark.parametrize("name", PYTHON)
def test_a_python_recipe_passes(copied, name):
    """By `pytest` in its folder, also inside a clone, whose configuration is not the recipe's."""
    for needed in {"fastapi": ("fastapi", "multipart"), "django": ("django", "pytest_django")}.get(name, ()):  # fmt: skip
        pytest.importorskip(needed)
    folder = copied(name)
    shutil.copy(ROOT / "pyproject.toml", folder.parent)
    said = run([shutil.which("pytest", path=Path(sys.executable).parent), "-q", "."], folder)

    assert " passed" in said


@pytest.mark.skipif(shutil.which("node") is None, reason="no node here")
def test_the_node_recipe_passes(copied):
    """By node's own test runner."""
    folder = copied("node")
    with Exomock() as mock:
        said = run([shutil.which("node"), "--test"], folder, EXOMOCK_URL=mock.url)

    assert "# pass 3" in said or "pass 3" in said


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl here")
def test_the_shell_recipe_passes(copied):
    """With a server that runs, as CI has one."""
    folder = copied("ci")
    (folder / "exomock").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m exomock "$@"\n')
    (folder / "exomock").chmod(0o755)
    with Exomock() as mock:
        path = f"{folder}:{os.environ['PATH']}"
        said = run(["sh", "test.sh"], folder, EXOMOCK_URL=mock.url, PATH=path)

    assert said.endswith("a missed call is told, and listed\n")


def test_each_recipe_stands_in_the_list():
    """And shows a receiver."""
    listed = text_of("docs/recipes/README.md")
    for folder in RECIPES.iterdir():
        if folder.is_dir() and folder.name != "__pycache__":
            text = "\n".join(f.read_text() for f in folder.rglob("*") if f.suffix in (".py", ".mjs", ".sh"))  # fmt: skip
            assert f"({folder.name}/)" in listed
            assert "eceiver" in text, folder
