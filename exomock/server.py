"""Exomock: a whole server in a thread of its own process, for tests."""

import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from exomock.app import Exchange
from exomock.domain.scenario import Scenario
from exomock.engine import NewAccount
from exomock.front import Front
from exomock.listening import Listener, claim
from exomock.scenarios import read_scenario, read_scenarios
from exomock.settings import Settings
from exomock.storage.deliveries import CallbackRow
from exomock.storage.folders import TemporaryFolder
from exomock.storage.store import Store
from exomock.wall import wall_now

_START = 10.0
"""Seconds until it is said that the server does not come up; it takes milliseconds."""

DEFAULT_ACCOUNT = NewAccount("exomock", "exomock-key", "exomock-token")


class Exomock:
    """
    A running exomock on a free port, and its remote control; use it as a context manager.

    Time stands still until `advance`, unless `settings` give a rate above 0.

    Args:
        scenario: A path, the name of a shipped scenario, YAML text, or a `Scenario`.
        settings: What the server is told; by default a frozen clock.
        account: Its one account.
        seed: What chance is drawn from; None takes the scenario's, else 1.
        database: A file to keep the calls in; by default one that goes when the server goes.
        start_at: Account time at the start, microseconds since the epoch; None is now.

    Raises:
        ScenarioError: The scenario is wrong.
        DatabaseError: `database` cannot be used, or another server uses it.
    """

    def __init__(
        self,
        scenario: str | Scenario = "default",
        settings: Settings | None = None,
        *,
        account: NewAccount = DEFAULT_ACCOUNT,
        seed: int | None = None,
        database: Path | None = None,
        start_at: int | None = None,
    ) -> None:
        self.sid, self.key, self.token = account.sid or "", account.key or "", account.token or ""
        found = _scenario(scenario)
        self._folder = None if database else TemporaryFolder("test")
        file = database or Path(self._folder.path if self._folder else "", "calls.db")
        own = 1 if found.seed is None else found.seed
        self.exchange = Exchange(
            Store(f"sqlite:///{file}", durable=False),
            settings or Settings(rate=0),
            found,
            accounts=[account],
            seed=own if seed is None else seed,
            wall=wall_now,
            start_at=start_at,
        )
        front = Front(self.exchange.wire, self.exchange.engine.settings)
        claims = claim("127.0.0.1", 0)
        self.url = claims[0].url
        self.exchange.engine.store.tell(self.url)
        self.exchange.courier.listens_on((each.host, each.port) for each in claims)
        self._listener = Listener(front, claims)
        self._thread = threading.Thread(
            target=self._listener.run, name="exomock-front", daemon=True
        )

    def __enter__(self) -> Self:
        """Start."""
        self.exchange.start()
        self._thread.start()
        if not self._listener.wait_until_it_listens(_START):
            raise RuntimeError(f"exomock does not listen on {self.url}")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Stop, and remove the temporary database."""
        self._listener.stop()
        self._thread.join()
        self.exchange.stop()
        if self._folder is not None:
            self._folder.close()

    @property
    def base(self) -> str:
        """The account's URL, `http://127.0.0.1:<port>/v1/Accounts/<sid>`."""
        return f"{self.url}/v1/Accounts/{self.sid}"

    def advance(self, seconds: float) -> None:
        """Let so many seconds of account time pass; every callback on the way has been tried."""
        self.exchange.advance(self.sid, seconds)

    def callbacks(self, call_sid: str | None = None) -> list[CallbackRow]:
        """Callbacks the account owes or has sent, each with its tries; or one call's."""
        return self.exchange.engine.store.outbox.of(self.sid, call_sid)


def _scenario(given: str | Scenario) -> Scenario:
    if isinstance(given, Scenario):
        return given
    if "\n" in given:
        return read_scenario("scenario.yaml", given.encode())
    return read_scenarios((given,))
