"""How far callbacks may go, asked of the check itself: nothing here connects beyond loopback."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exomock.api.edge import Edge
from exomock.delivery.reach import ECHO, Reach, TooFar, is_echo, listening

METADATA = [
    "169.254.169.254",  # Amazon, Google, Azure, …
    "169.254.170.2",  # Amazon's containers
    "169.254.0.1",
    "fe80::1",
    "fe80::a9fe:a9fe%1",
    "100.100.100.200",  # Alibaba
    "168.63.129.16",  # Azure
    "192.0.0.192",  # Oracle
    "fd00:ec2::254",  # Amazon
    "fd20:ce::254",  # Google
    "fd00:42::42",  # Scaleway
]
NOWHERE = ["0.0.0.0", "::", "224.0.0.1", "ff02::1", "255.255.255.255"]
NEAR = [
    "127.0.0.1", "127.8.9.1", "::1", "10.1.2.3", "172.16.0.1", "172.31.255.254", "192.168.0.9",
    "100.64.0.1", "100.127.255.254", "fd00::1", "fc00::9",
]  # fmt: skip

v4 = st.ip_addresses(v=4)
link_local = st.ip_addresses(v=4, network="169.254.0.0/16")


def passes(address, host="h.example", allowed=(), **rest):
    """Whether the check lets a callback go there."""
    try:
        Reach(frozenset(allowed), **rest).check(host, str(address), 80, "/")
    except TooFar:
        return False
    return True


def carriers(inside):
    """The IPv6 addresses that lead to an IPv4 one through a gateway."""
    number = int(inside)
    high, low = divmod(number, 1 << 16)
    yield IPv6Address(number)  # compatible
    yield IPv6Address((0xFFFF << 48) + number)  # translated
    yield IPv6Address((0x0064FF9B << 96) + number)  # NAT64
    yield IPv6Address((0x0064FF9B0001 << 80) + number)  # NAT64 of one's own, /96
    yield IPv6Address((0x0064FF9B0001 << 80) + (high << 64) + (low << 40))  # the same, /48
    yield IPv6Address(
        (0x0064FF9B0001 << 80) + (number >> 24 << 64) + (number % (1 << 24) << 32)
    )  # /56
    yield IPv6Address((0x0064FF9B0001 << 80) + (number << 24))  # /64
    yield IPv6Address((0x2002 << 112) + (number << 80))  # 6to4
    yield IPv6Address((0x20010000 << 96) + (number ^ 0xFFFFFFFF))  # Teredo


def tunnelled(inside):
    """The IPv6 addresses of ISATAP that lead to an IPv4 one, in a private network and elsewhere."""
    for network in (0xFD00 << 112, 0x20010DB8 << 96, 0xFD12_3456_789A_0001 << 64):
        for interface in (0x5EFE, 0x0200_5EFE):
            yield IPv6Address(network + (interface << 32) + int(inside))


class TestMetadataAndLinkLocal:
    @pytest.mark.parametrize("address", METADATA)
    def test_is_reached_only_by_a_host_that_is_named(self, address):
        """`*` is any host, but does not mean a place that gives credentials away."""
        assert not passes(address)
        assert not passes(address, allowed=["*"])
        assert passes(address, allowed=["h.example"])
        assert passes(address, host=address, allowed=[address])
        assert not passes(address, allowed=["other.example"])

    @given(link_local)
    def test_is_no_nearer_in_another_spelling(self, inside):
        """Mapped, compatible, translated, NAT64, 6to4, Teredo, ISATAP: neither near nor meant by `*`."""
        mapped = f"::ffff:{inside}"
        for each in (mapped, *carriers(inside), *tunnelled(inside)):
            assert not passes(each), each
            assert not passes(each, allowed=["*"]), each
            assert passes(each, allowed=["h.example"]), each

    def test_is_said_to_be_so(self):
        """The sentence names the address and the option."""
        with pytest.raises(TooFar) as told:
            Reach().check("metadata.example", "169.254.169.254")

        assert (
            "metadata.example is 169.254.169.254, a link-local or metadata address; "
            "--allow-callbacks-to metadata.example would let callbacks go there"
        ) == str(told.value)


class TestNear:
    @pytest.mark.parametrize("address", NEAR)
    def test_is_loopback_and_private(self, address):
        """Also as IPv4 in an IPv6 socket's spelling."""
        assert passes(address)
        if "." in address:
            assert passes(f"::ffff:{address}")

    @pytest.mark.parametrize("address", NOWHERE)
    def test_is_not_where_nobody_is(self, address):
        """Unspecified, multicast and broadcast; 0.0.0.0 would reach this machine on Linux."""
        assert not passes(address)
        assert passes(address, allowed=["h.example"])

    def test_says_what_to_use_instead_of_an_address_to_listen_on(self):
        """People copy it from their framework's first line."""
        with pytest.raises(TooFar, match=r"0\.0\.0\.0 is .* the receiver of this machine is 127"):
            Reach().check("0.0.0.0", "0.0.0.0")

    @given(v4)
    def test_is_decided_for_every_ipv4_address(self, address):
        """Exactly five networks less one address; everything else has to be allowed."""
        nets = ["127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"]
        near = any(address in ip_network(net) for net in nets)
        assert (near and address != IPv4Address("100.100.100.200")) == passes(address)

    @given(v4)
    def test_is_never_a_gateway_to_ipv4(self, address):
        """What NAT64 or 6to4 leads to is another network's, whatever the address inside says."""
        assert not any(passes(each) for each in carriers(address) if each != ip_address("::1"))

    @given(v4)
    def test_is_a_tunnel_to_what_is_near_alone(self, address):
        """ISATAP of a private network: judged by the address inside as well."""
        private = [each for each in tunnelled(address) if each in ip_network("fd00::/8")]

        assert {passes(address)} == {passes(each) for each in private}


