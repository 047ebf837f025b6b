"""The command line of `exomock serve`: every option comes from the settings' one table."""

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import Any

import click

from exomock.engine import NewAccount
from exomock.every_setting import Options
from exomock.options import clock_text, refusals, seed_of, setting_options, settings_of
from exomock.scenarios import read_scenarios
from exomock.server import DEFAULT_ACCOUNT
from exomock.storage.folders import temporary_database
from exomock.storage.store import Store


@click.command()
@setting_options()
def serve(**given: Any) -> None:
    """Serve the v1 API until Ctrl-C."""
    # Imported here: the server takes a third of a second that `--help` need not wait for.
    from exomock.claims import CannotListen, claim
    from exomock.serving import Serving
    from exomock.serving import serve as serve_until_told
    from exomock.serving_tls import secure_claims

    names = tuple(given["scenario"]) or ("default",)
    found = read_scenarios(names)
    given["clock"] = given["clock"] or clock_text(found.clock.rate)
    said = Options(given)
    with refusals():
        seed, rate = seed_of(said.seed, found.seed), said.clock
        settings = settings_of(given, rate)
        _affordable(found.past, settings.max_history)
        level, now, port = said.log_level, said.now, said.port
        secure_port, log = said.tls_port, said.log
        accounts = [NewAccount(*account) for account in said.account]
    try:
        with (
            _store(said.database) as store,
            secure_claims(said, secure_port) as secure,
        ):
            if not accounts and not store.accounts.all():
                accounts = [DEFAULT_ACCOUNT]
            serve_until_told(
                Serving(
                    [*claim(said.host, port), *secure], settings, names, store, tuple(accounts),
                    seed, given["clock"], now, level, said.watch, said.quiet, log,
                )
            )  # fmt: skip
    except CannotListen as error:
        raise click.ClickException(str(error)) from None
    if log == "text":
        _last_words("exomock: stopped")


def _affordable(past: int, most: int) -> None:
    if past > most:
        raise click.UsageError(
            f"--max-history: the scenario makes {past} past calls, expected at most {most}"
        )


def _last_words(text: str) -> None:
    """Say something at the end, to whoever still listens: a closed pipe is no failure."""
    try:
        click.echo(text)
    except OSError:
        # Or the interpreter would stumble over the same pipe when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextlib.contextmanager
def _store(given: str) -> Iterator[Store]:
    """The database that was named, else one that goes when the server goes."""
    with contextlib.ExitStack() as stack:
        if given:
            store = Store(given if "://" in given else f"sqlite:///{given}")
        else:
            store = Store(stack.enter_context(temporary_database()), durable=False)
        stack.callback(store.close)
        yield store
