"""`exomock serve --workers N`: several real processes of one machine behind one port."""

import json
import os
import signal
from pathlib import Path

import pytest
import requests

from serve.conftest import Server, serving, until

SIDS = [f"team{number}" for number in range(1, 9)]
ACCOUNTS = [word for sid in SIDS for word in ("--account", f"{sid}:{sid}-key:{sid}-token")]
ORDER = {"From": "09811100001", "To": "09822200002", "CallerId": "08047112233"}


@pytest.fixture(scope="module")
def crew(tmp_path_factory):
    """Two workers, and eight accounts whose clocks stand still."""
    home = tmp_path_factory.mktemp("crew")
    with serving(home, "--workers", "2", "--clock", "frozen", *ACCOUNTS) as server:
        yield server


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


def place(server, sid, session=requests):
    """Place a call, and give the answer."""
    url = f"{server.url}/v1/Accounts/{sid}/Calls/connect.json"
    return session.post(url, data=ORDER, auth=auth(sid), timeout=20)


class TestTwoWorkers:
    def test_are_announced_once(self, crew):
        """One banner, with all accounts, by the parent."""
        assert 1 == len(crew.out.find("base URL"))
        assert 1 == len(crew.out.find("workers +2"))
        assert len(SIDS) == len(crew.out.find("account +Sid team"))

    def test_answer_for_every_account_on_every_connection(self, crew):
        """One connection ends at one worker; both owners answer on it."""
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


def _good(url, sid):
    try:
        answer = requests.get(url, auth=auth(sid), timeout=10)
    except requests.exceptions.ConnectionError:
        return None  # accepted by the worker that was killed
    return answer if answer.status_code == 200 else None


class TestTheEnd:
    def test_of_the_parent_is_that_of_all(self, tmp_path):
        """SIGTERM: status 0, the last word once, and no process or folder left."""
        with serving(tmp_path, "--workers", "2") as server:
            assert 0 == server.end()
            assert server.gone(5)
            assert ["exomock: stopped"] == server.out.find("stopped")
            assert [] == [each for each in server.err.all() if "ERROR" in each]
        assert [] == list(server.tmp.iterdir())

    def test_comes_by_ctrl_c_too(self, tmp_path):
        """SIGINT to the whole group, as a terminal sends it."""
        with serving(tmp_path, "--workers", "2") as server:
            server.signal(signal.SIGINT, group=True)
            assert 0 == server.process.wait(15)
            assert server.gone(5)

    def test_of_a_parent_that_is_killed_is_that_of_its_workers(self, tmp_path):
        """kill -9 of the parent alone leaves nobody behind."""
        with serving(tmp_path, "--workers", "2") as server:
            server.signal(signal.SIGKILL)
            assert server.gone(10)


class TestTheFile:
    def test_has_one_server_and_goes_on_with_any_number_of_workers(self, tmp_path):
        """What two workers kept one process has, and three; a second server is refused."""
        file = str(tmp_path / "calls.db")
        with serving(tmp_path, "--workers", "2", "--database", file, *ACCOUNTS) as server:
            sids = {sid: place(server, sid).json()["Call"]["Sid"] for sid in SIDS}
            other = Server(tmp_path, "--database", file)
            assert 1 == other.process.wait(15)
            assert server.url in "".join(other.err.all())
            other.close()
            assert 0 == server.end()
        with serving(tmp_path, "--database", file) as server:
            assert "X-Exomock-Owner" not in place(server, SIDS[0]).headers
            server.signal(signal.SIGKILL)
        with serving(tmp_path, "--workers", "3", "--database", file) as server:
            for sid, call in sids.items():
                url = f"{server.url}/v1/Accounts/{sid}/Calls/{call}.json"
                assert 200 == requests.get(url, auth=auth(sid), timeout=10).status_code
            assert 0 == server.end()


class TestTheLog:
    def test_says_which_worker(self, tmp_path):
        """In JSON each line but the parent's has its worker; it begins and ends once."""
        options = ("--workers", "2", "--log", "json", "--port", "0", *ACCOUNTS)
        server = Server(tmp_path, *options)
        try:
            url = json.loads(server.err.wait_for('"kind": "started"'))["url"]
            server.url = url
            place(server, SIDS[0])
            owner = owners(server)[SIDS[0]]
            line = json.loads(server.err.wait_for(f'"request".*"account": "{SIDS[0]}"'))
            assert owner == line["worker"]
            assert 0 == server.end()
            assert server.gone(5)
            kinds = [json.loads(each)["kind"] for each in server.err.all()]
            assert (1, 1) == (kinds.count("started"), kinds.count("stopped"))
        finally:
            server.close()


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
    def test_is_one_line(self, tmp_path, options, said):
        """The option, what was found and what was expected."""
        server = Server(tmp_path, *options)
        try:
            assert 2 == server.process.wait(15)
            assert server.gone(5)
            assert 1 == len(server.err.all())
            assert said in server.err.all()[0]
        finally:
            server.close()


def test_the_folder_of_sockets_may_be_deep(tmp_path):
    """A TMPDIR whose path is longer than a socket's may be."""
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    Path(deep).mkdir(parents=True)
    with serving(deep, "--workers", "2", *ACCOUNTS) as server:
        assert {200} == {place(server, sid).status_code for sid in SIDS}
