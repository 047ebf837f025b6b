"""Placing a call: its fate is planned, and it becomes a row; shared by all that place calls."""

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from random import Random
from typing import NamedTuple

from exomock.domain.call import Call
from exomock.domain.flows.inputs import Answered
from exomock.domain.flows.steps import NO_FLOWS, Flows
from exomock.domain.flows.walk import flow_of_call, unknown_flow
from exomock.domain.leg import CALLER
from exomock.domain.number import from_e164
from exomock.domain.order import Direction, Order
from exomock.domain.phone import by_people
from exomock.domain.plan import plan, plan_of
from exomock.domain.recording_twist import PLAIN
from exomock.domain.script import Choice, Script
from exomock.domain.sid import call_key, call_sid
from exomock.domain.twist import STRAIGHT
from exomock.engine.calls import Calls
from exomock.engine.exophones import ExoPhones
from exomock.engine.options import has_people
from exomock.engine.remembered import Kinds
from exomock.engine.walks import walk_of
from exomock.engine.world import World
from exomock.settings import Settings
from exomock.storage.counts import NOTHING
from exomock.storage.flows import kept
from exomock.storage.rows import order_json, placed
from exomock.storage.store import Store
from exomock.storage.tables import COMES_IN

PEOPLE = "people answer the phones of this account"
"""Why the script's legs do not hold, where a person has said so on the account's board."""


class Asked(NamedTuple):
    """
    An order as a call is made of it.

    Args:
        order: It.
        text: As JSON.
        kind: The fingerprint that it is counted under.
        replies: Answers to the first questions that its flow asks.
    """

    order: Order
    text: str
    kind: str
    replies: tuple[Answered, ...] = ()


def asked(order: Order, kind: str | None = None) -> Asked:
    """
    An order, and its fingerprint: equal orders have the same.

    Args:
        order: The order.
        kind: Another fingerprint, for calls that nobody ordered.
    """
    text = order_json(order)
    if kind is None:
        # Without its host: the port of a test's server must change neither Sid nor chance.
        plain = order_json(replace(order, via="")) if order.via else text
        kind = sha256(plain.encode()).hexdigest()
    return Asked(order, text, kind)


class Counted:
    """
    The counts of an account while one request is decided; what was taken is saved with it.

    Args:
        store: Where they are kept.
        account: Whose.
    """

    def __init__(self, store: Store, account: str) -> None:
        self._store = store
        self._account = account
        self.new: dict[str, int] = {}

    def seen(self, what: str) -> int:
        """How often it has happened."""
        known = self.new.get(what)
        return self._store.counts.of(self._account, what) if known is None else known

    def take(self, key: str) -> int:
        """Count once more; which time this is, from 1."""
        self.new[key] = self.seen(key) + 1
        return self.new[key]


def planned(
    account: str,
    order: Order,
    choice: Choice,
    key: str,
    now: int,
    late: int,
    flows: Flows = NO_FLOWS,
) -> Call:
    """
    The call that an order becomes, nothing of it played yet.

    Args:
        account: The account's Sid.
        order: What was asked for.
        choice: What becomes of it.
        key: What its Sid and chance are drawn from.
        now: When it is placed, microseconds.
        late: Microseconds until late fields are filled in.
        flows: The flows there are.
    """
    unknown = unknown_flow(order, flows)
    mine = NO_FLOWS if flow_of_call(order, flows) is None else flows
    if mine:
        choice = _in_a_flow(choice)
    script = _drawn(choice.script, key)
    call = Call(
        account=account,
        sid=call_sid(key, now),
        order=order,
        script=script,
        key=key,
        created=now,
        late=late,
        plan=() if mine else plan(script, order, now, late, Random(key)),
        rule=choice.why if unknown is None else f"{unknown}; {choice.why}",
        stuck=script.stuck,
        flows=mine,
    )
    return _walked(call, late) if mine else call


def _walked(call: Call, late: int) -> Call:
    events, stuck = plan_of(walk_of(call), late)
    return call.replanned(events, stuck=stuck)


def _in_a_flow(choice: Choice) -> Choice:
    """The choice without what has no meaning in a flow, which it then says."""
    script = choice.script
    if not script.twists.before_answer:
        return choice
    # The call would have to be over before connect is answered, and it asks the client meanwhile.
    twists = replace(script.twists, before_answer=False)
    return replace(choice, script=replace(script, twists=twists), by=f"{choice.by}; {NOT_EARLY}")


