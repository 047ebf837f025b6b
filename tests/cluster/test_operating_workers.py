"""What an operator sees of several real processes behind one port: numbers, health, what happens."""

import os
import re
import signal
import sqlite3
import subprocess
from contextlib import closing

import pytest
import requests

from exomock.forwarding.strays import ENOUGH
from exomock.metrics import resident
from serve.conftest import COMMAND, environment, serving, until
from test_metrics import samples

SIDS = [f"team{number}" for number in range(1, 9)]
ACCOUNTS = [word for sid in SIDS for word in ("--account", f"{sid}:key:token")]
ORDER = {"From": "09811100001", "To": "09822200002", "CallerId": "08047112233"}


@pytest.fixture(scope="module")
def crew(tmp_path_factory):
    """Two workers on a file, with a short lease, and eight accounts whose clocks stand still."""
    home = tmp_path_factory.mktemp("metrics")
    options = ("--workers", "2", "--clock", "frozen", "--database", "calls.db", "--lease", "2")
    with serving(home, *options, "--lease-renewal", "0.2", *ACCOUNTS) as server:
        server.home = home
        for sid in SIDS:
            url = f"{server.url}/v1/Accounts/{sid}/Calls/connect.json"
            for _ in range(2):
                assert 200 == requests.post(url, ORDER, auth=("key", "token"), timeout=20).status_code  # fmt: skip
        yield server


def asked(server, path):
    """What each worker answers by itself: connections go to either, so both are met soon."""
    found = {}

    def ask():
        answer = requests.get(server.url + path, timeout=20)
        found[answer.headers["X-Exomock-Owner"]] = answer
        return len(found) == 2

    until(ask)
    return found


def pids(server):
    """The workers that live, by name."""
    found = requests.get(f"{server.url}/_exomock/cluster", timeout=10).json()["processes"]
    return {each["name"]: each["pid"] for each in found if each["alive"]}


class TestMetricsOfTwoWorkers:
    def test_are_of_both_whichever_is_asked(self, crew):
        """Calls, accounts, memory and counts: each worker knows the sums."""
        sizes = [resident(pid) for pid in pids(crew).values()]
        for answer in asked(crew, "/metrics").values():
            found = samples(answer.text)
            connects = "exomock_requests_total{/v1/Accounts/<account>/Calls/connect}{200}"
            # Each account has two calls; one that was sent on is counted where it was played.
            assert (16, 8) == (found["exomock_calls_running"], found["exomock_accounts_owned"])
            assert 16 == found[connects]
            assert max(sizes) < found["process_resident_memory_bytes"] < 1.5 * sum(sizes)

    def test_count_renewals_of_both(self, crew):
        """Ten a second: five of each."""
        before = renewals(crew)
        until(lambda: renewals(crew) > before + 10)


class TestWatching:
    def test_all_accounts_says_which_worker_it_watches(self, crew):
        """Each worker follows its own accounts: whoever is not told would miss half of the calls."""
        said = watched(crew)
        assert re.fullmatch(
            r"exomock: these are the accounts of (worker-\d) alone, without those of (worker-\d); "
            r"--account SID follows any account", said,
        )  # fmt: skip

    def test_an_account_shows_it_whichever_worker_plays_it(self, crew):
        """Its stream comes through a hop."""
        for sid in owners(crew).values():
            found = watched(crew, "--account", sid, "--since", "0")
            assert "POST Calls/connect.json" in found


class TestAConnection:
    def test_comes_to_the_worker_that_plays_its_account(self, crew):
        """After a few hops it is closed; a client that keeps connections soon has none any more."""
        with requests.Session() as session:

            def direct():
                before = forwards(crew)
                for _ in range(2 * ENOUGH):
                    answer = session.get(f"{crew.url}/v1/Accounts/team1/Calls.json", auth=("key", "token"), timeout=20)  # fmt: skip
                    assert 200 == answer.status_code
                return forwards(crew) == before

            until(direct)

    def test_that_asks_about_many_accounts_is_kept(self, crew):
        """Whatever was answered here begins the count anew."""
        by_owner = until(lambda: len(found := owners(crew)) == 2 and found, 20)
        with requests.Session() as session:
            for _ in range(2 * ENOUGH):
                for sid in by_owner.values():
                    url = f"{crew.url}/v1/Accounts/{sid}/Calls.json"
                    answer = session.get(url, auth=("key", "token"), timeout=20)
                    assert (200, None) == (answer.status_code, answer.headers.get("Connection"))


