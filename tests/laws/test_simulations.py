"""What `simulate` says is a tally of decided and planned calls; what chance draws stays the same."""

import os
import re
from collections import Counter
from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import EXOPHONE, FROM, NOON, TO
from exomock.domain.call import Call
from exomock.domain.clock import SECOND
from exomock.domain.number import NOBODY, drawn, from_shown
from exomock.domain.order import Direction, Order, Shape
from exomock.domain.plan import plan
from exomock.domain.span import Span
from exomock.engine.deciding import decide
from exomock.numbering import read_number
from exomock.rehearsal import Customers, Lot, simulated
from exomock.rehearsal.asking import FreshStanding
from exomock.scenarios import read_given

MANY = 2000 if os.environ.get("EXOMOCK_SOAK") else 80

CALLS = 25
TWO_LEGS = Order(read_number(FROM), read_number(TO), read_number(EXOPHONE))
ORDERS = [
    TWO_LEGS,
    replace(TWO_LEGS, to=read_number("09000000001")),
    replace(TWO_LEGS, custom_field="exomock: leg2=busy talk=10s"),
    replace(TWO_LEGS, to=TWO_LEGS.exophone, flow="926"),
    replace(TWO_LEGS, to=TWO_LEGS.exophone, direction=Direction.INBOUND),
    replace(TWO_LEGS, to=NOBODY, stream="wss://example.com/x"),
]
RULES = [
    "{when: {chance: 50%}, leg2: {busy: 1s..4s}}",
    "{when: {chance: 50%}, leg2: none}",
    "{when: {chance: 50%}, leg1: {no_answer: 5s..40s}}",
    "{when: {chance: 50%}, refuse: kyc}",
    "{when: {nth: 2..9}, refuse: dnd}",
    "{when: {every_nth: 3}, leg1: unreachable}",
    "{when: {from: '09811*'}, leg2: cancel}",
    "{when: {to: '/[0-4]$/'}, status: ringing}",
    "{when: {direction: inbound}, talk: 1s..9s}",
    "{when: {flow: '926'}, talk: 3m}",
    "{when: {custom_field: 'exomock:*'}, talk: 4m}",
    "{when: {time: '12:00-12:02'}, stuck: true}",
]
CATCH_ALLS = [
    "",
    "{attempts: [{leg2: busy}, {refuse: dnd}, {talk: 5s..50s}]}",
    "{leg1: {answer: 1s..5s}, leg2: {answer: 'normal(8s, 3s)'}, hangup_by: {from: 70%, to: 30%}}",
    "{talk: 20s..4m, price: {per: 10s, amount: 0.1..0.5}}",
]
TERMS = ["", "balance: 0.75", "balance: 0.5, late_fields: 5m", "rate_limit: 9/min"]


@st.composite
def scenarios(draw):
    """A few rules, terms, and perhaps a number on the do-not-disturb list."""
    few = draw(st.lists(st.sampled_from(RULES), max_size=5))
    rules = [*few, draw(st.sampled_from(CATCH_ALLS))]
    terms = f"account: {{{draw(st.sampled_from(TERMS))}}}"
    text = "\n".join([terms, "rules:", *(f"  - {rule}" for rule in rules if rule)])
    listed = f'\nnumbers: {{"{TO}": {{dnd: "Yes"}}}}' if draw(st.booleans()) else ""
    return read_given("f.yaml", ((text if any(rules) else terms) + listed).encode())


customers = st.builds(
    Customers, st.sampled_from([None, "0981", "080"]), st.sampled_from([None, "09"]), st.just(3)
)
lots = st.builds(
    Lot, st.sampled_from(ORDERS), customers, st.just(CALLS), st.just(NOON), st.integers(0, 99),
    st.sampled_from([0, 7 * SECOND, 60 * SECOND]),
)  # fmt: skip


def number(beginning, rng):
    """A number that is drawn as it has been from the first release on."""
    missing = 11 - len(beginning)
    return from_shown(f"{beginning}{int(rng.random() * 10**missing):0{missing}d}")


def ordered(lot, rng):
    """The lot's order, its numbers drawn."""
    order, who = lot.order, lot.customers
    if who.from_ is not None:
        order = replace(order, from_=number(who.from_, rng))
    if who.to is not None and order.shape is Shape.TWO_LEGS:
        order = replace(order, to=number(who.to, rng))
    return order


