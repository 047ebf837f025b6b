"""Calls told again as tests: the files are run for real, by pytest and by Node."""

import os
import subprocess
import sys

import pytest
import requests

from conftest import Driver
from programs import ONLY_OURS, needed

CALLS = """
flows:
  "7":
    - menu: Press 1 for a city
      wrong: hangup
    - {gather: Your city code, max_digits: 2}
    - {passthru: "http://127.0.0.1:9/city", 302: hangup}
    - greeting: Thank you
rules:
  - {name: busy, when: {to: "09822200011"}, leg1: {answer: 2500ms}, leg2: {busy: 1s..9s}}
  - {name: twice, when: {to: "09822200012"}, callbacks: {terminal: {repeat: 2, with: {Trace: "7"}}}}
  - {name: never told, when: {to: "09822200013"}, callbacks: {drop: true}}
  - {name: for ever, when: {to: "09822200014"}, stuck: true, status: queued}
  - {name: in a flow, when: {flow: "7"}, caller: {presses: ["1", "42"]}}
  - {name: ordinary, leg1: {answer: 3s}, leg2: {answer: 5s}, talk: 40s, hangup_by: to, record: true}
"""

EVENTS = {"StatusCallbackEvents[0]": "terminal", "StatusCallbackEvents[1]": "answered"}
WAYS = {
    "completed": {},
    "busy": {"To": "09822200011", **EVENTS},
    "json": {"To": "09822200011", **EVENTS, "StatusCallbackContentType": "application/json"},
    "twice": {"To": "09822200012", **EVENTS},
    "dropped": {"To": "09822200013", **EVENTS},
    "stuck": {"To": "09822200014", **EVENTS},
    "magic": {"To": "09000000002", "TimeOut": "12"},
    "quotes": {"CustomField": 'a """ \' \\ ` ${1} </script>\n</b> नमस्ते', "Record": "true"},
    "flow": {"To": None, "Url": "http://my.exotel.com/exomock/exoml/start_voice/926"},
    "asks": {"To": None, "Url": "http://my.exotel.com/exomock/exoml/start_voice/7"},
    "untold": {"StatusCallback": None},
}


@pytest.fixture(scope="module")
def calls():
    """A server with a call of each way, each played to its end: the way's name to its Sid."""
    from conftest import NOON
    from exomock.server import Exomock
    from exomock.settings import Settings

    with Exomock(CALLS, Settings(rate=0), start_at=NOON + 700_000) as mock:
        driver = Driver(mock)
        hook = {"StatusCallback": f"{mock.url.partition('/v1/')[0]}/_exomock/echo"}
        sids = {name: driver.connect(**hook | fields) for name, fields in WAYS.items()}
        came = mock.inbound(exophone="08047112233", leg2={"answer": "2s"}, talk="9s")
        mock.reply(sids["asks"], 302)
        driver.advance(2_000)
        yield driver, sids | {"inbound": came.sid}


def url_of(driver: Driver) -> str:
    """Where the server is."""
    return driver.mock.url.partition("/v1/")[0]


def text_of(driver: Driver, sid: str, way: str) -> requests.Response:
    """The file that the control API gives."""
    path = f"{url_of(driver)}/_exomock/accounts/{driver.mock.sid}/calls/{sid}/{way}"
    return requests.get(path, timeout=5)


def run(*command, cwd, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a program to its end."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    return subprocess.run(
        command, cwd=cwd, env=own | more, capture_output=True, text=True, timeout=60, check=False
    )


def test_pytest_runs_the_tests_as_they_are(calls, tmp_path):
    """A call of each kind; all files in one run, on the server that is there."""
    driver, sids = calls
    for name, sid in sids.items():
        given = text_of(driver, sid, "as-pytest")
        assert f'filename="test_call_{sid[:8].lower()}.py"' in given.headers["Content-Disposition"]
        (tmp_path / f"test_{name}.py").write_text(given.text, encoding="utf-8")
    ran = run(
        sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *ONLY_OURS,
        str(tmp_path), cwd=tmp_path, EXOMOCK_URL=url_of(driver),
    )  # fmt: skip
    assert f"{len(sids)} passed" in ran.stdout, ran.stdout


def test_node_runs_the_tests_as_they_are(calls, tmp_path):
    """By Node's own runner, with nothing installed."""
    driver, sids = calls
    for name, sid in sids.items():
        (tmp_path / f"{name}.test.mjs").write_text(text_of(driver, sid, "as-node-test").text)
    files = [str(each) for each in sorted(tmp_path.glob("*.mjs"))]
    ran = run(needed("node"), "--test", *files, cwd=tmp_path, EXOMOCK_URL=url_of(driver))
    assert (0, True) == (ran.returncode, f"# pass {len(sids)}" in ran.stdout), ran.stdout


def test_node_runs_one_under_exomock_run(calls, tmp_path):
    """`exomock run -- node --test FILE`, as the file says."""
    driver, sids = calls
    file = tmp_path / "busy.test.mjs"
    file.write_text(text_of(driver, sids["busy"], "as-node-test").text)
    ran = run(
        sys.executable, "-m", "exomock", "run", "--", needed("node"), "--test", str(file),
        cwd=tmp_path,
    )  # fmt: skip
    assert (0, True) == (ran.returncode, "# pass 1" in ran.stdout), ran.stdout + ran.stderr


def test_a_test_fails_where_the_call_goes_another_way(calls, tmp_path):
    """Else it would say nothing."""
    driver, sids = calls
    text = text_of(driver, sids["busy"], "as-pytest").text
    (tmp_path / "test_other.py").write_text(text.replace("'busy': ", "'no_answer': "))
    ran = run(
        sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *ONLY_OURS,
        str(tmp_path), cwd=tmp_path, EXOMOCK_URL=url_of(driver),
    )  # fmt: skip
    assert (1, True) == (ran.returncode, "Status is 'no-answer'" in ran.stdout), ran.stdout


@pytest.mark.parametrize("way", ["as-pytest", "as-node-test", "ladder", "exchanges"])
def test_a_call_that_is_none_is_a_404(calls, way):
    """In words."""
    answer = text_of(calls[0], "nobody", way)
    assert (404, True) == (answer.status_code, "nobody" in answer.json()["detail"])
