"""`exomock health`, as the help and the completion know it; `exomock/health_cli.py` answers."""

import sys

import click

from exomock.health_cli import main


@click.command(
    add_help_option=False,
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def health(arguments: tuple[str, ...]) -> None:
    """Ask a server how it is; the exit status says whether calls can be placed there."""
    sys.exit(main(arguments))
