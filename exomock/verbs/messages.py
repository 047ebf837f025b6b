"""`exomock text` and `messages`: text messages are sent and looked at."""

from typing import Any

import click

from exomock.client import Account, Message
from exomock.client.steering import EXOPHONE
from exomock.verbs.asking import at_account, say_json, say_rows

_SHOWN = 40
"""Characters of a text that a row shows."""


@click.command()
@click.option("--to", required=True, help="Who gets it.")
@click.option("--from", "from_", default=EXOPHONE, help=f"ExoPhone or sender id. [{EXOPHONE}]")
@click.option("--outcome", help="How it ends: a word, a code or a name of the scenario language.")
@click.option("--callback", metavar="URL", help="Its StatusCallback.")
@click.argument("body")
@at_account
def text(
    account: Account, body: str, to: str, from_: str, outcome: str | None, callback: str | None,
    *, as_json: bool,
) -> None:  # fmt: skip
    """Send a text message, as an application would."""
    if outcome is not None:
        account.next(messages=1, outcome=outcome)
    more: dict[str, Any] = {"StatusCallback": callback} if callback else {}
    sent: Message = account.text(to, body, from_=from_, **more)
    if as_json:
        say_json(sent.raw)
    else:
        say_rows([("message", sent.sid), ("status", sent.status), ("decided by", sent.why),
                  ("account", account.sid)])  # fmt: skip


@click.command()
@at_account
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, help="How many. [20]")
def messages(account: Account, limit: int, *, as_json: bool) -> None:
    """Show an account's newest messages, the newest last."""
    found = account.control("GET", f"/messages?limit={limit}")["messages"]
    if as_json:
        say_json(found)
        return
    head = ("Sid", "status", "code", "from", "to", "created", "text")
    say_rows([head, *(_row(Message.of(each)) for each in found)])


def _row(each: Message) -> tuple[object, ...]:
    return (each.sid, each.status, each.code or "-", each.from_, each.to,
            f"{each.created:%Y-%m-%d %H:%M:%S}", each.body[:_SHOWN])  # fmt: skip
