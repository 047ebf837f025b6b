"""On a machine in New York, every time that exomock writes or reads is Indian: section 1."""

import json
import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta

import pytest

from conftest import Driver
from exomock.wall import wall_now
from serve.conftest import rows, serving, until

CALL = "09000000007"
"""A magic number: both answer after 1 s and talk for 3 s, 5 s in all."""

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server in New York, which is 9.5 or 10.5 hours behind India; a minute a second."""
    home = tmp_path_factory.mktemp("ist")
    options = ("--clock", "x60", "--database", "calls.db")
    with serving(home, *options, TZ="America/New_York") as server:
        server.database = home / "calls.db"
        yield server


@pytest.fixture(scope="module")
def driver(server):
    """A client of it."""
    return Driver(server)


def indian(microseconds, seconds=0):
    """UTC and five and a half hours, computed here without a zone."""
    moment = datetime.fromtimestamp(microseconds // 1_000_000, UTC)
    return moment.replace(tzinfo=None) + timedelta(hours=5, minutes=30, seconds=seconds)


@pytest.fixture(scope="module")
def ended(driver, server):
    """A call that has ended: (when it was placed, microseconds, and the call)."""
    sid = driver.connect(From=CALL, To=CALL)
    call = until(lambda: (found := driver.call(sid))["Status"] == "completed" and found)
    ((created,),) = rows(server.database, f"SELECT created FROM calls WHERE sid = '{sid}'")
    return created, call


def test_the_accounts_time_begins_at_the_worlds(ended):
    """What was placed first lies within a few minutes of now: an hour would be a wrong zone."""
    created, call = ended
    shown = datetime.fromisoformat(call["DateCreated"])

    assert abs(created - wall_now()) < 30 * 60 * 1_000_000
    assert abs(shown - indian(wall_now())) < timedelta(minutes=30)


class TestWhatIsWritten:
    def test_in_call_details(self, ended):
        """Placed, begun, and ended 5 s later."""
        created, call = ended

        assert {
            "DateCreated": str(indian(created)),
            "StartTime": str(indian(created)),
            "EndTime": str(indian(created, 5)),
            "DateUpdated": str(indian(created, 5)),
        } == {name: call[name] for name in ("DateCreated", "StartTime", "EndTime", "DateUpdated")}

    def test_in_xml(self, ended, driver):
        """The same in the other format."""
        created, call = ended
        root = ET.fromstring(driver.get(f"Calls/{call['Sid']}").content)

        assert str(indian(created)) == root.findtext("Call/DateCreated")
        assert str(indian(created, 5)) == root.findtext("Call/EndTime")

    def test_in_the_answer_of_connect(self, driver, server):
        """The first thing a client sees."""
        call = driver.try_connect().json()["Call"]
        ((created,),) = rows(
            server.database, f"SELECT created FROM calls WHERE sid = '{call['Sid']}'"
        )

        assert str(indian(created)) == call["DateCreated"] == call["StartTime"]

    def test_in_the_list(self, ended, driver):
        """Rows of the bulk details."""
        created, call = ended
        (row,) = driver.calls(Sid=call["Sid"])["Calls"]

        assert str(indian(created)) == row["DateCreated"]
        assert str(indian(created, 5)) == row["EndTime"]

    @pytest.mark.parametrize("kind", ["multipart/form-data", "application/json"])
    def test_in_callbacks(self, driver, server, receiver, kind):
        """The terminal callback, in both bodies."""
        sid = driver.connect(
            From=CALL,
            To=CALL,
            StatusCallback=receiver.url,
            StatusCallbackEvents="terminal",
            StatusCallbackContentType=kind,
        )
        (got,) = receiver.wait_for(1)
        told = json.loads(got.raw) if kind == "application/json" else got.form
        ((created,),) = rows(server.database, f"SELECT created FROM calls WHERE sid = '{sid}'")

        assert {
            "DateCreated": str(indian(created)),
            "StartTime": str(indian(created)),
            "EndTime": str(indian(created, 5)),
            "DateUpdated": str(indian(created, 5)),
        } == {name: told[name] for name in ("DateCreated", "StartTime", "EndTime", "DateUpdated")}

    def test_in_the_sid(self, ended):
        """It ends in the Indian date: year less 2000 in hex, month and day in base 36."""
        created, call = ended
        day = indian(created)

        assert f"{day.year - 2000:02x}{DIGITS[day.month]}{DIGITS[day.day]}" == call["Sid"][-4:]


class TestWhatIsRead:
    def test_a_window_of_one_second_finds_the_call(self, ended, driver):
        """DateCreated from and to the very second that the call shows."""
        _created, call = ended
        second = call["DateCreated"]
        found = driver.calls(DateCreated=f"gte:{second};lte:{second}")["Calls"]

        assert call["Sid"] in [row["Sid"] for row in found]

    @pytest.mark.parametrize("hours", [-5.5, -9.5, -10.5], ids=["UTC", "summer", "winter"])
    def test_a_window_in_another_zone_does_not(self, ended, driver, hours):
        """An hour around the time that a clock in London or New York shows."""
        created, call = ended
        there = indian(created) + timedelta(hours=hours)
        gte, lte = there - timedelta(minutes=30), there + timedelta(minutes=30)
        found = driver.calls(DateCreated=f"gte:{gte};lte:{lte}")["Calls"]

        assert call["Sid"] not in [row["Sid"] for row in found]
