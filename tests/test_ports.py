"""Ports of tests: what a test names stays its own, or another test's server answers in its place."""

import ast
import socket
from pathlib import Path

import pytest

from exomock.testing import ports
from pages import ROOT
from ports import has_ipv6, nobody

LOOPBACK = ["127.0.0.1", *(["::1"] if has_ipv6() else [])]
HANDED_OUT = Path("/proc/sys/net/ipv4/ip_local_port_range")

LET_GO = """
with socket.create_server(("127.0.0.1", 0)) as free:
    port = free.getsockname()[1]
"""
KEPT = f"{LET_GO}    use(port)\n"


LOOKING = {"bind", "getsockname", "str", "int"}
"""What a block calls that only looks."""


def let_go(source):
    """The lines of with-blocks that do nothing but look which port a socket has been given."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.With) and "getsockname" in calls_in(node) <= LOOKING
    ]


def calls_in(block):
    """The last names of what is called in a block, `yield` among them: then others have their turn."""
    inside = [each for statement in block.body for each in ast.walk(statement)]
    called = {
        ast.unparse(each.func).split(".")[-1] for each in inside if isinstance(each, ast.Call)
    }
    return called | {"yield" for each in inside if isinstance(each, ast.Yield)}


def files():
    """The tests and the benchmarks."""
    found = [*(ROOT / "tests").rglob("*.py"), *(ROOT / "benchmarks").glob("*.py")]
    return {str(each.relative_to(ROOT)): each for each in found if each.name != "test_ports.py"}


def test_no_test_uses_a_port_that_it_has_let_go():
    """Somebody may have it by then: `nobody` keeps one, `free_port` gives one that no system does."""
    found = {name: let_go(each.read_text(encoding="utf-8")) for name, each in files().items()}

    assert {} == {name: lines for name, lines in found.items() if lines}


@pytest.mark.parametrize(("source", "lines"), [(LET_GO, [2]), (KEPT, [])], ids=["let go", "kept"])
def test_one_that_did_would_be_found(source, lines):
    """The look at the sources sees what it should."""
    assert lines == let_go(source)


class TestNobody:
    @pytest.mark.parametrize("host", LOOPBACK)
    def test_is_reached_there_and_nobody_can_come(self, host):
        """Connections are refused, and the port is taken."""
        with nobody(host) as port:
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection((host, port), timeout=5)
            with pytest.raises(OSError, match="in use"), nobody(host, port):
                pass


class TestAFreePort:
    @pytest.mark.skipif(not HANDED_OUT.exists(), reason="only Linux says which ports it hands out")
    def test_is_none_that_the_system_hands_out(self):
        """Neither to a server that takes any port, nor to a connection for its near end."""
        first, last = map(int, HANDED_OUT.read_text().split())
        if set(range(first, last + 1)) & set(ports.PORTS):
            pytest.skip(f"this machine hands out {first} to {last}")

        assert not first <= ports.free_port() <= last

    @pytest.mark.parametrize("host", LOOPBACK)
    def test_is_nobodys(self, host, monkeypatch):
        """Of a hundred, all but the one that nobody has are passed over."""
        free = ports.free_port()
        with nobody(host) as taken:
            monkeypatch.setattr(ports, "PORTS", [taken] * 99 + [free])

            assert free == ports.free_port()

    def test_is_the_systems_where_all_are_taken(self, monkeypatch):
        """A machine on which another program has them all still runs tests."""
        with nobody() as taken:
            monkeypatch.setattr(ports, "PORTS", [taken] * 100)

            assert taken != ports.free_port()
