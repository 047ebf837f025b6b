"""`exomock serve --workers N`: several real processes of one machine behind one port."""

import json
import os
import signal
from contextlib import closing

import pytest
import requests
from click.testing import CliRunner

from exomock.serve_cli import serve
from exomock.storage.store import Store
from exomock.storage.trouble import DatabaseError
from serve.conftest import Server, serving, until
from tests.cluster.three import SCENARIO, SHORT, Clients, Findings, TellingReceiver, made

SIDS = [f"team{number}" for number in range(1, 9)]
ACCOUNTS = [word for sid in SIDS for word in ("--account", f"{sid}:{sid}-key:{sid}-token")]
FILE = ("--database", "calls.db")
ORDER = {"From": "09811100001", "To": "09822200002", "CallerId": "08047112233"}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A folder whose TMPDIR lies deeper than the path of a socket may be long."""
    deep = tmp_path_factory.mktemp("crew") / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)
    return deep


class Crews:
    """
    One crew after the other, one at a time; kept for the next test unless it has ended.

    Tests of one class may run after those of the next: they are shared out among processes.

    Attributes:
        folder: Where the crew that runs has its file.
    """

    def __init__(self, home):
        self.home, self.folder, self.server, self.kind = home, home, None, ""
        self.placed, self.number = False, 0

    def two(self):
        """Two workers, and eight accounts whose clocks stand still."""
        if not self._runs("two"):
            options = ("--workers", "2", "--clock", "frozen", *FILE, *ACCOUNTS)
            self.number, self.placed = self.number + 1, False
            self.folder = self.home / f"crew{self.number}"
            self.folder.mkdir()
            self.server = Server(self.folder, *options).ready()
        return self.server

    def three(self):
        """Three workers, after the first crew has ended with calls in each account."""
        if not self.placed:
            self.placed = {200} == {place(self.two(), sid).status_code for sid in SIDS}
            assert self.placed
        if not self._runs("three"):
            server = self.server = Server(self.folder, "--workers", "3", "--log", "json", *FILE)
            started = until(lambda: server.err.find('"kind": "started"'), 60)
            server.url = json.loads(started[0])["url"]
        return self.server

    def _runs(self, kind):
        """Whether the crew of a kind runs; if it does not, none does."""
        before, self.kind = self.kind, kind
        if before == kind and self.server.process.poll() is None:
            return True
        self.close()
        return False

    def close(self):
        """End whichever runs."""
        if self.server is not None:
            if self.server.process.poll() is None:
                self.server.end()
            self.server.close()


@pytest.fixture(scope="module")
def crews(home):
    """One crew after the other."""
    with closing(Crews(home)) as crews:
        yield crews


@pytest.fixture
def crew(crews):
    """Two workers on a file, and eight accounts whose clocks stand still."""
    return crews.two()


@pytest.fixture
def later(crews):
    """Three workers on the file of the first crew, which has ended with calls in each account."""
    return crews.three()


def auth(sid):
    """An account's credentials."""
    return f"{sid}-key", f"{sid}-token"


def owners(server):
    """Who plays what."""
    found = requests.get(f"{server.url}/_exomock/cluster", timeout=10).json()
    return {each["sid"]: each["owner"] for each in found["accounts"]}


def workers(server):
    """The processes of the workers by name, those that live."""
    found = requests.get(f"{server.url}/_exomock/cluster", timeout=10).json()
    return {each["name"]: each["pid"] for each in found["processes"] if each["alive"]}


def spread(crews):
    """A crew of two that both play accounts; a worker that died or lost its lease plays none."""
    crew = crews.two()
    if {"worker-1", "worker-2"} == set(owners(crew).values()):
        return crew
    crews.close()  # the next one is another
    return None


def place(server, sid, session=requests):
    """Place a call, and give the answer."""
    url = f"{server.url}/v1/Accounts/{sid}/Calls/connect.json"
    return session.post(url, data=ORDER, auth=auth(sid), timeout=20)


def _good(url, sid):
    try:
        answer = requests.get(url, auth=auth(sid), timeout=10)
    except requests.exceptions.ConnectionError:
        return None  # accepted by the worker that was killed
    return answer if answer.status_code == 200 else None


