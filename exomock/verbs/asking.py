"""What all verbs share: where the server is, which account is meant, and how they end."""

import json
import os
import re
import sys
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, NoReturn

import click

from exomock.client import Account, ControlError, NoServer, NotThere, Refused, Server
from exomock.leaving import end_if_told
from exomock.plain import is_utf8, masked, plain
from exomock.standard import cannot_write, complain

DEFAULT = "http://127.0.0.1:8080"

FAILED, USAGE, NO_SERVER = 1, 2, 3
"""Exit codes; 0 is that all went well."""

_LONGEST = 2000
_LISTED = 10


def at_server(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--url`, `--control-token` and `--json`, and let it end in one line."""

    @click.option("--url", metavar="URL", help=f"The server. [EXOMOCK_URL, else {DEFAULT}]")
    @click.option(
        "--control-token", envvar="EXOMOCK_CONTROL_TOKEN", metavar="TOKEN",
        help="Of its control API, where it asks for one. (EXOMOCK_CONTROL_TOKEN)",
    )  # fmt: skip
    @click.option("--json", "as_json", is_flag=True, help="JSON, for machines.")
    @wraps(command)
    def wrapped(url: str | None, control_token: str | None, **given: Any) -> Any:
        _refuse_no_text(click.get_current_context())
        if control_token and not _TOKEN.fullmatch(control_token):
            raise click.UsageError(
                "--control-token (EXOMOCK_CONTROL_TOKEN): expected printable ASCII without spaces"
            )
        with_errors(lambda: command(server_at(url, control_token), **given))

    return wrapped


def _refuse_no_text(ctx: click.Context) -> None:
    """Refuse bytes that are no UTF-8, which come from a command line in surrogates."""
    for param in ctx.command.params:
        said = ctx.params.get(param.name or "")
        for each in said if isinstance(said, tuple) else [said]:
            # These two are told by who reads them; a token is not to be shown.
            known = param.name in ("url", "control_token")
            if not known and isinstance(each, str) and not is_utf8(each):
                raise click.UsageError(
                    f"{param.opts[0]}: found '{plain(each, 40)}', expected a text in UTF-8"
                )


def at_account(command: Callable[..., Any]) -> Callable[..., Any]:
    """As `at_server`, and `--account`: the command gets the account."""

    @click.option("--account", metavar="SID", help="Which account, where there are several.")
    @wraps(command)
    def found(server: Server, account: str | None, **given: Any) -> Any:
        return command(account_of(server, account), **given)

    return at_server(found)


def with_errors(does: Callable[[], Any]) -> None:
    """Do something; what goes wrong ends the command with one line and its exit code."""
    try:
        does()
    except NoServer as error:
        end(f"{error}; start one with `exomock serve`, or say where it is (--url)", NO_SERVER)
    except (ControlError, Refused) as error:
        end(str(error), FAILED)
    except (ValueError, TypeError) as error:
        end(str(error), USAGE)
    except BrokenPipeError as error:  # the reader, as `head`, has closed the pipe
        cannot_write(error)
        sys.exit(0)


def end(text: str, status: int) -> NoReturn:
    """End with one line on stderr; with none where a signal has said to end."""
    end_if_told()
    complain(f"exomock: {plain(masked(text), _LONGEST)}")
    sys.exit(status)


def server_at(url: str | None, token: str | None = None) -> Server:
    """
    The server that is meant: the one that was named, else that of EXOMOCK_URL, else the usual one.

    Raises:
        click.UsageError: The URL is none of a server.
    """
    said = url or os.environ.get("EXOMOCK_URL") or DEFAULT
    try:
        return Server(said if "://" in said else f"http://{said}", token)
    except ValueError as error:
        raise click.UsageError(f"{'--url' if url else 'EXOMOCK_URL'}: {error}") from None


def account_of(server: Server, sid: str | None) -> Account:
    """
    The account that is meant: the one that was named, else the only one there is.

    Raises:
        click.UsageError: There are several; it lists them.
        NotThere: There is none.
    """
    if sid is not None:
        return server.find(sid)
    found = server.accounts
    if not found:
        raise NotThere(404, "the server has no account", {})
    if len(found) > 1:
        named = ", ".join(plain(each.sid, 40) for each in found[:_LISTED])
        more = f" and {len(found) - _LISTED} more" if len(found) > _LISTED else ""
        raise click.UsageError(f"--account: there are {len(found)}; expected one of {named}{more}")
    return found[0]


def say_json(data: Any) -> None:
    """Print JSON on a line."""
    click.echo(json.dumps(data))


def say_rows(rows: Iterable[tuple[object, ...]]) -> None:
    """Print columns, aligned; whatever came from outside is made plain."""
    texts = [[plain(masked(str(each)), 200) for each in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    for row in texts:
        cells = (text.ljust(width) for text, width in zip(row, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


_TOKEN = re.compile("[!-~]+")

_SECONDS = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|h|d|)")
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}


def span(text: str) -> float | str:
    """
    Seconds that a text says, as 60, 5m or 2h; or "idle".

    Raises:
        click.UsageError: It says none.
    """
    if text == "idle":
        return text
    found = _SECONDS.fullmatch(text)
    if found is None:
        raise click.UsageError(f"'{plain(text, 40)}' is no time; expected seconds, 5m, 2h or idle")
    return float(found[1]) * _UNITS[found[2]]
