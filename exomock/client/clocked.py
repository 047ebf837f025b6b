"""An account's time, as a client moves it."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from exomock.client import given
from exomock.client.records import Advanced
from exomock.client.wire import USUAL, Wire

_LONG = 24 * 3600.0
"""Seconds that an advance may take: the server ends it itself (`max-advance-wall`)."""


class Clocked:
    """
    An account that has a clock.

    Args:
        wire: The way to its server.
        sid: Its Sid.
        key: Its API key.
        token: Its API token.
    """

    def __init__(self, wire: Wire, sid: str, key: str, token: str) -> None:
        self.wire, self.sid, self.key, self.token = wire, sid, key, token
        self.url = wire.url

    @property
    def base(self) -> str:
        """The account's own URL, `http://127.0.0.1:<port>/v1/Accounts/<sid>`."""
        return f"{self.url}/v1/Accounts/{self.sid}"

    @property
    def auth(self) -> tuple[str, str]:
        """Key and token, as `requests` and httpx take them."""
        return self.key, self.token

    @property
    def now(self) -> datetime:
        """Account time, in IST."""
        return datetime.fromisoformat(self.control("GET", "/clock")["now"])

    def advance(self, much: float | timedelta | str) -> Advanced:
        """
        Let account time pass now; every callback on the way has been tried when this returns.

        Args:
            much: Seconds from 0 to 34,560,000 (400 days), a timedelta, or "idle": until no call
                runs and no retry is to come.

        Returns:
            What happened.

        Raises:
            TypeError: `much` is of another type.
            ValueError: It is less than 0 or more than 400 days.
        """
        went = self.control("POST", "/clock/advance", given.span(much), timeout=_LONG)
        return Advanced.of(went)

    def freeze(self) -> None:
        """Let the account's clock stand still."""
        self.rate(0)

    def rate(self, rate: float | str) -> None:
        """
        Let the account's clock run.

        Args:
            rate: Account seconds per wall second, 0 to 1,000,000; or "frozen", "real", "x60".

        Raises:
            TypeError: It is of another type.
            ValueError: It is none of these.
        """
        self.control("PUT", "/clock", {"rate": given.rate(rate)})

    def control(self, method: str, path: str, data: Any = None, *, timeout: float = USUAL) -> Any:
        """
        Ask the control API about this account.

        Args:
            method: GET, POST, PUT or DELETE.
            path: What follows the account, as `/calls?limit=1`.
            data: JSON, or YAML in bytes.
            timeout: Seconds.

        Raises:
            ControlError: The server refused.
            NoServer: There is none.
        """
        here = f"/accounts/{quote(self.sid, safe='')}"
        return self.wire.control(method, here + path, data, timeout=timeout)

    def __repr__(self) -> str:
        """Where it is."""
        return f"<{type(self).__name__} {self.base}>"
