"""What the command line says, parsed: each wrong value is one line that says what was expected."""

import random
import re
import secrets
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any

import click

from exomock.domain.clock import LATEST
from exomock.engine import NewAccount
from exomock.engine.credentials import SECRET, SID
from exomock.ist import from_iso
from exomock.plain import plain
from exomock.settings import Settings

DRAWN = "auto"
LEVELS = ("debug", "info", "warning", "error")


def settings_of(said: Mapping[str, Any], rate: float) -> Settings:
    """
    The settings of a server.

    Args:
        said: What was said, by the settings' field names.
        rate: Account seconds per wall second.

    Raises:
        click.UsageError: A value is wrong.
    """
    loopback = is_loopback(said["host"])
    token = _token(said["control_token"])
    if not loopback and token is None:
        raise click.UsageError(
            f"--host: {plain(said['host'])} is reachable from other machines, so the control API "
            "needs --control-token TOKEN (or auto, which draws and prints one)"
        )
    return Settings(
        rate=rate,
        late_fields=_late_fields(said["late_fields"]),
        retry_after=_retry_after(said["callback_retry_after"]),
        callback_timeout=number("callback-timeout", said["callback_timeout"], 0.1, 60),
        callback_ca=_readable("callback-ca", said["callback_ca"]),
        callback_threads=whole("callback-threads", said["callback_threads"], 1, 1000),
        allow_callbacks_to=tuple(_host(text) for text in said["allow_callbacks_to"]),
        allow_origin=tuple(_origin(text) for text in said["allow_origin"]),
        host_alias=tuple(_alias(text) for text in said["host_alias"]),
        open_house=bool(said["open"]) or (loopback and not said["account"]),
        control_token=token,
        control_token_drawn=said["control_token"] == DRAWN,
        loopback=loopback,
        max_accounts=whole("max-accounts", said["max_accounts"], 1, 1_000_000),
        max_history=whole("max-history", said["max_history"], 0, 100_000_000),
        max_snapshots=whole("max-snapshots", said["max_snapshots"], 0, 1_000_000),
        scenario_bytes=whole("scenario-bytes", said["scenario_bytes"], 0, 2**40),
        snapshot_bytes=whole("snapshot-bytes", said["snapshot_bytes"], 0, 2**40),
        # Each holds a server thread: half of them stay free for everybody else.
        max_delays=min(
            whole("max-delays", said["max_delays"], 0, 1000),
            whole("threads", said["threads"], 1, 1000) // 2,
        ),
        max_waiters=min(whole("max-waiters", said["max_waiters"], 0, 1000), _may_wait(said)),
        max_advance_events=whole("max-advance-events", said["max_advance_events"], 1, 10**9),
        max_advance_wall=number("max-advance-wall", said["max_advance_wall"], 0.1, 86_400),
        journal_entries=whole("journal-entries", said["journal_entries"], 0, 10**7),
        journal_bytes=whole("journal-bytes", said["journal_bytes"], 0, 2**40),
        max_time_out=whole("max-time-out", said["max_time_out"], 1, 14_400),
        max_body=whole("max-body", said["max_body"], 1024, 2**30),
        body_timeout=number("body-timeout", said["body_timeout"], 0.1, 3600),
        threads=whole("threads", said["threads"], 1, 1000),
    )


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a server that listens there."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _token(text: str) -> str | None:
    if text == DRAWN:
        return secrets.token_urlsafe(18)
    if text and not re.fullmatch(r"[!-~]{8,200}", text):
        raise wrong("control-token", text, "auto, or 8 to 200 printable characters without spaces")
    return text or None


def _host(text: str) -> str:
    if not re.fullmatch(r"\*|[A-Za-z0-9_.:-]+", text):
        raise wrong("allow-callbacks-to", text, "a host name such as hooks.example.com, or *")
    return text.lower()


def _origin(text: str) -> str:
    found = re.fullmatch(r"([a-z][a-z0-9+.-]*)://([^/?#@\s\\]+)/?", text.lower())
    if text.lower() in ("*", "null"):
        return text.lower()
    if found is None or not text.isprintable():
        raise wrong("allow-origin", text, "an origin such as http://localhost:3000, null, or *")
    scheme, host = found.groups()
    # A browser leaves out the port that its scheme stands for.
    return f"{scheme}://{host.removesuffix({'http': ':80', 'https': ':443'}.get(scheme, '/'))}"


def _alias(text: str) -> tuple[str, str]:
    host, equals, other = text.partition("=")
    if not (host and equals and other):
        raise wrong("host-alias", text, "HOST=OTHER, as localhost=host.docker.internal")
    return host.lower(), other.lower()


