"""Nothing from outside steers a terminal, forges a line of the log, or shows a password."""

import contextlib
import json
import logging
import os
import re
import signal
import subprocess
import sys
import threading

import pytest
import requests
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from conftest import EXOPHONE, FROM, TO
from exomock.banner import banner_lines
from exomock.cli import main
from exomock.engine import NewAccount
from exomock.logs import PlainFormatter, thread_died
from exomock.scenarios import ScenarioError, read_scenario
from exomock.scenarios.schema import ScenarioSchema
from exomock.server import Exomock
from exomock.settings import Settings
from surface import BASIC, CONTROL, V1

EVIL = "\x1b[2J\x9b31m\x07\u202e\u2028\x7f\r\n12:00:00 INFO forged"
IN_YAML = json.dumps(EVIL)
STEERING = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
RECORD = re.compile(
    r"[0-9:]{8} (DEBUG|INFO|WARNING|ERROR|CRITICAL) |    "
    r"|[0-9:]{8}\.\d{3} \w+ +(request|call|callback|control) "
)
SECRET_URL = "http://user:pass-word@127.0.0.1:9/hook"
ANY_TEXT = st.text(st.characters() | st.sampled_from(EVIL + "\ud800"))


ALWAYS = settings(deadline=None)


def record(message, *args, error=None):
    """A record of the log."""
    info = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("x", logging.INFO, __file__, 1, message, args, info)


class TestTheLog:
    """The last net, whatever the code that logs forgot."""

    @ALWAYS
    @given(ANY_TEXT, ANY_TEXT)
    def test_holds_nothing_that_steers_or_forges(self, text, more):
        """A message, its arguments and the traceback of an exception."""
        each = record("said %s", text, error=ValueError(more))
        shown = PlainFormatter("%(asctime)s %(levelname)s %(message)s", "%H:%M:%S").format(each)

        assert None is STEERING.search(shown)
        first, *rest = shown.split("\n")
        assert RECORD.match(first)
        assert all(line.startswith("    ") for line in rest)
        shown.encode()

    def test_holds_what_ends_a_thread(self, caplog):
        """Python's own hook would print the exception's text as it is, beside the log."""
        threading_args = ValueError, ValueError(EVIL), None, None
        thread_died(threading.ExceptHookArgs(threading_args))
        thread_died(threading.ExceptHookArgs((SystemExit, SystemExit(), None, None)))

        (each,) = caplog.records
        assert ("CRITICAL", EVIL) == (each.levelname, str(each.exc_info[1]))

    def test_masks_passwords_of_urls(self):
        """In a traceback too."""
        each = record("to %s", SECRET_URL, error=ValueError(SECRET_URL))

        assert "pass-word" not in PlainFormatter().format(each)
        assert 2 == PlainFormatter().format(each).count("http://user:***@127.0.0.1:9/hook")


@pytest.fixture(scope="module")
def one():
    """An account."""
    with Exomock() as mock:
        yield mock.exchange.engine.worlds["exomock"]


class TestTheBanner:
    """Accounts of an old database, a scenario's name and settings may hold anything."""

    class Told:
        """A server that was told something."""

        url, secure_url, clock, tells = "http://127.0.0.1:8080", None, "real", True
        workers = 1

        def __init__(self, **settings):
            self.settings = Settings(**settings)

    @ALWAYS
    @given(ANY_TEXT, ANY_TEXT)
    def test_is_one_line_for_each_account(self, one, key, token):
        """Plain, and none that the account wrote."""
        one.key, one.token = key, token
        lines = banner_lines(self.Told(open_house=True, host_alias=((key, token),)), [one])

        assert 12 == len(lines)
        assert all(None is STEERING.search(line) and "\n" not in line for line in lines)

    def test_shows_a_control_token_only_if_it_was_drawn(self, one):
        """Who gave one knows it; who did not must be told."""
        given = banner_lines(self.Told(control_token="a-secret-token"), [one])
        drawn = banner_lines(self.Told(control_token="drawn", control_token_drawn=True), [one])

        assert "a-secret-token" not in "".join(given)
        assert any(line.endswith("/_exomock/  token as given") for line in given)
        assert any(line.endswith("/_exomock/  token drawn") for line in drawn)


