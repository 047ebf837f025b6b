"""The table of owners, against a model of twenty lines."""

import os
from contextlib import suppress

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text

from exomock.cluster.deeds import Deeds
from exomock.storage.fence import NotOwner
from exomock.storage.processes import UrlTaken
from tests.cluster.conftest import expire, opened

SIDS = st.sampled_from(["team1", "team2"])
SLOTS = st.integers(0, 2)
LEASE = 3_600
MANY = 1_000 if os.environ.get("EXOMOCK_SOAK") else 30


class Model:
    """Who lives, and who owns what: accounts are rows (owner, term), an owner is an id."""

    def __init__(self):
        self.living, self.rows, self.ids = set(), {}, set()

    def join(self, process):
        assert process not in self.ids, "an id never lives twice"
        self.ids.add(process)
        self.living.add(process)

    def begin(self, sid, me):
        if sid in self.rows or me not in self.living:
            return False
        self.rows[sid] = me, 1
        return True

    def take(self, sid, me, owner, term):
        if self.rows.get(sid) != (owner, term) or owner in self.living or me not in self.living:
            return None
        self.rows[sid] = me, term + 1
        return term + 1

    def give(self, sid, me, term, to):
        if self.rows.get(sid) != (me, term):
            return False
        self.rows[sid] = to, term + 1
        return True

    def forget(self, sid, me, term):
        return self.rows.get(sid) == (me, term) and bool(self.rows.pop(sid))