NOT_EARLY = "before_answer does nothing in a flow"


def _rings(call: Call) -> bool:
    """
    Whether an agent is rung by a call that comes in; its To is then the agent's number.

    Source: exotel-v1.md section 4 (C); the ExoPhone where nobody is rung.
    """
    order = call.order
    # A client of the control API may name the agent as `to`. Then the setting must not replace it.
    inbound = order.direction is Direction.INBOUND and not call.flows  # which knows its agents
    unnamed = inbound and order.to.e164 == order.exophone.e164
    return unnamed and any(each.leg != CALLER for each in call.plan)


def _drawn(script: Script, key: str) -> Script:
    """
    The script of one call: all that chance decides beside the times is drawn.

    Args:
        script: What a scenario says.
        key: What the call's chance is drawn from.
    """
    # Separate random streams, so that odds and twists do not change the times.
    if script.odds is not None:
        script = script.drawn(Random(f"{key}:odds"))
    if script.twists is not STRAIGHT:
        script = replace(script, twists=script.twists.drawn(Random(f"{key}:twists")))
    if script.recording is not PLAIN:
        script = replace(script, recording=script.recording.drawn(Random(f"{key}:recording")))
    return script


class Placer:
    """
    Places calls in the worlds of one engine; the world's `state` is held by who asks.

    Args:
        store: Where calls are kept.
        settings: When late fields come.
        calls: Told of each call that is placed.
        exophones: Knows which flow an ExoPhone starts.

    Attributes:
        kinds: Bounds the fingerprints that accounts remember, those of messages too.
    """

    def __init__(
        self, store: Store, settings: Settings, calls: Calls, exophones: ExoPhones
    ) -> None:
        self._calls = calls
        self._exophones = exophones
        self._store = store
        self._settings = settings
        self.kinds = Kinds()

    def nth(self, world: World, kind: str) -> int:
        """How many calls of this fingerprint the account has had."""
        known = world.kinds.get(kind)
        if known is not None:
            return known
        return 0 if world.knows_kinds else self._store.calls.next_nth(world.sid, kind)

    def late(self, world: World) -> int:
        """Microseconds until late fields are filled in: said at start, else by the scenario."""
        if self._settings.late_fields is not None:
            return self._settings.late_fields
        return world.scenario.terms.late_fields or 0

    def place(
        self,
        world: World,
        wanted: Asked,
        choice: Choice,
        now: int,
        counted: Mapping[str, int] = NOTHING,
    ) -> Call:
        """
        Place a call.

        Args:
            world: Whose; its `state` is held.
            wanted: What was asked for.
            choice: What becomes of it.
            now: When, microseconds.
            counted: What is counted for it.
        """
        order, text, kind, _replies = wanted
        world.held()
        unsaved = world.laid.unsaved
        choice = world.overlays.over(order, choice, now, unsaved)
        nth = self.nth(world, kind)
        call = self._planned(world, wanted, choice, now, nth)
        if self._settings.inbound_to is not None and _rings(call):
            call = replace(call, order=replace(order, to=from_e164(self._settings.inbound_to)))
            text = order_json(call.order)
        begun, events, owed = self._calls.come_about(world, call, now)
        row, flows = placed(begun, kind, nth, text), begun.flows
        texts = kept(flows) if flows else None
        self._store.calls.add([row], owed, counted, texts, unsaved)
        unsaved.clear()
        world.news.played([begun], events, owed)
        self.kinds.remember(world, kind, nth + 1)
        self._calls.placed(world, begun, owed)
        return begun

    def _planned(self, world: World, wanted: Asked, choice: Choice, now: int, nth: int) -> Call:
        """The call as its account's seed, flows and people make it."""
        order, _text, kind, replies = wanted
        key = call_key(world.seed, world.sid, kind, nth)
        flows = self._flows(world, order)
        if has_people(world):
            choice = replace(choice, script=by_people(choice.script), by=f"{PEOPLE}; {choice.by}")
        call = planned(world.sid, order, choice, key, now, self.late(world), flows)
        if kind.startswith(COMES_IN) or replies:
            return replace(call, own=not kind.startswith(COMES_IN), kept=replies)
        return call

    def _flows(self, world: World, order: Order) -> Flows:
        """The flows as the call finds them: a client may have assigned its ExoPhone to another."""
        if order.direction is Direction.INBOUND:
            return self._exophones.flows(world, order.exophone.e164)
        return world.scenario.flows
