"""Several exchanges on one database: each account is played by one of them, whatever ends."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress

import pytest
from sqlalchemy import text

from conftest import Receiver
from exomock.cluster.rounds import _AUDIT, _CALM, _PATIENCE
from exomock.cluster.where import Here, Nobody, There, Unsettled
from exomock.engine import NewAccount
from exomock.storage.database import BATCH
from exomock.storage.fence import NotOwner
from exomock.storage.processes import UrlTaken
from tests.cluster.exchanges import A, B, C, end, exchange, freeze, here, look, order, steal, wake


@pytest.fixture
def exchanges(url):
    """Makes exchanges, which are ended."""
    with ExitStack() as stack:

        def made(at, *sids, **said):
            found = exchange(url, at, *sids, **said)
            stack.callback(end, found)
            return found

        yield made


def named(one, sids, other):
    """Those of the Sids that name `other`, as `one` sees it."""
    found = [(sid, one.cluster._peers.named(sid)) for sid in sids]
    return [sid for sid, there in found if there is not None and there.url == other]


SIDS = [f"team{number}" for number in range(1, 13)]


class TestAKilledProcess:
    def test_leaves_its_account_to_whoever_is_asked_for_it(self, exchanges, receiver):
        """A call goes on in the other process, and its callback comes once."""
        one, other = exchanges(A, "team1"), exchanges(B)
        call = one.engine.connect("team1", order(receiver.url))
        one.advance("team1", 10)
        freeze(one)

        assert Here() == other.cluster.directory.where("team1")
        assert "in-progress" == other.engine.call("team1", call.sid).status
        other.advance("team1", 60)
        other.advance("team1", 60)
        assert "completed" == other.engine.call("team1", call.sid).status
        assert 1 == len(receiver.wait_for(1))

    def test_has_its_account_taken_without_a_request(self, exchanges):
        """Within two looks more than it takes for whom the account names to come."""
        one, other = exchanges(A, *SIDS), exchanges(B)
        freeze(one)

        for _ in range(_PATIENCE + 1):
            look(other)
        assert sorted(SIDS) == here(other)
        assert len(SIDS) == other.cluster.takeovers

    def test_has_each_account_taken_first_by_whom_it_names(self, exchanges):
        """Of three processes one is killed: each of the others takes its share at its first look."""
        one, other, third = exchanges(A, *SIDS), exchanges(B), exchanges(C)
        freeze(one)

        look(other)
        look(third)
        assert sorted(SIDS) == sorted(here(other) + here(third))
        assert named(third, here(other), C) == []
        assert named(other, here(third), B) == []

    def test_does_not_let_account_time_run_back(self, exchanges):
        """The other goes on from the latest time that anything shows."""
        one, other = exchanges(A, "team1"), exchanges(B)
        one.engine.connect("team1", order())
        one.advance("team1", 10)
        then = one.engine.worlds["team1"].clock.at(one.engine.wall())
        freeze(one)
        other.cluster.directory.where("team1")

        assert then <= other.engine.worlds["team1"].clock.at(other.engine.wall())


class TestManyOrphans:
    def test_are_left_to_whom_they_name_however_many_there_are(self, exchanges):
        """One look goes through them batch by batch, and takes those that name its process."""
        one, other = exchanges(A), exchanges(B)
        look(one)
        many = [f"many{number}" for number in range(5 * BATCH // 2)]
        with one.engine.store.writing() as tx:
            rows = [{"sid": sid} for sid in many]
            # Of accounts whose making was cut off: whoever takes one forgets it.
            said = "INSERT INTO owners (account, owner, term, given) VALUES (:sid, NULL, 1, false)"
            tx.execute(text(said), rows)
        look(one)

        owners = one.engine.store.owners
        left = {each.account for each in owners.orphans(0, 3 * BATCH)}
        assert set(named(one, many, B)) <= left < set(many)
        for _ in range(3):
            look(other)
            look(one)
        assert [] == owners.orphans(0)


class TestAProcessThatWakesAfterItsLease:
    def test_says_that_it_cannot_answer(self, exchanges):
        """It has not been told yet that somebody else has its account, or it has not."""
        one, other = exchanges(A, "team1"), exchanges(B)
        freeze(one)

        assert one.cluster.directory.term("team1") is None
        assert isinstance(one.cluster.directory.where("team1"), Unsettled)
        other.cluster.directory.where("team1")
        assert isinstance(one.cluster.directory.where("team1"), Unsettled)

    def test_writes_nothing_of_an_account_that_was_taken(self, exchanges):
        """Its world is still in memory: the fence stops it."""
        one, other = exchanges(A, "team1"), exchanges(B)
        freeze(one)
        other.cluster.directory.where("team1")

        with pytest.raises(NotOwner):
            one.engine.connect("team1", order())
        assert not other.engine.store.calls.exist("team1")

    def test_sends_nothing(self, exchanges, receiver):
        """A callback that was due waits for whoever takes the account, who sends it once."""
        one, other = exchanges(A, "team1"), exchanges(B)
        one.engine.connect("team1", order(receiver.url))
        one.advance("team1", 47)
        freeze(one)
        with pytest.raises(NotOwner):
            one.advance("team1", 10)
        assert [] == receiver.got

        other.cluster.directory.where("team1")
        other.advance("team1", 60)
        assert 1 == len(receiver.wait_for(1))

    def test_sends_nothing_that_it_has_in_hand(self, exchanges, receiver):
        """What was taken to be sent before it was frozen is given back, not sent."""
        one, other = exchanges(A, "team1"), exchanges(B)
        call = one.engine.connect("team1", order(receiver.url))
        one.engine.ledger.leased = lambda: False
        with pytest.raises(NotOwner):
            one.advance("team1", 60)
        one.engine.ledger.leased = lambda: one.cluster.directory.holds
        (due,) = one.engine.outgoing.take_call(one.engine.worlds["team1"], call.sid)
        freeze(one)

        assert one.courier.begin(due) is None
        other.cluster.directory.where("team1")
        other.advance("team1", 60)
        assert 1 == len(receiver.wait_for(1))

    def test_records_no_try_that_ends_after_its_account_was_taken(self, exchanges):
        """Who took the account is trying it too, under the same number: that try alone counts."""
        frozen, taken = threading.Event(), threading.Event()
        ways = iter([(frozen, 500), (taken, 200)])

        def answer(_received):
            bell, status = next(ways)
            bell.wait(20)
            return status

        with closing(Receiver(answer=answer)) as receiver, ThreadPoolExecutor(2) as pool:
            one, other = exchanges(A, "team1"), exchanges(B)
            call = one.engine.connect("team1", order(receiver.url))
            late = pool.submit(one.advance, "team1", 60)
            receiver.wait_for(1)
            freeze(one)
            other.cluster.directory.where("team1")
            tried = pool.submit(other.advance, "team1", 60)
            receiver.wait_for(2)
            frozen.set()
            with suppress(NotOwner):
                late.result(20)
            (row,) = other.engine.store.outbox.of("team1", call.sid)
            assert ("sending", ()) == (row.state, row.attempts)
            taken.set()
            tried.result(20)

        (row,) = other.engine.store.outbox.of("team1", call.sid)
        assert ("delivered", [(1, 200)]) == (
            row.state,
            [(each.number, each.status) for each in row.attempts],
        )

    def test_lets_go_of_its_accounts_and_joins_under_another_id(self, exchanges):
        """And it sends on to whoever has taken them, or takes those that nobody has."""
        one, other = exchanges(A, "team1", "team2"), exchanges(B)
        before = one.cluster.member.id
        freeze(one)
        other.cluster.directory.where("team1")
        wake(one)

        assert before < one.cluster.member.id
        assert one.cluster.directory.holds
        assert {} == one.engine.worlds
        there = one.cluster.directory.where("team1")
        assert (B, B) == (there.url, there.reach)
        assert Here() == one.cluster.directory.where("team2")


class TestAProcessThatHasMissedATake:
    def test_lets_go_of_the_account_once_it_writes(self, exchanges):
        """It sends on its requests from then on; what came back to it in between stays."""
        one, other = exchanges(A, "team1", "team2"), exchanges(B)
        steal(other, "team1")
        with pytest.raises(NotOwner):
            one.engine.connect("team1", order())
        one.cluster.fence.missed("team2")
        look(one)

        assert ["team2"] == here(one)
        found = one.cluster.directory.where("team1")
        assert isinstance(found, There)
        assert B == found.url

    def test_opens_again_what_is_its_own_and_is_not_played(self, exchanges):
        """Whatever led there: half a minute later it has looked for it."""
        one = exchanges(A, "team1")
        one.engine.accounts.let_go("team1", save=False)
        assert [] == here(one)
        for _ in range(_AUDIT):
            look(one)

        assert ["team1"] == here(one)


class TestAProcessThatEnds:
    def test_hands_each_account_to_whom_it_names(self, exchanges):
        """They are played there at the next look, without any lease being over."""
        one, other, third = exchanges(A, *SIDS), exchanges(B), exchanges(C)
        for each in (one, other, third):
            look(each)
        one.leave()

        look(other)
        look(third)
        assert sorted(SIDS) == sorted(here(other) + here(third))
        assert [] == named(other, here(other), C)
        assert 0 == other.cluster.takeovers + third.cluster.takeovers

    def test_hands_a_running_call_over(self, exchanges, receiver):
        """The other plays it to its end."""
        one, other = exchanges(A, "team1"), exchanges(B)
        call = one.engine.connect("team1", order(receiver.url))
        one.advance("team1", 10)
        look(one)
        one.leave()

        assert Here() == other.cluster.directory.where("team1")
        other.advance("team1", 60)
        assert "completed" == other.engine.call("team1", call.sid).status
        assert 1 == len(receiver.wait_for(1))

    def test_sends_on_what_is_still_asked_of_it(self, exchanges):
        """Its ports are open for a moment longer; leaving twice is leaving once."""
        one, other = exchanges(A, "team1"), exchanges(B)
        one.leave()
        one.leave()

        there = one.cluster.directory.where("team1")
        assert isinstance(there, There)
        assert B == there.url
        assert Nobody() == one.cluster.directory.where("nobody")
        assert Here() == other.cluster.directory.where("team1")

    def test_takes_nothing_any_more(self, exchanges):
        """What nobody else takes stays nobody's."""
        one = exchanges(A, "team1")
        one.leave()

        assert isinstance(one.cluster.directory.where("team1"), Unsettled)
        assert one.engine.store.owners.place("team1").owner is None

    def test_is_gone_from_among_the_living(self, exchanges):
        """Nobody waits for its lease."""
        one, other = exchanges(A), exchanges(B)
        one.leave()

        assert [B] == [each.url for each in other.engine.store.processes.living()]


