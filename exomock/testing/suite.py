"""The servers of one test run, and the account that a test asked for."""

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from exomock.client import Account, NoServer, NotThere, Server, given
from exomock.testing.process import Started

QUIET = ("--clock", "frozen", "--seed", "1", "--log-level", "warning")
"""How a server of a suite runs unless its settings say otherwise."""

WORDS = ("scenario", "now", "seed", "clock", "collect", "settings")
"""What `@pytest.mark.exotel` takes."""


class SuiteServer(Server):
    """
    The server of a test run; called with settings it gives another one that has these.

    Args:
        base: Settings of every server of this run, by name.
        suite: What the accounts of this run are counted under; None counts nothing.

    Raises:
        NoServer: There is none where EXOMOCK_URL says, or none can be started.
    """

    def __init__(self, base: Mapping[str, Any], suite: str | None = None) -> None:
        self.suite = suite
        self._base, self._more = dict(base), dict[tuple[str, ...], Started]()
        elsewhere = os.environ.get("EXOMOCK_URL")
        if elsewhere:
            super().__init__(elsewhere, os.environ.get("EXOMOCK_CONTROL_TOKEN") or None)
            self._elsewhere = True
            self.wire.control("GET", "/accounts?limit=1")  # is it there, and may we?
        else:
            self._elsewhere = False
            found = self._started(self._base)
            self.wire, self.url = found.wire, found.url

    def __call__(self, **settings: Any) -> Server:
        """
        A server that has these settings; it is started once in a run.

        Args:
            settings: Of `exomock serve`, as `callback_timeout=2`; a list is said several times.

        Raises:
            ValueError: The server is the one of EXOMOCK_URL, which has its own.
            NoServer: A setting is wrong.
        """
        if not settings:
            return self
        if self._elsewhere:
            names = ", ".join(settings)
            raise ValueError(f"the server of EXOMOCK_URL has settings of its own; drop {names}")
        return self._started(self._base | settings)

    def _started(self, settings: Mapping[str, Any]) -> Server:
        said = (*QUIET, *options(settings))
        if said not in self._more:
            self._more[said] = Started(said, os.environ.get("EXOMOCK_COMMAND") or None)
            self._more[said].server.suite = self.suite
        return self._more[said].server

    def coverage(self) -> list[dict[str, Any]]:
        """
        What the application has met on each server of this run: the answers of `/coverage`.

        Raises:
            NoServer: One has died.
            ControlError: The one of EXOMOCK_URL knows no coverage.
        """
        servers = [self] if self._elsewhere else [each.server for each in self._more.values()]
        found = []
        for server in servers:
            with suppress(NotThere):  # no account was made there
                found.append(server.wire.control("GET", f"/coverage?suite={self.suite}"))
        return found

    def close(self) -> None:
        """End what was started here."""
        for each in self._more.values():
            each.close()


def options(settings: Mapping[str, Any]) -> list[str]:
    """Settings as the command line of `exomock serve` has them."""
    found = []
    for name, value in settings.items():
        option = f"--{name.replace('_', '-')}"
        for each in value if isinstance(value, list | tuple) else [value]:
            if each is True:
                found.append(option)
            elif each is not None and each is not False:
                found += [option, str(each)]
    return found


def settings_in(lines: Sequence[str]) -> dict[str, Any]:
    """
    Settings as an ini file has them, a `name = value` a line; a name alone is a flag.

    Returns:
        By name; one that is said several times is a list.
    """
    found: dict[str, Any] = {}
    for line in lines:
        name, _equals, text = (part.strip() for part in line.partition("="))
        value: Any = text if _equals else True
        key = name.replace("-", "_")
        found[key] = [*found[key], value] if key in found else [value]
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def account_of(server: SuiteServer, wanted: Mapping[str, Any], folders: Sequence[Path]) -> Account:
    """
    The account that a test asked for.

    Args:
        server: Where.
        wanted: Any of `WORDS`.
        folders: Where the path of a scenario may begin.

    Raises:
        TypeError: A word is unknown, or its value of a wrong type.
        ValueError: A value is wrong.
    """
    unknown = [name for name in wanted if name not in WORDS]
    if unknown:
        raise TypeError(f"{unknown[0]!r} is unknown; expected one of {', '.join(WORDS)}")
    words = dict(wanted)
    settings = words.pop("settings", None) or {}
    if words.get("scenario") is not None:
        words["scenario"] = given.scenario(words["scenario"], *folders)
    return server(**settings).account(**words)


def story_of(account: Account) -> str:
    """What happened in an account, a line each, for the report of a failed test."""
    try:
        return "\n".join(account.story()) or "nothing happened in this account"
    except (NoServer, LookupError) as error:
        return f"the account's story is lost: {error}"
