"""Questions about running calls: beat, advance and restart play nothing beyond one."""

import math
import os
import tempfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import EXOPHONE, FROM, NOON, ORDINARY, TO
from exomock.domain.changes import Ask, Leave, PutThrough, Reply, Silence
from exomock.domain.clock import SECOND
from exomock.domain.errors import CallNotFound, NoQuestion, NotOnTheLine
from exomock.domain.fate import Fate, Outcome
from exomock.domain.leg import Event
from exomock.domain.order import Order
from exomock.domain.script import Party
from exomock.domain.span import Span
from exomock.engine import Engine, NewAccount
from exomock.numbering import read_number
from exomock.scenarios import read_scenario
from exomock.settings import Settings
from exomock.storage.store import Store

MANY = 100 if os.environ.get("EXOMOCK_SOAK") else 5

LEAVES = Leave(Party.FROM)
AGENTS = PutThrough((Outcome(Fate.NO_ANSWER), Outcome(Fate.BUSY), Outcome(Fate.ANSWER)))
LUCK = PutThrough((Outcome(Fate.BUSY, Span(SECOND, 20 * SECOND)), Outcome(Fate.ANSWER)))


class Exchange:
    """An engine with one account on a frozen clock, whose callbacks are collected."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.begin()

    def begin(self):
        """Start on the database."""
        scenario = read_scenario("scenario.yaml", ORDINARY.encode())
        self.store = Store(f"sqlite:///{self.folder.name}/calls.db", durable=False)
        self.engine = Engine(self.store, Settings(rate=0), scenario, lambda: NOON, seed=1)
        self.engine.accounts.open((), NOON)
        if "a" not in self.engine.worlds:
            new = NewAccount("a", "k", "t", time=NOON, rate=0, collect=True)
            self.engine.accounts.make(new)
        self.agenda = self.engine.agenda

    @property
    def world(self):
        """The account."""
        return self.engine.worlds["a"]

    def restart(self):
        """Another server on the same database."""
        self.engine.accounts.close()
        self.begin()

    def close(self):
        """Leave nothing behind."""
        self.engine.accounts.close()
        self.folder.cleanup()

    def connect(self, callback="http://x/"):
        """Place a call that From answers after 3 s, To after 5 s more."""
        order = Order(*map(read_number, (FROM, TO, EXOPHONE)), callback=callback)
        return self.engine.connect("a", order).sid

    def advance(self, seconds):
        """Let time pass; what happened."""
        span = seconds * SECOND
        return self.engine.advancing.advance(self.world, span, lambda _dues: None).events

    def decide(self, sid, change):
        """Change what becomes of the call."""
        return self.engine.replan("a", sid, change)

    def call(self, sid):
        """The call as it is kept."""
        return self.store.calls.one("a", sid)


@pytest.fixture
def exchange():
    """A frozen account."""
    exchange = Exchange()
    yield exchange
    exchange.close()


class TestAnOpenQuestion:
    @pytest.mark.parametrize("callback", [None, "http://x/"], ids=["silent", "told"])
    def test_holds_the_call_until_its_deadline(self, exchange, callback):
        """Neither advance nor beat nor a read plays on; at the deadline it goes on by itself."""
        sid = exchange.connect(callback)
        exchange.advance(4)
        exchange.decide(sid, Ask(LEAVES, 20 * SECOND))
        held = exchange.call(sid)
        events = exchange.advance(19) + exchange.advance(0.999999)
        exchange.agenda.run_due(exchange.world)
        exchange.engine.details("a", sid)

        assert ([], held) == (events, exchange.call(sid))
        assert [Event.SILENCE, Event.CANCELED, Event.HUNG_UP, Event.ENDED, Event.FILLED] == [
            each.event for each in exchange.advance(0.000001)
        ]

    def test_is_no_idleness_and_its_deadline_is_due(self, exchange):
        """An advance until idle takes what comes without a reply, at its moment."""
        sid = exchange.connect()
        exchange.advance(4)
        exchange.decide(sid, Ask(LEAVES, 20 * SECOND))
        waits = exchange.engine.advancing.idle(exchange.world)
        exchange.advance(math.inf)
        call = exchange.call(sid)

        assert (False, True) == (waits, exchange.engine.advancing.idle(exchange.world))
        assert (NOON + 24 * SECOND, True) == (call.ends_at, call.ended)

    def test_is_stopped_at_also_where_nobody_is_told(self, exchange):
        """An advance stands still at each question of a silent call, and at no other of its events."""
        sid = exchange.connect(None)
        quiet = exchange.store.coming.next_telling_at("a")
        exchange.advance(4)
        asked = exchange.decide(sid, Ask(Ask(LEAVES, 5 * SECOND), 5 * SECOND))
        stop = exchange.store.coming.next_telling_at("a")
        exchange.decide(sid, LEAVES)

        assert (None, asked.question.deadline) == (quiet, stop)
        assert exchange.store.coming.next_telling_at("a") is None

    def test_lives_through_a_restart(self, exchange):
        """The question is open afterwards, and its reply makes the call it would have made."""
        other = Exchange()
        calls = []
        for each in (exchange, other):
            sid = each.connect()
            each.advance(4)
            each.decide(sid, Ask(LEAVES, 20 * SECOND))
            if each is other:
                each.restart()
            each.decide(sid, Reply(LUCK))
            each.advance(math.inf)
            calls.append(each.call(sid))
        other.close()

        assert calls[0] == calls[1]
        assert 4 == len(calls[0].story.legs)


class TestAReply:
    def test_late_in_account_time_counts_from_the_question(self, exchange):
        """Asked at 4 s, replied to at 54 s: two agents lost and one reached long ago, all at once."""
        sid = exchange.connect()
        exchange.advance(4)
        exchange.decide(sid, Ask(LEAVES, 60 * SECOND))
        exchange.advance(50)
        after = exchange.decide(sid, Reply(AGENTS))

        assert NOON + 42 * SECOND == after.story.reached.answered_at
        assert ["canceled", "no-answer", "busy", "in-progress"] == [
            each.status for each in after.story.called
        ]

    def test_that_none_will_come_begins_the_rest_at_once(self, exchange):
        """A receiver that failed is not waited for until the deadline."""
        sid = exchange.connect()
        exchange.advance(4)
        exchange.decide(sid, Ask(LEAVES, 20 * SECOND))
        after = exchange.decide(sid, Reply(Silence()))

        assert (True, NOON + 4 * SECOND) == (after.ended, after.ends_at)

    def test_to_nothing_changes_nothing(self, exchange):
        """No question, no call, or no caller: an error, and the call is as it was."""
        sid = exchange.connect()
        before = exchange.call(sid)

        with pytest.raises(NoQuestion):
            exchange.decide(sid, Reply(LEAVES))
        with pytest.raises(NotOnTheLine):
            exchange.decide(sid, AGENTS)
        with pytest.raises(CallNotFound):
            exchange.decide("x", LEAVES)
        assert before == exchange.call(sid)


def split(whole):
    """Ways to cut so many seconds into pieces."""
    return st.lists(st.integers(0, whole), max_size=4).map(
        lambda cuts: [
            b - a for a, b in zip([0, *sorted(cuts)], [*sorted(cuts), whole], strict=True)
        ]
    )


def lived(*, before, during, after):
    """What a call has become, with its outbox, by advances of so many seconds each."""
    exchange = Exchange()
    sid = exchange.connect()
    for each in before:
        exchange.advance(each)
    exchange.decide(sid, Ask(LUCK, 40 * SECOND))
    for each in during:
        exchange.advance(each)
    if sum(during) < 40:
        exchange.decide(sid, Reply(AGENTS))
    for each in after:
        exchange.advance(each)
    found = exchange.call(sid), exchange.store.outbox.of("a")
    exchange.close()
    return found


@settings(deadline=None, max_examples=MANY)
@given(st.data())
def test_an_advance_in_pieces_makes_the_same_call_as_one(data):
    """Before the question, while it is open and after it; replied to in time, or not at all."""
    asked, answered, rest = (
        data.draw(st.sampled_from(all_)) for all_ in ((3, 7), (9, 41), (5, 99))
    )
    whole = lived(before=[asked], during=[answered], after=[rest])
    pieces = lived(
        before=data.draw(split(asked)),
        during=data.draw(split(answered)),
        after=data.draw(split(rest)),
    )

    assert whole == pieces
