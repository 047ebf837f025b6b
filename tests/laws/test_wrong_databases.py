"""A database that cannot be used is one line that names it and the way out: issue 8, item 13."""

import hashlib
import json
import logging
import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import EXOPHONE, FROM, NOON, ORDINARY, TO
from exomock.server import Exomock
from exomock.settings import Settings
from exomock.storage.tables import SCHEMA_VERSION
from exomock.storage.trouble import DatabaseError
from serve.conftest import environment

SOAK = bool(os.environ.get("EXOMOCK_SOAK"))
MANY = 1000 if SOAK else 25
PAGE = 4096

RUN = """
import json, os, signal, sys, tempfile
import exomock.cli, exomock.serve_cli, exomock.serving
from exomock.storage.store import Store

# What is imported late must be there before a child is nobody, who may read no module.
exomock.serve_cli.read_scenarios(("default",))
Store(f"sqlite:///{os.environ['TMPDIR']}/warm.db").close()
for case in json.load(sys.stdin):
    child = os.fork()
    if child == 0:
        signal.alarm(20)
        for fd, name in ((1, "out"), (2, "err")):
            os.dup2(os.open(case[name], os.O_WRONLY | os.O_CREAT), fd)
        os.chdir(case["home"])
        if case["tempdir"]:
            tempfile.tempdir = case["tempdir"]
        if case["nobody"]:
            os.setuid(65534)
        sys.argv = ["exomock", "serve", *case["options"]]
        status = 0
        try:
            exomock.cli.main()
        except SystemExit as end:
            status = end.code
        except BaseException:
            import traceback
            traceback.print_exc()
            status = 99
        sys.stdout.flush()
        os._exit(status)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
"""The command line in a process of its own for each case; the imports are made once."""


def sql(file, *statements):
    with closing(sqlite3.connect(file)) as database:
        for statement in statements:
            database.execute(statement)
        database.commit()


def garbage(file, begin, end):
    """Overwrite bytes of a file."""
    with file.open("r+b") as found:
        found.seek(begin)
        found.write(random.Random(begin).randbytes(end - begin))


def older(file):
    """What a release of before the mark has left: its tables, and no application_id."""
    file.unlink()
    sql(file, *(f"CREATE TABLE {t} (id)" for t in ("accounts", "calls", "callbacks", "counts")))
    sql(file, "PRAGMA user_version=3")


def locked(file):
    file.chmod(0)


def read_only(file):
    file.chmod(0o444)
    file.parent.chmod(0o555)


def sealed(file):
    file.chmod(0o666)
    file.parent.chmod(0o555)


def replaced(make):
    def prepare(file):
        file.unlink()
        make(file)

    return prepare


def cut(size):
    return lambda file: os.truncate(file, size)


GOOD_BUT = {
    "is a folder": (replaced(Path.mkdir), "this is a folder"),
    "is a FIFO": (replaced(os.mkfifo), "no ordinary file"),
    "is a loop of links": (replaced(lambda f: f.symlink_to(f)), "ymlink loop"),
    "is a text": (replaced(lambda f: f.write_text("rules: []\n" * 99)), "not a database"),
    "has garbage for a header": (lambda f: garbage(f, 0, 100), "not a database"),
    "has garbage in every page": (lambda f: garbage(f, PAGE, f.stat().st_size), "damaged"),
    "has garbage in a page of calls": (lambda f: garbage(f, 5 * PAGE, 9 * PAGE), "damaged"),
    "is cut in half": (lambda f: cut(f.stat().st_size // 2 // PAGE * PAGE)(f), "damaged"),
    "is cut in its header": (cut(50), "damaged"),
    "is cut in its first page": (cut(1000), "damaged"),
    "belongs to another program": (
        replaced(lambda f: sql(f, "CREATE TABLE t (x)", f"PRAGMA user_version={SCHEMA_VERSION}")),
        "another program",
    ),
    "is marked by another program": (
        replaced(lambda f: sql(f, "PRAGMA application_id=1196444487")), "another program",
    ),
    "has another program's version": (
        replaced(lambda f: sql(f, "PRAGMA user_version=7")), "another program",
    ),
    "was written by an older release": (older, "another release of exomock (schema 3, this one"),
    "was written by a newer release": (
        lambda f: sql(f, "PRAGMA user_version=99"), "another release of exomock (schema 99, this one",
    ),
    "may not be read": (locked, "may not read and write it"),
    "may not be written": (read_only, "may not read and write it"),
    "lies where nothing may be made": (sealed, "its lock cannot be taken"),
}  # fmt: skip
"""What a good database has become -> what is said of it."""

URLS = {
    "sqlite://": "in memory",
    "sqlite:///:memory:": "in memory",
    ":memory:": "in memory",
    "sqlite:///file:x.db?mode=memory&uri=true": "expected a file alone",
    "sqlite:///x.db?timeout=5": "expected a file alone",
    "nowhere/x.db": "there is no folder",
    "sqlite:////proc/x.db": "lock cannot be taken",
    "/dev/null": "no ordinary file",
    "n" * 300 + ".db": "File name too long",
    "mysql://me:secret@localhost/x": "mysql://me:***@localhost/x: mysql is no kind of database",
    "postgres://me:secret@localhost/x?password=secret": "write postgresql+psycopg://",
    "postgresql+psycopg2://me:secret@localhost/x": "write postgresql+psycopg://",
    "postgresql+psycopg://me:secret@localhost:x/y": "postgresql+psycopg://me:***@localhost:x/y",
    "postgresql+psycopg://@/y?port=x&password=secret": "password=***",
    "sqlite+aiosqlite:///x.db": "sqlite+aiosqlite is no kind of database",
    "sqlite:x.db://": "expected a file such as",
    "a\nb\x1b[31m/x.db": r"a\nb\x1b[31m",
}
"""What `--database` names -> what is said of it."""

NO_TEMPORARY_FOLDER = "a server without a temporary folder"


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """A database with an account, calls and callbacks."""
    file = tmp_path_factory.mktemp("good") / "calls.db"
    scenario = "history: {calls: 200, over: 10d}\n" + ORDINARY
    with Exomock(scenario, Settings(rate=0), database=file, start_at=NOON) as mock:
        order = {
            "From": FROM,
            "To": TO,
            "CallerId": EXOPHONE,
            "StatusCallback": f"{mock.url}/_exomock/echo",
        }
        for _ in range(3):
            requests.post(
                f"{mock.base}/Calls/connect.json", order, auth=(mock.key, mock.token), timeout=9
            )
        mock.advance(20)
    # Not its bytes, which hypothesis would print.
    return file


def seen(folder):
    """Everything that lies in a folder: names, sorts, and a digest of what is in them."""
    return {
        each.name: hashlib.sha256(each.read_bytes()).hexdigest()
        if each.is_file()
        else each.is_dir()
        for each in folder.iterdir()
    }


@pytest.fixture(scope="module")
def refused(good):
    """Status, stdout, stderr of each start, and whether its folder was left as it was."""
    # Not in pytest's own folder, which nobody may not enter.
    with tempfile.TemporaryDirectory(prefix="wrong-") as folder:
        Path(folder).chmod(0o755)
        yield refusals(good, Path(folder))


def refusals(good, root):
    """Start the command line once for each case, in folders under `root`."""
    cases = []

    def add(name, options, *, nobody=False, tempdir=""):
        home = root / str(len(cases))
        home.mkdir(exist_ok=True)
        cases.append(
            {"name": name, "options": options, "home": str(home), "tempdir": tempdir}
            | {"nobody": nobody and os.getuid() == 0}
            | {part: str(root / f"{len(cases)}.{part}") for part in ("out", "err")}
        )

    for name, (prepare, _) in GOOD_BUT.items():
        home = root / str(len(cases))
        home.mkdir()
        shutil.copy(good, home / "calls.db")
        prepare(home / "calls.db")
        add(name, ["--database", "calls.db"], nobody=prepare in (locked, read_only, sealed))
        if prepare is locked:
            home.chmod(0o777)
    for url in URLS:
        add(url, ["--database", url])
    add(NO_TEMPORARY_FOLDER, [], tempdir=str(root / "nowhere"))
    before = {case["name"]: seen(Path(case["home"])) for case in cases}
    ran = subprocess.run(
        [sys.executable, "-c", RUN],
        input=json.dumps(cases), capture_output=True, text=True, check=True, timeout=60,
        env=environment(root, EXOMOCK_HOST="203.0.113.1", EXOMOCK_CONTROL_TOKEN="needed-there"),
    )  # fmt: skip
    return {
        case["name"]: (
            int(status), Path(case["out"]).read_text(), Path(case["err"]).read_text(),
            before[case["name"]] == seen(Path(case["home"])),
        )
        for case, status in zip(cases, ran.stdout.split(), strict=True)
    }  # fmt: skip


def the_line(refusal):
    """The one line of a refusal, which has status 1 and touches nothing."""
    status, out, err, untouched = refusal
    (line,) = err.splitlines()
    assert (1, "", True) == (status, out, untouched), line
    assert line.startswith("exomock: ")
    return line


class TestAStart:
    @pytest.mark.parametrize("what", GOOD_BUT)
    def test_refuses_a_file_that(self, refused, what):
        """One line with the file, what is wrong and the way out; the file is left as it is."""
        line = the_line(refused[what])

        assert GOOD_BUT[what][1] in line
        assert "calls.db" in line
        assert "name " in line

    @pytest.mark.parametrize("url", URLS, ids=lambda url: repr(url)[1:30])
    def test_refuses_the_url(self, refused, url):
        """One printable line; a password in it is not shown."""
        line = the_line(refused[url])

        assert URLS[url] in line
        assert "secret" not in line
        assert line.isprintable()

    def test_says_where_temporary_folders_may_be_made(self, refused):
        """Without one there is no database without a name."""
        assert "no temporary folder can be made" in the_line(refused[NO_TEMPORARY_FOLDER])
        assert "TMPDIR" in the_line(refused[NO_TEMPORARY_FOLDER])

    def test_takes_an_empty_file_and_marks_its_own(self, tmp_path):
        """As `mktemp` makes it; the mark is exomock's and the schema's."""
        file = tmp_path / "calls.db"
        file.touch()
        for _ in range(2):
            with Exomock(database=file):
                pass
        with closing(sqlite3.connect(file)) as database:
            assert (0x65786F6D,) == database.execute("PRAGMA application_id").fetchone()
            assert (SCHEMA_VERSION,) == database.execute("PRAGMA user_version").fetchone()
        assert [file] == list(tmp_path.iterdir())


damages = st.lists(
    st.tuples(st.floats(0, 1), st.integers(1, 3 * PAGE), st.sampled_from(["garbage", "zeros", "cut"])),
    min_size=1, max_size=3,
)  # fmt: skip


class TestAnyDamage:
    @given(damages, st.integers(0, 2**32))
    @settings(
        max_examples=MANY, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )  # fmt: skip
    def test_is_refused_or_answered(self, good, tmp_path, caplog, damage, seed):
        """Any bytes overwritten or cut off: one line at start, or answers, never a traceback."""
        data, dice = bytearray(good.read_bytes()), random.Random(seed)
        for share, length, how in damage:
            begin = int(share * len(data))
            if how == "cut":
                del data[begin:]
            else:
                bad = bytes(length) if how == "zeros" else dice.randbytes(length)
                data[begin : begin + length] = bad[: max(0, len(data) - begin)]
        told(data, tmp_path, caplog)

    @pytest.mark.parametrize("where", ["CREATE TABLE ", "CREATE INDEX ", " ON ", "NOT NULL", "("])
    def test_of_the_schema_is_refused_or_answered(self, good, tmp_path, caplog, where):
        """Also where SQLite says what is wrong with it in words that are no UTF-8."""
        whole = good.read_bytes()
        for found in [*re.finditer(re.escape(where.encode()), whole)][:: 1 if SOAK else 5]:
            data = bytearray(whole)
            data[found.end()] = 0xD8
            told(data, tmp_path, caplog)

    def test_of_a_text_is_told_as_damage(self, good, tmp_path, caplog):
        """And health stays 503: another text may be good, and this one is not."""
        file = tmp_path / "calls.db"
        with closing(sqlite3.connect(shutil.copy(good, file))) as database, database:
            database.execute("""UPDATE calls SET "order" = CAST(x'7bd87d' AS TEXT)""")
        with Exomock(ORDINARY, Settings(rate=0), database=file, start_at=NOON) as mock:
            answers = drive(mock)

        assert "the file is damaged" in answers[0].headers["X-Exomock-Why"]
        assert 503 == answers[-1].status_code
        assert "the file is damaged" in answers[-1].json()["database"]
        assert [] == [record.exc_text for record in caplog.records if record.exc_info]


def told(data, tmp_path, caplog):
    """Start an exomock on these bytes and ask it: what is wrong with them is said in one line."""
    caplog.clear()
    caplog.set_level(logging.WARNING)
    file = tmp_path / f"{hashlib.sha256(data).hexdigest()[:16]}.db"
    file.write_bytes(data)
    try:
        with Exomock(ORDINARY, Settings(rate=0), database=file, start_at=NOON) as mock:
            answers = drive(mock)
        wrong = [answer.text for answer in answers if answer.status_code >= 500]
    except DatabaseError as error:
        wrong = str(error).splitlines()[1:]
    assert [] == [text for text in wrong if "database" not in text]
    assert [] == [record.exc_text for record in caplog.records if record.exc_info]
    file.unlink(missing_ok=True)


def drive(mock):
    """A bit of everything."""
    auth = mock.key, mock.token
    order = {"From": FROM, "To": TO, "CallerId": EXOPHONE}
    control = f"{mock.url}/_exomock/accounts/{mock.sid}"
    asked = [
        ("GET", f"{mock.base}/Calls.json?PageSize=100", {}),
        ("POST", f"{mock.base}/Calls/connect.json", {"data": order}),
        ("POST", f"{control}/clock/advance", {"json": {"seconds": 100}}),
        ("GET", f"{control}/calls", {}),
        ("GET", f"{control}/callbacks", {}),
        ("GET", f"{mock.url}/_exomock/health", {}),
    ]
    return [requests.request(m, url, auth=auth, timeout=20, **more) for m, url, more in asked]
