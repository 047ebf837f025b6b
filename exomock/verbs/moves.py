"""`exomock advance`, `reset`, `next` and `fault`: what a test does to an account, by hand."""

from typing import Any

import click

from exomock.client import Account
from exomock.plain import plain
from exomock.verbs.asking import at_account, say_json, span


@click.command()
@click.argument("much")
@at_account
def advance(account: Account, much: str, *, as_json: bool) -> None:
    """Let account time pass now: MUCH is seconds, as 60, or 5m, 2h, or idle."""
    went = account.advance(span(much))
    if as_json:
        say_json(went.raw)
        return
    ended = f" (stopped early: {plain(went.stopped)})" if went.stopped else ""
    click.echo(
        f"{len(went.events)} events, {len(went.callbacks)} callbacks; "
        f"it is {went.now:%Y-%m-%d %H:%M:%S} IST{ended}"
    )


@click.command()
@click.option(
    "--keep", multiple=True, type=click.Choice(["scenario", "clock"]), help="What stays as it is."
)
@at_account
def reset(account: Account, keep: tuple[str, ...], *, as_json: bool) -> None:
    """Empty an account: no calls, callbacks, requests and next fates."""
    account.reset(keep=keep)
    if as_json:
        say_json({"reset": account.sid})
    else:
        click.echo(f"{plain(account.sid)} is empty")


@click.command(name="next")
@click.option("--leg1", help="What becomes of whoever is called first: answer, busy, no-answer, …")
@click.option("--leg2", help="And of the other.")
@click.option("--talk", help="How long they talk, as 30s.")
@click.option("--calls", type=click.IntRange(1), help="For how many calls. [1]")
@at_account
def next_(account: Account, *, as_json: bool, **words: Any) -> None:
    """Lay down what becomes of the next call, or calls."""
    said = {name: value for name, value in words.items() if value is not None}
    if not said.keys() - {"calls"}:
        raise click.UsageError("nothing is said; expected --leg1, --leg2 or --talk")
    waiting = account.next(**said)
    if as_json:
        say_json({"waiting": waiting})
    else:
        click.echo(f"{waiting} {'fates wait' if waiting != 1 else 'fate waits'}")


@click.command()
@click.argument("answer", required=False)
@click.option("--times", type=click.IntRange(1), help="How often. [until it is lifted]")
@click.option("--lift", is_flag=True, help="Lift all faults instead.")
@at_account
def fault(
    account: Account, answer: str | None, times: int | None, *, lift: bool, as_json: bool
) -> None:
    """Let the v1 API fail: ANSWER is as service-unavailable."""
    if lift == (answer is not None):
        raise click.UsageError("expected what is to be answered, as service-unavailable, or --lift")
    if answer is None:
        account.lift()
        said: dict[str, Any] = {"lifted": True}
    else:
        said = dict(account.fault(answer, times=times).raw)
    if as_json:
        say_json(said)
    else:
        click.echo("all faults are lifted" if answer is None else f"fault {plain(str(said['id']))}")
