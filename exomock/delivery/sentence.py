"""Why a post failed, in one line that may stand in a log."""

import http.client
import socket
import ssl

from exomock.delivery.answer import NoChunk
from exomock.plain import masked, plain

# Subclasses stand before their bases. Other errors are shown with their own text.
_REASONS: dict[type[BaseException], str] = {
    socket.gaierror: "the host name cannot be resolved",
    TimeoutError: "no answer within {timeout:g} s",
    http.client.RemoteDisconnected: "the connection was closed before any answer",
    http.client.UnknownProtocol: "an answer of {error}, expected one of HTTP/1.1",
    http.client.BadStatusLine: "not an HTTP answer: {error}",
    NoChunk: "the answer's body has '{error}' where the length of a chunk belongs",
    http.client.IncompleteRead: "the connection was closed in the middle of the answer",
    ConnectionResetError: "the connection was reset",
    BrokenPipeError: "the connection was reset",
    UnicodeError: "no URL or text that can be sent: {error}",
}


def sentence(error: BaseException, timeout: float) -> str:
    """
    Say what went wrong.

    Args:
        error: What was raised.
        timeout: How long the post might take, seconds.
    """
    text = plain(masked(" ".join(_reason(error, timeout).split())))
    return f"TLS: {text}" if isinstance(error, ssl.SSLError) else text


def _reason(error: BaseException, timeout: float) -> str:
    for kind, words in _REASONS.items():
        if isinstance(error, kind):
            return words.format(error=str(error)[:80], timeout=timeout)
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    if isinstance(error, ssl.SSLError) and error.reason:
        return error.reason.replace("_", " ").lower()
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
