"""Connections of clients that ended at the wrong worker, which are closed in good order."""

ENOUGH = 6
"""Requests in a row for one other worker, after which a connection ends with its answer. A client
that takes the accounts of two workers by chance gets so far once in 126 requests, and a new
connection costs as much as two hops."""

_MOST = 10_000
"""Connections that are remembered; each takes 200 bytes."""


class Strays:
    """
    How many requests of each connection one other process answered; safe for all threads.

    A client most often asks about one account over a connection that it keeps. Which worker takes
    that connection is chance, and a hop costs as much as an answer. So the connection is closed
    (`Connection: close`), and the client's next one may end at the worker that plays the account.

    A client that asks about many accounts is sent on to one worker and another, so it is left.
    """

    def __init__(self) -> None:
        self._hops: dict[str, tuple[int, int]] = {}

    def enough(self, client: str, process: int) -> bool:
        """Whether the connection of a client should end with the answer of another process."""
        return self._count(client, process) >= ENOUGH

    def _count(self, client: str, process: int) -> int:
        last, count = self._hops.get(client, (process, 0))
        return count + 1 if last == process else 1

    def note(self, client: str, answered_by: int | None) -> None:
        """
        Note that a request was answered.

        Args:
            client: Address and port.
            answered_by: The other process that it was sent on to, None where it was not.
        """
        # A connection has one request at a time, and no two threads note the same one.
        if answered_by is None:
            if self._hops:
                self._hops.pop(client, None)
            return
        if len(self._hops) > _MOST:
            self._hops.clear()  # all, because nobody says which of them have ended
        self._hops[client] = answered_by, self._count(client, answered_by)
