"""The line that places a first call, for pasting into a terminal."""

import re
import shlex
from collections.abc import Mapping
from typing import Any

from exomock.plain import STEERS

_FIELDS = {
    "From": "09811100001",
    "To": "09822200002",
    "CallerId": "08047112233",
    "TimeLimit": "5",
    "StatusCallbackEvents": "terminal,answered",
}


def first_call(account: Mapping[str, Any]) -> str:
    """
    A curl line that places a call in an account, and has it told to exomock's own echo.

    Args:
        account: As the control API shows it.
    """
    base: str = account["base_url"]
    fields = _FIELDS | {"StatusCallback": f"{base.partition('/v1/')[0]}/_exomock/echo"}
    # Double quotes: cmd.exe knows no single ones, and PowerShell splits at a bare comma.
    form = " ".join(f'-d "{name}={value}"' for name, value in fields.items())
    user = shlex.quote(f"{account['key']}:{account['token']}")
    return f"curl -u {user} {base}/Calls/connect.json {form}"


def again(account: Mapping[str, Any], request: Mapping[str, Any]) -> str:
    """
    A curl line that sends a request of the journal again, with the account's credentials.

    Args:
        account: As the control API shows it.
        request: As the control API shows it. Parameters stand in the form of a POST, in the query
            of any other method. A password of a URL is `***` there, as everywhere.
    """
    pairs = [
        f"{name}={each}"
        for name, value in request["parameters"].items()
        for each in (value if isinstance(value, list) else [value])
    ]
    form = [word for pair in pairs for word in ("--data-urlencode", quoted(pair))]
    method = request["method"]
    how = [] if method == "POST" else ["-X", quoted(method), *(["-G"] if form else [])]
    user = shlex.quote(f"{account['key']}:{account['token']}")
    url = quoted(f"{account['base_url']}/{request['path']}")
    rest = form if form or method != "POST" else ["-d", "''"]
    return " ".join(["curl", "-u", user, *how, url, *rest])


def quoted(text: str) -> str:
    """
    A text as a word of a POSIX shell, whatever a client has put in it.

    A control character is not written as it is: in what is pasted, a terminal takes it for a key.

    Args:
        text: Any text; a NUL is left out, because no word holds one.
    """
    parts = _ODD.split(text.replace("\0", ""))
    return "".join(
        _printed(part) if number % 2 else shlex.quote(part)
        for number, part in enumerate(parts)
        if part or len(parts) == 1
    )


_ODD = re.compile(f"((?:{STEERS.pattern}|[\t\r])+)")


def _printed(odd: str) -> str:
    octal = "".join(f"\\{byte:03o}" for byte in odd.encode(errors="replace"))
    return f"\"$(printf '{octal}')\""