class TestTwoWorkers:
    def test_are_announced_once(self, crew):
        """One banner, with all accounts, by the parent."""
        assert 1 == len(crew.out.find("base URL"))
        assert 1 == len(crew.out.find("workers +2"))
        assert len(SIDS) == len(crew.out.find("account +Sid team"))

    def test_answer_for_every_account_on_every_connection(self, crews):
        """One connection ends at one worker; both owners answer on it."""
        crew = until(lambda: spread(crews))
        with requests.Session() as session:
            answers = {sid: place(crew, sid, session) for sid in SIDS}

        assert {200} == {each.status_code for each in answers.values()}
        said = {sid: each.headers["X-Exomock-Owner"] for sid, each in answers.items()}
        assert owners(crew) == said
        assert {"worker-1", "worker-2"} == set(said.values())

    def test_list_all_accounts(self, crew):
        """Whichever worker is asked."""
        for _ in range(4):
            found = requests.get(f"{crew.url}/_exomock/accounts", timeout=10).json()
            assert SIDS == [each["sid"] for each in found["accounts"]]
            assert "left_out" not in found

    def test_the_line_of_the_banner_works(self, crew):
        """It places a call in the account that it names."""
        assert f"{crew.url}/v1/Accounts/{SIDS[0]}/" in crew.curl
        assert 200 == place(crew, SIDS[0]).status_code

    def test_one_that_dies_is_started_again_and_its_accounts_go_on(self, crew):
        """Calls of its accounts are there at once in the other; the log says who has died."""
        sids = {sid: place(crew, sid).json()["Call"]["Sid"] for sid in SIDS}
        before = workers(crew)
        os.kill(before["worker-1"], signal.SIGKILL)

        for sid, call in sids.items():
            url = f"{crew.url}/v1/Accounts/{sid}/Calls/{call}.json"
            answer = until(lambda u=url, s=sid: _good(u, s), 12)
            assert call == answer.json()["Call"]["Sid"]
        after = until(lambda: len(workers(crew)) == 2 and workers(crew), 12)

        assert before["worker-2"] == after["worker-2"]
        assert before["worker-1"] != after["worker-1"]
        assert 1 == len(crew.err.find(r"worker-1 has died \(by SIGKILL\), and is started again"))

    def test_have_one_file_that_no_other_server_may_use(self, crew, crews):
        """A second server on the file is refused, and told where the first one listens."""
        with pytest.raises(DatabaseError, match=crew.url):
            Store(f"sqlite:///{crews.folder}/calls.db")

    def test_end_with_their_parent(self, crew):
        """SIGTERM: status 0, the last word once, no process and no folder left, no error."""
        assert 0 == crew.end()
        assert crew.gone(5)
        assert ["exomock: stopped"] == crew.out.find("stopped")
        assert [] == [line for line in crew.err.all() if "ERROR" in line and "died" not in line]
        assert [] == list(crew.tmp.iterdir())


class TestAnotherCrew:
    def test_goes_on_with_what_the_first_one_kept(self, later):
        """All calls are there, whichever worker is asked."""
        for sid in SIDS:
            url = f"{later.url}/_exomock/accounts/{sid}/calls"
            assert requests.get(url, timeout=20).json()["calls"]

    def test_says_in_its_log_which_worker(self, later):
        """In JSON each line of a worker has its name."""
        assert 200 == place(later, SIDS[0]).status_code
        line = json.loads(later.err.wait_for(f'"account": "{SIDS[0]}".*"kind": "request"'))
        assert owners(later)[SIDS[0]] == line["worker"]

    def test_ends_by_ctrl_c(self, later):
        """SIGINT to the whole group, as a terminal sends it; it begins and ends once."""
        later.signal(signal.SIGINT, group=True)
        assert 0 == later.process.wait(15)
        assert later.gone(5)
        kinds = [json.loads(each)["kind"] for each in later.err.all()]
        assert (1, 1) == (kinds.count("started"), kinds.count("stopped"))


def test_a_parent_that_is_killed_takes_its_workers_along(tmp_path):
    """kill -9 of the parent alone leaves nobody behind."""
    with serving(tmp_path, "--workers", "2") as server:
        server.signal(signal.SIGKILL)
        assert server.gone(15)


class Crew:
    """What clients of one server with workers ask, as if it were several processes."""

    def __init__(self, server):
        self.urls = [server.url]


class TestWorkersOnPostgreSQL:
    def test_lose_nothing_by_kill_9_of_one_under_load(self, tmp_path, postgresql_url):
        """200 or 503; what it played goes on. kill -9 of the parent leaves no worker behind."""
        (tmp_path / "story.yaml").write_text(SCENARIO)
        options = ("--database", postgresql_url, "--clock", "x5", "--scenario", "story.yaml")
        with (
            closing(TellingReceiver()) as told,
            serving(tmp_path, "--workers", "2", *options, *SHORT) as server,
        ):
            clients = Clients(Crew(server), made(Crew(server), 10), told.url, threads=4)
            before = workers(server)
            os.kill(before["worker-1"], signal.SIGKILL)
            until(lambda: before.items() ^ _workers(server).items() and len(_workers(server)) == 2)
            asked = clients.stop()
            with closing(Findings(postgresql_url, "team")) as findings:
                findings.wait_until_idle()
                findings.check(asked, told.told, once=False)
            server.signal(signal.SIGKILL)
            assert server.gone(15)


def _workers(server):
    """As `workers`, though a connection may end at one that was killed."""
    try:
        return workers(server)
    except (requests.RequestException, KeyError):
        return {}


class TestWrongInput:
    @pytest.mark.parametrize(
        ("options", "said"),
        [
            (("--workers", "0"), "--workers: found '0', expected a whole number from 1 to 64"),
            (("--workers", "two"), "--workers: found 'two', expected"),
            (("--advertise", "10.0.0.1:8080"), "--advertise: found '10.0.0.1:8080', expected a"),
            (("--workers", "2", "--advertise", "http://10.0.0.1:8080"), "--advertise: workers"),
            (("--max-forwards", "0"), "--max-forwards: found '0', expected"),
        ],
        ids=["none", "no number", "no URL", "both", "no forwards"],
    )
    def test_is_one_line(self, options, said):
        """The option, what was found and what was expected."""
        found = CliRunner().invoke(serve, options)

        assert 2 == found.exit_code
        assert said in found.output
