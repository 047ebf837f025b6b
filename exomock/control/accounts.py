"""Accounts: making, seeing, emptying and ending them."""

from functools import lru_cache
from operator import itemgetter
from typing import Any

from flask import Blueprint, Response, request
from marshmallow import ValidationError, fields
from werkzeug.sansio.utils import get_current_url

from exomock.api.wiring import engine
from exomock.control.answers import answered, done
from exomock.control.forms import (
    ClockForm,
    Form,
    Truth,
    account_sid,
    body,
    query,
    secret,
    suite_id,
)
from exomock.control.paging import PageForm, answered_page, page
from exomock.control.problems import Problem
from exomock.control.siblings import Others, left_out, others
from exomock.control.wiring import world
from exomock.domain.dialect import Dialect
from exomock.domain.scenario import AccountOptions, Scenario
from exomock.engine import NewAccount, World
from exomock.engine.options import dialect_of, has_people, is_strict
from exomock.field import Field, Json, OneOf, Whole
from exomock.ist import iso
from exomock.scenarios import read_given, yaml_of

bp = Blueprint("accounts", __name__)


class GivenScenario(Field[Scenario]):
    """A scenario: a string is YAML or the name of a shipped one, an object is JSON."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Scenario:
        if isinstance(value, dict):
            value = yaml_of(value, indent=1)
        if not isinstance(value, str):
            raise ValidationError("expected YAML in a string, or an object")
        return read_given("scenario", value.encode(errors="replace"))

    def describe(self) -> Json:
        """As JSON Schema."""
        return {"type": ["string", "object"]}


class AccountForm(Form):
    """An account that is to be made; everything may be left out."""

    sid = account_sid(load_default=None)
    key = secret(load_default=None)
    token = secret(load_default=None)
    seed = Whole(0, 2**63 - 1, load_default=None)
    scenario = GivenScenario(load_default=None)
    clock = fields.Nested(ClockForm, load_default={"now": None, "rate": None})
    collect = Truth(load_default=False)
    dialect = OneOf(Dialect, load_default=None)
    strict = Truth(load_default=None)
    people = Truth(load_default=None)
    suite = suite_id(load_default=None)


class ResetForm(Form):
    """What a reset leaves as it is."""

    keep = fields.List(OneOf(("scenario", "clock")), load_default=list)


def account(world: World) -> dict[str, Any]:
    """An account as the control API shows it."""
    return {
        "sid": world.sid,
        "key": world.key,
        "token": world.token,
        "seed": world.seed,
        "collect": world.collect,
        "dialect": dialect_of(world),
        "strict": is_strict(world),
        "people": has_people(world),
        "clock": clock(world),
        "scenario": world.scenario.name,
        "base_url": f"{_host_url(request.scheme, request.host)}v1/Accounts/{world.sid}",
    }


@lru_cache(maxsize=256)
def _host_url(scheme: str, host: str) -> str:
    """Where this server is, as its client spells it; the guard bounds how long that can be."""
    return get_current_url(scheme, host)


def clock(world: World) -> dict[str, Any]:
    """An account's time and its rate."""
    return {"now": iso(world.clock.at(engine().wall())), "rate": world.rate}


@bp.post("/accounts")
def make() -> Response:
    """Make an account."""
    given = body(AccountForm)
    time = given.pop("clock")
    options = {name: given.pop(name) for name in AccountOptions._fields}
    options["dialect"] = options["dialect"] and Dialect(options["dialect"])
    world = engine().making.make(
        NewAccount(**given, time=time["now"], rate=time["rate"], options=AccountOptions(**options))
    )
    if world is None:
        raise Problem(409, f"there is an account '{given['sid']}' already")
    return answered(account(world), 201)


@bp.get("/accounts")
def list_accounts() -> Response:
    """Show the accounts, in the order they were made; those of several processes by Sid."""
    asked, elsewhere = query(PageForm), others()
    if elsewhere is not None:
        everybody = accounts_of_all(elsewhere)
        shown, following = page(everybody, itemgetter("sid"), asked)
        lacking = left_out(elsewhere, {each["sid"] for each in everybody})
        return answered_page({"accounts": shown} | lacking, following)
    found, following = page(list(engine().worlds.values()), lambda world: world.sid, asked)
    return answered_page({"accounts": [account(world) for world in found]}, following)


def accounts_of_all(elsewhere: Others) -> list[dict[str, Any]]:
    """
    The accounts of all processes as the control API shows them, by Sid.

    Args:
        elsewhere: What siblings have answered; one that changes hands may be in two answers.
    """
    found = {each["sid"]: each for said in elsewhere.said for each in said["accounts"]}
    found |= {world.sid: account(world) for world in list(engine().worlds.values())}
    return [found[sid] for sid in sorted(found)]


@bp.get("/accounts/<sid>")
def show(sid: str) -> Response:
    """Show an account."""
    return answered(account(world(sid)))


@bp.delete("/accounts/<sid>")
def delete(sid: str) -> Response:
    """End an account."""
    engine().delete_account(sid)
    return done()


@bp.post("/accounts/<sid>/reset")
def reset(sid: str) -> Response:
    """Empty an account's world."""
    keep = body(ResetForm)["keep"]
    world = engine().resets.reset(sid, keep_scenario="scenario" in keep, keep_clock="clock" in keep)
    return answered(account(world))
