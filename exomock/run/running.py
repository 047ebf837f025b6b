"""`exomock run`: an exomock in this process, its authority and its proxy, around a command."""

import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from exomock.app import Exchange
from exomock.claims import CannotListen, Claim, Identity, claim
from exomock.domain.scenario import Scenario
from exomock.engine import NewAccount
from exomock.front import Front
from exomock.listening import Listener
from exomock.proxy.proxy import Proxy
from exomock.proxy.ways import Ways
from exomock.run.command import Command, keep_quiet
from exomock.run.environment import Reached, environment_of
from exomock.run.why import cases_of, write
from exomock.settings import Settings
from exomock.storage.folders import TemporaryFolder
from exomock.storage.store import Store
from exomock.trust.authority import new_authority
from exomock.wall import wall_now

_START = 20.0
"""Seconds until it is given up; a server that listens takes milliseconds."""

_BEGINS, _ENDS = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
"""The validity of a run's authority: so long, because a test may fake its time."""


@dataclass(frozen=True, slots=True)
class Running:
    """
    What `exomock run` was told.

    Args:
        argv: The command.
        accounts: Its accounts; the variables name the first.
        port: Where to listen; 0 is a free port.
        now: Account time at the start, microseconds; None is the wall clock's.
        junit: Where the testcases go; None where nobody asks for them.
        environ: The user's own variables.
    """

    argv: Sequence[str]
    settings: Settings
    scenario: Scenario
    accounts: tuple[NewAccount, ...]
    seed: int
    port: int
    now: int | None
    passthrough: tuple[str, ...]
    junit: Path | None
    environ: Mapping[str, str]


def run(running: Running) -> int:
    """
    Run the command, and give its exit code.

    Raises:
        CannotRun: The command cannot be started.
        CannotListen: The port is in use.
        CannotTrust: A variable of the user's names a bundle that cannot be read.
        DatabaseError: No temporary folder can be written to.
        OSError: The testcases cannot be written.
    """
    # Standard error is the command's own.
    logging.getLogger().addHandler(logging.NullHandler())
    if running.junit is not None:
        write(running.junit, ())  # before anything runs: a file that cannot be written is known
    folder = TemporaryFolder("serve")
    try:
        with led_to(running, folder.path) as (exchange, environ):
            code = Command(running.argv, environ).run()
            keep_quiet()
            if running.junit is not None:
                write(running.junit, cases_of(exchange.engine))
            return code
    finally:
        folder.close()


@contextmanager
def led_to(running: Running, folder: Path) -> Iterator[tuple[Exchange, dict[str, str]]]:
    """
    An exomock that answers, and the environment that leads to it; it ends with the block.

    Args:
        running: What `exomock run` was told.
        folder: A private folder, for the database, the certificates and the bundles.

    Raises:
        CannotListen: The port is in use.
        CannotTrust: A variable of the user's names a bundle that cannot be read.
    """
    authority = new_authority(_BEGINS, _ENDS)
    identity = Identity(*authority.issue(folder, _BEGINS, _ENDS))
    claims = [*claim("127.0.0.1", running.port), *claim("127.0.0.1", 0, identity)]
    ways = Ways(claims[0].port, claims[1].port, running.passthrough)
    with ExitStack() as ending:
        exchange = _started(running, folder, claims, ending)
        proxy = Proxy(ways)
        proxy.start()
        ending.callback(proxy.stop)
        account = running.accounts[0]
        reached = Reached(
            claims[0].url,
            account.sid or "", account.key or "", account.token or "",
            proxy.port, ways, authority.certificate,
        )  # fmt: skip
        yield exchange, environment_of(reached, folder, running.environ)


def _started(
    running: Running, folder: Path, claims: Sequence[Claim], ending: ExitStack
) -> Exchange:
    exchange = Exchange(
        Store(f"sqlite:///{folder / 'calls.db'}", durable=False),
        running.settings,
        running.scenario,
        accounts=running.accounts,
        seed=running.seed,
        wall=wall_now,
        start_at=running.now,
    )
    exchange.engine.store.tell(claims[0].url)
    exchange.courier.listens_on((each.host, each.port) for each in claims)
    exchange.start()
    ending.callback(exchange.stop)
    listener = Listener(Front(exchange.wire, running.settings), claims)
    thread = threading.Thread(target=listener.run, name="exomock-front", daemon=True)
    thread.start()
    ending.callback(thread.join)
    ending.callback(listener.stop)
    if not listener.wait_until_it_listens(_START):
        raise CannotListen(f"exomock does not listen on {claims[0].url}")
    return exchange
