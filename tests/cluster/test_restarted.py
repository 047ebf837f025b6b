"""Law: where no process lives any more, a start goes on from what was saved, as the command line says."""

from contextlib import closing

import pytest
import requests

from exomock.ist import iso
from exomock.storage.store import Store
from serve.conftest import serving

FAST = ("--clock", "x1000", "--account", "team:key:token")
"""An account that lets an hour pass in four seconds: nobody misses that a start took one."""

SHORT = ("--lease", "1", "--lease-renewal", "0.2")


def clock(server, sid="team"):
    """What an account's clock says, and how fast it goes."""
    found = requests.get(f"{server.url}/_exomock/accounts/{sid}/clock", timeout=20).json()
    return found["now"], found["rate"]


def saved(url, sid="team"):
    """The account's time when it was saved last."""
    with closing(Store(url)) as store:
        return iso(store.accounts.one(sid).saved_at)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    """An empty database."""
    if request.param == "postgresql":
        return request.getfixturevalue("postgresql_url")
    return f"sqlite:///{tmp_path}/calls.db"


@pytest.mark.parametrize(("before", "after"), [(1, 1), (1, 2), (2, 1), (2, 2)])
def test_a_server_does_not_play_the_time_that_it_was_away(tmp_path, url, before, after):
    """With however many workers, and on either database: `--clock` sets the rate from there."""
    options = ("--database", url, *SHORT)
    with serving(tmp_path, *FAST, *options, "--workers", str(before)) as server:
        assert 1000 == clock(server)[1]
        assert 0 == server.end()
    stood = saved(url)

    with serving(tmp_path, "--clock", "frozen", *options, "--workers", str(after)) as server:
        assert (stood, 0) == clock(server)


def test_an_account_that_a_client_made_keeps_its_rate(tmp_path, url):
    """As a server alone has it; and it stands where it was saved while nobody played it."""
    options = ("--database", url, *SHORT, "--workers", "2")
    with serving(tmp_path, "--clock", "frozen", *options) as server:
        made = {"sid": "made", "clock": {"now": "2026-03-01T12:00:00+05:30", "rate": 0}}
        assert (
            201
            == requests.post(f"{server.url}/_exomock/accounts", json=made, timeout=20).status_code
        )
        assert 0 == server.end()

    with serving(tmp_path, "--clock", "x60", *options) as server:
        assert ("2026-03-01T12:00:00.000000+05:30", 0) == clock(server, "made")
