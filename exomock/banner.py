"""The banner that `exomock serve` prints once it answers."""

import logging
import shlex
import sys
from collections.abc import Sequence
from typing import Any, Protocol

from exomock import __version__
from exomock.ist import iso, ist
from exomock.plain import plain
from exomock.settings import Settings
from exomock.standard import cannot_write
from exomock.wall import wall_now

_log = logging.getLogger("exomock.banner")


class Served(Protocol):
    """The attributes of a server that the banner shows."""

    @property
    def url(self) -> str:
        """Where a client on this machine finds it."""

    @property
    def secure_url(self) -> str | None:
        """And by https, where it speaks that."""

    @property
    def settings(self) -> Settings:
        """What it was told."""

    @property
    def tells(self) -> bool:
        """Whether there is a line for each thing that happens."""

    @property
    def clock(self) -> str:
        """How `--clock` was written."""

    @property
    def workers(self) -> int:
        """How many processes it has."""


class _Script(Protocol):
    @property
    def name(self) -> str:
        """What it is called."""


class _Time(Protocol):
    def at(self, wall: int) -> int:
        """Announced time at a moment of the wall clock, both microseconds."""


_SHOWN = 20
"""How many accounts a banner names: a company's database may have ten thousand."""


class Announced(Protocol):
    """The attributes of an account that the banner shows."""

    @property
    def sid(self) -> str:
        """Its Sid."""

    @property
    def key(self) -> str:
        """Its API key."""

    @property
    def token(self) -> str:
        """Its API token."""

    @property
    def seed(self) -> int:
        """What its chance is drawn from."""

    @property
    def scenario(self) -> _Script:
        """What becomes of its calls."""

    @property
    def clock(self) -> _Time:
        """Its time."""


def banner(serving: Served, worlds: Sequence[Announced]) -> None:
    """
    Print where the server is, its accounts, and a line that places a call; or log why not.

    Args:
        serving: The server.
        worlds: Its accounts, at least one; the first is the one that the line uses.
    """
    try:
        for line in [*banner_lines(serving, worlds), curl_line(serving.url, worlds[0])]:
            print(_printable(line))  # noqa: T201
        sys.stdout.flush()
    except OSError as error:
        # A banner that cannot be written keeps nobody from using the server.
        if said := cannot_write(error):
            _log.warning("%s", said)


def banner_lines(serving: Served, worlds: Sequence[Announced]) -> list[str]:
    """The banner without its last line; whatever came from outside is escaped."""
    first, settings = worlds[0], serving.settings
    lines = [
        f"exomock {__version__}, a local Exotel",
        f"  base URL  {serving.url}",
        *([f"  https     {serving.secure_url} (exomock ca)"] if serving.secure_url else []),
        *(_account(each) for each in worlds[:_SHOWN]),
        *([f"  and       {len(worlds) - _SHOWN} accounts more"] if len(worlds) > _SHOWN else []),
        f"  scenario  {plain(first.scenario.name)}",
        f"  seed      {first.seed}",
        *([f"  workers   {serving.workers}"] if serving.workers > 1 else []),
        f"  clock     {serving.clock}, now {ist(first.clock.at(wall_now()))} IST",
        f"  console   {serving.url}/_exomock/console",
        f"  control   {serving.url}/_exomock/{_control_token(settings)}",
    ]
    for host, other in settings.host_alias:
        lines.append(f"  alias     callbacks to {plain(host)} go to {plain(other)}")
    if settings.allow_origin:
        lines.append(f"  pages     of {plain(', '.join(settings.allow_origin))} may use v1")
    if settings.open_house:
        lines.append(
            "  house     open: an account Sid nobody has seen makes itself when first used"
        )
    if serving.tells:
        lines.append(
            "  log       what happens, a line each, on stderr; times are the account's, IST "
            "(of INFO lines the machine's)"
        )
    return [*lines, "Place a call and watch it here (paste into another terminal):"]


def _account(world: Announced) -> str:
    return f"  account   Sid {world.sid}  key {plain(world.key)}  token {plain(world.token)}"


def started(serving: Served, worlds: Sequence[Announced]) -> dict[str, Any]:
    """The banner as one object, for `--log json`; its keys are documented."""
    first, settings = worlds[0], serving.settings
    return {
        "kind": "started",
        "version": __version__,
        "url": serving.url,
        "secure_url": serving.secure_url,
        "accounts": [{"sid": w.sid, "key": w.key, "token": w.token} for w in worlds],
        "scenario": first.scenario.name,
        "seed": first.seed,
        "clock": serving.clock,
        "now": iso(first.clock.at(wall_now())),
        "console": f"{serving.url}/_exomock/console",
        "control": f"{serving.url}/_exomock/",
        # A token that was given is not told: more people read a CI's log than know it.
        "control_token": settings.control_token if settings.control_token_drawn else None,
        "open_house": settings.open_house,
    }


def _control_token(settings: Settings) -> str:
    # A token that was given is not printed, because more people read a CI's log than know it.
    if settings.control_token is None:
        return ""
    return f"  token {settings.control_token if settings.control_token_drawn else 'as given'}"


def _printable(line: str) -> str:
    """The line as the terminal's encoding can hold it: a name in Hindi must not end the server."""
    encoding = sys.stdout.encoding or "utf-8"
    return line.encode(encoding, "backslashreplace").decode(encoding)


def curl_line(url: str, world: Announced) -> str:
    """One line that places a call and shows its callbacks; the same in every shell."""
    fields = {
        "From": "09811100001",
        "To": "09822200002",
        "CallerId": "08047112233",
        "TimeLimit": "5",
        "StatusCallback": f"{url}/_exomock/echo",
        "StatusCallbackEvents": "terminal,answered",
    }
    # Double quotes: cmd.exe knows no single ones, and PowerShell splits at a bare comma.
    form = " ".join(f'-d "{name}={value}"' for name, value in fields.items())
    user = shlex.quote(plain(f"{world.key}:{world.token}"))
    return f"curl -u {user} {url}/v1/Accounts/{world.sid}/Calls/connect.json {form}"
