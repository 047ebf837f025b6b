"""`exomock scenario`: a scenario is checked, explained, drawn and simulated."""

import json
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import click
import yaml

from exomock.api.connect_form import MAX_RETRIES
from exomock.domain.callback import EVENTS
from exomock.domain.clock import SECOND
from exomock.domain.errors import DirectiveWrong
from exomock.domain.flows.inputs import Answered, Silent
from exomock.domain.number import EXOPHONE, Number
from exomock.domain.order import Direction, Order
from exomock.domain.scenario import ClockStart, Scenario, Terms
from exomock.every_setting import Options
from exomock.kinds import Maybe, Moment, Seconds, Whole
from exomock.numbering import NotANumber
from exomock.options import read, seed_of, wrong
from exomock.parties import read_party
from exomock.plain import plain
from exomock.rehearsal import (
    TAKES_ALL,
    Asking,
    Customers,
    Lot,
    explained,
    pictured,
    previewed,
    simulated,
)
from exomock.rehearsal.walking import Reply
from exomock.rehearsal.your_server import Receiver
from exomock.scenarios import ScenarioError, read_scenarios
from exomock.scenarios.jsonschema import scenario_schema
from exomock.scenarios.reading import shipped
from exomock.wall import wall_now

_LONGEST_LINE = 10_000  # a callback in JSON stands on one
_SERVER = "http://your.server/callback"
_BEGINNING = re.compile(r"0[0-9]{1,10}\*")
_STATUS = re.compile(r"([2-5][0-9][0-9])(?::(.*))?", re.DOTALL)
_REPLY = "What your server answers in a flow, in order: 302, 200:BODY, usual or timeout."


@click.group()
def scenario() -> None:
    """Look at a scenario before it is played."""


@scenario.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="JSON, for machines.")
def list_(*, as_json: bool) -> None:
    """Name the scenarios that come with exomock."""
    texts = {name: file.read_text(encoding="utf-8") for name, file in shipped().items()}
    found = {name: str(yaml.safe_load(text).get("description", "")) for name, text in texts.items()}
    if as_json:
        click.echo(
            json.dumps([{"name": name, "description": said} for name, said in found.items()])
        )
        return
    width = max(map(len, found))
    _say(f"{name:<{width}}  {plain(said)}".rstrip() for name, said in found.items())


def _order_options(command: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.option("--to", help="Whom the call is to reach; else an ordinary number."),
        click.option("--from", "from_", help="Who is called first; else an ordinary number."),
        click.option("--exophone", default=EXOPHONE.shown, help=f"CallerId [{EXOPHONE.shown}]."),
        click.option("--flow", help="App id of a flow that From is connected to, instead of To."),
        click.option("--direction", default="outbound-api", help="Or inbound [outbound-api]."),
        click.option("--custom-field", help="CustomField."),
        click.option("--max-retries", default="0", help="MaxRetries: how often From is redialled."),
        click.option("--at", default="", help="Account time, as 2026-03-01T13:30:00+05:30."),
        click.option("--every", default="0", help="Seconds between such orders; 0: at once [0]."),
        click.option("--seed", default="", help="What chance is drawn from; else the scenario's."),
        click.option("--reply", "replies", multiple=True, help=_REPLY),
    ):
        command = option(command)
    return command


@scenario.command()
@click.argument("files", nargs=-1, required=True)
def check(files: tuple[str, ...]) -> None:
    """Name everything that is wrong with scenarios: files, folders, shipped names."""
    fine = True
    for name in files:
        try:
            found = read_scenarios((name,))
        except ScenarioError as error:
            fine = False
            click.echo(str(error))
        else:
            click.echo(f"{plain(name)}: ok, {_contents(found)}")
    sys.exit(0 if fine else 1)


def _contents(found: Scenario) -> str:
    counted = (
        (len(found.flows), "flow"),
        (len(found.rules), "rule"),
        (len(found.numbers), "number"),
        (len(found.inbound), "inbound generator"),
        (len(found.faults), "fault"),
        (found.past, "past call"),
    )
    plain = (("account", found.terms != Terms()), ("clock", found.clock != ClockStart()))
    said = [f"{count} {word}{'' if count == 1 else 's'}" for count, word in counted if count]
    return ", ".join([*said, *(name for name, given in plain if given)]) or "empty"


@scenario.command()
@click.argument("file")
@_order_options
@click.option("--nth", default="1", help="Which of such orders it is [1].")
def explain(file: str, nth: str, **given: Any) -> None:
    """Say which rule decides an order, and why those before it do not."""
    found = read_scenarios((file,))
    replies = _replies(given)
    _say(explained(found, _asking(found, given, _order(given), nth), replies))


@scenario.command()
@click.argument("file")
@_order_options
@click.option("--nth", default="1", help="Which of such orders it is [1].")
@click.option("--events", help="StatusCallbackEvents; empty: none [none beside --flow, else all].")
@click.option(
    "--receiver",
    default="",
    help="What your server answers to tries of a callback, "
    "as 500,none,200; the last for ever [200].",
)
@click.option("--json", "as_json", is_flag=True, help="Callbacks in JSON.")
@click.option("--svg", "as_svg", is_flag=True, help="A picture (SVG) instead of text.")
def preview(
    file: str,
    nth: str,
    events: str | None,
    receiver: str,
    *,
    as_json: bool,
    as_svg: bool,
    **given: Any,
) -> None:
    """Draw the call that an order becomes, from your request on, with what your server is told."""
    found = read_scenarios((file,))
    if events is None:  # beside the Url of a flow they are refused
        events = "" if given["flow"] else ",".join(EVENTS)
    words = tuple(word.strip() for word in events.split(",") if word.strip())
    for word in words:
        if word not in EVENTS:
            raise wrong("events", word, " or ".join(EVENTS))
    order = _order(given, callback=_SERVER, events=words, callback_json=as_json)
    asking = _asking(found, given, order, nth)
    taken = _receiver(receiver) if receiver else TAKES_ALL
    if as_svg:
        _draw(found, asking, _replies(given), taken)
        return
    _say(previewed(found, asking, _replies(given), taken))


