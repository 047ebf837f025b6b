"""The command line: every option of `serve` comes from the settings' one table."""

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from typing import Any

import click

from exomock import __version__
from exomock.engine import NewAccount
from exomock.options import clock_text, refusals, seed_of, setting_options, settings_of
from exomock.plain import masked, plain, plain_lines
from exomock.run_cli import run
from exomock.scenario_cli import scenario
from exomock.scenarios import ScenarioError, read_scenarios
from exomock.server import DEFAULT_ACCOUNT
from exomock.settings import Options
from exomock.storage.folders import temporary_database
from exomock.storage.store import Store
from exomock.storage.trouble import DatabaseError
from exomock.trust_cli import ca, env

_LONGEST = 4000
"""Characters of a message on its one line."""

_NO_ARGUMENTS: Any = getattr(click.exceptions, "NoArgsIsHelpError", ())
"""What click raises since 8.2 when no command is named; before, it shows the help and exits."""


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="exomock")
def cli() -> None:
    """exomock: a local Exotel, for tests and for development without an account."""


@cli.command()
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
        secure_port = said.tls_port
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
                    seed, given["clock"], now, level, said.watch,
                )
            )  # fmt: skip
    except CannotListen as error:
        raise click.ClickException(str(error)) from None
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


for each in (scenario, run, ca, env):
    cli.add_command(each)


def _leave(which: int, _frame: object) -> None:
    sys.exit(128 + which)


def main() -> None:
    """Run the command line; what goes wrong is one line, and a status that is not 0."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            # SystemExit, so that temporary files go; a server takes these signals over later.
            signal.signal(getattr(signal, name), _leave)
    try:
        cli(standalone_mode=False)
    except _NO_ARGUMENTS as error:
        error.show()
        sys.exit(2)
    except click.ClickException as error:
        click.echo(f"exomock: {plain(masked(error.format_message()), _LONGEST)}", err=True)
        sys.exit(error.exit_code)
    except (ScenarioError, DatabaseError) as error:
        click.echo(f"exomock: {plain_lines(masked(str(error)))}", err=True)
        sys.exit(1)
    except click.Abort:
        sys.exit(130)
