"""The command line: every option of `serve` comes from the settings' one table."""

import os
import sys
from collections.abc import Callable
from typing import Any

import click

from exomock import __version__
from exomock.options import (
    account_of,
    clock_of,
    clock_text,
    level_of,
    moment,
    seed_of,
    settings_of,
    whole,
)
from exomock.scenario_cli import scenario
from exomock.scenarios import ScenarioError, read_scenarios
from exomock.server import DEFAULT_ACCOUNT
from exomock.settings import SETTINGS
from exomock.storage.database import DatabaseError
from exomock.storage.store import AccountRow, Store

_NO_ARGUMENTS: Any = getattr(click.exceptions, "NoArgsIsHelpError", ())
"""What click raises since 8.2 when no command is named; before, it shows the help and exits."""


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="exomock")
def cli() -> None:
    """exomock: a local Exotel, for tests and for development without an account."""


def _options(command: Callable[..., None]) -> Callable[..., None]:
    for setting in reversed(SETTINGS):
        unit = f" {setting.unit}" if setting.unit and setting.default else ""
        text = f"{setting.help} [{setting.default or 'none'}{unit}]"
        command = click.option(
            f"--{setting.name}",
            setting.field,
            envvar=setting.variable,
            multiple=setting.multiple,
            is_flag=setting.flag or None,
            help=f"{text} ({setting.variable})",
        )(command)
    return command


@cli.command()
@_options
def serve(**given: Any) -> None:
    """Serve the v1 API until Ctrl-C."""
    # Imported here: the server takes a third of a second that `--help` need not wait for.
    from exomock.serving import CannotServe, Serving, claim, temporary_database
    from exomock.serving import serve as run

    said: dict[str, Any] = {
        s.field: given[s.field] or (() if s.multiple else s.default) for s in SETTINGS
    }
    names = tuple(said["scenario"]) or ("default",)
    found = read_scenarios(names)
    seed = seed_of(said["seed"], found.seed)
    clock, rate = clock_of(given["clock"] or clock_text(found.clock.rate))
    settings = settings_of(said, rate)
    if found.past > settings.max_history:
        raise click.UsageError(
            f"--max-history: the scenario makes {found.past} past calls, expected at most "
            f"{settings.max_history}"
        )
    threads = whole("threads", said["threads"], 1, 1000)
    level = level_of(said["log_level"])
    accounts = [account_of(text) for text in said["account"]]
    now = moment("now", said["now"])
    port = whole("port", said["port"], 0, 65535)
    try:
        with _database(said["database"], temporary_database) as database:
            kept = _kept(database) if said["database"] else []
            if not accounts and not kept:
                accounts = [DEFAULT_ACCOUNT]
            host, port, holder = claim(said["host"], port)
            with holder:
                run(
                    Serving(
                        host, port, settings, names, database, bool(said["database"]),
                        tuple(accounts), seed, clock, now, threads, level, bool(said["watch"]),
                    )
                )  # fmt: skip
    except CannotServe as error:
        raise click.ClickException(str(error)) from None
    _last_words("exomock: stopped")


def _last_words(text: str) -> None:
    """Say something at the end, to whoever still listens: a closed pipe is no failure."""
    try:
        click.echo(text)
    except OSError:
        # Or the interpreter would stumble over the same pipe when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _Given:
    """A database that is there to stay, as a context manager beside the temporary one."""

    def __init__(self, url: str) -> None:
        self.url = url if "://" in url else f"sqlite:///{url}"

    def __enter__(self) -> str:
        return self.url

    def __exit__(self, *_: object) -> None:
        pass


def _database(given: str, temporary: Callable[[], Any]) -> Any:
    return _Given(given) if given else temporary()


def _kept(url: str) -> list[AccountRow]:
    store = Store(url)
    try:
        return store.accounts()
    finally:
        store.close()


cli.add_command(scenario)


def main() -> None:
    """Run the command line; what goes wrong is one line, and a status that is not 0."""
    try:
        cli(standalone_mode=False)
    except _NO_ARGUMENTS as error:
        error.show()
        sys.exit(2)
    except click.ClickException as error:
        click.echo(f"exomock: {error.format_message()}", err=True)
        sys.exit(error.exit_code)
    except (ScenarioError, DatabaseError) as error:
        click.echo(f"exomock: {error}", err=True)
        sys.exit(1)
    except click.Abort:
        sys.exit(130)
