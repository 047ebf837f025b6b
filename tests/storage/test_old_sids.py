"""Calls of a database keep their Sids, also where a Sid is made in another way since."""

import sqlite3
from contextlib import closing

import requests

from conftest import NOON
from exomock.server import Exomock
from exomock.settings import Settings

OLD = "0123456789abcdef0123456789ab2031"
"""As Sids of 2026 were made before: year less 2006 in decimal, month and day in base 36."""


def test_a_call_of_an_old_database_keeps_its_sid(tmp_path):
    """It is found, listed, played to its end and told of by the Sid that it was placed under."""
    file = tmp_path / "calls.db"
    with Exomock(settings=Settings(rate=0), database=file, start_at=NOON) as mock:
        new = mock.connect("09822200002", StatusCallback="http://127.0.0.1:9/x").sid
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("UPDATE calls SET sid = ?", (OLD,))

    with Exomock(settings=Settings(rate=0), database=file) as mock:
        mock.advance(600)
        get = f"{mock.base}/Calls"
        single = requests.get(f"{get}/{OLD}.json", auth=mock.auth, timeout=9).json()["Call"]
        (listed,) = requests.get(f"{get}.json", auth=mock.auth, timeout=9).json()["Calls"]
        (told,) = mock.callbacks

    assert new != OLD
    assert (OLD, "completed") == (single["Sid"], single["Status"])
    assert OLD == listed["Sid"]
    assert (OLD, OLD) == (told.call, told.fields["CallSid"])
