"""The authority: what it may sign for, how it is kept, and what is said when it cannot be used."""

import ssl
import threading
from datetime import timedelta

import pytest
import trustme
from cryptography import x509

from exomock.trust.authority import YEARS, kept_authority, moment, new_authority
from exomock.trust.names import CERTIFIED, is_exotels
from exomock.trust.trouble import CannotTrust
from exomock.wall import wall_now

NOW = moment(wall_now())


def shake_hands(authority, chain, key, name):
    """A handshake in memory; raises what the client finds wrong."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(chain, key)
    client = ssl.create_default_context(cadata=authority.certificate.decode())
    a, b = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client.wrap_bio(a, b, server_hostname=name),
        server.wrap_bio(b, a, server_side=True),
    ]
    for _ in range(10):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue


class TestItSignsFor:
    def test_each_of_its_names(self, tmp_path):
        """One certificate for all; a wildcard by an example."""
        authority = new_authority(NOW - timedelta(1), NOW + YEARS)
        chain, key = authority.issue(tmp_path, NOW - timedelta(1), NOW + timedelta(397))

        for name in CERTIFIED:
            shake_hands(authority, chain, key, name.replace("*", "any"))
        assert all(is_exotels(name.replace("*", "any")) for name in CERTIFIED[:-3])

    @pytest.mark.parametrize("name", ["example.com", "exotel.com.evil.example", "10.0.0.1"])
    def test_nothing_else_whoever_has_its_key(self, tmp_path, name):
        """Name constraints: a client refuses what it signs for another name."""
        authority = new_authority(NOW - timedelta(1), NOW + YEARS)
        stolen = trustme.CA.from_pem(authority.certificate, authority.key).issue_cert(name)
        file = tmp_path / "stolen.pem"
        stolen.private_key_and_cert_chain_pem.write_to_path(file)

        with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree violation"):
            shake_hands(authority, file, file, name)


class TestItIsKept:
    def test_once_by_many_at_a_time(self, tmp_path):
        """Eight servers that start together have one authority, and leave no pieces."""
        found, together = [], threading.Barrier(8)

        def start():
            together.wait()
            found.append(kept_authority(tmp_path / "exomock", NOW)[0])

        threads = [threading.Thread(target=start) for _ in range(8)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()

        assert 8 == len(found)
        assert 1 == len(set(found))
        assert ["authority"] == [each.name for each in (tmp_path / "exomock").iterdir()]

    def test_for_ten_years_with_certificates_of_one(self, tmp_path):
        """Apple's systems take no certificate that lasts longer than 825 days."""
        authority, _path = kept_authority(tmp_path, NOW)
        chain, _key = authority.issue(tmp_path, NOW, NOW + timedelta(9999))

        leaf = x509.load_pem_x509_certificate(chain.read_bytes())
        assert leaf.not_valid_after_utc == authority.ends
        assert 3649 <= (authority.ends - NOW).days <= 3650


class TestWhatIsWrongIsOneLine:
    def test_expired(self, tmp_path):
        """With the day, the folder, and what to do."""
        kept_authority(tmp_path, NOW)

        with pytest.raises(CannotTrust, match=r"expired on \d{4}-\d\d-\d\d: remove .*/authority"):
            kept_authority(tmp_path, NOW + timedelta(3651))

    @pytest.mark.parametrize("file", ["ca.pem", "ca.key"])
    def test_damaged(self, tmp_path, file):
        """A file that is no PEM."""
        kept_authority(tmp_path, NOW)
        (tmp_path / "authority" / file).write_text("nothing")

        with pytest.raises(CannotTrust, match="is damaged: remove"):
            kept_authority(tmp_path, NOW)

    def test_no_folder_can_be_made(self, tmp_path):
        """A read-only root, or a file in the way."""
        (tmp_path / "file").write_text("")

        with pytest.raises(CannotTrust, match="set XDG_DATA_HOME"):
            kept_authority(tmp_path / "file" / "exomock", NOW)
