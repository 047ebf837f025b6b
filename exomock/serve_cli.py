"""The command line of `exomock serve`: every option comes from the settings' one table."""

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import Any

import click

from exomock.cluster.membership import Advertised
from exomock.engine import NewAccount
from exomock.every_setting import Options
from exomock.leaving import served
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
        workers = _workers(said)
    try:
        with (
            _store(said.database) as (store, url),
            secure_claims(said, secure_port) as secure,
        ):
            if not accounts and not store.accounts.all():
                accounts = [DEFAULT_ACCOUNT]
            claims = [*claim(said.host, port), *secure]
            if workers > 1:
                from exomock.workers.parent import Parent
                from exomock.workers.parent import serve as serve_by_workers

                drawn = {"seed": str(seed), "control_token": settings.control_token or ""}
                serve_by_workers(
                    Parent(
                        claims, settings, {**given, **drawn, "log": log}, found, store, url,
                        bool(said.database), tuple(accounts), given["clock"],
                        not said.quiet and level in ("debug", "info"),
                    )
                )  # fmt: skip
            else:
                serve_until_told(
                    Serving(
                        claims, settings, names, store, tuple(accounts),
                        seed, given["clock"], now, level, said.watch, said.quiet, log,
                        _advertised(said.advertise or claims[0].url) if store.shared else None,
                    )
                )  # fmt: skip
    except CannotListen as error:
        raise click.ClickException(str(error)) from None
    if log == "text":
        _last_words("exomock: stopped")
    served()


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


def _workers(said: Options) -> int:
    workers: int = said.workers
    if workers > 1 and said.advertise is not None:
        raise click.UsageError(
            "--advertise: workers reach one another by sockets of this machine, and no other "
            "machine reaches one of them; expected --workers 1, and one process a machine"
        )
    if workers > 1 and sys.platform == "win32":
        raise click.UsageError("--workers: found more than 1, expected 1: Windows has no such")
    return workers


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