class TestAProcessThatJoins:
    def test_gets_the_idle_accounts_that_name_it(self, exchanges):
        """After some calm, in which it has begun to listen; others stay."""
        one = exchanges(A, *SIDS)
        other = exchanges(B)
        look(one)
        wanted = named(one, SIDS, B)
        for _ in range(_CALM + 1):
            look(one)
        look(other)

        assert wanted
        assert sorted(wanted) == here(other)
        assert sorted(set(SIDS) - set(wanted)) == here(one)

    def test_gets_no_account_in_which_a_call_runs(self, exchanges):
        """It gets it once the call has ended."""
        one, other = exchanges(A, *SIDS), exchanges(B)
        look(one)
        busy = named(one, SIDS, B)[0]
        one.engine.connect(busy, order())
        for _ in range(_CALM + 3):
            look(one)
        assert busy in here(one)

        one.advance(busy, 60)
        look(one)
        look(one)
        look(other)
        assert busy in here(other)


class TestWhoLives:
    def test_is_everybody_who_was_seen_and_whoever_may_have_joined_since(self, exchanges):
        """Otherwise a request that waits at a new process would be given up in its first second."""
        one = exchanges(A)
        look(one)
        other = exchanges(B).cluster.member.id

        lives = [one.cluster.directory.lives(other)]
        for _ in range(3):
            look(one)
            lives.append(one.cluster.directory.lives(other))
        assert [True] * 4 == lives

    def test_is_nobody_whose_lease_was_over_at_the_last_look(self, exchanges):
        """Whoever was seen before is dead at once, and whoever was never seen after two looks."""
        one, seen = exchanges(A), exchanges(B)
        look(one)
        unseen = exchanges(C)
        ids = [each.cluster.member.id for each in (seen, unseen)]
        assert [True, True] == [one.cluster.directory.lives(each) for each in ids]
        for each in (seen, unseen):
            freeze(each)

        look(one)
        assert [False, True] == [one.cluster.directory.lives(each) for each in ids]
        for _ in range(3):
            look(one)
            assert [False, False] == [one.cluster.directory.lives(each) for each in ids]


