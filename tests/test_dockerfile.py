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
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [tuple(line.split(None, 1)) for line in lines]


def one(word):
    (rest,) = [rest for found, rest in instructions() if found == word]
    return rest


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """A folder that holds what COPY copies, with RUN's steps done in an environment of its own."""
    work = tmp_path_factory.mktemp("image")
    for word, rest in instructions():
        if word == "COPY":
            *sources, target = rest.split()
            for source in sources:
                copy(ROOT / source, work / target)
    venv.create(work / "venv")  # without a pip of its own: the one here is as good, and there
    python = work / "venv" / "bin" / "python"
    pip, slim, user = [shlex.split(step) for step in one("RUN").split("&&")]
    assert ("pip", "python", "useradd") == (pip[0], slim[0], user[0])
    run = [sys.executable, "-m", "pip", "--python", python, *pip[1:], "--quiet", "--disable-pip-version-check"]  # fmt: skip
    env = clean() | {
        "PIP_NO_COMPILE": "1"
    }  # most of it would be of tables that go with the next step
    env.pop("PYTHONPYCACHEPREFIX", None)  # pip's own byte code lies beside it
    subprocess.run(run, cwd=work, check=True, env=env)
    subprocess.run([python, *slim[1:]], cwd=work, check=True, env=clean())
    for path in [work, *work.rglob("*")]:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & ~0o222)
    yield work
    for path in [work, *work.rglob("*")]:
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o755)


def as_the_image_does(uid):
    """Words before a command: another user's, who can read what is root's here, and write nothing."""
    if os.getuid() or shutil.which("setpriv") is None:
        return []  # we are no root ourselves, and the tree is read-only for us
    reads = [f"--{which}-caps=+dac_read_search" for which in ("inh", "ambient")]
    return ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", *reads]


def copy(source, target):
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(source, target / source.name if target.is_dir() else target)


def clean():
    return {name: value for name, value in os.environ.items() if not name.startswith("EXOMOCK_")}


UID = one("USER")

linux = pytest.mark.skipif(sys.platform != "linux", reason="the image is Linux")


def started(image, temporary):
    """The image's command, with its environment, on a port of its own."""
    binaries = image / "venv" / "bin"
    env = clean() | dict(re.findall(r"(EXOMOCK_\w+)=(\S+)", one("ENV")))
    env |= {"TMPDIR": str(temporary), "HOME": "/nonexistent", "PATH": f"{binaries}:/usr/bin:/bin"}
    # A port of its own, since 8080 may be somebody's on this machine.
    serve = [*as_the_image_does(UID), *json.loads(one("CMD")), "--port", "0"]
    return subprocess.Popen(serve, cwd=image, env=env, text=True, stdout=subprocess.PIPE)


@linux
def test_it_serves_as_its_user_from_a_read_only_tree_and_its_health_check_passes(image, tmp_path):
    """With a temporary folder that can be written to, as `--read-only --tmpfs /tmp` gives one."""
    if not os.getuid():
        os.chown(tmp_path, int(UID), int(UID))
    with started(image, tmp_path) as server:
        try:
            port = next(
                re.search(r":(\d+)$", line.strip())[1]
                for line in server.stdout
                if "base URL" in line
            )
            check = json.loads(one("HEALTHCHECK").partition("CMD ")[2])
            check = [part.replace("8080", port) for part in check]
            done = subprocess.run(
                [image / "venv" / "bin" / check[0], *check[1:]],
                capture_output=True, text=True, check=True,
                env=clean() | {"http_proxy": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"},
            )  # fmt: skip
            uid = Path(f"/proc/{server.pid}").stat().st_uid
        finally:
            server.terminate()

    assert done.stdout.startswith("ok: exomock ")
    assert int(UID) == uid or os.getuid()
    assert not list((image / "exomock").rglob("*.db"))


NOWHERE = """
import sys, tempfile
tempfile._candidate_tempdir_list = lambda: [sys.prefix]  # /tmp and its like are read-only, too
from exomock.__main__ import main
main()
"""


@linux
def test_without_a_writable_temporary_folder_it_says_so_on_one_line(image):
    """As `--read-only` alone leaves it."""
    python = image / "venv" / "bin" / "python"
    done = subprocess.run(
        [*as_the_image_does(UID), python, "-c", NOWHERE, "serve", "--port", "0"],
        cwd=image, env=clean(), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    lines = done.stderr.splitlines()

    assert 1 == done.returncode
    assert 1 == len(lines), lines
    assert "set TMPDIR to a folder that can be written to" in lines[0]


@linux
def test_it_is_slim_where_it_counts(image):
    """Names of places were 40 of phonenumbers' 48 MB."""
    (folder,) = image.glob("venv/lib/python*/site-packages/phonenumbers")
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())

    assert size < 6_000_000
    assert not (folder / "geodata").exists()


def test_it_does_not_run_as_root():
    order = [word for word, _rest in instructions()]
    assert int(one("USER")) > 0
    assert order.index("USER") < order.index("CMD")


def test_it_names_a_slim_python_that_is_new_enough():
    assert int(re.fullmatch(r"python:3\.(\d+)-slim", one("FROM"))[1]) >= 11


def test_each_instruction_is_one_that_engines_know_and_each_path_is_there():
    """No engine runs here, so its file is read."""
    known = {"FROM", "WORKDIR", "COPY", "RUN", "USER", "ENV", "EXPOSE", "HEALTHCHECK", "CMD"}
    words = [word for word, _rest in instructions()]

    assert set(words) == known
    assert "FROM" == words[0]
    for word, rest in instructions():
        if word == "COPY":
            assert all((ROOT / source).exists() for source in rest.split()[:-1])
        if word in ("CMD", "HEALTHCHECK"):
            assert all(
                isinstance(part, str) for part in json.loads(rest.partition("CMD ")[2] or rest)
            )


def test_its_health_check_asks_often_while_it_starts():
    """Else a container that answers after half a second is `starting` for five."""
    options = dict(re.findall(r"--([a-z-]+)=(\S+)", one("HEALTHCHECK")))

    assert {
        "interval": "5s",
        "timeout": "3s",
        "start-period": "15s",
        "start-interval": "500ms",
    } == options
