"""The command line: which commands there are; each is imported when it is named."""

import json
import os
import sys
from importlib import import_module
from itertools import pairwise
from traceback import format_exception, walk_tb
from typing import Any, NoReturn

import click

from exomock import __version__, collector
from exomock.leaving import end_if_told, heed_signals, leave_if_told
from exomock.plain import masked, plain, plain_lines
from exomock.standard import cannot_write, complain

_LONGEST = 4000
"""Characters of a message on its one line."""

_NO_ARGUMENTS: Any = getattr(click.exceptions, "NoArgsIsHelpError", ())
"""What click raises since 8.2 when no command is named; before, it shows the help and exits."""

_EXPECTED = ("ScenarioError", "DatabaseError")
"""Errors that are told as they are. They go by name: to import them would import the server."""

COMMANDS: dict[str, tuple[str, str]] = {
    "serve": ("serve_cli", "Serve the v1 API until Ctrl-C."),
    "run": ("run_cli", "Run a command with Exotel's names being exomock."),
    "watch": ("verbs.watch", "Print what happens in a running server."),
    "call": ("verbs.calls", "Place a call."),
    "calls": ("verbs.calls", "Show an account's calls."),
    "text": ("verbs.messages", "Send a text message."),
    "messages": ("verbs.messages", "Show an account's text messages."),
    "callbacks": ("verbs.calls", "Show an account's callbacks, or send one again."),
    "advance": ("verbs.moves", "Let account time pass now."),
    "reset": ("verbs.moves", "Empty an account."),
    "next": ("verbs.moves", "Lay down what becomes of the next calls."),
    "fault": ("verbs.moves", "Let the v1 API fail."),
    "health": ("verbs.health", "Ask a server how it is."),
    "doctor": ("verbs.doctor", "See whether a server can reach a callback URL."),
    "scenario": ("scenario_cli", "Check, explain and try scenarios."),
    "recording": ("recording_cli", "Read what a downloaded recording says of itself."),
    "ca": ("trust_cli", "The authority that vouches for `exomock serve --tls`."),
    "env": ("trust_cli", "Print the variables that point an application at a server."),
    "completion": ("verbs.completion", "Print a shell's completion of these commands."),
}
"""The module of each command, where it stands under its own name, and what the help says."""


class Commands(click.Group):
    """
    A group whose commands are imported when they are named.

    `--version` and `--help` then start in a tenth of the time that the server takes.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Their names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """A command; None if there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"exomock.{COMMANDS[cmd_name][0]}")
        end_if_told()  # while it was imported, and it was lost: `watch` would go on for ever
        # The server has more to import, and settles by itself.
        if collector.rests() and cmd_name != "serve":
            collector.settle()
        # A command whose name Python has taken, as `next`, has an underscore there.
        name = cmd_name if hasattr(module, cmd_name) else f"{cmd_name}_"
        found: click.Command = getattr(module, name)
        return found

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002
        formatter: click.HelpFormatter,
    ) -> None:
        """Write the table: click's own would import every command for one line of it."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_module, text) in COMMANDS.items()])


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="exomock")
def cli() -> None:
    """exomock: a local Exotel, for tests and for development without an account."""


def main() -> None:
    """Run the command line; what goes wrong is one line, and a status that is not 0."""
    try:
        with collector.resting():
            _run()
    except SystemExit:
        leave_if_told()
        raise


def _run() -> None:
    # Temporary files go; a server takes these signals over later.
    heed_signals()
    try:
        cli(prog_name="exomock", standalone_mode=False)
    except _NO_ARGUMENTS as error:
        error.show()
        sys.exit(2)
    except click.ClickException as error:
        end_if_told()
        _end(plain(masked(error.format_message()), _LONGEST), error.exit_code)
    except click.Abort:
        sys.exit(130)
    except Exception as error:
        end_if_told()
        if isinstance(error, OSError) and _was_printing(error):
            _end(cannot_write(error), 1)
        if not any(kind.__name__ in _EXPECTED for kind in type(error).__mro__):
            if not _logs_json():
                raise
            # A bug of ours; a traceback as text would be no object on a line.
            _end("".join(format_exception(error)), 1)
        _end(plain_lines(masked(str(error))), 1)


def _was_printing(error: OSError) -> bool:
    """Whether what failed was to print something: every command prints by `click.echo`."""
    return any(frame.f_code is click.echo.__code__ for frame, _line in walk_tb(error.__traceback__))


def _end(text: str, status: int) -> NoReturn:
    said = {"kind": "error", "message": text, "status": status}
    if text:  # a reader who has gone is no failure to tell of
        complain(json.dumps(said) if _logs_json() else f"exomock: {text}")
    sys.exit(status)


def _logs_json() -> bool:
    """Whether `exomock serve` was told to log JSON, also where the rest cannot be read."""
    words = sys.argv[1:]
    if words[:1] != ["serve"]:
        return False
    said = [word.partition("=")[2] for word in words if word.startswith("--log=")]
    said += [after for word, after in pairwise(words) if word == "--log"]
    return (said or [os.environ.get("EXOMOCK_LOG", "")])[-1] == "json"
