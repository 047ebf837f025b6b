"""`exomock watch`: what happens in a running server, in the form of its own lines."""

import os
import sys
from collections.abc import Iterable, Iterator
from urllib.parse import quote

import click

from exomock.client import Server
from exomock.client.events import Happening, happenings
from exomock.lines import Lines
from exomock.verbs.asking import at_server, say_json


@click.command()
@at_server
@click.option("--account", metavar="SID", help="Of this account alone.")
@click.option("--since", metavar="ID", help="Begin after this event; 0 is the oldest kept. [now]")
def watch(server: Server, account: str | None, since: str | None, *, as_json: bool) -> None:
    """Print what happens in a running server, until Ctrl-C."""
    path = "/events" if account is None else f"/accounts/{quote(account, safe='')}/events"
    found = happenings(server.wire, path, since, _leaves_out)
    seen = {each.sid for each in server.accounts} if account is None else set()
    colour = coloured()
    lines = Lines(colour=colour)
    for batch in found:
        if as_json:
            for each in batch:
                say_json({"id": each.id, "kind": each.kind, **each.data})
        else:
            seen |= {each.data["account"] for each in batch if "account" in each.data}
            for line in lines.of(told(batch), account=len(seen) > 1):
                click.echo(line, color=colour)
        sys.stdout.flush()


def _leaves_out(who: str, others: str) -> None:
    """Say that half is missing; each process follows its own accounts."""
    click.echo(
        f"exomock: these are the accounts of {who} alone, without those of {others}; "
        "--account SID follows any account",
        err=True,
    )


def told(found: Iterable[Happening]) -> Iterator[dict[str, object]]:
    """Events as `lines` takes them."""
    for each in found:
        if each.kind == "dropped":
            yield {"kind": each.kind, "at": None, "account": None, "data": each.data}
        else:
            yield each.data


def coloured() -> bool:
    """Whether what is printed may have colours: on a terminal, unless NO_COLOR forbids it."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")
