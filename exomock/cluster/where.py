"""Where an account is played: here, in another process, nowhere, or nobody can say just now."""

from typing import NamedTuple


class Here(NamedTuple):
    """This process plays it."""


class There(NamedTuple):
    """
    Another process plays it.

    Args:
        url: The URL that it advertises.
        reach: How to connect to it: the same URL, or `unix:/path/of.sock`.
        process: Its id in the table of processes.
        name: `worker-1` and so on among workers of one machine, else empty.
    """

    url: str
    reach: str
    process: int
    name: str = ""

    @property
    def shown(self) -> str:
        """What an operator calls it: its name among workers, else its URL."""
        return self.name or self.url


class Nobody(NamedTuple):
    """There is no such account in the database."""


class Unsettled(NamedTuple):
    """
    Nobody can say who plays it just now; whoever asks gets 503 and asks again.

    Args:
        why: One sentence without a full stop.
        retry_after: Seconds after which it is worth asking again, 1 or more.
    """

    why: str
    retry_after: int = 1


Where = Here | There | Nobody | Unsettled
