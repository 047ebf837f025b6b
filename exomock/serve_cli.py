"""The command line of `exomock serve`: every option comes from the settings' one table."""

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from exomock import collector
from exomock.cluster.membership import Advertised
from exomock.domain.scenario import Scenario
from exomock.engine import NewAccount
from exomock.engine.credentials import DEFAULT_ACCOUNT
from exomock.every_setting import Options
from exomock.leaving import served
from exomock.options import clock_text, refusals, seed_of, setting_options, settings_of
from exomock.scenarios import read_scenarios
from exomock.settings import Settings
from exomock.standard import cannot_write
from exomock.storage.folders import temporary_database
from exomock.storage.store import Store

if TYPE_CHECKING:
    from exomock.claims import Claim


class _Told(NamedTuple):
    """What a server was told: by the command line, the environment and its scenario."""

    given: dict[str, Any]
    said: Options
    names: tuple[str, ...]
    scenario: Scenario
    settings: Settings
    seed: int
    accounts: tuple[NewAccount, ...]


@click.command()
@setting_options()
def serve(**given: Any) -> None:
    """Serve the v1 API until Ctrl-C."""
    # Imported here: the server takes a third of a second that `--help` need not wait for.
    from exomock.claims import CannotListen, claim
    from exomock.serving_tls import secure_claims

    told = _told(given)
    said = told.said
    try:
        with (
            _store(said.database) as (store, url),
            secure_claims(said, said.tls_port) as secure,
        ):
            if not told.accounts and not store.accounts.all():
                told = told._replace(accounts=(DEFAULT_ACCOUNT,))
            claims = [*claim(said.host, said.port), *secure]
            if said.workers > 1:
                _serve_by_workers(told, claims, store, url)
            else:
                _serve_alone(told, claims, store)
    except CannotListen as error:
        raise click.ClickException(str(error)) from None
    if said.log == "text":
        _last_words("exomock: stopped")
    served()


def _told(given: dict[str, Any]) -> _Told:
    """
    Read what was said.

    Raises:
        click.UsageError: A value is wrong; nothing was opened yet.
    """
    names = tuple(given["scenario"]) or ("default",)
    found = read_scenarios(names)
    given["clock"] = given["clock"] or clock_text(found.clock.rate)
    said = Options(given)
    with refusals():
        seed, rate = seed_of(said.seed, found.seed), said.clock
        settings = settings_of(given, rate)
        _affordable(found.past, settings.max_history)
        # A value is refused where it is read; these are first used when a database is open.
        _ = said.log_level, said.now, said.port, said.tls_port, said.log
        accounts = tuple(NewAccount(*account) for account in said.account)
        _check_workers(said)
    return _Told(given, said, names, found, settings, seed, accounts)


def _serve_by_workers(told: _Told, claims: "list[Claim]", store: Store, url: str) -> None:
    from exomock.workers.parent import Parent, serve

    collector.settle()
    said, settings = told.said, told.settings
    drawn = {
        "seed": str(told.seed), "control_token": settings.control_token or "", "log": said.log,
    }  # fmt: skip
    serve(
        Parent(
            claims, settings, {**told.given, **drawn}, told.scenario, store, url,
            bool(said.database), told.accounts, told.given["clock"],
            not said.quiet and said.log_level in ("debug", "info"),
        )
    )  # fmt: skip


def _serve_alone(told: _Told, claims: "list[Claim]", store: Store) -> None:
    from exomock.serving import Serving, serve

    collector.settle()
    said = told.said
    serve(
        Serving(
            claims, told.settings, told.names, store, told.accounts,
            told.seed, told.given["clock"], said.now, said.log_level, said.watch, said.quiet,
            said.log, _advertised(said.advertise or claims[0].url) if store.shared else None,
        )
    )  # fmt: skip


def _affordable(past: int, most: int) -> None:
    if past > most:
        raise click.UsageError(
            f"--max-history: the scenario makes {past} past calls, expected at most {most}"
        )


def _last_words(text: str) -> None:
    """Say something at the end, to whoever still listens: a closed pipe is no failure."""
    try:
        click.echo(text)
    except OSError as error:
        cannot_write(error)


def _check_workers(said: Options) -> None:
    workers: int = said.workers
    if workers > 1 and said.advertise is not None:
        raise click.UsageError(
            "--advertise: workers reach one another by sockets of this machine, and no other "
            "machine reaches one of them; expected --workers 1, and one process a machine"
        )
    if workers > 1 and sys.platform == "win32":
        raise click.UsageError("--workers: found more than 1, expected 1: Windows has no such")


def _advertised(url: str) -> Advertised:
    return Advertised(url, url, "", os.getpid())


@contextlib.contextmanager
def _store(given: str) -> Iterator[tuple[Store, str]]:
    """The database that was named, else one that goes when the server goes; and its URL."""
    with contextlib.ExitStack() as stack:
        if given:
            url = given if "://" in given else f"sqlite:///{given}"
            store = Store(url)
        else:
            url = stack.enter_context(temporary_database())
            store = Store(url, durable=False)
        stack.callback(store.close)
        yield store, url
