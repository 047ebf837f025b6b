"""The settings of a server, read and fitted together; a wrong value is an error of one line."""

import random
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from ipaddress import ip_address
from typing import Any, TypeVar

import click

from exomock.every_setting import SETTINGS, Options
from exomock.kinds import DRAWN, Kind, WrongValue
from exomock.plain import plain
from exomock.scenarios.manner import nearest
from exomock.setting import WrongSetting
from exomock.settings import Settings

T = TypeVar("T")

_OTHER_VARIABLES = {"EXOMOCK_URL", "EXOMOCK_COMMAND", "EXOMOCK_SOAK", "EXOMOCK_FUZZ"}
"""Those of clients, of the pytest plugin and of exomock's own suite."""


@contextmanager
def refusals() -> Iterator[None]:
    """Turn a setting's wrong value into an error of the command line."""
    try:
        yield
    except WrongSetting as error:
        raise click.UsageError(str(error)) from None


@refusals()
def settings_of(said: Mapping[str, Any], rate: float) -> Settings:
    """
    The settings of a server.

    Args:
        said: What was said, by the settings' field names.
        rate: Account seconds per wall second.

    Raises:
        click.UsageError: A value is wrong.
    """
    options = Options(said)
    loopback = is_loopback(options.host)
    token = options.control_token
    if not loopback and token is None:
        raise click.UsageError(
            f"--host: {plain(options.host)} is reachable from other machines, so the control API "
            "needs --control-token TOKEN (or auto, which draws and prints one)"
        )
    if 3 * options.lease_renewal > options.lease:
        # Or one renewal that is late would cost a process its accounts.
        raise click.UsageError(
            f"--lease-renewal: found '{options.lease_renewal:g}', expected at most a third of "
            f"--lease, which is {options.lease:g}"
        )
    kept = {each.name for each in fields(Settings)} & {row.field for row in SETTINGS}
    fitted = {
        "rate": rate,
        "retry_after": options.callback_retry_after,
        "open_house": options.open or (loopback and not options.account),
        "control_token": secrets.token_urlsafe(18) if token == DRAWN else token,
        "control_token_drawn": token == DRAWN,
        "loopback": loopback,
        # Each holds a server thread: half of them stay free for everybody else.
        "max_delays": min(options.max_delays, options.threads // 2),
        "max_waiters": min(options.max_waiters, _may_wait(options.threads)),
    }
    return Settings(**{name: getattr(options, name) for name in kept} | fitted)


def setting_options(*left_out: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """
    A decorator that gives a command every setting as an option.

    Args:
        left_out: Fields of settings that the command does not take.
    """

    def decorated(command: Callable[..., None]) -> Callable[..., None]:
        for setting in reversed(SETTINGS):
            if setting.field in left_out:
                continue
            unit = f" {setting.unit}" if setting.unit and setting.default else ""
            bounds = f", {setting.bounds}" if setting.bounds else ""
            text = f"{setting.help} [{setting.default or 'none'}{unit}{bounds}]"
            command = click.option(
                *_SHORT.get(setting.field, ()),
                f"--{setting.name}",
                setting.field,
                envvar=setting.variable,
                multiple=setting.multiple,
                is_flag=setting.flag or None,
                help=f"{text} ({setting.variable})",
            )(command)
        return command

    return decorated


_SHORT = {"quiet": ("-q",)}


def _may_wait(threads: int) -> int:
    """How many threads may wait beside half of them that are delayed, so that some stay free."""
    return max(1, threads // 2 - threads // 10)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a server that listens there."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def wrong(option: str, found: object, expected: str) -> click.ClickException:
    """The error of an option's wrong value."""
    return click.UsageError(f"--{option}: {WrongValue(str(found), expected)}")


def read(option: str, kind: Kind[T], text: str) -> T:
    """
    The value of an option that is no setting.

    Raises:
        click.UsageError: It is none of its kind.
    """
    try:
        return kind.read(text)
    except WrongValue as error:
        raise click.UsageError(f"--{option}: {error}") from None


def seed_of(said: int | None, scenarios: int | None) -> int:
    """The seed that was said, else the scenario's, else one that is drawn now."""
    if said is not None:
        return said
    # The one draw that nothing seeds: it is printed, so that a run can be repeated.
    return random.SystemRandom().randrange(2**32) if scenarios is None else scenarios


def unknown_variables(environ: Iterable[str]) -> list[str]:
    """
    A sentence for each variable that looks like one of exomock's, and is none.

    Args:
        environ: Names of variables.
    """
    known = {row.variable for row in SETTINGS} | _OTHER_VARIABLES
    return [
        f"{plain(name)} is no variable of exomock, and does nothing{nearest(name, known)}"
        for name in sorted(environ)
        if name.startswith("EXOMOCK_") and name not in known
    ]


def clock_text(rate: float | None) -> str:
    """How the command line would write a scenario's rate; None is real time."""
    if rate is None or rate == 1:
        return "real"
    return f"x{rate:g}" if rate else "frozen"
