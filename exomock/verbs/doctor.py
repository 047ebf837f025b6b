"""`exomock doctor`: whether a server can reach a receiver, and what it answered how soon."""

import socket
from contextlib import suppress
from urllib.parse import urlsplit

import click

from exomock.client import Callback, Server
from exomock.plain import masked, plain
from exomock.verbs.asking import FAILED, at_server, end, say_json

_TRIED = 60.0
"""Account seconds within which a call that is busy at once has told so."""

_OK = range(200, 300)


@click.command()
@click.option("--callback", required=True, metavar="URL", help="The receiver.")
@at_server
def doctor(server: Server, callback: str, *, as_json: bool) -> None:
    """
    See whether a server can reach a callback URL.

    It sends one StatusCallback of a call that was busy, from an account made for this.
    """
    with server.account(clock="frozen") as account:
        account.next(leg1="busy")
        account.connect("09822200002", StatusCallback=callback, StatusCallbackEvents=["terminal"])
        account.advance(_TRIED)
        found = account.callbacks[0]
    hint = _hint(callback)
    attempt = found.attempts[0] if found.attempts else None
    good = attempt is not None and attempt.status in _OK
    if as_json:
        tried = None if attempt is None else attempt.raw
        say_json({"url": masked(callback), "reached": good, "state": found.state, "try": tried,
                  "hint": hint})  # fmt: skip
    else:
        click.echo(_said(callback, found))
        if hint:
            click.echo(hint)
    if not good:
        end("the receiver did not take it", FAILED)


def _said(url: str, found: Callback) -> str:
    shown = plain(masked(url), 200)
    if not found.attempts:
        return f"{shown}: {found.state}"
    first = found.attempts[0]
    came = f"answered {first.status}" if first.status is not None else plain(first.error or "?")
    return f"{shown}: {came} in {first.milliseconds:.0f} ms"


def _hint(url: str) -> str | None:
    """What to know of a `localhost`: two addresses, of which a receiver may have only one."""
    parts = urlsplit(url)
    if parts.hostname != "localhost":
        return None
    port = parts.port or (443 if parts.scheme == "https" else 80)
    heard = [host for host in ("127.0.0.1", "::1") if _listens(host, port)]
    if len(heard) != 1:
        return None
    other = "[::1]" if heard == ["127.0.0.1"] else "127.0.0.1"
    here = "127.0.0.1" if other == "[::1]" else "[::1]"
    return (
        f"localhost is two addresses here, and somebody listens at {here} alone, not at {other}; "
        f"write http://{here}:{port} to be sure"
    )


def _listens(host: str, port: int) -> bool:
    with suppress(OSError), socket.create_connection((host, port), timeout=1):
        return True
    return False