class TestTheCommandLine:
    """Scenarios come from anywhere, and so do the names of their files."""

    HOSTILE = (
        f"description: {IN_YAML}\nrules: [{{name: {IN_YAML}, when: {{custom_field: {IN_YAML}}}}}]\n",
        f"rules:\n  - {{name: {IN_YAML}, refuse: {{status: 400, message: {IN_YAML}}}}}\n",
        f"rules:\n  - {{name: {IN_YAML}, leg1: busy}}\n",
        f"{IN_YAML}: 1\nrules: {IN_YAML}\n",
        f"rules: [{{leg1: {IN_YAML}}}]\n",
        f"rules: [{{when: {{to: {IN_YAML}}}}}]\nclock: {{now: {IN_YAML}}}\n",
        f"include: {IN_YAML}\n",
        f"numbers: {{{IN_YAML}: busy}}\n",
        "\x1b[31m: [",
    )

    @pytest.mark.parametrize("text", HOSTILE)
    @pytest.mark.parametrize("command", ["check", "explain", "preview", "simulate", "serve"])
    def test_prints_nothing_that_steers_a_terminal(
        self, tmp_path, monkeypatch, capsys, command, text
    ):
        """Of a scenario that is right, or in saying what is wrong with it."""
        file = tmp_path / f"e{EVIL.replace('/', '')}vil.yaml"
        file.write_text(text, encoding="utf-8")
        options = [str(file), "--custom-field", EVIL, "--calls", "3"]
        options = options[: {"check": 1, "simulate": 5}.get(command, 3)]
        told = ["serve", "--host", "203.0.113.7", "--scenario", str(file)]
        said = told if command == "serve" else ["scenario", command, *options]
        monkeypatch.setattr(sys, "argv", ["exomock", *said])
        with contextlib.suppress(SystemExit):
            main()
        shown = "".join(capsys.readouterr())

        assert shown
        assert None is STEERING.search(shown)
        assert not [line for line in shown.splitlines() if line.startswith("12:00:00 INFO forged")]

    @pytest.mark.parametrize(
        "option", ["--clock", "--account", "--port", "--allow-origin", "--host"]
    )
    def test_quotes_a_wrong_value_plainly(self, option, monkeypatch, capsys):
        """Scripts may pass on what came from elsewhere."""
        monkeypatch.setattr(sys, "argv", ["exomock", "serve", option, EVIL])
        with pytest.raises(SystemExit):
            main()
        shown = capsys.readouterr().err

        assert 1 == len(shown.splitlines())
        assert None is STEERING.search(shown)

    def test_masks_the_password_of_a_database(self, monkeypatch, capsys):
        """A URL of another kind of database is refused, and shown."""
        url = "mysql://user:pass-word@localhost/calls"
        monkeypatch.setattr(sys, "argv", ["exomock", "serve", "--database", url])
        with pytest.raises(SystemExit):
            main()
        shown = capsys.readouterr().err

        assert "user:***@localhost" in shown
        assert "pass-word" not in shown

    @ALWAYS
    @given(ANY_TEXT)
    def test_says_what_is_wrong_with_a_scenario_in_one_line_each(self, text):
        """Whatever its keys are."""
        assume(text not in ScenarioSchema().fields)  # hypothesis tries words of the code, too
        raw = f"{json.dumps(text)}: 1".encode()
        with pytest.raises(ScenarioError) as caught:
            read_scenario("given.yaml", raw)

        assert len(caught.value.mistakes) == len(str(caught.value).split("\n"))
        assert None is STEERING.search(str(caught.value))


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """All that a server printed and logged which was told the worst, from its start to its end."""
    home = tmp_path_factory.mktemp("served")
    odd = NewAccount("odd", f"key{EVIL}", f"token{EVIL}")
    with Exomock(account=odd, database=home / "calls.db"):
        pass
    scenario = home / f"e{EVIL.replace('/', '')}vil.yaml"
    scenario.write_text(f"rules: [{{name: {IN_YAML}, leg1: busy}}]\n", encoding="utf-8")
    options = ["--port", "0", "--database", "calls.db", "--account", "t1:k1:t1", "--watch"]
    options += ["--control-token", "a-given-token", "--scenario", scenario.name]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EXOMOCK_")}
    out, err = home / "out", home / "err"
    with out.open("wb") as out_file, err.open("wb") as err_file:
        process = subprocess.Popen(
            [sys.executable, "-m", "exomock", "serve", *options],
            cwd=home, stdout=out_file, stderr=err_file, env=kept, start_new_session=True,
        )  # fmt: skip
    try:
        wait_until(lambda: b"\ncurl " in out.read_bytes() and out.read_bytes().endswith(b"\n"))
        url = re.search(r"base URL +(\S+)", out.read_text(encoding="utf-8"))[1]
        provoke(url)
        scenario.write_text(f"{IN_YAML}: 1\n", encoding="utf-8")
        wait_until(lambda: b"the new one is wrong" in err.read_bytes())
        wait_until(lambda: b", try 1, next at" in err.read_bytes())
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)
    return out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8")


def provoke(url):
    """Send what a server logs."""
    echo = f"{url}/_exomock/echo"
    requests.post(echo, data={EVIL: EVIL, "StatusCallback": SECRET_URL}, timeout=9)
    requests.post(echo, json={EVIL: {EVIL: [EVIL]}, "url": SECRET_URL}, timeout=9)
    requests.post(echo, files={"a": (None, EVIL)}, timeout=9)
    requests.post(echo, data=EVIL.encode(), headers={"Content-Type": "a/b"}, timeout=9)
    requests.post(
        echo, data=("{" + EVIL).encode(), headers={"Content-Type": "application/json"}, timeout=9
    )
    page = {"Origin": "http://e\x9bvil.example", "Authorization": BASIC}
    requests.get(f"{url}{V1}", headers=page, timeout=9)
    order = {"From": FROM, "To": TO, "CallerId": EXOPHONE, "StatusCallback": SECRET_URL}
    placed = requests.post(f"{url}{V1}/Calls/connect", data=order, auth=("k1", "t1"), timeout=9)
    assert 200 == placed.status_code, placed.text
    token = {"Authorization": "Bearer a-given-token"}
    gone = {"until": "idle"}
    requests.post(f"{url}{CONTROL}/clock/advance", json=gone, headers=token, timeout=30)


