"""Law: an option or a variable that is no UTF-8, or no URL, is used or is one line that names it."""

import os
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest
from click.testing import CliRunner

from exomock.cli import COMMANDS, cli
from exomock.client import Server
from exomock.every_setting import SETTINGS
from exomock.scenarios import ScenarioError
from serve.conftest import COMMAND, environment, serving

ODD = os.fsdecode(b"\xff\xfe")

NO_SERVERS = [
    ODD, f"http://{ODD}", "http://[", "http://a:b", "http://127.0.0.1:99999", "ftp://x", "http://a b",
    f"http://127.0.0.1:1/{ODD}", f"http://{ODD}@127.0.0.1:1", "http://127.0.0.1:1/é", "http://a..b",
    f"http://{'a' * 80}.x", "http://",
]  # fmt: skip

ASKING = {
    "watch": [], "calls": [], "callbacks": [], "messages": [], "reset": [], "advance": ["1"],
    "call": ["--to", "09822200002"], "text": ["--to", "09822200002", "hello"], "env": [],
    "next": ["--leg1", "busy"], "fault": ["--lift"], "doctor": ["--callback", "http://127.0.0.1:1"],
}  # fmt: skip
"""Commands that ask a server, each with what it needs; `health` has a command line of its own."""


def said_by(words, **variables):
    """The status of a command and its one line; a traceback fails the test."""
    done = CliRunner().invoke(cli, words, prog_name="exomock", env=variables)
    if isinstance(done.exception, ScenarioError):
        return 1, str(done.exception)
    assert isinstance(done.exception, SystemExit), done.exception
    lines = [line for line in done.output.splitlines() if "Error: " in line or "error: " in line]
    assert 1 == len(lines), done.output
    return done.exit_code, lines[0]


class TestASettingThatIsNoUtf8:
    @pytest.mark.parametrize(
        "row", [row for row in SETTINGS if row.field != "database"], ids=lambda row: row.field
    )
    def test_is_refused_by_name(self, row):
        """By the option's name, whether it came from there or from its variable."""
        status, line = said_by(["serve"], **{row.variable: ODD})

        assert status in (1, 2)
        assert "\\udcff" in line.encode("unicode_escape").decode()
        assert f"--{row.name}" in line or "scenario" == row.field

    @pytest.mark.parametrize("spelling", ["{}", "sqlite:///{}"])
    def test_may_be_the_name_of_a_database(self, tmp_path, spelling):
        """Nothing says that the name of a file is a text."""
        with suppress(OSError):
            Path(tmp_path, ODD).touch()
        if not Path(tmp_path, ODD).exists():
            pytest.skip("names of files are UTF-8 here")

        with serving(tmp_path, EXOMOCK_DATABASE=spelling.format(ODD)) as server:
            assert "exomock" == Server(server.url).account("exomock-two").sid[:7]

        assert 0 < Path(tmp_path, ODD).stat().st_size

    @pytest.mark.parametrize(
        "url", [f"postgresql+psycopg://a:{ODD}@127.0.0.1:1/x", f"oracle://{ODD}", f"{ODD}://x"]
    )
    def test_is_no_url_of_a_database(self, tmp_path, url):
        """One line on stderr, without the password."""
        done = subprocess.run(
            [*COMMAND, "serve", "--port", "0", "--database", url],
            env=environment(tmp_path), cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip

        (line,) = done.stderr.splitlines()
        assert 1 == done.returncode
        assert line.startswith("exomock: database ")
        assert f":{ODD}@" not in line


class TestAnOptionOfAVerbThatIsNoUtf8:
    @pytest.mark.parametrize(
        ("words", "named"),
        [
            (["calls", "--account", ODD], "--account"),
            (["calls", "--control-token", ODD], "--control-token"),
            (["calls", "--control-token", "é€"], "--control-token"),
            (["reset", "--account", ODD], "--account"),
            (["call", "--to", ODD], "--to"),
            (["doctor", "--callback", f"http://{ODD}/"], "--callback"),
            (["fault", ODD], "answer"),
        ],
        ids=str,
    )
    def test_is_refused_by_name(self, words, named):
        """Before any server is asked."""
        status, line = said_by([*words, "--url", "http://127.0.0.1:1"])

        assert 2 == status
        assert f"Error: {named}" in line


class TestAUrlOfNoServer:
    def test_is_tried_with_every_command(self):
        """A new command that asks a server has a row here."""
        takes = {
            name
            for name in COMMANDS
            if any("--url" in each.opts for each in cli.get_command(None, name).params)
        }

        assert takes == ASKING.keys()

    @pytest.mark.parametrize("url", NO_SERVERS, ids=ascii)
    @pytest.mark.parametrize("command", [*ASKING, "health"])
    def test_is_told_by_what_said_it(self, command, url):
        """With what was expected; the status is that of a wrong use."""
        words = [command, *ASKING.get(command, [])]

        for found, named in (
            (said_by([*words, "--url", url]), "--url"),
            (said_by(words, EXOMOCK_URL=url), "EXOMOCK_URL"),
        ):
            assert 2 == found[0]
            assert f"rror: {named}: " in found[1]
            assert found[1].endswith("is no server; expected a URL such as http://127.0.0.1:8080")
