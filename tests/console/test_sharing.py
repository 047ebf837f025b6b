"""One rendering serves all pages that have heard of the same event, and none that knows more."""

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from console.conftest import board_of, console_of
from exomock import sharing
from exomock.api.wsgi import Said
from exomock.sharing import AskedPart, SharedParts, asked_of

KEY = ("part=calls", "/_exomock/console/accounts/a", "127.0.0.1", "", "", "http")


def part(life, number):
    """A part that was made after an event."""
    return Said("200 OK", [("X-Exomock-Stand", f"{life}-{number}")], f"{life}-{number}".encode())


class Server:
    """What parts are made of: events happen, and a part says how many had."""

    def __init__(self):
        self.life, self.number, self.made = 1, 0, 0

    async def make(self):
        """Make a part, which takes its time."""
        self.made += 1
        found = part(self.life, self.number)
        await asyncio.sleep(0)
        return found


@pytest.fixture
def now(monkeypatch):
    """The time, in a list."""
    found = [0.0]
    monkeypatch.setattr(sharing, "stopwatch", lambda: found[0])
    return found


def in_a_loop(coroutine):
    """What it comes to, in a thread of its own: playwright has a loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


def ask(shared, server, *heard):
    """Pages ask at once, each after an event that it has heard of; what each is given."""

    async def all_at_once():
        asked = (shared.said(AskedPart(KEY, *each), server.make) for each in heard)
        return [said.body.decode() for said in await asyncio.gather(*asked)]

    return in_a_loop(all_at_once())


class TestOneRendering:
    def test_serves_fifty_pages_that_ask_at_once(self):
        """It is being made for the first while the others ask."""
        server = Server()
        server.number = 7
        assert ["1-7"] * 50 == ask(SharedParts(), server, *[(1, 7)] * 50)
        assert 1 == server.made

    def test_serves_for_a_quarter_of_a_second(self, now):
        """Whoever asks in between does not make it younger."""
        shared, server = SharedParts(), Server()
        made = []
        for now[0] in (0.0, 0.1, 0.2, 0.3, 0.4):
            ask(shared, server, (1, 0))
            made.append(server.made)
        assert [1, 1, 1, 2, 2] == made

    def test_that_failed_is_kept_for_nobody(self):
        """Each page is told by an answer of its own."""
        shared = SharedParts()

        async def twice():
            said = Said("503 Service Unavailable", [("X-Exomock-Stand", "1-7")], b"")
            first = await shared.said(AskedPart(KEY, 1, 7), lambda: made(said))
            return first is not await shared.said(AskedPart(KEY, 1, 7), lambda: made(said))

        async def made(said):
            return Said(*said)

        assert in_a_loop(twice())

    def test_of_a_server_that_began_anew_is_another(self):
        """Numbers of its life before say nothing."""
        shared, server = SharedParts(), Server()
        server.number = 9
        ask(shared, server, (1, 9))
        server.life, server.number = 2, 3
        assert ["2-3"] == ask(shared, server, (2, 3))

    def test_that_raises_frees_whoever_waits(self):
        """The next makes it himself."""
        shared, server = SharedParts(), Server()

        async def broken():
            raise RuntimeError

        async def both():
            first = shared.said(AskedPart(KEY, 1, 0), broken)
            second = shared.said(AskedPart(KEY, 1, 0), server.make)
            return await asyncio.gather(first, second, return_exceptions=True)

        error, said = in_a_loop(both())
        assert (RuntimeError, b"1-0") == (type(error), said.body)

    def test_is_bounded_in_number_and_length(self):
        """The oldest goes; one that is long is not kept."""
        shared = SharedParts()
        made = []

        async def run():
            for name, size in [*((str(number), 1) for number in range(65)), ("long", 300_000)] * 2:
                said = part(1, 1)._replace(body=b"x" * size)

                async def make(said=said, name=name):
                    made.append(name)
                    return said

                await shared.said(AskedPart((name,), 1, 1), make)

        in_a_loop(run())
        assert 2 * 66 == len(made)  # in turns, each has gone when it is asked for again


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.floats(0, 0.2)), max_size=12))
def test_no_page_is_given_what_was_made_before_the_event_it_has_heard_of(steps):
    """Law: whatever happens between, and however many ask at once."""
    shared, server = SharedParts(), Server()
    clock = [0.0]
    kept, sharing.stopwatch = sharing.stopwatch, lambda: clock[0]
    try:
        for happened, behind, passed in steps:
            server.number += happened
            clock[0] += passed
            heard = [max(0, server.number - behind), server.number]
            given_ = ask(shared, server, *((1, each) for each in heard))
            assert all(int(text[2:]) >= each for text, each in zip(given_, heard, strict=True))
    finally:
        sharing.stopwatch = kept


@pytest.mark.parametrize(
    ("query", "shared"),
    [
        ("part=calls,clock&heard=12-34", True),
        ("before=x&part=calls&heard=12-34", True),
        ("part=calls", False),
        ("part=calls&heard=12", False),
        ("heard=12-34", False),
        ("part=calls&heard=12-34&more=1", False),
        (f"part=calls&q={'x' * 5000}&heard=1-2", False),
    ],
)
def test_only_who_says_what_he_has_heard_of_shares(query, shared):
    """Without it he wants what is there now."""
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": KEY[1], "QUERY_STRING": query}
    assert shared is (asked_of(environ) is not None)


class TestOnAServer:
    def test_fifty_boards_that_hear_of_a_ring_cost_a_rendering_or_two(self, driver, monkeypatch):
        """And each shows the call."""
        made, keep = [], SharedParts._made
        monkeypatch.setattr(
            SharedParts, "_made", lambda self, *args: (made.append(1), keep(self, *args))[1]
        )
        begun = re.search(
            r'data-since="(\d+)-(\d+)"', requests.get(board_of(driver), timeout=5).text
        )
        driver.connect()
        url = f"{board_of(driver)}?part=calls&heard={begun[1]}-{int(begun[2]) + 1}"
        with ThreadPoolExecutor(10) as pool:
            answers = list(pool.map(lambda _: requests.get(url, timeout=10), range(50)))
        assert {(200, 1)} == {(each.status_code, each.text.count('id="card-')) for each in answers}
        assert 25 > len(made)  # a slow machine takes longer than a part serves
        policies = {each.headers["Content-Security-Policy"] for each in answers}
        assert [True] == [each.startswith("default-src 'self'") for each in policies]

    def test_a_part_that_is_asked_for_without_an_event_is_what_is_there_now(self, driver):
        """However often: a person has just pressed something."""
        url = f"{board_of(driver)}?part=calls"
        for number in range(1, 6):
            assert number - 1 == requests.get(url, timeout=5).text.count('id="card-')
            driver.connect()
            assert number == requests.get(url, timeout=5).text.count('id="card-')

    def test_nobody_shares_what_he_may_not_see(self, exchange):
        """Without the token, by another name of the host, or as a page of another origin."""
        driver = exchange(loopback=False, control_token="let-me-in")
        url = f"{board_of(driver)}?part=calls&heard=1-0"
        token = {"Authorization": "Bearer let-me-in"}
        life = requests.get(url, headers=token, timeout=5).headers["X-Exomock-Stand"].split("-")[0]
        url = url.replace("=1-0", f"={life}-0")
        seen = requests.get(url, headers=token, timeout=5)
        assert (200, True) == (seen.status_code, "Under way" in seen.text)
        for headers in ({}, {"Authorization": "Bearer wrong"}):
            empty = requests.get(url, headers=headers, timeout=5)
            assert (True, False) == ("Control token" in empty.text, "Under way" in empty.text)
        foreign = requests.get(url, headers=token | {"Origin": "http://evil.test"}, timeout=5)
        assert 403 == foreign.status_code

    def test_an_account_that_is_gone_is_a_404(self, driver):
        """Once a part that was made before has grown old at the latest."""
        url = f"{console_of(driver)}/accounts/nobody?part=calls&heard=1-1"
        assert 404 == requests.get(url, timeout=5).status_code
