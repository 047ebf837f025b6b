"""The command line of `exomock ca` and `exomock env`."""

import json
import os
import shlex
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import click

from exomock.plain import plain
from exomock.run.account import account_variables
from exomock.verbs.asking import DEFAULT, server_at

_SECONDS = 5


@click.group()
def ca() -> None:
    """The authority that vouches for `exomock serve --tls`."""


@ca.command()
def path() -> None:
    """Print the file of its certificate; make it if there is none yet."""
    click.echo(_kept()[1])


@ca.command()
def show() -> None:
    """Print until when it is good, what it may sign for, and its fingerprint."""
    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA256

    authority, file = _kept()
    found = authority.parsed
    limits = found.extensions.get_extension_for_class(x509.NameConstraints).value
    for label, said in (
        ("file", file),
        ("subject", found.subject.rfc4514_string()),
        ("good until", f"{found.not_valid_after_utc:%Y-%m-%d}"),
        ("signs for", ", ".join(str(each.value) for each in limits.permitted_subtrees or ())),
        ("SHA-256", found.fingerprint(SHA256()).hex(":").upper()),
    ):
        click.echo(f"{label:<11} {said}")


_TRUST = """\
The authority can sign for Exotel's names and loopback alone.

For one shell, in every language (nothing is changed in the system):
  eval "$(exomock env --tls)"
Python     REQUESTS_CA_BUNDLE and SSL_CERT_FILE, as `exomock env --tls` prints them
Node       export NODE_EXTRA_CA_CERTS={file}
curl       curl --cacert {file} …
Java       keytool -importcert -noprompt -alias exomock -file {file} -cacerts -storepass changeit
Debian     sudo cp {file} /usr/local/share/ca-certificates/exomock.crt
           sudo update-ca-certificates
Fedora     sudo cp {file} /etc/pki/ca-trust/source/anchors/exomock.pem
           sudo update-ca-trust
macOS      security add-trusted-cert -k ~/Library/Keychains/login.keychain-db {file}
Windows    certutil -user -addstore Root {file}
Untried on the machine that builds exomock: Fedora, macOS, Windows."""


@ca.command("trust-help")
def trust_help() -> None:
    """Print how each language and system comes to trust it."""
    click.echo(_TRUST.format(file=shlex.quote(str(_kept()[1]))))


def _kept() -> Any:
    """The authority of this user, and the file of its certificate."""
    # Imported here: cryptography takes 50 ms that `--help` need not wait for.
    from exomock.serving_tls import needed, trusting

    with needed("ca"):
        from exomock.trust.authority import kept_authority, moment
        from exomock.trust.home import data_folder
        from exomock.wall import wall_now
    with trusting():
        return kept_authority(data_folder(os.environ), moment(wall_now()))


@click.command()
@click.option("--url", metavar="URL", help=f"The server. [EXOMOCK_URL, else {DEFAULT}]")
@click.option("--account", metavar="SID", help="Which account, where it has several.")
@click.option("--tls", is_flag=True, help="Also the variables that make clients trust `ca`.")
@click.option(
    "--shell", type=click.Choice(["sh", "fish", "powershell"]), default="sh", help="Whose words."
)
def env(url: str | None, account: str | None, shell: str, *, tls: bool) -> None:
    """Print the variables that point an application at a running server."""
    base = server_at(url).url
    found = _account(base, account)
    said = account_variables(base, found["sid"], found["key"], found["token"])
    if tls:
        said |= _trust_variables()
    for name, value in said.items():
        click.echo(_FORMS[shell](name, value))


def _fish(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _powershell(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


_FORMS = {
    "sh": lambda name, value: f"export {name}={shlex.quote(value)}",
    "fish": lambda name, value: f"set -gx {name} {_fish(value)}",
    "powershell": lambda name, value: f"$env:{name} = {_powershell(value)}",
}


def _trust_variables() -> dict[str, str]:
    from exomock.serving_tls import trusting

    authority, file = _kept()
    from exomock.trust.bundles import write_bundles

    with trusting():
        try:
            folder = Path(file).parents[1] / "bundles"
            folder.mkdir(exist_ok=True)
            return write_bundles(folder, authority.certificate, os.environ)
        except OSError as error:
            raise click.ClickException(f"{plain(str(error))}") from None


def _account(url: str, sid: str | None) -> dict[str, Any]:
    found = _asked(url)
    chosen = [each for each in found if sid in (None, each["sid"])]
    if len(chosen) == 1:
        return chosen[0]
    sids = ", ".join(plain(each["sid"]) for each in found[:10])
    if sid is None:
        raise click.UsageError(f"{url} has several accounts: name one by --account ({sids})")
    raise click.ClickException(f"{url} has no account '{plain(sid)}': it has {sids}")


def _asked(url: str) -> list[dict[str, Any]]:
    """The accounts of a server; a proxy of the environment is no way to one of this machine."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{url}/_exomock/accounts", timeout=_SECONDS) as answer:
            accounts: list[dict[str, Any]] = json.load(answer)["accounts"]
            return accounts
    except urllib.error.HTTPError as error:
        raise click.ClickException(f"{plain(url)} answered {error.code}") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        why = plain(str(getattr(error, "reason", error)))
        raise _NoServer(f"there is no exomock at {plain(url)}: {why}") from None


class _NoServer(click.ClickException):
    """Nobody answers; `exomock env` was not wrong, but alone."""

    exit_code = 3
