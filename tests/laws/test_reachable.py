"""Law: whoever holds connections, health and a connect are answered within a second."""

import json
import os
import resource
import socket
import threading
from contextlib import ExitStack, contextmanager
from time import monotonic

import pytest

from conftest import EXOPHONE, FROM, TO, Driver, Receiver
from exomock.testing.ports import free_port
from ports import has_ipv6
from serve.conftest import serving

IDLE, HEADS, BODIES = 2000, 500, 500

HEAD = b"GET /_exomock/health HTTP/1.1\r\nHost: local"
BODY = (
    b"POST /v1/Accounts/exomock/Calls/connect.json HTTP/1.1\r\nHost: localhost\r\n"
    b"Authorization: Basic ZXhvbW9jazpleG9tb2NrLXRva2Vu\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\nFrom=098"
)


@contextmanager
def connections(server, count, sent=b""):
    """So many connections, each of which has sent this and no more."""
    with ExitStack() as stack:
        opened = []
        for _ in range(count):
            client = stack.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            client.sendall(sent)
            opened.append(client)
        yield opened


@pytest.fixture
def descriptors():
    """Let this process have as many descriptors as the system allows, for its own ends."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = IDLE + HEADS + BODIES + 500
    if hard < wanted:
        pytest.skip(f"the system allows {hard} descriptors, and {wanted} are needed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server that drops a body which stops for a second."""
    with serving(tmp_path_factory.mktemp("reachable"), "--body-timeout", "1") as server:
        yield server


def within_a_second(ask):
    """What asking gives, three times; each must come within a second."""
    found = []
    for _ in range(3):
        began = monotonic()
        found.append(ask())
        assert monotonic() - began < 1
    return found


class TestWhoHoldsConnections:
    @pytest.mark.usefixtures("descriptors")
    def test_shuts_nobody_out(self, server):
        """2,000 idle connections, 500 half heads and 500 half bodies, all at once."""
        driver = Driver(server)
        with (
            connections(server, IDLE),
            connections(server, HEADS, HEAD),
            connections(server, BODIES, BODY),
        ):
            healths = within_a_second(
                lambda: driver.http.get(f"{server.url}/_exomock/health", timeout=5).status_code
            )
            placed = within_a_second(lambda: driver.try_connect().status_code)

        assert [200] * 3 == healths == placed

    def test_is_dropped_when_the_body_stops(self, server):
        """After the setting a 408 in the format that was asked for; no call has been placed."""
        driver = Driver(server)
        before = placed(driver)
        with connections(server, 3, BODY) as clients:
            answers = [b"".join(iter(lambda c=c: c.recv(65536), b"")) for c in clients]

        for answer in answers:
            head, _, body = answer.partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 408 ")
            error = json.loads(body)["RestException"]
            assert "the body stopped for 1 s (setting body-timeout)" == error["Message"]
        assert before == placed(driver)

    def test_may_take_its_time_over_a_body_that_goes_on(self, server):
        """200 kB in pieces, each within the time, take longer than the time in all."""
        pause = threading.Event()
        filler = "x" * 200_000
        form = f"From={FROM}&To={TO}&CallerId={EXOPHONE}&Unknown={filler}".encode()
        with connections(server, 1) as (client,):
            client.sendall(BODY.replace(b"1000\r\n\r\nFrom=098", b"%d\r\n\r\n" % len(form)))
            for at in range(0, len(form), 70_000):
                client.sendall(form[at : at + 70_000])
                pause.wait(0.5)
            answer = client.recv(65536)

        assert answer.startswith(b"HTTP/1.1 200 ")

    def test_waits_for_nobody_who_waits(self, server):
        """Every place to wait is taken, and a receiver hangs: health and connects go on."""
        release = threading.Event()
        receiver = Receiver(answer=lambda _: release.wait(20) and 200)
        driver = Driver(server)
        driver.connect(To="09000000001", StatusCallback=receiver.url)
        waiters = [
            threading.Thread(
                target=lambda: Driver(server).http.get(
                    f"{server.url}/_exomock/accounts/exomock/wait?idle=true&timeout=5", timeout=20
                )
            )
            for _ in range(40)
        ]
        for each in waiters:
            each.start()
        healths = within_a_second(
            lambda: driver.http.get(f"{server.url}/_exomock/health", timeout=5).status_code
        )
        placed = within_a_second(lambda: driver.try_connect().status_code)

        release.set()
        assert [200] * 3 == healths == placed
        for each in waiters:
            each.join()
        receiver.close()


def placed(driver):
    """How many calls the account has, running ones too."""
    url = f"{driver.mock.url}/_exomock/accounts/exomock/calls?limit=10000"
    return len(driver.http.get(url, timeout=10).json()["calls"])


class TestLoopback:
    def test_both_addresses_answer_by_default(self, server):
        """Clients differ in which of the two they mean by `localhost`."""
        if not has_ipv6():
            assert "CI" not in os.environ or not socket.has_ipv6, "CI has IPv6"
            pytest.skip("no IPv6 here")
        hosts = ("127.0.0.1", "::1", "localhost")

        for host in hosts:
            with socket.create_connection((host, server.port), timeout=5) as client:
                client.sendall(b"GET /_exomock/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
                assert client.recv(65536).startswith(b"HTTP/1.1 200 ")

    def test_one_that_is_named_is_the_only_one(self, tmp_path):
        """--host 127.0.0.1 does not listen on ::1."""
        with (
            serving(tmp_path, "--host", "127.0.0.1", "--port", str(free_port())) as server,
            pytest.raises(OSError),
            socket.create_connection(("::1", server.port), timeout=5),
        ):
            pass
