"""Whoever waits leaves threads to everybody else: delays, waits and streams, each and together."""

import json
import re
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import perf_counter
from urllib.parse import urlsplit

import requests
from hypothesis import given
from hypothesis import strategies as st

from exomock import console
from exomock.control import following
from exomock.control.following import LEAST, SPREAD, TICKS, OneNews, Ticks
from exomock.engine.items import AccountChange, Did
from exomock.engine.news import News
from exomock.engine.newsstand import Newsstand
from exomock.places import Places, Room, passing, room_for

CONSOLE = Path(console.__file__).parent
KINDS = st.sampled_from(["delay", "wait"])


@given(
    size=st.integers(1, 6),
    mosts=st.fixed_dictionaries({"delay": st.integers(0, 6), "wait": st.integers(0, 6)}),
    turns=st.lists(st.tuples(KINDS, st.booleans()), max_size=60),
)
def test_a_place_is_given_exactly_if_its_kind_and_the_room_have_one(size, mosts, turns):
    """Whatever comes and goes, in whatever order, and none is lost."""
    room = Room(size)
    places = {kind: Places(most, room) for kind, most in mosts.items()}
    held = dict.fromkeys(mosts, 0)
    for kind, comes in turns:
        if comes:
            expected = held[kind] < mosts[kind] and sum(held.values()) < size
            assert expected == places[kind].acquire()
            held[kind] += expected
        elif held[kind]:
            places[kind].release()
            held[kind] -= 1
    assert held == {kind: each.taken for kind, each in places.items()}


@given(threads=st.integers(2, 1000), delays=st.integers(0, 1000))
def test_all_that_wait_hold_half_of_the_threads_at_most(threads, delays):
    """Those that pass in wall time among them; a server of two threads keeps one."""
    delays = min(delays, threads // 2)  # as the command line fits it
    passers = passing(delays) if threads // 2 > passing(delays) else 1
    assert room_for(threads, delays).size + passers <= max(2, threads // 2)


def test_waits_and_delays_share_what_half_of_the_threads_leaves(exchange):
    """Three waits of a server with eight threads: a fourth is refused, and no answer is delayed."""
    driver = exchange("faults:\n  - {delay: 1s}\n", threads=8, max_delays=4, max_waiters=8)
    account = f"{driver.mock.url}/_exomock/accounts/{driver.mock.sid}"

    def ask(seconds):
        url = f"{account}/wait?callback=terminal&timeout={seconds}"
        return requests.get(url, timeout=30)

    with ThreadPoolExecutor(3) as pool:
        # Until it has a place, because the question below takes one, too, for a moment.
        waits = [pool.submit(until, lambda: ask(20), has_waited) for _ in range(3)]
        full = until(lambda: ask(0), lambda each: not has_waited(each))
        late = driver.get("Calls.json")
        requests.post(f"{account}/reset", timeout=5)
        assert [409] * 3 == [each.result(30).status_code for each in waits]
    assert full.json()["detail"].startswith("threads: 3 waits and delays hold half of the threads")
    assert "3 waits and delays hold half of the threads" in late.headers["X-Exomock-Why"]


def has_waited(answer):
    """Whether there was a place."""
    return answer.status_code != 503


def test_a_client_that_has_died_without_a_word_holds_its_stream_no_longer_than_it_asked(exchange):
    """It reads nothing, and closes nothing; the page of a console asks for 25 seconds."""
    driver = exchange(max_streams=1)
    place = urlsplit(driver.mock.url)
    path = f"/_exomock/accounts/{driver.mock.sid}/events?brief=true&lasts=1"
    url = f"{driver.mock.url}/_exomock/events?lasts=1"
    with socket.create_connection((place.hostname, place.port), timeout=20) as dead:
        dead.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        assert dead.recv(9).startswith(b"HTTP/1.1")
        began = perf_counter()
        assert 503 == status_of(url)
        until(lambda: status_of(url), lambda status: status == 200)
        assert 0.5 < perf_counter() - began
    asked = re.search(r"const LASTS = (\d+);", (CONSOLE / "static" / "stream.js").read_text())
    assert int(asked[1]) <= 30


def status_of(url):
    """The status of a stream, which is left at once."""
    with requests.get(url, stream=True, timeout=20) as answer:
        return answer.status_code


@given(st.integers(1, 400), st.floats(0, 1000))
def test_ticks_are_as_many_for_fifty_pages_as_for_one(crowd, now):
    """A hundred a second in all, twenty for each at most; many soon after each other."""
    source, kept = OneNews(News(), Newsstand(), "a"), following.stopwatch
    following.stopwatch = lambda: now
    try:
        ticks = Ticks(source, 0, None, lambda: None, lambda: crowd)
        pause, period = ticks.pause, crowd / TICKS
    finally:
        following.stopwatch = kept
    assert LEAST <= pause <= period + LEAST
    # Where in the period it comes; rounding may put the first a little before its beginning.
    place = (now + pause + 1e-6) % period
    assert period <= LEAST or place <= SPREAD + 1e-5


def test_pages_that_tick_at_about_one_time_are_told_of_the_same_event():
    """So that they share a rendering; once one has more to hear, all are told of the newest."""
    stand = Newsstand()
    news = News(stand, "a")
    source = OneNews(news, stand, "a")
    pages = [Ticks(source, 0, None, lambda: None, lambda: 50) for _ in range(3)]
    told = []
    for _ in range(2):
        for page in pages:
            news.change(AccountChange(0, Did.CLOCK, None, {}))
            told.append(int(page.read().split(b"\n")[0].rpartition(b"-")[2]))
    assert [1, 1, 1, 4, 4, 4] == told
    assert [6, 6, 6] == [int(page.read().split(b"\n")[0].rpartition(b"-")[2]) for page in pages]
    assert [b"", b"", b""] == [page.read() for page in pages]


def test_a_tick_says_up_to_where_there_is_more(exchange):
    """One for all that has happened since the last, with the id to go on after."""
    driver = exchange()
    driver.connect()
    driver.advance(600)
    account = f"{driver.mock.url}/_exomock/accounts/{driver.mock.sid}"
    total = driver.mock.exchange.engine.worlds[driver.mock.sid].news.total
    with requests.get(f"{account}/events?since=0&brief=true&lasts=1", timeout=20) as answer:
        ticks = [each for each in answer.text.split("\n\n") if each.startswith("id:")]
    (tick,) = ticks
    name, kind, data = tick.split("\n")
    assert (True, "event: more", {"number": total}) == (
        name.endswith(f"-{total}"), kind, json.loads(data.removeprefix("data: "))
    )  # fmt: skip


def until(ask, so):
    """The first answer of which something is so."""
    pause = threading.Event()
    for _ in range(500):
        found = ask()
        if so(found):
            return found
        pause.wait(0.02)
    raise AssertionError(found)
