"""Three real processes behind PostgreSQL: whatever happens to one, nothing is lost."""

import itertools
import os
import random
import threading

import pytest
import requests

import postgres
from serve.conftest import until
from tests.cluster.between import Between
from tests.cluster.three import LEASE, Clients, Findings, Processes, TellingReceiver, made
from tests.cluster.why import kinds, now, rounds

SOAK = bool(os.environ.get("EXOMOCK_SOAK"))
ROUNDS, ACCOUNTS = (30, 200) if SOAK else (1, 40)

CUT_OFF = 2
"""The process that reaches the database through a relay."""

_NAMES = (f"story{number}-" for number in itertools.count())


@pytest.fixture
def told():
    """A receiver of callbacks."""
    receiver = TellingReceiver()
    yield receiver
    receiver.close()


@pytest.fixture(scope="module")
def server(request):
    """A PostgreSQL server of the module's own, which may be ended, and a database in it."""
    request.getfixturevalue("cluster")
    server = postgres.made()
    return server, server.create()


@pytest.fixture(scope="module")
def between(server):
    """What lies between one of the processes and the database."""
    between = Between(server[0].port)
    yield between
    between.close()


@pytest.fixture(scope="module")
def three(server, between, tmp_path_factory):
    """Three processes on one database."""
    cluster, name = server
    direct = cluster.tcp(name)
    through = direct.replace(f":{cluster.port}/", f":{between.port}/")
    processes = Processes(tmp_path_factory.mktemp("three"), [direct, direct, through])
    yield processes
    processes.close()


@pytest.fixture
def story(three, server, between, told):
    """
    Load over accounts of its own while something happens; then every law is checked.

    `story(what, once=, dies=)`: says afterwards whether each callback must have come once; whether
    a process dies.
    """

    def play(what, *, once, dies=False):
        try:
            return told_of(what, once=once, dies=dies)
        except BaseException:
            print(three.last_words())
            raise
        finally:
            # Of the next story those are asked that live.
            three.started[:] = list(enumerate(three.servers))

    def told_of(what, *, once, dies):
        name, asked = next(_NAMES), None
        clients = Clients(three, made(three, ACCOUNTS, name), told.url)
        try:
            # A busy machine takes its time: what happens, happens in the midst of a load.
            until(lambda: clients.asked.statuses[200] > 20, 60)
            what()
            until(lambda: clients.asked.statuses[200] > 40, 60)
        finally:
            between.heal()
            asked = clients.stop()
        until(three.agree, 30)
        print(f"{now()} {dict(asked.statuses)}, {len(asked.marks)} calls; {kinds(asked.failed)}")
        findings = Findings(server[0].url(server[1]), name)
        try:
            findings.wait_until_idle()
            print(f"{now()} all is quiet; tries: {findings.tries()}")
            findings.check(asked, told.told, once=once())
        finally:
            findings.close()
        assert dies or [] == asked.failed
        return asked

    return play


def never():
    """Each callback comes once or more often."""
    return False


def wait(seconds):
    """Let the clients go on for so long."""
    threading.Event().wait(seconds)


class TestWhereNothingIsWrong:
    def test_each_call_is_told_of_once_whomever_one_asks(self, story, three):
        """Random requests to random processes; no answer but 200, while every lease is renewed."""
        lost = three.lost()
        asked = story(lambda: wait(2 * LEASE), once=lambda: lost == three.lost())

        # On a machine that lets a process wait for longer than its lease something is wrong.
        assert {200} == set(asked.statuses) or lost < three.lost()


class TestWhereAProcessEnds:
    @pytest.mark.parametrize("how", ["kill", "freeze", "end"])
    def test_nothing_is_lost_and_nothing_is_played_twice(self, story, three, how):
        """
        kill -9, SIGSTOP for longer than a lease, SIGTERM: the others go on.

        Of callbacks what is on the wire for a second at a SIGTERM goes out again as well.
        """
        chance = random.Random(7)

        def happen():
            for _ in rounds(ROUNDS):
                wait(0.5)
                getattr(three, how)(chance.randrange(3))

        story(happen, once=never, dies=how != "freeze")


class TestAnAnswerOfTheDatabase:
    def test_that_is_lost_loses_nothing(self, story, between):
        """One process hears no answer to every few of its commits, and cannot know what it did."""
        chance = random.Random(7)

        def happen():
            for _ in rounds(15 * ROUNDS):
                lost = between.lost
                between.lose(chance.randrange(5))
                until(lambda lost=lost: between.lost > lost)

        story(happen, once=never)


class TestTheDatabase:
    @pytest.mark.parametrize("mode", ["fast", "immediate"])
    def test_is_restarted_and_all_go_on(self, story, server, mode):
        """200 or 503, and nothing else; `immediate` is a crash of it."""

        def happen():
            for _ in rounds(ROUNDS):
                wait(0.5)
                server[0].restart(mode)
                wait(LEASE)

        story(happen, once=never)


def plays(process, three):
    """How many accounts the others say that a process plays."""
    said = three.cluster((process + 1) % 3)
    return sum(each["owner"] == three.urls[process] for each in said["accounts"])


def health(process, three):
    """What a process says of itself; in time, so that who asks sends no more clients there."""
    return requests.get(f"{three.urls[process]}/_exomock/health", timeout=10).status_code


class TestAProcessThatIsCutOff:
    @pytest.mark.parametrize("how", ["reset", "swallow"])
    def test_answers_right_or_not_at_all(self, story, three, between, how):
        """The others take over what it played; healed, each account has one owner again."""

        def happen():
            for _ in rounds(ROUNDS):
                assert until(lambda: plays(CUT_OFF, three))
                getattr(between, how)()
                until(lambda: health(CUT_OFF, three) == 503)
                until(lambda: not plays(CUT_OFF, three), 20)
                between.heal()
                until(lambda: health(CUT_OFF, three) == 200)
                until(three.agree, 30)

        story(happen, once=never)

    def test_ends_when_it_is_told_to(self, three, between):
        """Though it can hand over nothing, and whatever it has asked the database is not answered."""
        between.swallow()
        try:
            assert 0 == three.servers[CUT_OFF].end()
        finally:
            between.heal()
        three.again(CUT_OFF)
