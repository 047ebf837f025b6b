"""`exomock call`, `calls` and `callbacks`: calls are placed and looked at."""

import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import click

from exomock.client import Account, Call, Callback
from exomock.client.events import Happening, happenings
from exomock.client.steering import EXOPHONE, FROM
from exomock.plain import plain
from exomock.verbs.asking import FAILED, at_account, end, say_json, say_rows
from exomock.verbs.following import Onlooker

FATES: dict[str, dict[str, Any]] = {
    "answered": {"leg1": "answer", "leg2": "answer"},
    "busy": {"leg2": "busy"},
    "no-answer": {"leg2": "no_answer"},
    "failed": {"leg2": "unreachable"},
    "caller-busy": {"leg1": "busy"},
    "caller-no-answer": {"leg1": "no_answer"},
}
"""What may become of a call in one word; `exomock next` has all the others."""


@click.command()
@click.option("--to", help="Who is called; --flow stands in its place.")
@click.option("--flow", metavar="APP_ID", help="The flow that the one who is called goes through.")
@click.option("--from", "from_", default=FROM, help=f"Who is called first. [{FROM}]")
@click.option("--caller-id", default=EXOPHONE, help=f"The ExoPhone. [{EXOPHONE}]")
@click.option("--fate", type=click.Choice(list(FATES)), help="What becomes of it.")
@click.option("--callback", metavar="URL", help="Its StatusCallback, for both events.")
@click.option("--watch", "follow", is_flag=True, help="Draw it as a ladder until it is over.")
@at_account
def call(  # noqa: PLR0913
    account: Account, to: str | None, flow: str | None, from_: str, caller_id: str,
    fate: str | None, callback: str | None, *, follow: bool, as_json: bool,
) -> None:  # fmt: skip
    """Place a call, as an application would."""
    if (to is None) == (flow is None):
        raise click.UsageError("found both --to and --flow, or none; expected one of them")
    found = None
    if follow:
        found = happenings(account.wire, f"/accounts/{quote(account.sid, safe='')}/events")
    if fate is not None:
        account.next(**FATES[fate])
    more = _told(callback, flow) | _goes(account, flow)
    placed = account.connect(to, from_=from_, caller_id=caller_id, **more)
    if not follow or as_json:
        say_json(placed.raw) if as_json else _say_placed(account, placed)
    if found is not None:
        _follow(account, placed, found, as_json=as_json)


def _told(callback: str | None, flow: str | None) -> dict[str, Any]:
    # Events are not for flows (exotel-flows.md section 6): Exotel refuses them beside a Url.
    events = {} if flow else {"StatusCallbackEvents": ["terminal", "answered"]}
    return {"StatusCallback": callback, **events} if callback else {}


def _goes(account: Account, flow: str | None) -> dict[str, str]:
    if flow is None:
        return {}
    return {"Url": f"http://my.exotel.com/{account.sid}/exoml/start_voice/{quote(flow, safe='')}"}


def _say_placed(account: Account, placed: Call) -> None:
    say_rows([("call", placed.sid), ("status", placed.status), ("decided by", placed.why),
              ("account", account.sid)])  # fmt: skip


def _follow(
    account: Account, placed: Call, found: Iterator[list[Happening]], *, as_json: bool
) -> None:
    """Draw what happens to a call, until it is over and each of its callbacks was tried once."""
    frozen = account.control("GET", "/clock")["rate"] == 0
    story = Onlooker(placed.sid)
    for batch in found:
        mine = story.mine(batch)
        if as_json:
            for each in mine:
                say_json(each)
        else:
            for line in story.drawn(mine):
                click.echo(line)
        sys.stdout.flush()
        if frozen and story.begun:
            click.echo(
                f"the clock of {plain(account.sid)} is frozen, so nothing more happens by itself; "
                "`exomock advance idle` lets it",
                err=as_json,
            )
            return
        if story.over:
            if not as_json:
                click.echo(f"{plain(str(account.call(placed).status))} at the end")
            return
        if story.gone:
            end(f"account {account.sid} was {story.gone} before the call was over", FAILED)
    end(f"what happens in account {account.sid} is told no more; the call was not over", FAILED)


@click.command()
@at_account
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, help="How many. [20]")
def calls(account: Account, limit: int, *, as_json: bool) -> None:
    """Show an account's newest calls, the newest last."""
    found = account.control("GET", f"/calls?limit={limit}")["calls"]
    if as_json:
        say_json(found)
        return
    head = ("Sid", "status", "from", "to", "created", "decided by")
    say_rows([head, *(_call_row(Call.of(each)) for each in found)])


def _call_row(each: Call) -> tuple[object, ...]:
    return (each.sid, each.status, each.from_, each.to, f"{each.created:%Y-%m-%d %H:%M:%S}",
            each.why or "-")  # fmt: skip


@click.command()
@at_account
@click.option("--replay", type=int, metavar="ID", help="Send this one again, once, now.")
def callbacks(account: Account, replay: int | None, *, as_json: bool) -> None:
    """Show an account's callbacks with their tries, or send one again."""
    found = list(account.callbacks) if replay is None else [account.replay(replay)]
    if as_json:
        say_json([each.raw for each in found] if replay is None else found[0].raw)
    else:
        head = ("id", "call", "event", "Status", "state", "tries", "last", "to")
        say_rows([head, *map(_callback_row, found)])
    if replay is not None and found[0].state != "delivered" and not _went_well(found[0]):
        end(f"callback {replay} was not taken", FAILED)


def _went_well(each: Callback) -> bool:
    last = each.attempts[-1].status if each.attempts else None
    if each.kind == "question":  # any answer is one
        return last is not None or each.state == "collected"
    return each.state == "collected" or (last is not None and 200 <= last < 300)  # noqa: PLR2004


def _callback_row(each: Callback) -> tuple[object, ...]:
    last = each.attempts[-1] if each.attempts else None
    came = "-" if last is None else (last.status if last.status is not None else last.error)
    whose = (each.call or each.message or "")[:6]
    return (each.id, whose, each.event, each.fields.get("Status", "-"), each.state,
            len(each.attempts), came, each.url)  # fmt: skip
