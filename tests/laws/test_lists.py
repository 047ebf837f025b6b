"""Law: a list says what its calls say, and finds what a search in memory finds."""

import os
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import databases
from conftest import DATABASES, NOON
from domain.test_legal_plans import lates, orders, placed, scripts, seeds
from exomock.domain.clock import SECOND
from exomock.domain.leg import Event
from exomock.domain.listing import CallFilter, Cursor, Window
from exomock.domain.sid import call_key
from exomock.domain.story import Transition
from exomock.domain.summary import summary_of
from exomock.storage import listing, rows, seeking
from exomock.storage.rows import SUMMED_UP, summary
from exomock.storage.store import Store
from exomock.storage.trouble import DatabaseFault
from laws.ended import NUMBERS, finished, row_of

MANY = 1_000 if os.environ.get("EXOMOCK_SOAK") else 40


def summed_up(call):
    """The summary that a list makes of a call's row."""
    call = replace(call, key=call_key(1, call.account, "kind", 0))
    row = rows.placed(call, "kind", 0, rows.order_json(call.order))
    return summary(tuple(row[column.name] for column in SUMMED_UP))


class TestASummary:
    @settings(max_examples=3 * MANY, deadline=None)
    @given(scripts, orders, lates, seeds, st.data())
    def test_of_a_row_is_that_of_its_call(self, script, order, late, seed, data):
        """At each moment of any legal call's life, though no leg is followed for it."""
        call = placed(script, order, late, seed)
        recorded = data.draw(st.sampled_from([None, True, False]))
        call = replace(call, order=replace(order, record=recorded))
        call = call.as_of(data.draw(st.integers(0, len(call.plan))))

        assert summary_of(call) == summed_up(call)

    @pytest.mark.parametrize("done", range(10))
    def test_of_a_row_follows_questions_and_third_legs(self, done):
        """A question is no change of the call; whoever of the called talks makes a conversation."""
        events = (
            (0, Event.DIALED), (0, Event.ANSWERED), (0, Event.ASKED), (0, Event.SILENCE),
            (1, Event.DIALED), (1, Event.REJECTED), (2, Event.DIALED), (2, Event.ANSWERED),
            (2, Event.HUNG_UP), (0, Event.HUNG_UP),
        )  # fmt: skip
        some = finished("mine", 0, Random(6))
        plan = tuple(Transition(some.created + i * SECOND, *each) for i, each in enumerate(events))
        order = replace(some.order, record=True)
        call = replace(some, plan=plan, order=order, done=done + 1)

        assert summary_of(call) == summed_up(call)

    @pytest.mark.parametrize(
        "damage",
        [
            pytest.param({"plan": "x"}, id="no-json"),
            pytest.param({"plan": None}, id="no-plan"),
            pytest.param({"plan": "[]"}, id="a-shorter-plan"),
            pytest.param({"plan": "[[1,0]]", "done": 1}, id="half-an-event"),
            pytest.param({"plan": '[["x",0,"dialed"]]', "done": 1}, id="no-time"),
            pytest.param({"to_e164": None}, id="no-number"),
            pytest.param({"done": "x"}, id="no-count"),
        ],
    )
    def test_of_a_damaged_row_is_a_fault(self, damage):
        """A page is no place for half a call."""
        row = row_of(finished("mine", 0, Random(5))) | damage
        with pytest.raises(DatabaseFault, match="a call of account mine is damaged"):
            summary(tuple(row[column.name] for column in SUMMED_UP))


@pytest.fixture(scope="module", params=DATABASES)
def url(request, tmp_path_factory):
    """The URL of an empty database, of each kind."""
    folder = tmp_path_factory.mktemp("lists")
    with databases.empty(request.param, folder, request.getfixturevalue) as found:
        yield found