def _draw(
    found: Scenario, asking: Asking, replies: Sequence[Reply | None], receiver: Receiver
) -> None:
    # The drawing has no control characters, so that nothing need be hidden from the terminal.
    try:
        click.echo(pictured(found, asking, replies, receiver))
    except DirectiveWrong as error:
        raise click.UsageError(str(error)) from None


def _receiver(text: str) -> list[int | None]:
    """Statuses of tries, in turn; None where no answer comes."""
    return [
        None if word.strip() == "none" else read("receiver", Whole(100, 599), word.strip())
        for word in text.split(",")
    ]


@scenario.command()
@click.argument("file")
@_order_options
@click.option("--calls", default="1000", help="How many calls [1000].")
@click.option("--tries", default="1", help="How many calls in turn go to each number drawn [1].")
def simulate(file: str, calls: str, tries: str, **given: Any) -> None:
    """
    Plan many calls, and say what share of them ends how, how long, at what price.

    Each call is from and to other numbers. --to and --from keep one, or draw from a beginning
    and *, as --to "0981*".
    """
    found = read_scenarios((file,))
    customers = Customers(
        _beginning("from", given, "0981"),
        _beginning("to", given, "09"),
        read("tries", Whole(1, 10_000_000), tries),
    )
    count, order = read("calls", Whole(1, 10_000_000), calls), _order(given)
    asking = _asking(found, given, order, "1")
    lot = Lot(order, customers, count, asking.now, asking.seed, asking.every, _replies(given))
    _say(simulated(found, lot))


def _beginning(option: str, given: dict[str, Any], usual: str) -> str | None:
    """How the numbers of a party begin that are drawn; None where one was named."""
    key = "from_" if option == "from" else option
    said = given[key]
    if said is None:
        return usual
    if not said.endswith("*") or given["flow"] is not None:
        return None
    if not _BEGINNING.fullmatch(said):
        raise wrong(option, said, "a number, or its beginning and *, as 0981*")
    given[key] = None
    return str(said[:-1])


@scenario.command()
def schema() -> None:
    """Print the JSON Schema of the language."""
    click.echo(json.dumps(scenario_schema(), indent=1))


def _say(lines: Iterable[str]) -> None:
    try:
        click.echo("\n".join(plain(line, _LONGEST_LINE) for line in lines))
    except DirectiveWrong as error:
        raise click.UsageError(str(error)) from None


def _order(given: dict[str, Any], **more: Any) -> Order:
    if given["direction"] not in (Direction.OUTBOUND_API, Direction.INBOUND):
        raise wrong("direction", given["direction"], "outbound-api or inbound")
    try:
        (given["custom_field"] or "").encode()
    except UnicodeEncodeError:
        raise wrong("custom-field", ascii(given["custom_field"]), "text in UTF-8") from None
    exophone = _number("exophone", given["exophone"])
    inbound, flow = given["direction"] == Direction.INBOUND, given["flow"]
    if flow is not None and (inbound or given["to"] is not None or not flow):
        expected = "an app id" if not flow else f"none beside --{'direction' if inbound else 'to'}"
        raise wrong("flow", flow, expected)
    ordinary = given["exophone"] if flow or inbound else "09822200002"
    return Order(
        _number("from", "09811100001" if given["from_"] is None else given["from_"]),
        _number("to", ordinary if given["to"] is None else given["to"]),
        exophone,
        Direction(given["direction"]),
        flow=flow,
        custom_field=given["custom_field"],
        max_retries=read("max-retries", Whole(0, MAX_RETRIES), given["max_retries"]),
        **more,
    )


def _replies(given: dict[str, Any]) -> list[Reply | None]:
    return [_reply(text) for text in given.pop("replies")]


def _reply(text: str) -> Reply | None:
    """What `--reply` says: a status, and a body behind a colon; `usual`, or `timeout`."""
    if text in ("usual", "timeout"):
        return None if text == "usual" else Silent()
    found = _STATUS.fullmatch(text)
    if found is None:
        raise wrong(
            "reply", text, "a status as 302, with a body as 200:09811100001, usual or timeout"
        )
    body = found[2] or ""
    return Answered(int(found[1]), "application/json" if body[:1] in ("{", "[") else None, body)


def _number(option: str, text: str) -> Number:
    try:
        return read_party(text)
    except NotANumber:
        raise wrong(option, text, "a telephone number such as 09822200002") from None


def _asking(found: Scenario, given: dict[str, Any], order: Order, nth: str) -> Asking:
    now = read("at", Maybe(Moment()), given["at"])
    if now is None:
        # Start on a whole second; durations are computed from truncated times.
        now = wall_now() // SECOND * SECOND if found.clock.now is None else found.clock.now
    said = read("seed", Options.seed.kind, given["seed"])
    seed = seed_of(said, 1 if found.seed is None else found.seed)
    every = read("every", Seconds(0, 86_400), given["every"])
    return Asking(order, now, read("nth", Whole(1, 100_000), nth), seed, every=every)
