"""`exomock completion`: what a shell needs to complete these commands."""

from typing import Any

import click
from click.shell_completion import get_completion_class


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """
    Print a shell's completion of these commands.

    For bash: `source <(exomock completion bash)`. For fish: `exomock completion fish | source`.
    """
    kind: Any = get_completion_class(shell)
    click.echo(kind(ctx.find_root().command, {}, "exomock", "_EXOMOCK_COMPLETE").source())
