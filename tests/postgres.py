"""A PostgreSQL of the tests' own: a private cluster, shared by all workers of a run, ended with it."""

import fcntl
import importlib.util
import itertools
import json
import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from exomock.testing.ports import free_port
from missing import leave_out

NO_POSTGRESQL = "no PostgreSQL:"
"""How the reason begins for which tests are left out where there is none."""

NEEDS = "EXOMOCK_NEEDS_POSTGRESQL"
"""Set where the tests on PostgreSQL must run."""

PASSWORD = "secret-of-tests"
ROLE = "exomock"

_NUMBERS = itertools.count()

_WATCH = """
import os, pathlib, shutil, signal, sys, time
owner, folder = int(sys.argv[1]), pathlib.Path(sys.argv[2])
while os.path.exists(f"/proc/{owner}"):
    time.sleep(0.3)
try:
    pid = int((folder / "data" / "postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGQUIT)
    while os.path.exists(f"/proc/{pid}"):
        time.sleep(0.1)
except (OSError, ValueError):
    pass
shutil.rmtree(folder, ignore_errors=True)
"""
"""Ends the cluster when the run has ended, however it did."""


def programs() -> Path | None:
    """The folder of initdb and pg_ctl, None where there is no PostgreSQL."""
    if told := os.environ.get("EXOMOCK_POSTGRESQL"):
        return Path(told) if (Path(told) / "initdb").exists() else None
    named = shutil.which("initdb")
    if named is not None:
        return Path(named).resolve().parent
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_version)
    return found[-1].parent if found else None


def _version(path: Path) -> int:
    return int(re.sub(r"\D", "", path.parts[-3]) or 0)


@cache
def _user() -> dict[str, object]:
    """As whom the server runs: it refuses root."""
    if os.getuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}
    raise RuntimeError("no user to run PostgreSQL as: neither postgres nor nobody")


def _fresh() -> str:
    return f"t_{os.getpid()}_{next(_NUMBERS)}"


class Cluster:
    """
    A running server, reached by a Unix socket (without a password) and by loopback TCP (with one).

    Args:
        folder: Where it keeps everything.
        port: Of both.
    """

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port

    def url(self, database: str, **query: str) -> str:
        """A URL of SQLAlchemy by the socket."""
        more = "".join(f"&{name}={value}" for name, value in query.items())
        return f"postgresql+psycopg://{ROLE}@/{database}?host={self.folder}&port={self.port}{more}"

    def tcp(self, database: str, password: str = PASSWORD, role: str = ROLE) -> str:
        """A URL by TCP."""
        return f"postgresql+psycopg://{role}:{password}@127.0.0.1:{self.port}/{database}"

    def connect(self, database: str = "postgres"):
        """A connection of psycopg that commits each statement."""
        import psycopg

        return psycopg.connect(
            host=str(self.folder), port=self.port, user=ROLE, dbname=database, autocommit=True
        )

    def run(self, statement: str, database: str = "postgres") -> list[tuple]:
        """Execute a statement; its rows."""
        with self.connect(database) as connection:
            found = connection.execute(statement)
            return found.fetchall() if found.description else []

    def create(self, how: str = "") -> str:
        """A fresh, empty database; its name."""
        name = _fresh()
        self.run(f"CREATE DATABASE {name} TEMPLATE template0 {how}")
        return name

    @contextmanager
    def schema(self) -> Iterator[str]:
        """The URL of a fresh, empty schema: an eighth of what a database takes."""
        name = _fresh()
        self.run(f"CREATE SCHEMA {name}")
        yield self.url("postgres", options=f"-csearch_path%3D{name}")
        self.run(f"DROP SCHEMA {name} CASCADE")

    def drop(self, name: str) -> None:
        """Remove a database, whoever is connected to it."""
        self.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def restart(self, mode: str = "fast") -> None:
        """End the server and begin it again, by pg_ctl; `immediate` is a crash."""
        self.stop(mode)
        self.start()

    def stop(self, mode: str = "fast") -> None:
        """End the server."""
        _run("pg_ctl", "-D", f"{self.folder}/data", "-m", mode, "-w", "stop", cwd=self.folder)

    def start(self) -> None:
        """Begin the server, and wait until it answers."""
        options = f"-p {self.port} -k {self.folder} -h 127.0.0.1"
        _run(
            "pg_ctl", "-D", f"{self.folder}/data", "-l", f"{self.folder}/log", "-w", "-o", options,
            "start", cwd=self.folder,
        )  # fmt: skip


_SETTINGS = """
fsync = off
full_page_writes = off
shared_buffers = 32MB
max_connections = 200
logging_collector = off
"""


def made() -> Cluster:
    """A new cluster, which ends with the process of the run (of xdist: with its controller)."""
    owner = os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()
    folder = Path(tempfile.mkdtemp(prefix="exomock-postgresql-"))
    (folder / "password").write_text(PASSWORD)
    if _user():
        for each in (folder, folder / "password"):
            os.chown(each, _user()["user"], _user()["group"])
    bare = ["-D", f"{folder}/data", "-U", ROLE, "-E", "UTF8", "--no-sync", "--auth-local=trust",
            "--auth-host=scram-sha-256", f"--pwfile={folder}/password"]  # fmt: skip
    try:
        # Sorted by a language, as most servers are: nothing may depend on it.
        _run("initdb", *bare, "--locale-provider=icu", "--icu-locale=en", cwd=folder)
    except subprocess.CalledProcessError:
        shutil.rmtree(folder / "data", ignore_errors=True)
        _run("initdb", *bare, cwd=folder)
    with (folder / "data" / "postgresql.conf").open("a") as settings:
        settings.write(_SETTINGS)
    cluster = Cluster(folder, free_port())
    cluster.start()
    watcher = subprocess.Popen(
        [sys.executable, "-c", _WATCH, str(owner), str(folder)],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True, cwd="/",
    )  # fmt: skip
    watcher.returncode = 0  # it lives longer than we, and that is no mistake
    return cluster


def without() -> None:
    """Leave a test out for want of a server; but where it must run, fail it."""
    missing = f"{NO_POSTGRESQL} initdb and pg_ctl (apt: postgresql) or psycopg (extra `postgresql`)"
    leave_out(missing, NEEDS)


def cluster(base: Path) -> "Cluster":
    """The cluster of this run, of which `base` is a worker's folder for temporary files."""
    if programs() is None or importlib.util.find_spec("psycopg") is None:
        without()
    return shared(base.parent if "PYTEST_XDIST_WORKER" in os.environ else base)


def shared(base: Path) -> Cluster:
    """
    The cluster of a whole run, made by whoever asks first.

    Args:
        base: A folder that all workers of the run have in common.
    """
    with (base / "postgresql.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        known = base / "postgresql.json"
        if known.exists():
            folder, port = json.loads(known.read_text())
            return Cluster(Path(folder), port)
        cluster = made()
        known.write_text(json.dumps([str(cluster.folder), cluster.port]))
        return cluster


def _run(name: str, *arguments: str, cwd: Path) -> None:
    subprocess.run(
        [str(programs() / name), *arguments], check=True, cwd=cwd, capture_output=True,
        stdin=subprocess.DEVNULL, env={"PATH": os.environ["PATH"], "LC_ALL": "C", "TZ": "UTC"},
        timeout=60, **_user(),
    )  # fmt: skip
