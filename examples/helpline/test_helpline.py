"""pytest: each test has an Exotel of its own, whose time it moves; nobody's telephone rings."""

from pathlib import Path

import helpline
import pytest
from fetch_recordings import fetch_recordings

from exomock.recording import heard_in

CALLER, FIRST, SECOND = "09900001111", *helpline.AGENTS
SCENARIO = (Path(__file__).parent / "helpline.yaml").read_text()


@pytest.fixture
def line(exotel, exotel_receiver, monkeypatch):
    """The application with exomock for Exotel; its flows ask the real Flask routes."""
    monkeypatch.setenv("EXOTEL_URL", exotel.url)
    monkeypatch.setenv("EXOTEL_SID", exotel.sid)
    monkeypatch.setenv("EXOTEL_API_KEY", exotel.key)
    monkeypatch.setenv("EXOTEL_API_TOKEN", exotel.token)
    exotel_receiver.app(helpline.app)
    exotel.scenario(SCENARIO.replace("http://127.0.0.1:3000", exotel_receiver.url))
    for each in (helpline.waiting, helpline.seen, helpline.busy):
        each.clear()
    helpline.outcomes.clear()
    helpline.recordings.clear()
    return helpline


@pytest.fixture
def called_back(line, exotel):
    """Call CALLER back, after `next` has said what people do; gives the call once it is over."""

    def call_back(**people):
        line.waiting.append(CALLER)
        exotel.next(**people)
        (sid,) = line.call_back()
        exotel.advance(200)
        return exotel.call(sid)

    return call_back


class TestAMissedCall:
    def test_is_called_back_and_costs_nothing(self, line, exotel):
        """It rings, the URL is told, and Exotel hangs up."""
        call = exotel.inbound(CALLER, "08047112233")
        exotel.advance(1)
        assert list(line.waiting) == [CALLER]
        assert not [each for each in exotel.call(call.sid).plan if each.event == "answered"]

        line.call_back()
        exotel.requests.expect("POST", "Calls/connect", From=CALLER, CustomField="missed-call")

    def test_that_is_told_twice_is_called_back_once(self, line, exotel):
        """A request that got no answer in time may be sent again."""
        exotel.inbound(CALLER, "08047112233")
        exotel.advance(1)
        (told,) = [each for each in exotel.callbacks if each.event == "passthru"]
        exotel.replay(told)
        exotel.advance(1)

        assert list(line.waiting) == [CALLER]

    def test_is_not_forgotten_while_exotel_is_away(self, line, exotel):
        """They keep their place until a call was placed."""
        exotel.inbound(CALLER, "08047112233")
        exotel.advance(1)
        exotel.fault("service-unavailable", times=1)
        with pytest.raises(helpline.requests.HTTPError):
            line.call_back()

        assert len(line.call_back()) == 1


class TestThePin:
    @pytest.mark.parametrize(
        ("presses", "asked"),
        [
            (["215250#"], 1),
            (["1111#", "215250#"], 2),
            (["nothing", "215250#"], 1),
            (["nothing", "nothing"], 0),
        ],
    )
    def test_is_asked_for_until_it_is_right(self, called_back, presses, asked):
        """A wrong one leads back to the prompt; silence, twice, ends the call."""
        call = called_back(caller={"presses": presses}, agents=["busy", "busy"])
        steps = [each.applet for each in call.path]

        assert steps.count("passthru") - steps.count("voicemail") == asked
        assert ("connect" in steps) == (presses[-1] == "215250#")


class TestTwoAgents:
    def test_the_second_answers_where_the_first_is_away(self, line, called_back, exotel):
        """20 s of ringing, then 40 s of talk; both are free in the end."""
        call = called_back(
            caller={"presses": ["215250#"]}, agents=["no_answer", {"answer": "5s"}], talk="40s"
        )

        assert line.outcomes == {call.sid: "completed"}
        assert [each.number for each in exotel.agents] == [FIRST, SECOND]
        assert line.busy == set()

    def test_an_agent_who_talks_is_not_dialled(self, line, called_back, exotel):
        """The pop-up said that the first is busy."""
        line.busy.add(FIRST)
        called_back(caller={"presses": ["215250#"]}, leg2={"answer": "5s"})

        assert [each.number for each in exotel.agents] == [SECOND]

    def test_who_reaches_nobody_leaves_a_message(self, line, called_back):
        """Both are busy on the telephone, or in our own list."""
        first = called_back(caller={"presses": ["215250#"]}, agents=["busy", "busy"])
        line.busy.update((FIRST, SECOND))
        second = called_back(caller={"presses": ["215250#"]})

        assert line.outcomes == {first.sid: "voicemail", second.sid: "voicemail"}

    def test_our_own_failure_leads_to_the_voicemail(self, called_back, exotel_receiver):
        """Exotel takes a 500 of ours as "nobody to dial"; the caller does not notice more."""
        app = helpline.app.wsgi_app

        def broken(environ, start_response):
            if environ["PATH_INFO"] != "/agents":
                return app(environ, start_response)
            start_response("500 Internal Server Error", [])
            return [b""]

        exotel_receiver.app(broken)
        call = called_back(caller={"presses": ["215250#"]})

        assert [each.applet for each in call.path][-2:] == ["voicemail", "passthru"]


class TestRecordings:
    def test_are_stored_once_they_can_be_had(self, line, called_back, tmp_path):
        """What is in the file says which call it is, and how long they talked."""
        call = called_back(caller={"presses": ["215250#"]}, leg2={"answer": "5s"}, talk="40s")
        stored = fetch_recordings(line.recordings, tmp_path)

        assert stored == [call.sid]
        heard = heard_in((tmp_path / f"{call.sid}.mp3").read_bytes())
        assert call.sid.endswith(heard.sid)
        assert abs(heard.seconds - 40) <= 0.3

    def test_wait_until_they_are_there(self, line, called_back, exotel, tmp_path):
        """This one comes ten minutes after its call; it stays on the list until then."""
        call = called_back(
            caller={"presses": ["215250#"]}, leg2={"answer": "5s"}, recording={"after": "10m"}
        )
        assert fetch_recordings(line.recordings, tmp_path) == []
        assert list(line.recordings) == [call.sid]

        exotel.advance(600)
        assert fetch_recordings(line.recordings, tmp_path) == [call.sid]
        assert line.recordings == {}

    def test_that_came_incomplete_are_fetched_again(self, line, called_back, tmp_path):
        """Half of the file, and the connection closes: nothing is stored."""
        call = called_back(
            caller={"presses": ["215250#"]}, leg2={"answer": "5s"}, recording={"truncated": "50%"}
        )

        assert fetch_recordings(line.recordings, tmp_path) == []
        assert list(line.recordings) == [call.sid]
        assert list(tmp_path.iterdir()) == []
