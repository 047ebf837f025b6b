"""The fixtures, in inner pytest runs."""

import pytest

pytest_plugins = ("pytester",)

ALL = """
import datetime, pytest, re

def test_a_call(exotel, exotel_receiver):
    exotel.connect("09000000002", StatusCallback=exotel_receiver.url + "/hook")
    exotel.advance("idle")
    assert exotel_receiver.received[0].fields["Status"] == "no-answer"
    exotel.callbacks.expect("terminal", Status="no-answer")
    exotel.requests.expect("POST", "Calls/connect", To="09000000002")

@pytest.mark.parametrize("n", range(3))
def test_an_account_of_its_own(exotel, n):
    assert [] == exotel.calls
    exotel.connect("09822200002")
    before = exotel.now
    assert exotel.now == before

@pytest.mark.exotel(scenario="busy.yaml", now="2026-03-01T10:00", seed=7)
class TestMarks:
    def test_of_a_class(self, exotel):
        assert datetime.datetime(2026, 3, 1, 10) == exotel.now.replace(tzinfo=None)
        call = exotel.connect("09822200002")
        exotel.advance("idle")
        assert exotel.call(call).status == "busy"

    @pytest.mark.exotel(now="2027-03-01T10:00", clock="x60")
    def test_that_are_nearer_win(self, exotel):
        assert exotel.now.year == 2027
        assert exotel.control("GET", "/clock")["rate"] == 60
"""


def test_the_fixtures_work(pytester, guests):
    """Each test has an account of its own, as its marks say; they are gone at the end."""
    pytester.path.joinpath("busy.yaml").write_text("rules: [{leg2: busy}]")

    guests(ALL).assert_outcomes(passed=6)


def test_no_account_is_left(mock):
    """After the runs above only the server's own is there."""
    assert ["exomock"] == list(mock.exchange.engine.worlds)


def test_a_failed_test_tells_what_happened(guests):
    """The sentence, and the story of the account."""
    result = guests("""
def test_busy(exotel):
    exotel.connect("09000000002", StatusCallback="http://127.0.0.1:9/x")
    exotel.advance(60)
    exotel.callbacks.expect("terminal", Status="busy")

def test_refused(exotel):
    exotel.connect("09000000005")
""")  # fmt: skip

    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines([
        '>       exotel.callbacks.expect("terminal", Status="busy")',
        "E       AssertionError: expected 1 callback terminal with Status='busy'; of 1 callback none is so:",
        "*terminal of call *: Status is 'no-answer', wanted 'busy'",
        "*exotel: account acc*",
        "*request  POST Calls/connect.json  09811100001 → 09000000002  200  magic number 09000000002",
        "*leg 2 rang-out, leg 1 hung-up, ended",
        "*callback call *terminal Status=no-answer → http://127.0.0.1:9/x  connection refused*",
        '>       exotel.connect("09000000005")',
        "E       exomock.client.errors.Refused: 403*",
    ])  # fmt: skip
    assert "During handling" not in result.stdout.str()


@pytest.mark.parametrize(
    ("mark", "said"),
    [
        ('sceario="x"', "exotel: 'sceario' is unknown; expected one of scenario, now, seed, clock, collect, settings"),
        ('"exotel-down"', "exotel: 'exotel-down' has no name; write scenario='exotel-down'"),
        ('scenario="evening.yaml"', "exotel: there is no scenario file 'evening.yaml'"),
        ('clock="frosen"', "exotel: 'frosen' is no rate of a clock; expected a number from 0 to 1000000, frozen, real or x60"),
        ('settings={"callback_timeout": 2}', "exotel: the server of EXOMOCK_URL has settings of its own; drop callback_timeout"),
    ],
)  # fmt: skip
def test_a_wrong_mark_is_one_sentence(guests, mark, said):
    """No traceback of the plugin."""
    result = guests(f"import pytest\n@pytest.mark.exotel({mark})\ndef test_it(exotel): pass\n")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([said.replace("[", "[[]")])
    assert "Traceback" not in result.stdout.str()
    assert "pytest_plugin" not in result.stdout.str()


def test_the_ini_file_speaks_for_all_tests(pytester, guests):
    """A mark speaks louder."""
    pytester.makeini(
        "[pytest]\nexomock_scenario = exotel-down\nexomock_clock = x60\n"
        "exomock_now = 2026-03-01T10:00\nexomock_seed = 7\n"
    )
    guests("""
import pytest
from exomock.client import Refused

def test_ini(exotel):
    with pytest.raises(Refused):
        exotel.connect("09822200002")
    assert exotel.now.year == 2026
    assert exotel.control("GET", "")["seed"] == 7

@pytest.mark.exotel(scenario="default")
def test_mark(exotel):
    exotel.connect("09822200002")
""").assert_outcomes(passed=2)  # fmt: skip


def test_the_time_of_a_test_may_be_frozen(guests):
    """By freezegun and time-machine, around the fixture or inside the test."""
    guests("""
import datetime, freezegun, time_machine, pytest

def play(exotel, receiver):
    call = exotel.connect("09000000002", StatusCallback=receiver.url)
    exotel.advance("idle")
    assert "no-answer" == exotel.call(call).status
    assert exotel.callbacks.expect("terminal").attempts[0].status == 200
    receiver.wait(1)

def test_freezegun(exotel, exotel_receiver):
    with freezegun.freeze_time("2030-01-01"):
        play(exotel, exotel_receiver)
        assert exotel.now.year < 2030

def test_time_machine(exotel, exotel_receiver):
    with time_machine.travel("2030-01-01", tick=False):
        play(exotel, exotel_receiver)

@pytest.fixture
def frozen():
    with freezegun.freeze_time("2030-01-01"):
        yield

def test_around(frozen, exotel, exotel_receiver):
    play(exotel, exotel_receiver)
""").assert_outcomes(passed=3)  # fmt: skip


def test_a_suite_without_the_fixtures_loads_nothing(guests):
    """Not even the client."""
    guests("""
import sys
def test_it():
    loaded = sorted(n for n in sys.modules if n.startswith("exomock"))
    assert ["exomock", "exomock.pytest_plugin"] == loaded
""").assert_outcomes(passed=1)  # fmt: skip
