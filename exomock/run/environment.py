"""The environment of a command, in which Exotel's names lead to an exomock."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from exomock.proxy.ways import REFUSED, UNCOVERED, Ways
from exomock.run.account import account_variables
from exomock.trust.bundles import java_options, write_bundles
from exomock.trust.names import APEXES, LOOPBACK, ONE_BELOW

_NO_PROXY = ",".join((*LOOPBACK, ".localhost"))
"""Loopback alone: an entry of the user's own, as * or .com, could lead to the real Exotel."""

_NOT_BY_PROXY = "localhost|*.localhost|127.*|[::1]"
"""The same as Java writes it."""


@dataclass(frozen=True, slots=True)
class Reached:
    """
    An exomock and the way to it.

    Args:
        url: Where it answers http.
        sid: Its account.
        proxy: The port of its proxy on 127.0.0.1.
        ways: Who may be reached.
        authority: The certificate that vouches for it, in PEM.
    """

    url: str
    sid: str
    key: str
    token: str
    proxy: int
    ways: Ways
    authority: bytes


def environment_of(reached: Reached, folder: Path, own: Mapping[str, str]) -> dict[str, str]:
    """
    The environment of a command.

    Args:
        reached: Whom its requests to Exotel reach.
        folder: A private folder for the files that the variables name.
        own: The user's own variables; all others of them stay.

    Raises:
        CannotTrust: One of them names a bundle that cannot be read.
    """
    return {
        **own,
        **account_variables(reached.url, reached.sid, reached.key, reached.token),
        **_proxy_variables(f"http://127.0.0.1:{reached.proxy}"),
        **write_bundles(folder, reached.authority, own),
        "NODE_OPTIONS": _node(reached.ways, folder, own),
        "JAVA_TOOL_OPTIONS": _java(reached, folder, own),
    }


def _proxy_variables(proxy: str) -> dict[str, str]:
    # Both spellings: curl reads http_proxy in small letters only, others one of the two.
    said = dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"), proxy)
    said["NO_PROXY"] = _NO_PROXY
    return said | {name.lower(): value for name, value in said.items()}


def _node(ways: Ways, folder: Path, own: Mapping[str, str]) -> str:
    script = folder / "node.cjs"
    shutil.copyfile(Path(__file__).with_name("node.cjs"), script)
    said = {
        "apexes": APEXES,
        "oneBelow": ONE_BELOW,
        "passthrough": ways.passthrough,
        "http": ways.http,
        "https": ways.https,
        "refused": REFUSED,
        "uncovered": UNCOVERED,
    }
    (folder / "node.json").write_text(json.dumps(said), encoding="utf-8")
    quoted = str(script).replace("\\", "\\\\").replace('"', '\\"')
    return " ".join(filter(None, (own.get("NODE_OPTIONS"), f'--require "{quoted}"')))


def _java(reached: Reached, folder: Path, own: Mapping[str, str]) -> str:
    options = [
        f"-Dhttp{s}.proxy{what}={value}"
        for s in ("", "s")
        for what, value in (("Host", "127.0.0.1"), ("Port", reached.proxy))
    ]
    options.append(f"-Dhttp.nonProxyHosts={_NOT_BY_PROXY}")
    options += java_options(folder, reached.authority, own)
    # The user's own options come first, because Java takes the last of two that contradict.
    return " ".join(filter(None, (own.get("JAVA_TOOL_OPTIONS"), *map(_quoted, options))))


def _quoted(option: str) -> str:
    """An option as the Java launcher reads it: a space ends one that is not quoted."""
    return f'"{option}"' if " " in option else option
