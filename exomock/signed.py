"""Granian's protocol of one request, whose answer says who plays its account."""

from collections.abc import Awaitable, Callable
from typing import Any

from exomock.api.wsgi import Said

OWNER = "X-Exomock-Owner"
"""The header that says who plays the account: a URL, or the name of a worker."""


class Signed:
    """
    The way to a client; lives as long as the request.

    Args:
        protocol: Granian's.
        owner: Who plays the account, or has answered where there is none.
        peer: The client's address and port.

    Attributes:
        owner: None where the answer says so already.
        sent_to: The other process that has answered, None where it is this one.
        closes: Whether the connection ends with an answer that is sent at once.
        instead: Asked just before an answer begins: what is said instead of it, None for nothing.
    """

    def __init__(self, protocol: Any, owner: str, peer: str) -> None:
        self._protocol = protocol
        self.owner: str | None = owner
        self.peer = peer
        self.sent_to: int | None = None
        self.closes = False
        self.instead: Callable[[], Said | None] | None = None

    def _headers(self, headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
        return headers if self.owner is None else [*headers, (OWNER, self.owner)]

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        """Answer at once."""
        said = None if self.instead is None else self.instead()
        if said is not None:
            status, headers, body = int(said.status[:3]), said.headers, said.body
        headers = self._headers(headers)
        if self.closes:
            headers = [*headers, ("Connection", "close")]
        self._protocol.response_bytes(status, headers, body)

    def response_stream(self, status: int, headers: list[tuple[str, str]]) -> Any:
        """
        Begin an answer that comes in pieces.

        Raises:
            ConnectionError: Something else was said.
        """
        said = None if self.instead is None else self.instead()
        if said is not None:
            self._protocol.response_bytes(
                int(said.status[:3]), self._headers(said.headers), said.body
            )
            raise ConnectionError("the lease ended")
        return self._protocol.response_stream(status, self._headers(headers))

    async def client_disconnect(self) -> None:
        """Return when the client has gone."""
        await self._protocol.client_disconnect()

    def __call__(self) -> Awaitable[bytes]:
        """The body."""
        body: Awaitable[bytes] = self._protocol()
        return body

    def __aiter__(self) -> Any:
        """The pieces of the body."""
        return self._protocol.__aiter__()

    async def __anext__(self) -> bytes:
        """The next piece of the body."""
        piece: bytes = await anext(self._protocol)
        return piece