class TestANewAccount:
    def test_is_known_to_the_others_as_soon_as_it_is_made(self, exchanges):
        """They send its requests on, and make none of the same Sid."""
        one, other = exchanges(A), exchanges(B)
        one.engine.making.make(NewAccount("team9", "key", "token"))

        found = other.cluster.directory.where("team9")
        assert isinstance(found, There)
        assert A == found.url
        assert other.engine.making.make(NewAccount("team9", "other", "token")) is None

    def test_is_forgotten_when_it_is_deleted(self, exchanges):
        """Then anybody may make it."""
        one, other = exchanges(A, "team1"), exchanges(B)
        one.engine.delete_account("team1")

        assert Nobody() == other.cluster.directory.where("team1")
        assert other.engine.making.make(NewAccount("team1", "key", "token")) is not None

    def test_is_forgotten_by_who_had_it_before_whoever_deletes_it(self, exchanges):
        """Who asks there hears that there is none; not for ever that it has gone elsewhere."""
        one, other = exchanges(A, "team1"), exchanges(B)
        one.cluster._transfers.give("team1", other.cluster.member.id)
        assert Here() == other.cluster.directory.where("team1")
        with pytest.raises(NotOwner):
            one.engine.accounts.find("team1")
        other.engine.delete_account("team1")

        assert Nobody() == one.cluster.directory.where("team1")
        assert one.engine.accounts.find("team1") is None

    def test_has_a_home_that_all_agree_on(self, exchanges):
        """Where it is to be made: one process says here, the other names it."""
        one, other = exchanges(A), exchanges(B)
        look(one)
        look(other)

        for sid in SIDS:
            homes = [one.cluster.directory.home(sid), other.cluster.directory.home(sid)]
            assert 1 == homes.count(Here())
            (there,) = [each for each in homes if each != Here()]
            assert (A, B)[homes.index(Here())] == there.url

    def test_without_a_name_gets_a_sid_that_names_its_process(self, exchanges):
        """So that it need not move."""
        one = exchanges(A)
        exchanges(B)
        look(one)
        made = [one.engine.making.make(NewAccount()) for _ in range(5)]

        assert all(one.cluster.registrar.mine(world.sid) for world in made)


