"""What makes a client trust an authority: bundles in PEM, and trust stores for Java."""

import re
import shlex
import ssl
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

from exomock.plain import plain
from exomock.trust.trouble import CannotTrust

_FIRST_SAID = {
    "SSL_CERT_FILE": ("SSL_CERT_FILE",),
    # requests and curl go on to the next where their own is not set.
    "REQUESTS_CA_BUNDLE": ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
    "CURL_CA_BUNDLE": ("CURL_CA_BUNDLE", "SSL_CERT_FILE"),
    "HTTPLIB2_CA_CERTS": ("HTTPLIB2_CA_CERTS",),
    "DENO_CERT": ("DENO_CERT",),
    "NODE_EXTRA_CA_CERTS": ("NODE_EXTRA_CA_CERTS",),
}
"""Variables that name a bundle, and those of the user's own that it is made of: the first set."""

_ADDS = frozenset({"NODE_EXTRA_CA_CERTS", "DENO_CERT"})
"""Bundles that are added to what the client has itself."""

_SYSTEMS = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Alpine, Arch
    "/etc/pki/tls/certs/ca-bundle.crt",  # Fedora, RHEL
    "/etc/ssl/ca-bundle.pem",  # SUSE
    "/etc/ssl/cert.pem",  # macOS, BSD
)

_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)

PASSWORD = "changeit"  # noqa: S105
"""Of the trust store: Java's own default; there is nothing secret in it."""


def write_bundles(folder: Path, authority: bytes, environ: Mapping[str, str]) -> dict[str, str]:
    """
    Write a bundle for each variable that names one.

    Args:
        folder: Where to; one file for all that say the same.
        authority: The certificate to add, in PEM.
        environ: The user's own variables.

    Returns:
        The variables and the files they are to name.

    Raises:
        CannotTrust: A variable of the user's names what cannot be read.
    """
    files: dict[bytes, str] = {}
    found = {}
    for variable, said in _FIRST_SAID.items():
        own = next((_read(name, environ[name]) for name in said if environ.get(name)), None)
        if own is None:
            own = b"" if variable in _ADDS else system_bundle()
        content = own.rstrip() + b"\n" + authority if own else authority
        if content not in files:
            path = folder / f"bundle-{len(files) + 1}.pem"
            path.write_bytes(content)
            files[content] = str(path)
        found[variable] = files[content]
    return found


def system_bundle() -> bytes:
    """The certificates that this system trusts, else those of certifi."""
    for path in (ssl.get_default_verify_paths().cafile, *_SYSTEMS):
        if path and Path(path).is_file():
            return Path(path).read_bytes()
    from requests.utils import (
        DEFAULT_CA_BUNDLE_PATH,  # a system with a bundle need not load requests
    )

    return Path(DEFAULT_CA_BUNDLE_PATH).read_bytes()


def _read(variable: str, path: str) -> bytes:
    """The certificates of a file, or of all files of a folder, as OpenSSL has them."""
    try:
        if not Path(path).is_dir():
            return Path(path).read_bytes()
        texts = [each.read_bytes() for each in sorted(Path(path).iterdir()) if each.is_file()]
    except OSError as error:
        raise CannotTrust(f"{variable} names {plain(path)}: {error.strerror}") from None
    pems = (pem for text in texts for pem in _PEM.findall(text))
    return b"\n".join(dict.fromkeys(pems))


def java_options(folder: Path, authority: bytes, environ: Mapping[str, str]) -> list[str]:
    """
    Write a trust store for Java, and give the options that name it.

    Args:
        folder: Where to.
        authority: The certificate to add, in PEM.
        environ: The user's own variables; a store that JAVA_TOOL_OPTIONS names goes in.

    Raises:
        CannotTrust: That store cannot be read.
    """
    own = _own_store(environ.get("JAVA_TOOL_OPTIONS", ""))
    trusted = _parsed(system_bundle()) if own is None else own
    entries = [
        pkcs12.PKCS12Certificate(each, f"exomock-{number}".encode())
        for number, each in enumerate([*_parsed(authority), *trusted])
    ]
    path = folder / "trust.p12"
    path.write_bytes(
        pkcs12.serialize_java_truststore(entries, BestAvailableEncryption(PASSWORD.encode()))
    )
    return [
        f"-D{_STORE}={path}",
        f"-D{_STORE}Password={PASSWORD}",
        f"-D{_STORE}Type=PKCS12",
    ]


_STORE = "javax.net.ssl.trustStore"


def _own_store(options: str) -> list[x509.Certificate] | None:
    """The certificates of a store that Java's options name; None where they name none."""
    try:
        words = [word.partition("=") for word in shlex.split(options)]
    except ValueError:
        raise CannotTrust("JAVA_TOOL_OPTIONS has a quotation mark that is not closed") from None
    said = {name.removeprefix("-D"): value for name, _equals, value in words}
    if _STORE not in said:
        return None
    password = said.get(f"{_STORE}Password", "").encode() or None
    try:
        with _odd_ones():
            store = pkcs12.load_pkcs12(Path(said[_STORE]).read_bytes(), password)
    except OSError as error:
        raise CannotTrust(
            f"JAVA_TOOL_OPTIONS names the trust store {plain(said[_STORE])}: {error.strerror}"
        ) from None
    except ValueError:
        raise CannotTrust(
            f"JAVA_TOOL_OPTIONS names {plain(said[_STORE])}, which is no PKCS12 trust store of "
            "that password: convert it (keytool -importkeystore -deststoretype PKCS12)"
        ) from None
    return [each.certificate for each in store.additional_certs]


def _parsed(pem: bytes) -> list[x509.Certificate]:
    """The certificates of a bundle that can be read."""
    found = []
    with _odd_ones():
        for each in _PEM.findall(pem):
            try:
                found.append(x509.load_pem_x509_certificate(each))
            except ValueError:
                continue
    return found


@contextmanager
def _odd_ones() -> Iterator[None]:
    """Say nothing of odd old certificates, of which each system's bundle has some."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
