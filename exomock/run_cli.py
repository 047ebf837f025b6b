"""The command line of `exomock run`."""

import os
import sys
from pathlib import Path
from typing import Any

import click

from exomock.addresses import HostName
from exomock.engine import NewAccount
from exomock.engine.credentials import DEFAULT_ACCOUNT
from exomock.every_setting import Options
from exomock.options import read, refusals, seed_of, setting_options, settings_of
from exomock.plain import plain
from exomock.scenarios import read_scenarios
from exomock.standard import complain
from exomock.trust.names import is_below_exotels

_NOT_HERE = (
    "host", "port", "tls", "tls_port", "database", "watch", "log_level", "quiet", "log",
    "workers", "advertise", "lease", "lease_renewal", "max_forwards",
)  # fmt: skip
"""Settings of `exomock serve` alone: a run is short, on loopback, and says nothing itself."""


@click.command(context_settings={"allow_interspersed_args": False})
@setting_options(*_NOT_HERE)
@click.option("--port", default="0", help="Port to listen on. [a free one]")
@click.option(
    "--passthrough", multiple=True, metavar="HOST",
    help="Host that requests may go to; .name is all below it as well, * any. Repeatable.",
)  # fmt: skip
@click.option(
    "--junit-why", type=click.Path(path_type=Path), metavar="FILE",
    help="Write why requests were refused and callbacks failed, as JUnit testcases.",
)  # fmt: skip
@click.argument("command", nargs=-1, type=click.UNPROCESSED, required=True)
def run(command: tuple[str, ...], **given: Any) -> None:
    """Run COMMAND with https://api.exotel.com, and all of Exotel's names, being exomock."""
    from exomock.run.command import CannotRun, check

    try:
        check(command, os.environ)
        sys.exit(_run(command, given))
    except CannotRun as error:
        # As shells have it; click's own statuses mean other things.
        complain(f"exomock: {plain(str(error))}")
        sys.exit(error.code)


def _run(command: tuple[str, ...], given: dict[str, Any]) -> int:
    # Imported here: the server takes a third of a second that `--help` need not wait for.
    from exomock.claims import CannotListen
    from exomock.serving_tls import needed, trusting

    found = read_scenarios(tuple(given["scenario"]) or ("default",))
    with needed("run"):
        from exomock.run.running import Running
        from exomock.run.running import run as run_it
    said = Options(given)
    with refusals():
        rate = said.clock if given["clock"] or found.clock.rate is None else found.clock.rate
        accounts = tuple(NewAccount(*each) for each in said.account) or (DEFAULT_ACCOUNT,)
        running = Running(
            command, settings_of(given, rate), found, accounts, seed_of(said.seed, found.seed),
            said.port, said.now, _passed(given["passthrough"]), given["junit_why"], os.environ,
        )  # fmt: skip
    try:
        with trusting():
            return run_it(running)
    except CannotListen as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"--junit-why: {error}") from None


def _passed(hosts: tuple[str, ...]) -> tuple[str, ...]:
    for host in hosts:
        if is_below_exotels(host.removeprefix(".")):
            raise click.UsageError(
                f"--passthrough: found '{host}', which is Exotel's: exomock run lets nothing "
                "through to it, because calls cost money"
            )
    return tuple(read("passthrough", HostName(), host) for host in hosts)
