"""An account is let go of while something is under way in it: each ends, nothing is half done."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
import requests

from cluster.nodes import NOON, Node, Receiver
from conftest import ORDINARY
from exomock.engine import locks
from exomock.storage.fence import NotOwner
from exomock.storage.trouble import DatabaseFault

SECOND = 1_000_000
MANY = "history: [{calls: 20000}]"
"""A past that takes a while to make."""


@pytest.fixture
def nodes(url):
    """Two exomocks that share a database; at the end no lock was taken out of order."""
    locks.broken()
    found = [Node(url, ORDINARY) for _ in range(2)]
    yield found
    for node in found:
        node.close()
    assert locks.broken() == []


@contextmanager
def held(status=200):
    """A receiver that answers when it is told to."""
    release, receiver = threading.Event(), Receiver()
    receiver.answer = lambda _got: release.wait(20) and status
    receiver.release = release
    yield receiver
    release.set()
    receiver.close()


@contextmanager
def beside(ask):
    """Do something in a thread of its own; its result is the future that is yielded."""
    with ThreadPoolExecutor(1) as pool:
        yield pool.submit(ask)


def tries(node, sid):
    """The state and the tries of each callback, as the database has them."""
    rows = node.exchange.engine.store.outbox.of(sid)
    return [(row.state, [each.status for each in row.attempts]) for row in rows]


def placed(node, sid, receiver, number=1):
    """Place a call that tells a receiver of its end."""
    return node.connect(sid, number, StatusCallback=receiver.url).json()["Call"]["Sid"]


class TestAnAdvance:
    @pytest.mark.parametrize("save", [True, False])
    def test_that_waits_for_a_receiver_ends_with_503(self, nodes, save):
        """What its callback was on the wire is sent again by the next owner, and then once."""
        first, second = nodes
        first.make("acc")
        with held() as receiver:
            placed(first, "acc", receiver)
            with beside(lambda: first.advance("acc", 60)) as advanced:
                receiver.wait_for(1)
                first.accounts.let_go("acc", save=save)
                assert advanced.result(10).status_code == 503
            receiver.release.set()
            world = second.accounts.take("acc")
            assert world.clock.at(second.exchange.engine.wall()) == NOON + 48 * SECOND
            assert second.advance("acc", 0).status_code == 200
            assert tries(second, "acc") == [("delivered", [200])]

    def test_goes_on_where_it_stopped(self, nodes):
        """The next owner plays the rest of the call, and no transition twice."""
        first, second = nodes
        first.make("acc")
        sid = first.connect("acc").json()["Call"]["Sid"]
        first.advance("acc", 5)
        first.accounts.let_go("acc", save=True)
        second.accounts.take("acc")
        events = second.advance("acc", 60).json()["events"]
        assert {each["call"] for each in events} == {sid}
        assert [each["event"] for each in events][-1] == "filled"
        assert second.control("GET", "acc", f"/calls/{sid}").json()["status"] == "completed"


class TestACallback:
    @pytest.mark.parametrize("status", [200, 500])
    def test_that_ends_in_time_is_recorded_and_not_sent_again(self, nodes, status):
        """An account that is saved waits a moment for what is on the wire."""
        first, second = nodes
        first.make("acc", rate=600.0)
        with held(status) as receiver:
            placed(first, "acc", receiver)
            receiver.wait_for(1)
            with beside(lambda: first.accounts.let_go("acc", save=True)) as gone:
                world = first.accounts.world("acc")
                assert world.wait_for(lambda: world.left, 5)
                receiver.release.set()
                assert gone.result(10)
            state = "delivered" if status == 200 else "pending"
            assert tries(first, "acc") == [(state, [status])]
            second.accounts.take("acc")
            assert len(receiver.got) == 1

    def test_that_ends_late_is_recorded_nowhere(self, nodes):
        """An account that is not saved is another's already: its row stays as it is."""
        first, second = nodes
        first.make("acc", rate=600.0)
        with held() as receiver:
            placed(first, "acc", receiver)
            receiver.wait_for(1)
            first.accounts.let_go("acc", save=False)
            assert tries(first, "acc") == [("sending", [])]
            receiver.release.set()
            second.accounts.take("acc")
            receiver.wait_for(2)
            world = second.accounts.world("acc")
            assert world.wait_for(lambda: world.idle, 10)
            assert tries(second, "acc") == [("delivered", [200])]


