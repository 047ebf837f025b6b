"""`exomock serve --tls`: the ports on which https is spoken, and what is shown there."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import click

from exomock.claims import Claim, Identity, claim
from exomock.every_setting import Options
from exomock.storage.folders import TemporaryFolder
from exomock.wall import wall_now

NEEDED = "needs packages that are not installed: pip install 'exomock[tls]'"


@contextmanager
def secure_claims(said: Options, port: int) -> Iterator[list[Claim]]:
    """
    The ports of https; the certificate's files go at the end.

    Args:
        said: Whether there is to be https at all, and on which host.
        port: The port; 0 is a free one.

    Raises:
        CannotListen: The port is in use.
        click.ClickException: The authority cannot be used, or a package is missing.
    """
    if not said.tls:
        yield []
        return
    with needed("--tls"):
        # Imported here: cryptography takes 50 ms, and is no part of a plain server.
        from exomock.trust.authority import EARLIER, LEAF, kept_authority, moment
        from exomock.trust.home import data_folder
    with trusting():
        now = moment(wall_now())
        authority, _path = kept_authority(data_folder(os.environ), now)
    folder = TemporaryFolder("serve")
    try:
        begins = now - EARLIER
        identity = Identity(*authority.issue(folder.path, begins, begins + LEAF))
        yield claim(said.host, port, identity)
    finally:
        folder.close()


@contextmanager
def needed(what: str) -> Iterator[None]:
    """Turn a missing package of the extra `tls` into an error of the command line."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("trustme", "cryptography"):
            raise
        raise click.ClickException(f"{what} {NEEDED}") from None


@contextmanager
def trusting() -> Iterator[None]:
    """Turn what is wrong with an authority or a bundle into an error of the command line."""
    from exomock.trust.trouble import CannotTrust

    try:
        yield
    except CannotTrust as error:
        raise click.ClickException(str(error)) from None
