"""What a server counts for those who watch it; the metrics give it an implementation."""

from typing import Protocol


class Meters(Protocol):
    """Counts; called in any thread, also under locks, so it must not wait."""

    def answered(self, route: str, status: int) -> None:
        """
        A request was answered.

        Args:
            route: The rule that took it, as `/v1/Accounts/<account>/Calls`.
            status: The HTTP status.
        """

    def told(self, result: str) -> None:
        """
        Something became of a callback.

        Args:
            result: `delivered`, `failed`, `retried`, `collected` or `dropped`.
        """

    def late(self, seconds: float) -> None:
        """The first try of a callback began so long after it was due; wall time, 0 or more."""

    def forwarded(self, result: str) -> None:
        """
        A request was sent on to the process that plays its account.

        Args:
            result: `answered`, `cut`, `left`, `unreachable`, `died` or `busy`.
        """

    def renewed(self, result: str) -> None:
        """
        The lease of this process was renewed, or not.

        Args:
            result: `ok`; `failed`, because the database could not be written; or `lost`, because
                the lease is over and all accounts are let go of.
        """

    def taken_over(self) -> None:
        """An account was taken whose owner had gone: killed, frozen, or ended before."""


class Unmetered:
    """Counts nothing."""

    def answered(self, route: str, status: int) -> None:
        """Do nothing."""

    def told(self, result: str) -> None:
        """Do nothing."""

    def late(self, seconds: float) -> None:
        """Do nothing."""

    def forwarded(self, result: str) -> None:
        """Do nothing."""

    def renewed(self, result: str) -> None:
        """Do nothing."""

    def taken_over(self) -> None:
        """Do nothing."""


UNMETERED: Meters = Unmetered()