def wait_until(so):
    """Until it is so; only a failing test waits 20 s."""
    pause = threading.Event()
    for _ in range(1000):
        if so():
            return
        pause.wait(0.02)
    raise AssertionError("not within 20 s")


class TestAServer:
    """A real process, with files, requests and receivers that mean it ill."""

    def test_prints_and_logs_nothing_that_steers_a_terminal(self, served):
        """Neither at the start, with an old database, nor while it serves."""
        assert [None, None] == [STEERING.search(text) for text in served]

    def test_logs_no_line_that_somebody_else_wrote(self, served):
        """Each is a record or the continuation of one, and the banner has its own lines alone."""
        out, err = served

        assert [] == [line for line in err.splitlines() if not RECORD.match(line)]
        assert [] == [
            line for line in (out + err).splitlines() if line.startswith("12:00:00 INFO f")
        ]

    def test_shows_what_came_all_the_same(self, served):
        """Escaped, not swallowed."""
        out, err = served

        assert r"\x1b[2J\x9b31m\x07\u202e\u2028\x7f\r\n12:00:00 INFO forged" in out
        assert 5 == len(re.findall("received .*forged", err))

    def test_shows_no_password_and_no_given_token(self, served):
        """Not of a StatusCallback that failed, nor in what the echo got."""
        assert [] == [w for w in ("pass-word", "a-given-token") if w in "".join(served)]
        assert "user:***@" in served[1]


class TestPasswordsOfUrls:
    """What clients send is shown to people without them, and used with them."""

    @pytest.fixture
    def driver(self, driver):
        """A server with a call and an inbound one that told a password."""
        driver.post("Calls/connect.json", data={"StatusCallback": SECRET_URL})
        driver.connect(StatusCallback=SECRET_URL, Url=None, WaitUrl=SECRET_URL)
        driver.try_connect(StatusCallback=SECRET_URL.replace("word", "word a"))
        body = {"from": FROM, "exophone": EXOPHONE, "status_callback": SECRET_URL}
        control = f"{driver.mock.url}/_exomock/accounts/exomock"
        assert 201 == requests.post(f"{control}/calls", json=body, timeout=9).status_code
        return driver

    @pytest.mark.parametrize("what", ["calls", "requests?answers=true", "transcript"])
    def test_are_masked_in_what_the_control_api_shows(self, driver, what):
        """The call, the journal, the transcript."""
        shown = requests.get(f"{driver.mock.url}/_exomock/accounts/exomock/{what}", timeout=9).text

        assert "user:***@" in shown
        assert "pass-word" not in shown

    def test_are_masked_in_what_a_refusal_quotes(self, driver):
        """In v1 and in the control API, also where the quotation is cut short."""
        long = f"http://user:pass-word{'x' * 60}@127.0.0.1/ x"
        body = {"from": FROM, "exophone": EXOPHONE, "status_callback": long}
        refused = [
            driver.try_connect(StatusCallback=long),
            requests.post(
                f"{driver.mock.url}/_exomock/accounts/exomock/calls", json=body, timeout=9
            ),
            requests.post(f"{driver.mock.url}/_exomock/accounts", json={"sid": long}, timeout=9),
        ]

        assert [400] * 3 == [each.status_code for each in refused]
        assert [] == [each.text for each in refused if "pass-" in each.text + str(each.headers)]

    def test_count_when_a_test_verifies_what_was_sent(self, driver):
        """The journal compares with what came, and says how it differs without the password."""
        verify = f"{driver.mock.url}/_exomock/accounts/exomock/requests/verify"

        def verified(url):
            form = {"form": {"StatusCallback": url}}
            return requests.post(verify, json=form, timeout=9)

        assert verified(SECRET_URL).json()["matched"]
        other = verified(SECRET_URL.replace("word", "ward"))
        assert not other.json()["matched"]
        assert "pass-w" not in other.text


class TestCredentialsOfAnOpenHouse:
    """They are printed at the next start, and so are such as one can print and paste."""

    @pytest.mark.parametrize(
        ("key", "token"),
        [("k\x1b[2J", "t"), ("k", "t\x9b"), ("k k", "t"), ("k", "a:b"), ("क", "t"), ("k" * 129, "t"), ("k", "\x7f")],
    )  # fmt: skip
    def test_are_refused_if_no_account_could_be_made_with_them(self, exchange, key, token):
        """With a 400 of the code that Exotel has for it; the why names the rule, and nobody moves in."""
        mock = exchange(open_house=True).mock
        auth = (key.encode(), token.encode())
        answer = requests.get(f"{mock.url}/v1/Accounts/new1.json", auth=auth, timeout=9)

        assert (400, 34001) == (answer.status_code, answer.json()["RestException"]["Code"])
        assert "printable ASCII" in answer.headers["X-Exomock-Why"]
        assert ["exomock"] == list(mock.exchange.engine.worlds)
