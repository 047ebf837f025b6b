"""What is wrong with the credentials of a request, in a sentence that shows none of them."""

import base64
import binascii

from exomock.api.fields import short

_EXPECTED = "expected HTTP Basic: the API key as user name, the API token as password"
WRONG = f"the API key or the API token is wrong; {_EXPECTED}"
ODD = (
    "a new account's API key and API token have 1 to 128 printable ASCII characters each, without "
    "spaces and colons"
)


def no_credentials(header: str | None) -> str:
    """
    Say why a request has no credentials that can be read.

    Args:
        header: The Authorization header, None if there was none.
    """
    if not header or not header.strip():
        return f"there is no Authorization header; {_EXPECTED}"
    scheme, _space, value = header.strip().partition(" ")
    if scheme.lower() == "basic":
        return f"{_unread(value.strip())}; {_EXPECTED}"
    if ":" in header:
        return f"the Authorization header is key:token as it stands; {_EXPECTED}, in base64"
    if not value:
        return f"the Authorization header has no scheme; {_EXPECTED}"
    return f"the Authorization header has the scheme {_scheme(scheme)}; {_EXPECTED}"


def _scheme(scheme: str) -> str:
    known = ("bearer", "digest", "token", "negotiate", "apikey")
    # Another word may be the secret itself.
    return scheme.capitalize() if scheme.lower() in known else "of another kind"


def _unread(value: str) -> str:
    if not value:
        return "nothing follows Basic"
    if ":" in value:
        return "key:token stands behind Basic as it is, without base64"
    padded = value + "=" * (-len(value) % 4)
    try:
        found = base64.b64decode(padded, validate=True)
    except (ValueError, binascii.Error):
        return "what follows Basic is no base64"
    if padded != value:
        lacks = padded[len(value) :]
        return f"the base64 behind Basic lacks its padding, {lacks} at its end"
    return "the base64 behind Basic holds no colon" if b":" not in found else "it cannot be read"


def turned(user: str, token: str) -> list[tuple[str, tuple[str, str]]]:
    """What credentials may have been meant: what is wrong then, and the right pair."""
    return [
        ("API key and API token have changed places", (token, user)),
        ("a space or a line end stands around one of them", (user.strip(), token.strip())),
    ]


def odd_sid(account: str) -> str:
    """What is odd about the account's Sid in a path, as the end of a sentence; empty if nothing."""
    if account == account.strip():
        return ""
    return f"; the Sid {short(account)} in the path begins or ends with a space or a line end"


def foreign(account: str) -> str:
    """The sentence for credentials of another account."""
    return (
        f"these credentials belong to another account than {short(account)}, which the path names"
        f"{odd_sid(account)}"
    )
