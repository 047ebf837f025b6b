"""Exomock: a whole server in a thread of its own process, for tests."""

import atexit
import os
import threading
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from exomock.app import Exchange
from exomock.claims import claim
from exomock.client import Account
from exomock.client.given import is_yaml, moment
from exomock.client.wire import Wire
from exomock.domain.clock import LATEST
from exomock.domain.scenario import Scenario
from exomock.engine import NewAccount
from exomock.engine.credentials import DEFAULT_ACCOUNT
from exomock.ist import from_iso
from exomock.listening import Listener
from exomock.scenarios import read_scenario, read_scenarios, yaml_of
from exomock.settings import Settings
from exomock.storage.folders import TemporaryFolder
from exomock.storage.store import Store
from exomock.wall import wall_now

_START = 10.0
"""Seconds until it is said that the server does not come up; it takes milliseconds."""


class Exomock(Account):
    """
    A running exomock on a free port, and its account: place calls, move time, look at callbacks.

    It runs as soon as it is made, until `close` or the end of a `with`. Time stands still until
    `advance`, unless `settings` give a rate above 0.

    Args:
        scenario: A path, the name of a shipped scenario, YAML text, a dict, or a `Scenario`.
        settings: What the server is told; by default a frozen clock.
        account: Its one account.
        seed: What chance is drawn from; None takes the scenario's, else 1.
        database: A file to keep the calls in; by default one that goes when the server goes.
        start_at: Account time at the start: a datetime, an ISO 8601 text (both without a zone are
            IST), or microseconds since the epoch; None is now.

    Raises:
        TypeError: `scenario` or `start_at` is of another type.
        ValueError: `start_at` is no time from 1970 to 2099.
        ScenarioError: The scenario is wrong.
        DatabaseError: `database` cannot be used, or another server uses it.
    """

    def __init__(
        self,
        scenario: str | Path | Mapping[str, Any] | Scenario = "default",
        settings: Settings | None = None,
        *,
        account: NewAccount = DEFAULT_ACCOUNT,
        seed: int | None = None,
        database: Path | None = None,
        start_at: datetime | str | int | None = None,
    ) -> None:
        found, begins = _scenario(scenario), _microseconds(start_at)
        self._folder = None if database else TemporaryFolder("test")
        file = database or Path(self._folder.path if self._folder else "", "calls.db")
        own = 1 if found.seed is None else found.seed
        self.exchange = Exchange(
            Store(f"sqlite:///{file}", durable=False), settings or Settings(rate=0), found,
            accounts=[account], seed=own if seed is None else seed, wall=wall_now, start_at=begins,
        )  # fmt: skip
        told = self.exchange.engine.settings
        claims = claim("127.0.0.1", 0)
        wire = Wire(claims[0].url, told.control_token)
        super().__init__(wire, account.sid or "", account.key or "", account.token or "")
        self.exchange.engine.listens_at(self.url)
        self.exchange.courier.listens_on((each.host, each.port) for each in claims)
        self._listener = Listener(self.exchange.front(), claims)
        self._thread = threading.Thread(
            target=self._listener.run, name="exomock-front", daemon=True
        )
        self._closed, self._process = False, os.getpid()
        self._start()

    def _start(self) -> None:
        # A thread that serves while the interpreter ends would abort the process.
        atexit.register(self.close)
        self.exchange.start()
        self._thread.start()
        if not self._listener.wait_until_it_listens(_START):
            raise RuntimeError(f"exomock does not listen on {self.url}")

    def close(self) -> None:
        """Stop, and remove the temporary database; once is enough, and no forked child can."""
        if self._closed or os.getpid() != self._process:
            return
        self._closed = True
        atexit.unregister(self.close)
        self.wire.end("this Exomock was closed")
        self._listener.stop()
        self._thread.join()
        self.exchange.stop()
        if self._folder is not None:
            self._folder.close()


def _scenario(given: str | Path | Mapping[str, Any] | Scenario) -> Scenario:
    if isinstance(given, Scenario):
        return given
    if isinstance(given, Path):
        return read_scenarios((str(given),))
    if isinstance(given, Mapping):
        return read_scenario("scenario", yaml_of(given, indent=1).encode())
    if not isinstance(given, str):
        raise TypeError(f"{given!r} is no scenario; expected a path, YAML, a name or a dict")
    if is_yaml(given):
        return read_scenario("scenario.yaml", given.encode())
    return read_scenarios((given,))


def _microseconds(given: datetime | str | int | None) -> int | None:
    if given is None:
        return None
    whole = isinstance(given, int) and not isinstance(given, bool)
    found = given if isinstance(given, int) and whole else from_iso(moment(given))
    if not 0 <= found <= LATEST:
        raise ValueError(f"{given!r} cannot be account time; expected a time from 1970 to 2099")
    return found