class TestAClient:
    @pytest.mark.parametrize("save", [True, False])
    def test_whose_connect_waits_for_its_turn_gets_no_call(self, nodes, save):
        """A connect that finds the account left raises NotOwner, and nothing is placed."""
        first, _second = nodes
        world = first.make("acc")
        engine = first.exchange.engine
        with world.state:
            pass
        first.accounts.let_go("acc", save=save)
        with pytest.raises(NotOwner), world.living():
            pass
        assert engine.store.calls.all("acc") == []
        with pytest.raises(NotOwner):
            first.accounts.world("acc")

    def test_that_waits_or_follows_is_let_go_of_too(self, nodes):
        """A wait answers 503, and a stream ends."""
        first, _second = nodes
        first.make("acc")
        sid = first.connect("acc").json()["Call"]["Sid"]
        wait = f"/wait?call={sid}&status=completed&timeout=60"
        url = f"{first.url}/_exomock/accounts/acc/events"
        world = first.accounts.world("acc")
        with requests.get(url, stream=True, timeout=20) as stream:
            with beside(lambda: first.control("GET", "acc", wait)) as waited:
                assert stream.status_code == 200
                first.accounts.let_go("acc", save=True)
                assert waited.result(10).status_code in (404, 503)
            assert b"event" not in b"".join(stream.iter_content()).split(b"\n\n")[-1]
        assert world.news.over

    def test_that_comes_while_the_account_is_let_go_of_does_not_wait(self, nodes):
        """A wait that begins once the epoch is over finds that the account is left."""
        first, _second = nodes
        world = first.make("acc")
        first.connect("acc")
        hide = first.accounts._handing._hide
        answers = []

        def later(world, *, save):
            answers.append(first.control("GET", "acc", "/wait?idle=true&timeout=60"))
            hide(world, save=save)

        first.accounts._handing._hide = later
        first.accounts.let_go("acc", save=True)
        assert [answer.status_code for answer in answers] == [503]
        assert not world.alive

    def test_cannot_change_what_is_left(self, nodes):
        """Each change of the control API is refused, and none is kept."""
        first, second = nodes
        world = first.make("acc")
        engine = first.exchange.engine
        first.accounts.let_go("acc", save=True)
        changes = (
            lambda: engine.resets.reset("acc"),
            lambda: engine.scenarios.set("acc", None),
            lambda: engine.phones.switch("acc", True),
            lambda: engine.clocks.set("acc", None, 2.0),
            lambda: engine.snapshots.take("acc"),
            lambda: engine.twisting.remove(world),
            lambda: engine.faults.remove(world),
            lambda: first.accounts.delete("acc"),
        )
        for change in changes:
            with pytest.raises(NotOwner):
                change()
        assert not second.accounts.take("acc").options.people


class TestAPast:
    def test_that_is_being_made_is_made_by_the_next_owner(self, nodes):
        """It is whole there, and no call of it is there twice."""
        first, second = nodes
        url = f"{first.url}/_exomock/accounts"
        body = {"sid": "acc", "key": "key", "token": "token", "scenario": MANY}
        with beside(lambda: requests.post(url, json=body, timeout=20)) as made:
            while "acc" not in first.accounts.worlds:
                threading.Event().wait(0.001)
            first.accounts.let_go("acc", save=True)
            made.result(20)
        second.accounts.take("acc")
        page = second.v1("GET", "acc", "Calls").json()
        assert page["Metadata"]["Total"] == len(second.exchange.engine.store.calls.all("acc"))
        assert len(second.exchange.engine.store.calls.all("acc")) == 20_000


