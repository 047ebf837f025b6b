"""The line that places a first call, for pasting into a terminal."""

import shlex
from collections.abc import Mapping
from typing import Any

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