def tallied(scenario, lot):
    """How many calls end so and were decided so, their lengths, and what they cost."""
    counted, lengths, cost = Counter(), [], 0
    standing, rng = FreshStanding(scenario), Random(lot.seed)
    for turn in range(lot.calls):
        at = lot.now + turn * lot.every
        if turn % lot.customers.tries == 0:
            order = ordered(lot, rng)
        standing.next_key = f"{lot.seed}:{turn}"
        choice = decide(order, standing, at).choice
        counted[choice.by.partition(", attempt ")[0]] += 1
        if choice.script.refuse is not None:
            counted[f"refused with {choice.script.refuse.status}"] += 1
            continue
        call = played(order, choice.script.drawn(rng), at, rng)
        counted[f"never ({call.status})" if call.stuck else str(call.status)] += 1
        if not call.stuck:
            lengths.append(call.duration)
            cost += call.cost
        if scenario.terms.balance is not None:
            late = scenario.terms.late_fields or 0
            standing.owe(call.plan[-1].at + late, 0 if call.stuck else call.cost)
    return counted, sorted(lengths), cost


def played(order, script, at, rng):
    """The call that an order becomes, all of it played."""
    events = plan(script, order, at, 0, rng)
    call = Call(
        account="", sid="", order=order, script=script, key="", created=at, plan=events, rule="",
        stuck=script.stuck,
    )  # fmt: skip
    return call.played_to(len(events))


def said(lines):
    """The same of the lines of a simulation."""
    rows = [found for line in lines if (found := re.match(r"(.+?) +(\d+) +[0-9.]+%$", line))]
    lengths = [line for line in lines if line.startswith("duration in seconds")]
    cost = re.match(r"cost in all ([0-9.]+),", lines[-1])
    return {row[1]: int(row[2]) for row in rows}, lengths, round(float(cost[1]) * 1000)


def in_words(lengths):
    """Lengths of calls as a simulation sums them up."""
    if not lengths:
        return []
    middle, late = lengths[len(lengths) // 2], lengths[int(len(lengths) * 0.95)]
    mean = f"{sum(lengths) / len(lengths):.1f}"
    words = f"least {lengths[0]}, median {middle}, mean {mean}, 95 % within {late}, most"
    return [f"duration in seconds: {words} {lengths[-1]}"]


@settings(max_examples=MANY, deadline=None)
@given(scenarios(), lots)
def test_a_simulation_is_a_tally_of_what_is_decided_and_planned(scenario, lot):
    """Any rules, limits and orders: each call is decided as a server does, planned, and played."""
    counted, lengths, cost = tallied(scenario, lot)

    assert (counted, in_words(lengths), cost) == said(list(simulated(scenario, lot)))


DAY = """\
rules:
  - {name: busy, when: {chance: 10%}, leg2: {busy: 1s..4s}}
  - {name: out, when: {from: "09811*", chance: 50%}, leg2: no_answer}
  - {name: talk, leg1: {answer: 2s..5s}, leg2: {answer: "normal(8s, 3s)"}, talk: 20s..4m,
     hangup_by: {from: 70%, to: 30%}, price: {per: 15s, amount: 0.1..0.2}}
"""
SAID = """\
500 calls, seed 7
from numbers drawn from 0981* to numbers drawn from 09*

ends as       calls  share
completed       420  84.00%
busy             59  11.80%
no-answer        21   4.20%

decided by          calls  share
day.yaml:4 talk       420  84.00%
day.yaml:2 busy        59  11.80%
day.yaml:3 out         21   4.20%

duration in seconds: least 5, median 117, mean 119.2, 95 % within 240, most 249
      5-25            59  ########################################
     26-46            50  ##################################
     47-67            46  ###############################
     68-88            35  ########################
     89-109           46  ###############################
    110-130           43  #############################
    131-151           34  #######################
    152-172           48  #################################
    173-193           29  ####################
    194-214           40  ###########################
    215-235           40  ###########################
    236-256           30  ####################

cost in all 569.532, 1.139 a call
"""


def test_a_seed_is_simulated_to_the_same_words_in_every_release():
    """Whoever keeps what a simulation said beside his scenario compares it with the next."""
    lot = Lot(TWO_LEGS, Customers(), 500, NOON, 7)

    assert SAID == "\n".join(simulated(read_given("day.yaml", DAY.encode()), lot)) + "\n"


@settings(max_examples=MANY, deadline=None)
@given(st.integers(0, 2**40), st.integers(1, 2**70), st.integers())
def test_a_length_is_what_randint_draws(low, more, seed):
    """So is what is drawn after it: no release changes the times of a seed."""
    mine, other = Random(seed), Random(seed)

    assert other.randint(low, low + more) == Span(low, low + more).draw(mine)
    assert other.random() == mine.random()


@settings(max_examples=MANY, deadline=None)
@given(st.integers(1, 10), st.integers())
def test_a_number_is_its_beginning_and_what_chance_gives(length, seed):
    """One draw a number, whatever is missing; leading zeros of the rest are written."""
    beginning = "09812345670"[:length]
    mine, other = Random(seed), Random(seed)

    assert number(beginning, other) == drawn(beginning, mine)
    assert other.random() == mine.random()
    assert from_shown("09812345670") == drawn("09812345670", mine)