class TestASnapshot:
    def test_dies_with_its_owner(self, nodes):
        """It is in no list of the next owner, nor of the one that had it."""
        first, second = nodes
        first.make("acc")
        first.exchange.engine.snapshots.take("acc")
        first.accounts.let_go("acc", save=True)
        second.accounts.take("acc")
        assert first.exchange.engine.snapshots.of("acc") == []
        assert second.control("GET", "acc", "/snapshots").json()["snapshots"] == []


class TestTheJournal:
    def test_says_that_it_begins_with_another_owner(self, nodes):
        """So do the first line of the transcript, and how many requests were dropped."""
        first, second = nodes
        first.make("acc")
        for number in range(3):
            first.connect("acc", number)
        first.accounts.let_go("acc", save=True)
        second.accounts.take("acc")
        said = second.control("GET", "acc", "/requests").json()
        assert (said["dropped"], said["total"], said["requests"]) == (3, 3, [])
        head = json.loads(second.control("GET", "acc", "/transcript").text.split("\n")[0])
        assert head["requests_dropped"] == 3
        assert head["taken_over"] == said["taken_over"]


class _Foreign:
    """A fence that lets nothing through: every account is another process's."""

    def owned(self, _tx, _accounts):
        return ()

    def check(self, _tx, accounts):
        raise NotOwner(next(iter(accounts)))


class TestARequestThatCameInBefore:
    """The front has let it pass, because the account was here; the worker comes to it later."""

    @pytest.mark.parametrize("auth", [("key", "token"), ("other-key", "token"), ("acc", "token")])
    def test_is_a_503_and_no_word_about_its_credentials(self, nodes, auth):
        """Also where another account of this process has the same ones, or none has them."""
        first, second = nodes
        for sid in ("acc", "other"):
            first.make(sid)
        first.accounts.let_go("acc", save=True)
        url = f"{first.url}/v1/Accounts/acc/Calls.json"
        assert 503 == first.http.get(url, auth=auth, timeout=20).status_code
        second.accounts.take("acc")
        assert 503 == first.http.get(url, auth=auth, timeout=20).status_code

    def test_is_a_401_once_the_account_is_deleted(self, nodes):
        """Its new owner has done it, and whoever looks for it hears that it is nobody's."""
        first, _second = nodes
        first.make("acc")
        first.accounts.let_go("acc", save=True)
        first.accounts.ended("acc")
        url = f"{first.url}/v1/Accounts/acc/Calls.json"
        assert 401 == first.http.get(url, auth=("key", "token"), timeout=20).status_code


class TestNotOwner:
    def test_has_no_effect_in_memory(self, nodes):
        """Whatever is asked of an account that is another's changes nothing here."""
        first, second = nodes
        first.make("acc")
        sid = first.connect("acc").json()["Call"]["Sid"]
        for path, words in (
            ("/next", {"calls": 2, "leg1": "busy"}),
            ("/twists", {"callbacks": {"terminal": {"drop": True}}}),
        ):
            assert first.control("POST", "acc", path, json=words).status_code == 201

        def seen():
            world = first.accounts.world("acc")
            shown = [first.control("GET", "acc", path).json() for path in ("/calls", "/twists")]
            return shown, [each.calls for each in world.nexts], dict(world.moments), world.connects

        before, store = seen(), first.exchange.engine.store
        store.fence = _Foreign()
        asked = [
            first.connect("acc", 2),
            first.control("POST", "acc", "/next", json={"calls": 1, "leg1": "busy"}),
            first.control("POST", "acc", "/faults", json={"answer": "html"}),
            first.control("POST", "acc", "/twists", json={"callbacks": {"swap": True}}),
            first.control("POST", "acc", f"/calls/{sid}/hangup", json={"by": "from"}),
            first.control("DELETE", "acc", "/twists"),
        ]
        assert {each.status_code for each in asked} <= {500, 503}
        assert seen() == before
        first.accounts.let_go("acc", save=False)
        store.fence = None
        assert len(second.accounts.take("acc").nexts) == 1

    def test_of_a_database_that_fails_is_as_a_fault(self, nodes):
        """`NotOwner` is a fault of the database to whoever does not know of owners."""
        assert issubclass(NotOwner, DatabaseFault)
        assert nodes[0].accounts.take("nobody") is None
