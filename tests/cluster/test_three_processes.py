"""Three real processes behind PostgreSQL: whatever happens to one, nothing is lost."""

import os
import random
import threading
from collections import Counter

import pytest

from conftest import Receiver
from serve.conftest import until
from tests.cluster.three import LEASE, Clients, Findings, Processes, made

ROUNDS = 30 if os.environ.get("EXOMOCK_SOAK") else 2
ACCOUNTS = 200 if os.environ.get("EXOMOCK_SOAK") else 40


class CountingReceiver(Receiver):
    """A receiver that knows how often it was told of each call."""

    @property
    def calls(self) -> Counter[str]:
        """How often, by Sid."""
        return Counter(each.form["CallSid"] for each in self.got)


@pytest.fixture
def told():
    """A receiver of callbacks."""
    receiver = CountingReceiver()
    yield receiver
    receiver.close()


@pytest.fixture
def three(tmp_path, postgresql_url):
    """Three processes on one database."""
    processes = Processes(tmp_path, [postgresql_url] * 3)
    yield processes
    processes.close()


@pytest.fixture
def story(three, postgresql_url, told):
    """Load over all accounts while something happens; then every law is checked."""

    def play(what, *, once, accounts=ACCOUNTS):
        sids = made(three, accounts)
        clients = Clients(three, sids, told.url)
        try:
            what()
        finally:
            asked = clients.stop()
        until(three.agree, 4 * LEASE)
        findings = Findings(three, postgresql_url, Counter())
        try:
            findings.wait_until_idle()
            findings._received = told.calls
            findings.check(asked, once=once)
        finally:
            findings.close()
        assert 10 * max(1, len(asked.placed)) > len(asked.placed) > 5, "there was hardly any load"
        return asked

    return play


class TestWhereNothingIsWrong:
    def test_each_call_is_told_of_once_whomever_one_asks(self, story):
        """Random requests to random processes; no answer but 200."""
        asked = story(lambda: threading.Event().wait(3 * LEASE), once=True)

        assert {200} == set(asked.statuses)


class TestWhereAProcessEnds:
    @pytest.mark.parametrize("how", ["kill", "freeze", "end"])
    def test_nothing_is_lost_and_nothing_is_played_twice(self, story, three, how):
        """kill -9, SIGSTOP for longer than a lease, SIGTERM: the others go on."""
        chance = random.Random(7)

        def happen():
            for _ in range(ROUNDS):
                threading.Event().wait(0.5)
                getattr(three, how)(chance.randrange(3))

        story(happen, once=how == "end")
