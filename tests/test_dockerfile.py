"""The image cannot be built everywhere; its steps work in a fresh virtual environment."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def instructions():
    """The Dockerfile as (word, rest) pairs."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    return [tuple(line.split(None, 1)) for line in text.splitlines() if line.strip()]


def one(word):
    (rest,) = [rest for found, rest in instructions() if found == word]
    return rest


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """A folder that holds what COPY copies, with RUN's pip install done in an environment of its own."""
    work = tmp_path_factory.mktemp("image")
    for word, rest in instructions():
        if word == "COPY":
            *sources, target = rest.split()
            for source in sources:
                copy(ROOT / source, work / target)
    venv.create(work / "venv", with_pip=True)
    pip = shlex.split(one("RUN").split("&&")[0])
    assert pip[0] == "pip"
    run = [work / "venv" / "bin" / "python", "-m", *pip, "--quiet", "--disable-pip-version-check"]
    subprocess.run(run, cwd=work, check=True, env=clean())
    return work


def copy(source, target):
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(source, target / source.name if target.is_dir() else target)


def clean():
    return {name: value for name, value in os.environ.items() if not name.startswith("EXOMOCK_")}


@pytest.mark.skipif(sys.platform == "win32", reason="the image is Linux")
def test_what_it_copies_installs_and_serves_and_its_health_check_passes(image):
    binaries = image / "venv" / "bin"
    env = clean() | dict(re.findall(r"(EXOMOCK_\w+)=(\S+)", one("ENV")))
    assert env["EXOMOCK_HOST"] == "0.0.0.0"
    serve = json.loads(one("CMD"))
    # A port of its own, since 8080 may be somebody's on this machine.
    with subprocess.Popen(
        [binaries / serve[0], *serve[1:], "--port", "0"],
        cwd=image,
        env=env,
        text=True,
        stdout=subprocess.PIPE,
    ) as server:
        try:
            port = next(
                re.search(r":(\d+)$", line.strip())[1]
                for line in server.stdout
                if "base URL" in line
            )
            check = json.loads(one("HEALTHCHECK").partition("CMD ")[2])
            check = [part.replace("8080", port) for part in check]
            subprocess.run([binaries / check[0], *check[1:]], check=True, env=clean())
        finally:
            server.terminate()


def test_it_does_not_run_as_root():
    order = [word for word, _rest in instructions()]
    assert one("USER") != "root"
    assert order.index("USER") < order.index("CMD")


def test_it_names_a_slim_python_that_is_new_enough():
    assert int(re.fullmatch(r"python:3\.(\d+)-slim", one("FROM"))[1]) >= 11
