"""A whole call's story with PostgreSQL behind the real server: restarts, kills, a server that ends."""

import signal
import threading
from contextlib import suppress

import pytest
import requests

import postgres
from conftest import Driver, Receiver
from exomock.client import connect
from serve.conftest import until

LEASE = ("--lease", "1", "--lease-renewal", "0.2")
"""So that who goes on need not wait for five seconds."""


@pytest.fixture
def options(postgresql_url):
    """How a server is told of the database."""
    return ("--database", postgresql_url, "--clock", "frozen", *LEASE)


def control_of(server):
    """The control API of a server's account."""
    (account,) = connect(server.url).accounts
    return account.control


def advance(server, seconds):
    """Let account time pass, as soon as the account can be had from its last owner."""

    def passed():
        answer = requests.post(
            f"{server.url}/_exomock/accounts/exomock/clock/advance",
            json={"seconds": seconds}, timeout=20,
        )  # fmt: skip
        assert answer.status_code in (200, 503), answer.text
        return answer.status_code == 200

    until(passed)


def advance_until_killed(server):
    """An advance answers when each callback was tried; this one never does."""
    with suppress(requests.ConnectionError):
        advance(server, 600)


def healthy(server):
    """Whether it says so; for a second it says again what it has found."""
    return requests.get(f"{server.url}/_exomock/health", timeout=20).status_code == 200


def placed(driver, receiver):
    """A call that tells a receiver of its end."""
    return driver.connect(StatusCallback=receiver.url)


class TestACall:
    def test_goes_on_after_a_restart(self, serve, options, receiver):
        """It was placed before, is played and told of after, and listed with both."""
        first = serve(*options)
        sid = placed(Driver(first), receiver)
        assert 0 == first.end()
        driver = Driver(serve(*options))
        advance(driver.mock, 600)

        assert "completed" == driver.call(sid)["Status"]
        assert [sid] == [each["Sid"] for each in driver.calls()["Calls"]]
        (told,) = receiver.wait_for(1)
        assert (sid, "completed") == (told.form["CallSid"], told.form["Status"])

    def test_loses_nothing_by_kill_9_while_it_is_told_of(self, serve, options):
        """What was on the wire is sent again; each try that was recorded counts once."""
        held, killed = threading.Event(), threading.Event()

        def answer(_received):
            held.set()
            killed.wait(20)
            return 200

        receiver = Receiver(answer=answer)
        try:
            server = serve(*options)
            sid = placed(Driver(server), receiver)
            asking = threading.Thread(target=advance_until_killed, args=(server,))
            asking.start()
            assert held.wait(20)
            server.signal(signal.SIGKILL, group=True)
            killed.set()
            assert server.gone(10)
            asking.join()
            driver = Driver(serve(*options))
            advance(driver.mock, 1)
            told = receiver.wait_for(2, 20)
            assert {sid} == {each.form["CallSid"] for each in told}
            done = until(
                lambda: [
                    each
                    for each in control_of(driver.mock)("GET", "/callbacks")["callbacks"]
                    if each["state"] == "delivered"
                ]
            )
            assert [1] == [len(each["attempts"]) for each in done]
            assert "completed" == driver.call(sid)["Status"]
        finally:
            receiver.close()


@pytest.fixture(scope="module")
def own_cluster(request):
    """A PostgreSQL server of the module's own, which may be ended."""
    request.getfixturevalue("cluster")
    return postgres.made()


class TestAServerOfPostgreSQL:
    @pytest.mark.parametrize("mode", ["fast", "immediate"])
    def test_that_is_restarted_is_a_503_for_a_while(self, serve, own_cluster, mode):
        """
        Every answer is 200 or 503; each call that was answered 200 is there, and none besides.

        `immediate` is a crash of it.
        """
        name = own_cluster.create()
        server = serve("--database", own_cluster.tcp(name), "--clock", "frozen", *LEASE)
        driver, found, ended = Driver(server), {}, threading.Event()

        def place():
            while not ended.is_set():
                answer = driver.try_connect()
                found.setdefault(answer.status_code, []).append(answer)
                ended.wait(0.005)

        def read():
            with requests.Session() as session:
                session.auth = driver.http.auth
                while not ended.is_set():
                    answer = session.get(f"{server.base}/Calls.json", timeout=20)
                    found.setdefault(answer.status_code, []).append(None)

        threads = [threading.Thread(target=place), threading.Thread(target=read)]
        for thread in threads:
            thread.start()
        until(lambda: len(found.get(200, ())) > 20)
        own_cluster.restart(mode)
        before = len(found[200])
        until(lambda: len(found[200]) > before + 20)
        ended.set()
        for thread in threads:
            thread.join()

        assert {200, 503} >= set(found), [(e and (e.text, e.headers)) for e in found.get(500, ())][
            :2
        ]
        sids = {each.json()["Call"]["Sid"] for each in found[200] if each is not None}
        kept = {sid for (sid,) in own_cluster.run("SELECT sid FROM calls", name)}
        assert sids <= kept
        until(lambda: healthy(server))

    def test_that_is_not_there_is_waited_for_at_a_start(self, serve, own_cluster):
        """As where both are started together."""
        name = own_cluster.create()
        own_cluster.stop()
        begun = threading.Timer(0.5, own_cluster.start)
        begun.start()
        try:
            server = serve("--database", own_cluster.url(name), *LEASE)
        finally:
            begun.join()

        assert healthy(server)
