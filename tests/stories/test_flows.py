"""flows: your server is told of missed calls, of keys, and of PINs until one is right."""

import pytest


@pytest.fixture
def story(play_flows, customer):
    """The shipped text, asking the server here."""
    customer.says("/hello", (200, "Hello there", "text/plain"))
    return play_flows("flows")


def test_a_missed_call_is_told_and_costs_nothing(story, customer):
    """Somebody calls the ExoPhone every ten minutes."""
    story.advance(601)

    (asked,) = customer.asked
    assert ("GET", "/missed") == (asked.method, asked.path)
    assert ("incoming", "call-attempt") == (asked.says["Direction"], asked.says["CallType"])
    (call,) = story.calls()["Calls"]
    assert ("inbound", "0", "0.000") == (call["Direction"], call["Duration"], call["Price"])


def test_who_presses_1_keys_in_a_code(story, customer):
    """Nine in ten; the others give up in the menu. The digits come in double quotes."""
    sids = [story.into("927", From=f"0981110{n:04}") for n in range(30)]
    story.advance(60)

    told = {each.says["CallSid"]: each.says["digits"] for each in customer.asked}
    assert {'"42"'} == set(told.values())
    assert 20 <= len(told) < 30
    assert {"completed"} == {story.status(sid) for sid in sids}


def test_a_pin_is_asked_for_until_it_is_right(story, customer):
    """Silence first, then a wrong one, then the right one."""
    customer.says("/check-pin", 302, 200)
    sid = story.into("930")
    story.advance(120)

    assert ["HEAD /hello", "GET /hello", "GET /check-pin", "GET /check-pin"] == customer.paths
    assert ['"1111"', '"4711"'] == [
        each.says["digits"] for each in customer.asked if each.path == "/check-pin"
    ]
    assert "completed" == story.status(sid)