class TestThisServer:
    OWN = listening([("127.0.0.1", 8080), ("::1", 8080)])
    WILD = listening([("0.0.0.0", 8080)])
    WILD6 = listening([("::", 8080)])

    def into(self, own, address, target, port=8080):
        try:
            Reach(frozenset("*"), own=own).check("h", address, port, target)
        except TooFar:
            return False
        return True

    @pytest.mark.parametrize("target", ["/", "/v1/Accounts/x/Calls/connect", "/_exomock/accounts"])
    @pytest.mark.parametrize(
        ("own", "address"),
        [
            (OWN, "127.0.0.1"), (OWN, "::1"), (OWN, "::ffff:127.0.0.1"), (OWN, "0.0.0.0"), (OWN, "::"),
            (WILD, "127.0.0.1"), (WILD, "127.0.0.2"), (WILD, "::ffff:127.0.0.1"), (WILD, "0.0.0.0"),
            (WILD6, "127.0.0.1"), (WILD6, "::1"), (WILD6, "::"),
        ],
    )  # fmt: skip
    def test_is_closed_but_for_the_echo(self, own, address, target):
        """By any of its addresses, 0.0.0.0 included; another port is another server."""
        assert not self.into(own, address, target)
        assert self.into(own, address, ECHO)
        assert self.into(own, address, target, port=8081)

    def test_is_named_in_the_sentence(self):
        """With the port, and the one path that is open."""
        with pytest.raises(TooFar, match=r"h:8080 is this exomock itself; .* /_exomock/echo only"):
            Reach(own=self.OWN).check("h", "127.0.0.1", 8080, "/")

    def test_is_not_another_machine_on_the_same_port(self):
        """An address that this machine does not have."""
        assert self.into(self.WILD, "192.0.2.1", "/")
        assert self.into(self.OWN, "127.0.0.9", "/")

    @given(st.text(alphabet="/_exomockh.jsn%65?a", max_size=30) | st.just("//_exomock//echo.json/"))
    def test_agrees_with_the_edge_about_what_is_the_echo(self, tail):
        """Nothing is let through that the server would route elsewhere."""
        for target in (f"/{tail}", f"{ECHO}{tail}"):
            if is_echo(target):
                assert ECHO == routed(target.partition("?")[0])

    @pytest.mark.parametrize("spelling", ["", "/", ".json", "?a=1", "//"])
    def test_has_one_echo_in_all_spellings(self, spelling):
        """As `api.edge` makes one route of them."""
        assert is_echo(ECHO + spelling)
        assert is_echo("/" + ECHO.replace("/", "//") + spelling)


def routed(path):
    """The path that the server looks for when it is asked for this one."""
    seen = []
    environ = {"PATH_INFO": path}
    Edge(lambda environ, _: seen.append(environ["PATH_INFO"]), 0)(environ, None)
    return seen[0]


class TestACallbackIntoThisServer:
    @pytest.mark.parametrize("path", ["/_exomock/accounts", "/v1/Accounts/exomock/Calls/connect"])
    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0"])
    def test_is_refused(self, driver, host, path):
        """No account, call or snapshot comes of it; what was asked of the server is unchanged."""
        url = driver.mock.url.replace("127.0.0.1", host) + path
        sid = driver.connect(StatusCallback=url)
        driver.advance(48)

        (row,) = driver.rows(sid)
        assert "refused" == row.state or "connection refused" in row.attempts[0].error
        assert ["exomock"] == list(driver.mock.exchange.engine.worlds)
        assert 1 == len(driver.mock.exchange.engine.worlds["exomock"].journal.entries())

    def test_goes_to_the_echo(self, driver):
        """As the banner's first line shows it."""
        sid = driver.connect(StatusCallback=f"{driver.mock.url}/_exomock/echo")
        driver.advance(48)

        assert "delivered" == driver.rows(sid)[0].state
