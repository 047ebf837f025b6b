"""An authority that signs for Exotel's names and loopback alone, and the certificate it issues."""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from exomock.trust.names import APEXES, CERTIFIED
from exomock.trust.trouble import CannotTrust

YEARS = timedelta(days=3650)
"""How long the authority in a user's folder lasts: he has told his browsers to trust it."""

LEAF = timedelta(days=397)
"""How long a certificate lasts; Apple's systems take none that lasts longer than 825 days."""

EARLIER = timedelta(days=1)
"""So much before now it begins: a container's clock may be behind."""

_CERTIFICATE, _KEY = "ca.pem", "ca.key"


@dataclass(frozen=True, slots=True)
class Authority:
    """
    An authority.

    Args:
        certificate: Its own, in PEM.
        key: Its private key, in PEM.
    """

    certificate: bytes
    key: bytes

    @property
    def parsed(self) -> x509.Certificate:
        """Its own certificate."""
        return x509.load_pem_x509_certificate(self.certificate)

    @property
    def ends(self) -> datetime:
        """When it expires."""
        return self.parsed.not_valid_after_utc

    def issue(self, folder: Path, begins: datetime, ends: datetime) -> tuple[Path, Path]:
        """
        Write a certificate for all names, and its key, into a private folder.

        Args:
            folder: It must be there, and nobody else's.
            begins: From when it is good; not before the authority itself.
            ends: Until when; not longer than the authority itself.

        Returns:
            The certificate's file, with its chain, and the key's.
        """
        issuer = trustme.CA.from_pem(self.certificate, self.key)
        leaf = issuer.issue_cert(
            *CERTIFIED,
            organization_name="exomock",
            not_before=max(begins, self.parsed.not_valid_before_utc),
            not_after=min(ends, self.ends),
        )
        chain, key = folder / "server.pem", folder / "server.key"
        chain.write_bytes(b"".join(each.bytes() for each in leaf.cert_chain_pems))
        _write_private(key, leaf.private_key_pem.bytes())
        return chain, key


def new_authority(begins: datetime, ends: datetime) -> Authority:
    """
    Make an authority; nothing is written.

    trustme's own has no name constraints, without which whoever gets hold of the key could sign
    for every site there is.

    Args:
        begins: When it begins to be good.
        ends: When it expires.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "exomock"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"exomock local authority {_short()}"),
        ]
    )
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_MAY_SIGN, critical=True)
        .add_extension(_constraints(), critical=True)
        .add_extension(identifier, critical=False)
        .sign(key, hashes.SHA256())
    )
    return Authority(
        certificate.public_bytes(Encoding.PEM),
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    )


_MAY_SIGN = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


def _constraints() -> x509.NameConstraints:
    names: list[x509.GeneralName] = [x509.DNSName(name) for name in (*APEXES, "localhost")]
    networks = (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128"))
    return x509.NameConstraints(names + [x509.IPAddress(each) for each in networks], None)


def _short() -> str:
    """What tells two authorities of one machine apart in a list of trusted ones."""
    return secrets.token_hex(4)


def kept_authority(folder: Path, now: datetime) -> tuple[Authority, Path]:
    """
    The authority that is kept in a folder, made where there is none yet.

    Args:
        folder: The user's data folder of exomock.
        now: By which it must not have expired.

    Returns:
        It, and the file of its certificate.

    Raises:
        CannotTrust: It has expired, is damaged, or can be neither read nor made.
    """
    home = folder / "authority"
    try:
        if not home.exists():
            _make(folder, home, now)
        found = Authority((home / _CERTIFICATE).read_bytes(), (home / _KEY).read_bytes())
        ends = found.ends
        trustme.CA.from_pem(found.certificate, found.key)
    except OSError as error:
        what = f"the authority in {home} can be neither read nor made: {error.strerror}"
        raise CannotTrust(f"{what}; set XDG_DATA_HOME to a folder that can be written to") from None
    except (ValueError, TypeError):
        raise CannotTrust(f"the authority in {home} is damaged: {_AGAIN.format(home)}") from None
    if ends <= now:
        when = f"{ends:%Y-%m-%d}"
        raise CannotTrust(f"the authority in {home} expired on {when}: {_AGAIN.format(home)}")
    return found, home / _CERTIFICATE


_AGAIN = "remove {}, start again, and trust the new one (exomock ca trust-help)"


def _make(folder: Path, home: Path, now: datetime) -> None:
    """Make the files aside and rename their folder, so that two servers have one authority."""
    folder.mkdir(parents=True, exist_ok=True)
    made = new_authority(now - EARLIER, now + YEARS)
    aside = folder / f"authority-{secrets.token_hex(8)}"
    aside.mkdir(0o755)
    try:
        (aside / _CERTIFICATE).write_bytes(made.certificate)
        _write_private(aside / _KEY, made.key)
        try:
            aside.rename(home)
        except OSError:
            if not home.exists():
                raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _write_private(path: Path, data: bytes) -> None:
    """Write a file that only its owner can read, from its first byte on."""
    with _private(path) as descriptor:
        os.write(descriptor, data)


@contextmanager
def _private(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def moment(microseconds: int) -> datetime:
    """A time of the wall as certificates have it."""
    return datetime.fromtimestamp(microseconds // 1_000_000, UTC)
