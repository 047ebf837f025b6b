"""Flows in a suite of the plugin's: the receiver is asked, and what it answers steers."""

SUITE = """
import pytest

@pytest.fixture
def flow(exotel, exotel_receiver):
    def start(*steps):
        exotel.scenario({"flows": {"926": {"exophone": "08047112233", "steps": list(steps)}}})
        call = exotel.inbound("09900001111", "08047112233", leg2={"answer": "5s"}, talk="20s")
        exotel.advance(200)
        return exotel.call(call)
    return start

def test_a_passthru(flow, exotel, exotel_receiver):
    call = flow({"passthru": exotel_receiver.url + "/missed"}, "hangup")
    (got,) = exotel_receiver.received
    assert (got.method, got.fields["CallSid"]) == ("GET", call.sid)
    assert got.fields["CallType"] == "call-attempt"
    exotel.callbacks.expect("passthru", call=call, CallFrom="09900001111")

def test_whom_to_dial(flow, exotel, exotel_receiver):
    exotel_receiver.answer(body="+919811100001, 09811100002", content_type="text/plain")
    call = flow({"connect": exotel_receiver.url + "/agents"})
    assert [(each.applet, each.exit) for each in call.path] == [("connect", "talked")]
    assert ["09811100001"] == [each.number for each in exotel.agents]

def test_a_greeting_is_asked_twice(flow, exotel_receiver):
    exotel_receiver.answer(body="Good morning", content_type="text/plain")
    call = flow({"greeting": exotel_receiver.url + "/hello"})
    assert ["HEAD", "GET"] == [each.method for each in exotel_receiver.received]
    assert "it was played" in call.path[0].why

def test_a_page_names_nobody(flow, exotel_receiver):
    exotel_receiver.answer(body="<p>09811100001", content_type="text/html")
    call = flow({"connect": exotel_receiver.url + "/agents"})
    assert "not_dialled" == call.path[0].exit
    assert "text/plain" in call.path[0].why, call.path[0].why
"""


def test_a_suite_speaks_of_flows_with_the_fixtures_alone(guests):
    """The receiver takes HEAD, sends a Content-Type, and reads a query."""
    guests(SUITE).assert_outcomes(passed=4)
