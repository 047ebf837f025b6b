"""flow-agents: your server says whom to dial, and which way a call goes."""

import pytest


@pytest.fixture
def story(play_flows, customer):
    """The shipped text, asking the server here."""
    customer.says("/agents", (200, "09811100001,09811100002", "text/plain"))
    return play_flows("flow-agents")


def test_the_second_agent_answers_after_the_first_did_not(story, customer):
    """Twenty seconds of ringing, five more, forty of talk; the agent hangs up."""
    story.into("928")
    story.advance(120)

    ended = customer.asked[-1].says
    assert ("/ended", "completed", "09811100002") == (
        customer.asked[-1].path, ended["DialCallStatus"], ended["DialWhomNumber"],
    )  # fmt: skip
    assert ("65", "0", "40") == (
        ended["DialCallDuration"],
        ended["Legs[0][OnCallDuration]"],
        ended["Legs[1][OnCallDuration]"],
    )
    assert "Callee" == ended["Legs[1][DisconnectedBy]"]
    assert "RecordingUrl" in ended


def test_the_pop_up_url_knows_who_is_called_and_who_is_free(story, customer):
    """Dial 1, Terminal 1, Dial 2, Answered 2, Terminal 2."""
    story.into("928")
    story.advance(120)

    told = [each.says for each in customer.asked if each.path == "/popup"]
    assert [
        ("Dial", "09811100001"), ("Terminal", "09811100001"), ("Dial", "09811100002"),
        ("Answered", "09811100002"), ("Terminal", "09811100002"),
    ] == [(each["EventType"], each["DialWhomNumber"]) for each in told]  # fmt: skip


def test_where_nobody_is_named_the_caller_leaves_a_message(story, customer):
    """An empty answer: nobody is dialled, and what is not dialled is nobody."""
    customer.says("/agents", (200, "", "text/plain"))
    story.into("928")
    story.advance(300)

    ended = customer.asked[-1].says
    assert ("/ended", "voicemail") == (customer.asked[-1].path, ended["CallType"])


@pytest.mark.parametrize(("status", "dialled"), [(200, True), (302, False), (404, False)])
def test_your_server_routes(story, customer, status, dialled):
    """200 to an agent, who is busy; all else to a greeting."""
    customer.says("/is-vip", status)
    sid = story.into("929")
    story.advance(60)

    path = story.control("GET", f"calls/{sid}").json()["path"]
    assert ("connect" if dialled else "greeting") == path[-1]["applet"]
    assert ("nobody" if dialled else "") == path[-1]["exit"]
