"""flows: your server is told of missed calls, of keys, and of PINs until one is right."""

import pytest

from flows.conftest import Customer

SERVER = "http://127.0.0.1:3000"


@pytest.fixture
def customer():
    """The server that the flows ask, on a port of its own."""
    customer = Customer()
    customer.says("/hello", (200, "Hello there", "text/plain"))
    yield customer
    customer.close()


@pytest.fixture
def story(play, customer):
    """The shipped text, whose port is that of the server here."""
    story = play("flows")
    text = story.mock.exchange.engine.worlds[story.mock.sid].scenario.text
    story.play_text(text.replace(SERVER, customer.url))
    return story


def into(story, app, **fields):
    """Connect a customer to a flow; the Sid."""
    url = f"http://my.exotel.com/{story.mock.sid}/exoml/start_voice/{app}"
    return story.connect(To=None, Url=url, **fields)


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
    sids = [into(story, "927", From=f"0981110{n:04}") for n in range(30)]
    story.advance(60)

    told = {each.says["CallSid"]: each.says["digits"] for each in customer.asked}
    assert {'"42"'} == set(told.values())
    assert 20 <= len(told) < 30
    assert {"completed"} == {story.status(sid) for sid in sids}


def test_a_pin_is_asked_for_until_it_is_right(story, customer):
    """Silence first, then a wrong one, then the right one."""
    customer.says("/check-pin", 302, 200)
    sid = into(story, "930")
    story.advance(120)

    assert ["HEAD /hello", "GET /hello", "GET /check-pin", "GET /check-pin"] == customer.paths
    assert ['"1111"', '"4711"'] == [
        each.says["digits"] for each in customer.asked if each.path == "/check-pin"
    ]
    assert "completed" == story.status(sid)