def moment(option: str, text: str) -> int | None:
    """
    An ISO 8601 time in microseconds since the epoch, None if it was not said.

    Raises:
        click.UsageError: It is none.
    """
    if not text:
        return None
    expected = "a time such as 2026-03-01T10:00:00+05:30"
    try:
        found = from_iso(text)
    except ValueError:
        raise wrong(option, text, expected) from None
    # As far as the scenario language goes: not all that Python reads can be written in IST.
    if not 0 <= found <= LATEST:
        raise wrong(option, text, f"{expected}, from 1970 to 2099")
    return found


def wrong(option: str, found: object, expected: str) -> click.ClickException:
    """The error of an option's wrong value."""
    return click.UsageError(f"--{option}: found '{plain(str(found))}', expected {expected}")


def whole(option: str, text: str, low: int, high: int) -> int:
    """
    A whole number between two ends, both included.

    Raises:
        click.UsageError: It is none.
    """
    if not re.fullmatch(r"-?[0-9]{1,18}", text) or not low <= int(text) <= high:
        raise wrong(option, text, f"a whole number from {low} to {high}")
    return int(text)


def number(option: str, text: str, low: float, high: float) -> float:
    """
    A number between two ends, both included.

    Raises:
        click.UsageError: It is none.
    """
    expected = f"a number from {low:g} to {high:g}"
    try:
        value = float(text)
    except ValueError:
        raise wrong(option, text, expected) from None
    if not low <= value <= high:
        raise wrong(option, text, expected)
    return value


def seed_of(text: str, scenarios: int | None) -> int:
    """
    The seed that was said, else the scenario's, else one that is drawn now.

    Raises:
        click.UsageError: It is no whole number.
    """
    if text:
        if not re.fullmatch(r"[0-9]{1,18}", text):
            raise wrong("seed", text, "a whole number, 0 or more")
        return int(text)
    # The one draw that nothing seeds: it is printed, so that a run can be repeated.
    return random.SystemRandom().randrange(2**32) if scenarios is None else scenarios


def clock_text(rate: float | None) -> str:
    """How the command line would write a scenario's rate; None is real time."""
    if rate is None or rate == 1:
        return "real"
    return f"x{rate:g}" if rate else "frozen"


def clock_of(text: str) -> tuple[str, float]:
    """
    How a clock was written, and its rate.

    Raises:
        click.UsageError: It is no clock.
    """
    if text in ("real", "frozen"):
        return text, float(text == "real")
    found = re.fullmatch(r"x([0-9]+(?:\.[0-9]+)?)", text)
    if found is None or not 0 < float(found[1]) <= 1_000_000:  # noqa: PLR2004
        raise wrong("clock", text, "real, frozen, or x and a rate above 0 such as x60")
    return text, float(found[1])


def _retry_after(text: str) -> tuple[int, int]:
    parts = text.split(",")
    if len(parts) > 2:  # noqa: PLR2004
        raise wrong("callback-retry-after", text, "one or two times in seconds: 300,900")
    values = [round(number("callback-retry-after", p, 0, 2_592_000) * 1e6) for p in parts]
    return values[0], values[-1]


def _may_wait(said: Mapping[str, Any]) -> int:
    """How many threads may wait beside half of them that are delayed, so that some stay free."""
    threads = whole("threads", said["threads"], 1, 1000)
    return max(1, threads // 2 - threads // 10)


def _late_fields(text: str) -> int | None:
    return round(number("late-fields", text, 0, 86_400) * 1e6) if text else None


def _readable(option: str, path: str) -> str | None:
    if not path:
        return None
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            file.read(1)
    except OSError as error:
        raise wrong(option, path, f"a readable PEM file ({error.strerror})") from None
    return path


def level_of(text: str) -> str:
    """
    A log level.

    Raises:
        click.UsageError: It is none.
    """
    if text.lower() not in LEVELS:
        raise wrong("log-level", text, f"one of {', '.join(LEVELS)}")
    return text.lower()


def account_of(text: str) -> NewAccount:
    """
    An account in the form SID:KEY:TOKEN.

    Raises:
        click.UsageError: It is none.
    """
    sid, _, rest = text.partition(":")
    key, _, token = rest.partition(":")
    if not (SID.fullmatch(sid) and SECRET.fullmatch(key) and SECRET.fullmatch(token)):
        raise wrong("account", text, "SID:KEY:TOKEN (the Sid of letters, digits, _ and -)")
    return NewAccount(sid, key, token)