class Owners(RuleBasedStateMachine):
    """
    Three processes with a store each do what they may; each has seen what it has seen.

    Laws: an account has at most one owner, terms rise, and nobody writes under an old term.
    """

    def __init__(self, stores):
        super().__init__()
        self.stores = stores
        with stores[0].writing() as tx:
            tx.execute(text("DELETE FROM owners"))
            tx.execute(text("DELETE FROM processes"))
        self.deeds = [Deeds() for _ in self.stores]
        for store, deeds in zip(self.stores, self.deeds, strict=True):
            store.fence = deeds
        self.ids = [None] * 3
        self.model = Model()
        self.seen, self.terms, self.lives = {}, {}, {}
        for slot in range(3):
            self.join(slot)
        self.begin(0, "team1")

    @rule(slot=SLOTS)
    def join(self, slot):
        """A process joins; while it lives, none of its URL does."""
        if self.ids[slot] in self.model.living:
            with suppress(UrlTaken):
                self._join(slot)
                raise AssertionError("two living processes advertise one URL")
        else:
            self.ids[slot] = self._join(slot)
            self.model.join(self.ids[slot])

    def _join(self, slot):
        processes = self.stores[slot].processes
        return processes.join(f"http://{slot}", f"http://{slot}", pid=slot, lease=LEASE)

    @rule(slot=SLOTS)
    def renew(self, slot):
        """A lease that is over is never renewed."""
        if (me := self.ids[slot]) is not None:
            renewed = self.stores[slot].processes.renew(me, LEASE)
            assert (me in self.model.living) == renewed

    @rule(slot=SLOTS)
    def expire(self, slot):
        """A process is frozen for longer than its lease; it does not know."""
        if (me := self.ids[slot]) is not None:
            expire(self.stores[slot], me)
            self.model.living.discard(me)

    @rule(slot=SLOTS)
    def leave(self, slot):
        """A process ends."""
        if (me := self.ids[slot]) is not None:
            self.stores[slot].processes.leave(me)
            self.model.living.discard(me)

    @rule(slot=SLOTS, sid=SIDS)
    def look(self, slot, sid):
        """A process looks who owns an account; it may act on this much later."""
        found = self.stores[slot].owners.place(sid)
        self.seen[slot, sid] = None if found is None else (found.owner, found.term)
        assert self.model.rows.get(sid) == self.seen[slot, sid]

    @rule(slot=SLOTS, sid=SIDS, fresh=st.booleans())
    def take(self, slot, sid, fresh):
        """A process takes what it has seen, if nobody was quicker and the owner is gone."""
        if fresh:
            self.look(slot, sid)
        seen, me = self.seen.get((slot, sid)), self.ids[slot]
        if seen is not None and me is not None:
            term = self.stores[slot].owners.take(sid, me, *seen)
            assert self.model.take(sid, me, *seen) == term
            if term is not None:
                self.deeds[slot].enter(sid, me, term)

    @rule(slot=SLOTS, other=SLOTS, sid=SIDS, sleeps=st.booleans())
    def freeze(self, slot, other, sid, sleeps):
        """A process is frozen, and another takes what it has; then it wakes and goes on."""
        self.begin(slot, sid)
        if sleeps:
            self.expire(slot)
        self.look(other, sid)
        self.take(other, sid, fresh=False)
        self.take(slot, sid, fresh=False)
        self.write(slot, sid)
        self.write(other, sid)

    @rule(slot=SLOTS, sid=SIDS, to=SLOTS)
    def give_again(self, slot, sid, to):
        """A process gives an account under a term that is old by then."""
        self.begin(slot, sid)
        self.give(slot, sid, slot, anybody=False, awake=False)
        self.write(slot, sid)
        self.give(slot, sid, to, anybody=False, awake=True)

    @rule(slot=SLOTS, sid=SIDS)
    def begin(self, slot, sid):
        """A process makes an account that there is not."""
        if (me := self.ids[slot]) is not None:
            begun = self.stores[slot].owners.begin(sid, me)
            assert self.model.begin(sid, me) == begun
            if begun:
                self.lives[sid] = self.lives.get(sid, 0) + 1
                self.deeds[slot].enter(sid, me, 1)

    @rule(slot=SLOTS, sid=SIDS, to=SLOTS, anybody=st.booleans(), awake=st.booleans())
    def give(self, slot, sid, to, anybody, awake):
        """
        A process gives what it believes to own, to one that may be gone, or to anybody.

        One that is not quite awake goes on believing that it owns it.
        """
        deed = self.deeds[slot].of(sid)
        if deed is not None:
            heir = None if anybody else self.ids[to]
            given = self.stores[slot].owners.give(sid, *deed, heir)
            assert self.model.give(sid, *deed, heir) == given
            if awake:
                self.deeds[slot].drop(sid)

    @rule(slot=SLOTS, sid=SIDS)
    def adopt(self, slot, sid):
        """A process that was given an account hears of it."""
        me = self.ids[slot]
        mine = [each for each in self.stores[slot].owners.orphans(me or 0) if each.owner == me]
        for each in mine:
            if each.account == sid and me in self.model.living:
                assert self.stores[slot].owners.adopt(sid, me, each.term)
                self.deeds[slot].enter(sid, me, each.term)

    @rule(slot=SLOTS, sid=SIDS)
    def forget(self, slot, sid):
        """A process deletes what it believes to own."""
        deed = self.deeds[slot].of(sid)
        if deed is not None:
            forgotten = self.stores[slot].owners.forget(sid, *deed)
            assert self.model.forget(sid, *deed) == forgotten
            self.deeds[slot].drop(sid)

    @rule(slot=SLOTS, sid=SIDS)
    def write(self, slot, sid):
        """Only who owns it under the present term writes an account's rows."""
        deed, wrote = self.deeds[slot].of(sid), False
        with suppress(NotOwner), self.stores[slot].writing(sid):
            wrote = True
        assert (deed is not None and self.model.rows.get(sid) == tuple(deed)) == wrote

    @precondition(lambda self: self.model.rows)
    @invariant()
    def terms_rise(self):
        """In the life of an account no term comes twice with another owner."""
        for sid, (owner, term) in self.model.rows.items():
            known = self.terms.setdefault((sid, self.lives[sid], term), owner)
            assert known == owner

    @invariant()
    def the_rows_are_the_models(self):
        """Whoever has changed them."""
        with self.stores[0].writing() as tx:
            rows = tx.execute(text("SELECT account, owner, term FROM owners")).all()
        assert self.model.rows == {account: (owner, term) for account, owner, term in rows}

    @invariant()
    def orphans_are_those_whose_owner_does_not_live(self):
        """And nobody else's."""
        found = {each.account for each in self.stores[1].owners.orphans(0)}
        gone = {sid for sid, row in self.model.rows.items() if row[0] not in self.model.living}
        assert gone == found


def test_the_table_of_owners_is_as_its_model(url):
    """Whatever three processes do, on each kind of database."""
    # Each step takes PostgreSQL, over a socket, five times as long.
    many = MANY if url.startswith("sqlite") else MANY // 6
    with opened(url, 3) as stores:
        run_state_machine_as_test(
            lambda: Owners(stores),
            settings=settings(max_examples=many, stateful_step_count=40, deadline=None),
        )
