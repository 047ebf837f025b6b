"""`--exotel-coverage`, in inner pytest runs: the table, the gate, and workers that add up."""

import os
import re
from argparse import ArgumentTypeError

import pytest

from exomock.domain.situations import Situation
from exomock.pytest_plugin import _percentage

pytest_plugins = ("pytester",)

OF = len(Situation)
LIST = "--exotel-coverage"
WORKERS = "4" if os.environ.get("EXOMOCK_SOAK") else "2"

FOUR = """
import pytest
from exomock.client import Refused

@pytest.mark.parametrize("fate", ["busy", "no_answer", "unreachable"])
def test_fate(exotel, fate):
    exotel.next(leg2=fate)
    exotel.connect("09822200002")
    exotel.advance("idle")

def test_refused(exotel_server):
    with exotel_server.account() as account, pytest.raises(Refused):
        account.next(refuse="dnd")
        account.connect("09822200002")
"""
"""They meet five: leg 1 completes, three ends of leg 2, a refusal."""

MARKED = """
@pytest.mark.exotel(settings={"max_time_out": 61})
def test_there(exotel):
    exotel.next(leg1="busy")
    exotel.connect("09822200002")
    exotel.advance("idle")
"""
"""It meets two more on a server of its own: leg 1 is busy, leg 2 never dialled."""


def percent(result):
    """The share that the table says, and how many of its lines say what was never met."""
    text = result.stdout.str()
    found = re.search(r"the application met (\d+) of (\d+) situations \((\d+\.\d) %\)", text)
    rows = re.findall(
        r"^(?:leg \d|refusals|API faults|callbacks|retries|paging|flows|late fields)  ",
        text,
        re.MULTILINE,
    )
    assert OF == int(found[2]) == int(found[1]) + len(rows)
    return int(found[1]), found[3]


def test_the_number_is_the_same_on_any_number_of_workers(suite):
    """Each has a server of its own, and one more for a mark; who began the run adds up."""
    result = suite(FOUR + MARKED, LIST, "-n", WORKERS)

    result.assert_outcomes(passed=5)
    assert (7, f"{700 / OF:.1f}") == percent(result)


def test_the_number_is_the_same_on_a_server_that_workers_share(guests, mock):
    """Nothing is counted twice, and nothing that others do there."""
    mock.connect("09000000002")
    mock.advance("idle")
    result = guests(FOUR, LIST, "-n", WORKERS)

    result.assert_outcomes(passed=4)
    assert (5, f"{500 / OF:.1f}") == percent(result)


def test_the_table_says_what_was_never_met_and_how_to_meet_it(guests):
    """A line for each, none for what was met; a gate that is passed says nothing."""
    result = guests(FOUR, LIST, "--exotel-coverage-fail-under=11%")

    assert pytest.ExitCode.OK == result.ret
    assert (5, f"{500 / OF:.1f}") == percent(result)
    result.stdout.fnmatch_lines([
        "*= exotel coverage =*",
        'leg 1 *busy *exotel.next(leg1="busy")',
        "refusals *400 parameters *Connect with a From of three digits.",
        f"the application met 5 of {OF} situations (*); above are the {OF - 5} it never met",
    ])  # fmt: skip
    result.stdout.no_fnmatch_line("leg 2 *busy*")
    result.stdout.no_fnmatch_line("refusals *do not disturb*")


class TestTheGate:
    def test_fails_a_run_below_it(self, guests):
        """Five are 11.4 %; the table comes with the gate."""
        result = guests(FOUR, "--exotel-coverage-fail-under=12")

        result.assert_outcomes(passed=4)
        assert pytest.ExitCode.TESTS_FAILED == result.ret
        assert 5 == percent(result)[0]
        result.stdout.fnmatch_lines([f"FAIL exotel coverage is {500 / OF:.1f} %, below 12 %"])

    def test_leaves_a_worse_exit_code(self, guests):
        """A usage error or an interrupt stays what it is; failed tests are 1 already."""
        result = guests("raise KeyboardInterrupt", "--exotel-coverage-fail-under=60")

        assert pytest.ExitCode.INTERRUPTED == result.ret

    def test_holds_where_no_test_has_used_the_fixture(self, guests):
        """Nothing was met, and the line says why."""
        result = guests("def test_it(): pass", "--exotel-coverage-fail-under=1")

        assert pytest.ExitCode.TESTS_FAILED == result.ret
        result.stdout.fnmatch_lines(["no account was made: no test has used the fixture exotel"])

    def test_is_a_percentage(self, guests):
        """Anything else is a usage error of one sentence."""
        result = guests("def test_it(): pass", "--exotel-coverage-fail-under=most")

        assert pytest.ExitCode.USAGE_ERROR == result.ret
        result.stderr.fnmatch_lines([
            "*--exotel-coverage-fail-under: 'most' is no percentage; expected a number from 0 to 100"
        ])  # fmt: skip


@pytest.mark.parametrize("text", ["", "%", "nan", "-1", "100.1", "6o", "1e3"])
def test_what_is_no_percentage(text):
    """Neither what is no number, nor what no share can be."""
    with pytest.raises(ArgumentTypeError, match="expected a number from 0 to 100"):
        _percentage(text)


def test_what_a_crashed_worker_counted_is_said_to_be_lost(guests):
    """The number is then too low, so the table must not pass for whole."""
    result = guests(
        FOUR + "\ndef test_crash():\n    import os\n    os._exit(3)\n",
        LIST,
        "-n",
        "1",
        "--max-worker-restart=0",
    )

    result.stdout.fnmatch_lines(["not counted: 1 workers that ended before they could tell"])
