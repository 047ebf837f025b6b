"""What an operator sees of several real processes behind one port: numbers, health, what happens."""

import os
import re
import signal
import sqlite3
import subprocess
import threading
from collections import Counter
from contextlib import closing

import pytest
import requests

from exomock.forwarding.strays import ENOUGH
from exomock.metrics import resident
from serve.conftest import COMMAND, environment, serving, until
from test_metrics import samples

SIDS = [f"team{number}" for number in range(1, 9)]
ACCOUNTS = [word for sid in SIDS for word in ("--account", f"{sid}:key:token")]
CONNECTS = "exomock_requests_total{/v1/Accounts/<account>/Calls/connect}{200}"
ORDER = {"From": "09811100001", "To": "09822200002", "CallerId": "08047112233"}


@pytest.fixture(scope="module")
def crew(tmp_path_factory):
    """Two workers on a file, with a short lease, and eight accounts whose clocks stand still."""
    home = tmp_path_factory.mktemp("metrics")
    options = ("--workers", "2", "--clock", "frozen", "--database", "calls.db", "--lease", "2")
    with serving(home, *options, "--lease-renewal", "0.2", *ACCOUNTS) as server:
        server.home, server.placed = home, 0
        for sid in SIDS * 2:
            place(server, sid)
        yield server


def place(server, sid):
    """Place a call, which never ends: no time passes."""
    url = f"{server.url}/v1/Accounts/{sid}/Calls/connect.json"

    def placed():
        status = requests.post(url, ORDER, auth=("key", "token"), timeout=20).status_code
        assert status in (200, 503)  # 503: a lease was lost, here or in the test before
        return status == 200

    until(placed)
    server.placed += 1


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
        # One that was sent on is counted where it was played.
        names = ("exomock_calls_running", "exomock_accounts_owned", CONNECTS)
        sums = crew.placed, len(played_by(crew)), crew.placed

        def of_both():
            found = [samples(each.text) for each in asked(crew, "/metrics").values()]
            return found if {sums} == {tuple(map(each.get, names)) for each in found} else None

        for found in until(of_both):  # who has lost its lease meanwhile knows nothing for a while
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
        for sid in until(lambda: spread(crew)).values():
            # What an account has shown before is gone where another worker took it over.
            place(crew, sid)
            watched(crew, "--account", sid, "--since", "0", says="POST Calls/connect.json")


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
        by_owner = until(lambda: spread(crew))
        with requests.Session() as session:
            for _ in range(2 * ENOUGH):
                for sid in by_owner.values():
                    url = f"{crew.url}/v1/Accounts/{sid}/Calls.json"
                    answer = session.get(url, auth=("key", "token"), timeout=20)
                    assert (200, None) == (answer.status_code, answer.headers.get("Connection"))


class TestHealthOfTwoWorkers:
    def test_is_200_while_the_lease_is_held(self, crew):
        """Of either."""

        def both():
            found = asked(crew, "/_exomock/health").values()
            return {(200, "held")} == {(each.status_code, each.json()["lease"]) for each in found}

        until(both)

    def test_is_a_problem_where_the_lease_cannot_be_renewed(self, crew):
        """Another program holds the file: 503 in the form of a problem; freed, 200 again."""
        with closing(sqlite3.connect(crew.home / "calls.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            answers = until(lambda: lost(crew), 30)
            lease = until(
                lambda: (scraped_or_none(crew) or {}).get("exomock_lease_renewals_total{lost}")
            )
            other.execute("ROLLBACK")

        for answer in answers:
            assert "application/problem+json" == answer.headers["Content-Type"]
            assert 503 == answer.json()["status"]
        assert 0 < lease
        until(lambda: healthy(crew) == 200)


class TestAWorkerThatIsKilled:
    def test_count_accounts_that_were_taken_over(self, crew):
        """All of a worker that was killed; what there is stays whole, also of the dead."""
        before, played = pids(crew), Counter(played_by(crew).values())
        (owner, lost), counted = played.most_common()[0], takeovers(crew)
        os.kill(before[owner], signal.SIGKILL)

        until(lambda: takeovers(crew) >= counted + lost > counted)
        until(lambda: len(pids(crew)) == 2 and pids(crew) != before)
        found = until(lambda: whole(crew))
        assert (crew.placed, crew.placed) == (found["exomock_calls_running"], found[CONNECTS])


def watched(server, *options, says=""):
    """The first line of `exomock watch` that says this."""
    command = [*COMMAND, "watch", "--url", server.url, *options]
    with subprocess.Popen(
        command, env=environment(server.home), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        encoding="utf-8",
    ) as process:  # fmt: skip
        watchdog = threading.Timer(60, process.kill)
        watchdog.start()
        line = next(each for each in process.stdout if says in each)
        watchdog.cancel()
        process.kill()
    return line.rstrip("\n")


def played_by(server):
    """The worker of each account, by its Sid."""
    found = requests.get(f"{server.url}/_exomock/cluster", timeout=10).json()["accounts"]
    return {each["sid"]: each["owner"] for each in found}


def owners(server):
    """An account of each worker that has one, by the worker's name."""
    return {owner: sid for sid, owner in played_by(server).items()}


def spread(server):
    """
    An account of each of the two workers, or none.

    A worker that loses its lease on a busy machine has none any more; of new ones it gets its part.
    """
    if len(found := owners(server)) == 2:
        return found
    new = {"sid": f"more{len(played_by(server))}", "key": "key", "token": "token"}
    requests.post(f"{server.url}/_exomock/accounts", json=new, timeout=20)
    return {}


def lost(server):
    """The answers of both workers once both have lost their lease."""
    found = list(asked(server, "/_exomock/health").values())
    return [] if any(each.json().get("lease") != "lost" for each in found) else found


def healthy(server):
    """The status of the health of whoever is asked."""
    return requests.get(f"{server.url}/_exomock/health", timeout=20).status_code


def whole(server):
    """The metrics, once all accounts are played again."""
    found, known = scraped_or_none(server), len(played_by(server))
    return found if found and found.get("exomock_accounts_owned") == known else None


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