class TestTwoOfOneUrl:
    def test_the_second_is_refused_by_name(self, exchanges):
        """In one line, which says what to do."""
        one = exchanges(A, lease_renewal=0.1)

        with pytest.raises(UrlTaken) as caught:
            exchanges(A)
        said = str(caught.value)
        assert A in said
        assert str(one.cluster.member.me.pid) in said
        assert "--advertise" in said
        assert "\n" not in said

    def test_one_that_was_killed_is_waited_for(self, exchanges):
        """A restart takes the URL over when the lease of the killed one is over."""
        one = exchanges(A, "team1", lease=1, lease_renewal=0.3)
        one.cluster.member._bell.set()
        one.cluster.member._thread.join()

        again = exchanges(A)
        assert Here() == again.cluster.directory.where("team1")


def test_what_an_operator_sees(exchanges):
    """The processes with what they own, and who owns each account under which term."""
    one, other = exchanges(A, "team1", "team2"), exchanges(B)
    freeze(one)
    other.cluster.directory.where("team1")
    viewed = other.cluster.directory.view
    view = viewed()

    assert B == view["me"]
    (gone, lives) = view["processes"]
    assert (A, False, 1) == (gone["url"], gone["alive"], gone["accounts"])
    assert (B, True, 1) == (lives["url"], lives["alive"], lives["accounts"])
    assert {"url", "pid", "alive", "until", "accounts"} == set(lives)
    assert [
        {"sid": "team1", "owner": B, "term": 2},
        {"sid": "team2", "owner": A, "term": 1},
    ] == view["accounts"]
    assert [{"sid": "team1", "owner": B, "term": 2}] == viewed("team1")["accounts"]
    assert [] == viewed("nobody")["accounts"]