@pytest.fixture(scope="module", params=[seeking.FEW, 0], ids=["few", "many"])
def full(request, url):
    """A store with 300 calls that have ended, some of another account."""
    store, chance = Store(url, durable=False), Random(1)
    found = [finished("mine" if i % 5 else "other", i, chance) for i in range(300)]
    store.contents.clear("mine")
    store.contents.clear("other")
    store.calls.add([row_of(call) for call in found])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(seeking, "FEW", request.param)  # with 0, each filter has its index
        yield store, [call for call in found if call.account == "mine"]
    store.close()


def some(values, most=3):
    return st.lists(st.sampled_from(values), unique=True, max_size=most).map(tuple)


def limits(most):
    pairs = st.tuples(st.sampled_from(["gte", "lte", "eq"]), st.integers(0, most))
    return st.lists(pairs, max_size=2).map(tuple)


E164 = [each.e164 for each in NUMBERS]
questions = st.fixed_dictionaries(
    {},
    optional={
        "to": some(E164),
        "from_": some(E164),
        "exophone": some(E164),
        "statuses": some(["completed", "busy", "no-answer", "failed"]),
        "directions": some(["inbound", "outbound-api"]),
        "duration": limits(90),
        "price": limits(900),
    },
)
KEYS = {
    "sids": lambda call: call.sid,
    "to": lambda call: call.order.to.e164,
    "from_": lambda call: call.order.from_.e164,
    "exophone": lambda call: call.order.exophone.e164,
    "statuses": lambda call: str(call.status),
    "directions": lambda call: str(call.order.direction),
}
LIMITS = {"duration": lambda call: call.duration, "price": lambda call: call.cost}
MEETS = {"gte": int.__ge__, "lte": int.__le__, "eq": int.__eq__}


def cursor_of(call):
    return Cursor(call.created // SECOND, call.sid)


def matches(call, asked, window):
    return (
        window.begin <= call.created // SECOND <= window.end
        and all(key(call) in (getattr(asked, name) or (key(call),)) for name, key in KEYS.items())
        and all(
            MEETS[word](key(call), value)
            for name, key in LIMITS.items()
            for word, value in getattr(asked, name)
        )
    )


class TestAPage:
    @settings(max_examples=4 * MANY, deadline=None)
    @given(questions, st.data())
    def test_is_that_of_a_list_in_memory(self, full, question, data):
        """Every filter alone and beside others, several values, both orders, before and after."""
        store, found = full
        if data.draw(st.integers(0, 3)) == 0:
            sids = data.draw(st.lists(st.sampled_from(found), max_size=5, unique_by=id))
            question["sids"] = tuple(call.sid for call in sids)
        begin = NOON // SECOND - data.draw(st.integers(0, 70))
        window = Window(begin, begin + data.draw(st.sampled_from([5, 30, 100])))
        size, ascending = data.draw(st.integers(1, 9)), data.draw(st.booleans())
        legs, cursor = data.draw(st.booleans()), cursor_of(data.draw(st.sampled_from(found)))
        side = data.draw(st.sampled_from([None, "after", "before"]))
        given = question | ({side: cursor} if side else {})
        asked = CallFilter(**given, size=size, ascending=ascending, legs=legs)

        page = listing.page(store, "mine", asked, window)

        whole = sorted((c for c in found if matches(c, asked, window)), key=cursor_of)
        whole = whole if ascending else whole[::-1]
        later = [
            c for c in whole if (cursor_of(c) > cursor) == ascending and cursor_of(c) != cursor
        ]
        sooner = [
            c for c in whole if (cursor_of(c) < cursor) == ascending and cursor_of(c) != cursor
        ]
        expected = {None: whole[:size], "after": later[:size], "before": sooner[-size:]}[side]
        assert [summary_of(call) for call in expected] == list(page.found)
        assert (expected if legs else []) == list(page.calls)
        assert len(whole) == page.total
        if expected:
            first, last = whole.index(expected[0]), whole.index(expected[-1])
            assert (first > 0, last < len(whole) - 1) == (page.has_previous, page.has_next)
