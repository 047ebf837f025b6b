"""Law: what a newcomer gets wrong in his first hour is named, with what would be right."""

import re
import shutil
import socket
import subprocess
import sys
from contextlib import chdir, contextmanager

import pytest
import requests

from commands.conftest import Commands
from exomock.every_setting import SETTINGS
from exomock.options import unknown_variables
from exomock.scenarios import shipped
from exomock.server import Exomock
from pages import ROOT, blocks_in, rows_of, section_of, text_of
from serve.conftest import COMMAND, environment, serving

NOT_UNDERSTOOD = (
    "the account check", "so-manieth", "puts the other side's words out",
    "every connect counts whose form is right", "of a made past",
)  # fmt: skip


@contextmanager
def listening_on():
    """A port on which another program listens, on both loopback addresses."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield taken.getsockname()[1]


@pytest.fixture(scope="module")
def mock():
    """An exomock with an account `exomock`."""
    with Exomock() as found:
        yield found


def detail(response):
    """What a problem says."""
    assert 400 == response.status_code, response.text
    return response.json()["detail"]


class TestVariables:
    @pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
    def test_one_that_lacks_a_letter_is_named_with_the_right_one(self, setting):
        """Whichever setting was meant."""
        wrong = setting.variable[:-2] + setting.variable[-1]
        (sentence,) = unknown_variables([wrong, setting.variable, "PATH"])

        assert sentence.startswith(f"{wrong} is no variable of exomock, and does nothing; did you")

    def test_those_of_clients_and_of_the_suite_are_known(self):
        """A pytest run sets them for every process that it starts."""
        assert [] == unknown_variables(["EXOMOCK_URL", "EXOMOCK_COMMAND", "EXOMOCK_SOAK"])

    def test_a_server_warns_of_one_and_goes_on(self, tmp_path):
        """Kubernetes adds variables of its own for a service called exomock."""
        with serving(tmp_path, EXOMOCK_CLOK="x60") as server:
            line = server.err.wait_for("EXOMOCK_CLOK")

        assert line.endswith("does nothing; did you mean 'EXOMOCK_CLOCK'?")


class TestWordsOfTheCommandLineOverHttp:
    @pytest.mark.parametrize(
        ("word", "rate"), [("frozen", "0"), ("real", "1"), ("x60", "60"), ("frozn", "0")]
    )
    @pytest.mark.parametrize(
        ("method", "path", "wrap"),
        [
            ("POST", "accounts", lambda word: {"clock": word}),
            ("POST", "accounts", lambda word: {"clock": {"rate": word}}),
            ("PUT", "accounts/exomock/clock", lambda word: word),
            ("PUT", "accounts/exomock/clock", lambda word: {"rate": word}),
        ],
        ids=["account-clock", "account-rate", "clock", "rate"],
    )
    def test_a_clocks_word_is_told_how_it_is_written_here(self, mock, method, path, wrap, word, rate):  # fmt: skip
        """Wherever a clock is given."""
        url, sent = f"{mock.url}/_exomock/{path}", wrap(word)
        said = detail(requests.request(method, url, json=sent, timeout=5))

        inner = isinstance(sent, dict) and isinstance(sent.get("clock", sent), dict)
        meant = rate if inner else f'{{"rate": {rate}}}'
        assert said.endswith(f"; did you mean {meant}?"), said

    @pytest.mark.parametrize("word", ["quickly", 7, ["frozen"], "x" * 10_000])
    def test_what_means_no_clock_is_told_what_is_expected(self, mock, word):
        """A long text costs nothing."""
        url = f"{mock.url}/_exomock/accounts/exomock/clock"
        said = detail(requests.put(url, json=word, timeout=5))

        assert "expected an object with now and rate" in said

    @pytest.mark.parametrize("path", ["accounts", "accounts/exomock/scenario"])
    @pytest.mark.parametrize("name", shipped())
    def test_a_scenarios_name_that_lacks_a_letter_is_told_the_right_one(self, mock, path, name):
        """As the command line does it."""
        wrong = name[:-2] + name[-1]
        if path == "accounts":
            found = requests.post(
                f"{mock.url}/_exomock/{path}", json={"scenario": wrong}, timeout=5
            )
        else:
            found = requests.put(f"{mock.url}/_exomock/{path}", json=wrong, timeout=5)

        assert f"there is no shipped scenario '{wrong}'; did you mean '{name}'?" in detail(found)

    def test_a_name_that_is_near_none_is_told_them_all(self, mock):
        """As the command line does it."""
        wish = {"scenario": "monday"}
        said = detail(requests.post(f"{mock.url}/_exomock/accounts", json=wish, timeout=5))

        assert said.endswith(f"; shipped scenarios are {', '.join(shipped())}")

    @pytest.mark.parametrize("name", ["evening.yaml", "./stories/evening", "/etc/passwd"])
    def test_a_path_is_told_that_the_text_is_to_be_sent(self, mock, name):
        """No client may have the server open files."""
        wish = {"scenario": name}
        said = detail(requests.post(f"{mock.url}/_exomock/accounts", json=wish, timeout=5))

        assert said.endswith("a server opens no file for a client; send its text")

    def test_an_advance_by_a_bare_word_is_told_both_ways(self, mock):
        """`idle` and 60 are what the Python client takes."""
        url = f"{mock.url}/_exomock/accounts/exomock/clock/advance"
        said = detail(requests.post(url, json="idle", timeout=5))

        assert said.endswith('expected {"seconds": 60} or {"until": "idle"}')


class TestAPortInUse:
    def test_offers_a_free_one(self, tmp_path):
        """On one line, without a traceback."""
        with listening_on() as port:
            done = subprocess.run(
                [*COMMAND, "serve", "--port", str(port)],
                capture_output=True, text=True, env=environment(tmp_path), timeout=30, check=False,
            )  # fmt: skip
        (line,) = done.stderr.splitlines()

        assert line.endswith("; --port 0 picks a free one")
        assert 1 == done.returncode

    @pytest.mark.parametrize("shell", ["sh", "bash"])
    def test_ends_the_readmes_wait_for_the_server(self, tmp_path, shell):
        """`until curl …` alone would wait for ever."""
        if shutil.which(shell) is None or shutil.which("curl") is None:
            pytest.skip(f"no {shell} or no curl here")
        (script,) = [
            block for block in blocks_in(text_of("README.md"), "sh") if "until curl" in block
        ]
        with listening_on() as port:
            script = script.replace("8080", str(port))
            script = script.replace(
                "exomock serve", f"{sys.executable} -m exomock serve --port {port}"
            )
            done = subprocess.run(
                [shell, "-c", script],
                capture_output=True, text=True, env=environment(tmp_path), timeout=60, check=False,
            )  # fmt: skip

        assert 1 == done.returncode
        assert "--port 0 picks a free one" in done.stderr


class TestTheControlAddress:
    def test_leads_a_browser_to_pages_that_are_there(self, mock):
        """The banner prints its address."""
        page = requests.get(f"{mock.url}/_exomock/", headers={"Accept": "text/html,*/*;q=0.8"}, timeout=5)  # fmt: skip
        links = re.findall(r'href="(/[^"]+)"', page.text)

        assert "text/html; charset=utf-8" == page.headers["Content-Type"]
        assert len(links) > 10
        assert {200} == {requests.get(mock.url + each, timeout=5).status_code for each in links}

    @pytest.mark.parametrize("path", ["/_exomock", "/_exomock/"])
    def test_tells_a_program_the_same(self, mock, path):
        """curl asks for anything."""
        links = requests.get(mock.url + path, timeout=5).json()

        assert "/_exomock/openapi.json" == links["openapi.json"]


class TestMagicNumbers:
    @pytest.mark.parametrize("row", rows_of("docs/scenarios.md", "## Shipped stories"), ids=lambda row: row[0][:30])  # fmt: skip
    def test_hold_in_a_story_where_the_table_says_so(self, row):
        """Thirty orders to a number that is on the do-not-disturb list are refused, or not all."""
        name, _what, magic = row
        order = {"From": "09811100001", "To": "09000000005", "CallerId": "08047112233"}
        with Exomock(re.search(r"`([^`]+)`", name)[1]) as mock, requests.Session() as client:
            client.auth = (mock.key, mock.token)
            url = f"{mock.base}/Calls/connect.json"
            statuses = [client.post(url, data=order, timeout=5).status_code for _ in range(30)]

        assert (magic == "hold") == (set(statuses) == {403}), statuses


@pytest.fixture
def commands(tmp_path):
    """Commands in a folder of their own."""
    with chdir(tmp_path):
        yield Commands(tmp_path)


class TestSimulate:
    def test_calls_other_numbers_and_says_so(self, commands):
        """A rule for one number decides none of them."""
        commands.write("one.yaml", "rules: [{when: {to: '09812345678'}, leg2: busy}, {}]\n")
        lines = commands.lines("simulate", "one.yaml")

        assert "from numbers drawn from 0981* to numbers drawn from 09*" == lines[1]
        assert not any(line.startswith("busy") for line in lines)

    def test_names_the_one_number_that_it_was_told(self, commands):
        """Whoever copies the line of `explain` sees that all calls go there."""
        lines = commands.lines("simulate", "evening.yaml", "--to", "09812345678")

        assert "from numbers drawn from 0981* to 09812345678 each time" == lines[1]

    def test_draws_numbers_from_a_beginning(self, commands):
        """As `when` writes it."""
        lines = commands.lines("simulate", "evening.yaml", "--to", "0981234*", "--calls", "50")

        assert any(re.match(r"busy +50 +100\.00%", line) for line in lines)

    def test_tries_each_number_so_often(self, commands):
        """So that later attempts are seen in their share."""
        lines = commands.lines("simulate", "third-try-succeeds", "--calls", "400", "--tries", "4")

        for ends, share in (("completed", "50"), ("busy", "25"), ("no-answer", "25")):
            assert any(re.match(rf"{ends} +\d+ +{share}\.00%", line) for line in lines), ends

    @pytest.mark.parametrize("wrong", ["*", "9*", "0981*1", "012345678901*"])
    def test_refuses_a_beginning_that_is_none(self, commands, wrong):
        """In one line."""
        status, lines = commands.run("simulate", "evening.yaml", "--to", wrong)

        assert 2 == status
        assert "expected a" in lines[-1]


class TestMake:
    @pytest.mark.skipif(shutil.which("make") is None, reason="no make here")
    @pytest.mark.parametrize(
        ("target", "words"),
        [
            ("serve", "Installing exomock and what it needs into new; once, about half a minute."),
            ("test", "This is exomock's own suite: some "),
        ],
    )
    def test_says_what_it_does_before_it_takes_its_time(self, target, words):
        """Thirty silent seconds look like a hang."""
        run = ["make", "-n", target, "VENV=new", f"PYTHON={sys.executable}"]
        done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=True)
        said = [line for line in done.stdout.splitlines() if line.startswith("echo")]

        assert any(words in line for line in said)


class TestWords:
    def test_sentences_that_nobody_understood_are_gone(self):
        """From the pages, the messages and the docstrings."""
        pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
        texts = [*pages, *(ROOT / "exomock").rglob("*.py"), *(ROOT / "scenarios").glob("*")]
        found = [(file, words) for file in texts for words in NOT_UNDERSTOOD if words in text_of(file)]  # fmt: skip

        assert [] == found

    def test_the_readme_says_where_magic_numbers_do_not_hold(self):
        """They hold in most stories, not in all."""
        section = section_of("README.md", "## Choose what happens: magic numbers")

        assert "do not hold" in section
        assert "hold in every scenario" not in section
