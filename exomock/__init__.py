"""exomock: a local Exotel, for tests and for development without an account."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from exomock.client import Server

__version__ = "0.1.0"


def connect(url: str, control_token: str | None = None) -> "Server":
    """
    A running exomock, in a client's hand.

    Args:
        url: Where it is, as `http://127.0.0.1:8080`.
        control_token: Of its control API, where it asks for one.

    Raises:
        ValueError: The URL is none of a server.
    """
    from exomock.client import Server  # here, so that `import exomock` costs nothing

    return Server(url, control_token)
