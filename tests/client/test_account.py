"""The client: an account over HTTP, and the one of an exomock in this process."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from exomock import connect
from exomock.client import Account, NoServer, NotThere, NotYet, Refused
from exomock.ist import IST
from exomock.server import Exomock

TEN = datetime(2026, 3, 1, 10, tzinfo=IST)
BUSY = {"rules": [{"leg2": "busy"}]}


@pytest.fixture(scope="module")
def server():
    with Exomock() as mock:
        yield connect(mock.url)


@pytest.fixture
def account(server):
    with server.account(now=TEN, seed=7, collect=True) as account:
        yield account


class TestACall:
    def test_is_an_object_with_the_keys_of_the_control_api(self, account):
        """`from` is a word of Python, so it is `from_`; times are datetimes."""
        call = account.connect("09822200002", from_="09811100001", CustomField="x", TimeLimit=60)

        assert ("09811100001", "09822200002", "x") == (call.from_, call.to, call.custom_field)
        assert TEN == call.created
        assert ["dialed", "answered"] == [each.event for each in call.plan[:2]]
        assert [call] == account.calls
        assert call == account.call(call.sid) == account.call(call)

    def test_that_is_refused_says_status_code_message_and_why(self, account):
        """Exotel's words in `message`, exomock's reason in `why`."""
        with pytest.raises(Refused) as refused:
            account.connect("09000000009")

        error = refused.value
        assert (503, True) == (error.status, error.message.startswith("Service Unavailable"))
        assert isinstance(error.code, int)
        assert "magic number 09000000009" in error.why
        assert "\n" not in str(error)

    @pytest.mark.parametrize("answer", [{"truncate": "60%"}, {"malformed": True}, "html"])
    def test_whose_answer_is_broken_is_refused_too(self, account, answer):
        """An answer that nobody can read, and one that never came, name no call."""
        account.fault(answer, times=1)

        with pytest.raises(Refused):
            account.connect("09822200002")

    def test_takes_lists_and_truths_as_exotel_writes_them(self, account):
        """A list is `Name[0]`, `Name[1]`; None is not sent."""
        account.connect(
            "09822200002", Record=True, WaitUrl=None, StatusCallback="http://127.0.0.1:9/x",
            StatusCallbackEvents=["terminal", "answered"],
        )  # fmt: skip

        (request,) = account.requests
        assert "true" == request.parameters["Record"]
        assert "WaitUrl" not in request.parameters
        assert "answered" == request.parameters["StatusCallbackEvents[1]"]

    def test_is_hung_up_by_either_party(self, account):
        """And one comes in."""
        account.scenario({"rules": [{"leg1": "answer", "leg2": "answer", "talk": "10m"}]})
        call = account.connect("09822200002")
        account.advance(60)

        assert "completed" == account.hangup(call, by="to").status
        assert "inbound" == account.inbound(from_="09811100009", leg2="busy").direction


class TestTime:
    @pytest.mark.parametrize("much", [90, 90.0, timedelta(seconds=90)])
    def test_passes_by_seconds_and_timedeltas(self, account, much):
        """The account's time is what it says."""
        went = account.advance(much)

        assert TEN + timedelta(seconds=90) == went.now == account.now

    def test_passes_until_nothing_is_due(self, account):
        """`advance("idle")` says what happened on the way."""
        call = account.connect("09000000002", StatusCallback="http://127.0.0.1:9/x")
        went = account.advance("idle")

        assert went.idle
        assert {call.sid} == {event.call for event in went.events}
        assert ["terminal"] == [callback.event for callback in account.callbacks(call)]
        assert "no-answer" == account.call(call).status

    def test_runs_and_is_frozen_again(self, account):
        """At a rate, by number or word."""
        account.rate("x60")
        assert 60 == account.control("GET", "/clock")["rate"]
        account.freeze()
        assert account.now == account.now

    def test_is_waited_for(self, account):
        """A wait gives what it waited for, or says that it is not so."""
        call = account.connect("09000000002")
        with pytest.raises(NotYet):
            account.wait(call=call, status="no-answer", timeout=0)
        account.advance(60)

        assert "no-answer" == account.wait(call=call, status="no-answer").status
        assert account.wait() is None

    def test_begins_where_it_is_told(self, server):
        """A datetime of any zone, or a text."""
        for now in (TEN, TEN.astimezone(UTC), "2026-03-01T10:00:00+05:30", "2026-03-01T10:00"):
            with server.account(now=now) as account:
                assert TEN == account.now


