"""How often a request that is sent on arrives at its owner: once; a read at most twice, and only unheard."""

import pytest
import requests

from cluster.pair import Process, Table
from cluster.raw_owner import OK, RawOwner
from conftest import EXOPHONE, FROM, TO
from exomock.cluster.where import There
from exomock.settings import Settings

AUTH = ("two-key", "two-token")
RAW = "/_exomock/accounts/raw"
V1, CONTROL = "/v1/Accounts/two", "/_exomock/accounts/two"
ORDER = {"From": FROM, "To": TO, "CallerId": EXOPHONE}


@pytest.fixture(scope="module")
def pair():
    """Two processes: the second plays account two."""
    table, told = Table(), Settings(rate=0)
    found = Process(table, 1, [], told), Process(table, 2, ["two"], told)
    yield found
    for each in found:
        each.close()


READS, CHANGES = ["GET", "HEAD", "OPTIONS"], ["POST", "PUT", "PATCH", "DELETE"]
FAILURES = {
    "without a word": None,
    "in the head": b"HTTP/1.1 200 OK\r\nX-Last: yes\r\nContent-Le",
    "in the body": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\nX-Last: yes\r\n\r\nhalf",
}
"""How the connection to an owner ends, which has read the request."""


class TestAnOwnerThatFails:
    @pytest.mark.parametrize("kept", [True, False], ids=["kept", "new"])
    @pytest.mark.parametrize("ends", FAILURES)
    @pytest.mark.parametrize("method", READS + CHANGES)
    def test_has_been_asked_once(self, pair, method, ends, kept):
        """Twice for a read to which a kept connection says nothing: it may have been closed before."""
        first = pair[0]
        owner = RawOwner(*[OK] * kept, *[FAILURES[ends]] * 3)
        first.part.says["raw"] = There(owner.url, owner.url, 77)
        try:
            if kept:
                assert b"ok" == first.ask("GET", RAW).content
            asked = len(owner.asked)
            answer = _asked(first, method)
        finally:
            owner.close()
            first.part.says.clear()
            first.front._places.clear()

        again = kept and method in READS and ends == "without a word"
        assert 1 + again == len(owner.asked) - asked
        # The client of a HEAD cannot see that a body ended in the middle: it has none.
        cut = ends == "in the body" and method != "HEAD"
        assert (None if cut else 200 if ends == "in the body" else 503) == answer


def _asked(process, method):
    """The status of an answer; None where it ended in the middle."""
    try:
        return process.ask(method, RAW, json={"x": 1} if method in CHANGES else None).status_code
    except requests.exceptions.RequestException:
        return None


SENT = {
    "a call": ("POST", f"{V1}/Calls/connect.json", {"data": ORDER}),
    "a message": (
        "POST",
        f"{V1}/Sms/send.json",
        {"data": {"From": EXOPHONE, "To": TO, "Body": "x"}},
    ),
    "a list": ("GET", f"{V1}/Calls.json", {}),
}


class TestAnOwnerThatAnswers:
    @pytest.mark.parametrize("what", SENT)
    def test_has_heard_each_request_once(self, pair, what):
        """Its journal has one entry for each, whether over a new connection or over a kept one."""
        first, second = pair
        method, path, said = SENT[what]
        journal = second.worlds["two"].journal
        before = len(journal.entries())
        statuses = [first.ask(method, path, auth=AUTH, **said).status_code for _ in range(3)]

        assert {200, 201} >= set(statuses)
        assert 3 == len(journal.entries()) - before

    def test_has_placed_each_call_once(self, pair):
        """So many are placed by way of another process, so many there are, each with its answer."""
        first, second = pair
        store = second.exchange.engine.store
        before = {each.sid for each in store.calls.all("two", 1_000)}
        placed = [
            first.ask("POST", f"{V1}/Calls/connect.json", auth=AUTH, data=ORDER) for _ in range(5)
        ]
        sids = sorted(each.json()["Call"]["Sid"] for each in placed)

        assert sids == sorted({each.sid for each in store.calls.all("two", 1_000)} - before)

    def test_has_done_each_change_once(self, pair):
        """The control API too: so many orders, so many that stand there."""
        first, second = pair
        for _ in range(4):
            asked = first.ask("POST", f"{CONTROL}/next", json={"calls": 1, "leg1": "busy"})
            assert 201 == asked.status_code

        assert 4 == len(second.worlds["two"].nexts)
