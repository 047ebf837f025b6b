"""Messages of a scenario's past: finished ones that were there before anybody sent any."""

from collections import Counter

import pytest

from conftest import NOON

TEXT = "seed: 4\nhistory: {messages: 300, over: 10d, outcomes: {delivered: 70%, dnd: 20%, '23035': 10%}}"


def kept(driver):
    return driver.mock.exchange.engine.store.messages.all(driver.mock.sid)


def test_they_are_there_and_over(exchange):
    """Three hundred within ten days, in order, with ends in those shares, all past."""
    found = kept(exchange(TEXT))
    ends = Counter(each.report.code for each in found)

    assert 300 == len(found) == len({each.sid for each in found})
    assert {20005, 23005, 23035} == set(ends)
    assert 180 < ends[20005] < 240
    assert sorted(each.created for each in found) == [each.created for each in found]
    assert NOON - 10 * 86_400_000_000 <= found[0].created
    assert all(each.next_at is None and each.changed_at <= NOON for each in found)


def test_they_are_read_like_others_and_cost_nothing(exchange):
    """GET shows one; the balance is whole."""
    driver = exchange(f"{TEXT}\naccount: {{balance: 1.00}}")
    sid = kept(driver)[0].sid

    assert sid == driver.get(f"SMS/Messages/{sid}.json").json()["SMSMessage"]["Sid"]
    assert 0 == driver.mock.exchange.engine.store.spent(driver.mock.sid)


def test_they_are_the_same_in_every_run(exchange):
    """From the seed, whatever else happens."""
    assert [each.sid for each in kept(exchange(TEXT))] == [
        each.sid for each in kept(exchange(TEXT))
    ]


def test_a_reset_makes_them_anew_once(exchange):
    """Not twice as many."""
    driver = exchange(TEXT)
    first = [each.sid for each in kept(driver)]
    driver.mock.exchange.engine.resets.reset(driver.mock.sid)

    assert first == [each.sid for each in kept(driver)]


@pytest.mark.parametrize("calls", [0, 5])
def test_they_stand_beside_calls(exchange, calls):
    """Two items of a list: calls do not change messages."""
    items = "{messages: 10}" + (f", {{calls: {calls}}}" if calls else "")
    driver = exchange(f"seed: 4\nhistory: [{items}]")

    assert (10, calls) == (len(kept(driver)), driver.calls()["Metadata"]["Total"])