class TestAnAccount:
    def test_takes_a_scenario_in_every_form(self, account, tmp_path):
        """A path, a text of a path, YAML of one line or several, a dict, a name."""
        file = tmp_path / "busy.yaml"
        file.write_text("rules: [{leg2: busy}]")
        for given in (file, str(file), "rules: [{leg2: busy}]", "rules:\n- leg2: busy\n", BUSY):
            account.scenario("default")
            account.scenario(given)
            call = account.connect("09822200002")
            account.advance("idle")
            assert "busy" == account.call(call).status
        account.scenario("exotel-down")
        account.scenario(None)

    def test_lays_down_fates_and_faults(self, account):
        """The next call is busy; the next request fails, until the fault is lifted."""
        account.next(leg2="busy", calls=1)
        call = account.connect("09822200002")
        account.advance("idle")
        assert "busy" == account.call(call).status

        fault = account.fault("service-unavailable")
        with pytest.raises(Refused):
            account.connect("09822200002")
        account.lift(fault)
        account.connect("09822200002")

    def test_is_kept_and_brought_back(self, account):
        """A snapshot, a reset, a restore."""
        account.connect("09822200002")
        kept = account.snapshot()
        account.reset()
        assert [] == account.calls
        account.restore(kept)
        assert 1 == len(account.calls)

    def test_sends_a_callback_again(self, account):
        """A callback of an account that collects is collected again."""
        account.connect("09000000002", StatusCallback="http://127.0.0.1:9/x")
        account.advance("idle")
        (callback,) = account.callbacks

        assert callback.id == account.replay(callback).id
        assert "no-answer" == callback.fields["Status"]
        assert callback.body
        assert callback.due == TEN + timedelta(seconds=34)

    def test_tells_its_story(self, account):
        """A line for each thing that happened, and the same as JSON."""
        account.connect("09000000002", StatusCallback="http://127.0.0.1:9/x")
        account.advance("idle")
        story = account.story()

        assert (
            "10:00:00.000 request  POST Calls/connect.json  09811100001 → 09000000002  200"
        ) in story[0]
        assert "terminal Status=no-answer → http://127.0.0.1:9/x  collected" in story[-2]
        assert "control  advanced" in story[-1]
        assert "account" == account.transcript()[0]["kind"]

    def test_a_client_can_forge_no_line_of_its_story(self, account):
        """Control characters are shown escaped."""
        with pytest.raises(Refused):
            account.connect("0\n10:00:00 forged \x1b[2J")

        assert 1 == len(account.story())
        assert all(line.isprintable() for line in account.story())

    def test_is_found_and_goes(self, server):
        """By its Sid; with the end of its `with`; a name that is near is told."""
        with server.account("mine") as account:
            assert account.auth == server.find("mine").auth
        with pytest.raises(NotThere, match="no account 'mine'"):
            server.find("mine")
        account.close()

    def test_says_whether_clients_sent_something(self, account):
        """The server's own verdict."""
        account.connect("09822200002")

        assert account.verify(method="POST", path="Calls/connect", form={"To": "09822200002"})
        assert not account.verify(path="Calls/connect", count=2)
        assert account.verify(path="Calls/connect", count={"gte": 1}).count == 1

    def test_pages_through_long_lists(self, account, monkeypatch):
        """More than one page is one list."""
        monkeypatch.setattr("exomock.client.watched._PAGE", 2)
        placed = [account.connect("09822200002").sid for _ in range(5)]

        assert placed == [call.sid for call in account.calls]
        assert 5 == sum(each.method == "POST" for each in account.requests)


class TestInThisProcess:
    def test_an_exomock_is_an_account(self):
        """It runs as soon as it is made, and its callbacks have their bodies."""
        mock = Exomock(BUSY, start_at=TEN)
        call = mock.connect("09822200002", StatusCallback="http://127.0.0.1:9/x")
        mock.advance("idle")
        (callback,) = mock.callbacks(call)

        assert isinstance(mock, Account)
        assert "busy" in callback.body
        assert TEN < mock.now
        mock.close()
        mock.close()
        with pytest.raises(NoServer, match="nobody answers"):
            assert mock.now

    @pytest.mark.parametrize(
        "scenario", ["rules: [{leg2: busy}]", BUSY, '{"rules": [{"leg2": "busy"}]}']
    )
    def test_it_takes_a_scenario_in_every_form(self, scenario, tmp_path):
        """YAML of one line is no path; a Path and a dict are taken."""
        file = tmp_path / "busy.yaml"
        file.write_text("rules: [{leg2: busy}]")
        for given in (scenario, file):
            with Exomock(given) as mock:
                call = mock.connect("09822200002")
                mock.advance("idle")
                assert "busy" == mock.call(call).status

    @pytest.mark.parametrize("start", [TEN, "2026-03-01T10:00", 1_772_339_400_000_000])
    def test_it_begins_at_any_form_of_time(self, start):
        """A datetime, a text, microseconds."""
        with Exomock(start_at=start) as mock:
            assert TEN == mock.now


LOADED = """
import json, sys, exomock.client, exomock.testing.suite, exomock.testing.receiver
print(json.dumps(sorted(sys.modules)))
"""


def test_the_client_and_the_fixtures_load_nothing_of_a_server():
    """No Flask, marshmallow, SQLAlchemy or any other package; of exomock what writes texts."""
    loaded = json.loads(subprocess.check_output([sys.executable, "-c", LOADED]))
    here = subprocess.check_output(
        [sys.executable, "-c", "import json, sys; print(json.dumps(sorted(sys.modules)))"]
    )
    new = {name for name in loaded if name not in json.loads(here)}
    tops = {name.split(".")[0] for name in new} - sys.stdlib_module_names
    ours = {name.split(".")[1] for name in new if name.startswith("exomock.")}

    assert {"exomock"} == tops
    assert {"client", "lines", "plain", "testing"} == ours
