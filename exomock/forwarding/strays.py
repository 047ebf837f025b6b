"""Connections of clients that ended at the wrong worker, which are closed in good order."""

ENOUGH = 10
"""Requests in a row that were all sent on, after which a connection ends with its answer. A client
that asks for accounts of two workers at random gets so far once in a thousand times."""

_MOST = 10_000
"""Connections that are remembered; each takes 150 bytes."""


class Strays:
    """
    How many requests of each connection were sent on in a row; belongs to one event loop.

    A client most often asks about one account over a connection that it keeps. Which worker takes
    that connection is chance, and a hop costs as much as an answer. So the connection is closed
    (`Connection: close`), and the client's next one may end at the worker that plays the account.
    """

    def __init__(self) -> None:
        self._hops: dict[str, int] = {}

    def enough(self, client: str) -> bool:
        """Whether the connection of a client should end with the answer to a request sent on."""
        return self._hops.get(client, 0) + 1 >= ENOUGH

    def note(self, client: str, *, sent_on: bool) -> None:
        """
        Note that a request was answered.

        Args:
            client: Address and port.
            sent_on: Whether by another process.
        """
        if not sent_on:
            if self._hops:
                self._hops.pop(client, None)
            return
        if len(self._hops) > _MOST:
            self._hops.clear()  # all, because nobody says which of them have ended
        self._hops[client] = self._hops.get(client, 0) + 1