class TestHealthOfTwoWorkers:
    def test_is_200_while_the_lease_is_held(self, crew):
        """Of either."""
        for answer in asked(crew, "/_exomock/health").values():
            assert (200, "held") == (answer.status_code, answer.json()["lease"])

    def test_is_a_problem_where_the_lease_cannot_be_renewed(self, crew):
        """Another program holds the file: 503 in the form of a problem; freed, 200 again."""
        with closing(sqlite3.connect(crew.home / "calls.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            answers = until(lambda: lost(crew), 30)
            scraped = samples(requests.get(f"{crew.url}/metrics", timeout=20).text)
            other.execute("ROLLBACK")

        for answer in answers:
            assert "application/problem+json" == answer.headers["Content-Type"]
            assert 503 == answer.json()["status"]
        assert 0 < scraped["exomock_lease_renewals_total{lost}"]
        until(lambda: healthy(crew) == 200)


class TestAWorkerThatIsKilled:
    def test_count_accounts_that_were_taken_over(self, crew):
        """All of a worker that was killed; what there is stays whole, also of the dead."""
        before, taken = pids(crew), requests.get(f"{crew.url}/_exomock/cluster", timeout=10).json()
        lost = sum(each["owner"] == "worker-1" for each in taken["accounts"])
        counted = takeovers(crew)
        os.kill(before["worker-1"], signal.SIGKILL)

        until(lambda: takeovers(crew) >= counted + lost > counted)
        until(lambda: len(pids(crew)) == 2 and pids(crew) != before)
        found = until(lambda: whole(crew))
        assert 16 == found["exomock_calls_running"]
        assert 16 == found["exomock_requests_total{/v1/Accounts/<account>/Calls/connect}{200}"]


def watched(server, *options):
    """The first line that `exomock watch` says."""
    command = [*COMMAND, "watch", "--url", server.url, *options]
    with subprocess.Popen(
        command, env=environment(server.home), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        encoding="utf-8",
    ) as process:  # fmt: skip
        line = process.stdout.readline()
        process.kill()
    return line.rstrip("\n")


def owners(server):
    """An account of each worker that has one, by the worker's name."""
    found = requests.get(f"{server.url}/_exomock/cluster", timeout=10).json()["accounts"]
    return {each["owner"]: each["sid"] for each in found}


def lost(server):
    """The answers of both workers once both have lost their lease."""
    found = list(asked(server, "/_exomock/health").values())
    return [] if any(each.json().get("lease") != "lost" for each in found) else found


def healthy(server):
    """The status of the health of whoever is asked."""
    return requests.get(f"{server.url}/_exomock/health", timeout=20).status_code


def whole(server):
    """The metrics, once all eight accounts are played again."""
    found = scraped_or_none(server)
    return found if found and found.get("exomock_accounts_owned") == len(SIDS) else None


def scraped_or_none(server):
    """The metrics; None where the connection was taken by the worker that has died."""
    try:
        return samples(requests.get(f"{server.url}/metrics", timeout=20).text)
    except requests.exceptions.ConnectionError:
        return None


def renewals(server):
    """How often any of them has renewed its lease."""
    return (scraped_or_none(server) or {}).get("exomock_lease_renewals_total{ok}", 0)


def forwards(server):
    """How many requests any of them has sent on."""
    return (scraped_or_none(server) or {}).get("exomock_forwards_total{answered}", 0)


def takeovers(server):
    """How many accounts any of them has taken over."""
    return (scraped_or_none(server) or {}).get("exomock_takeovers_total", 0)
