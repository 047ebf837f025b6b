"""The console is fast and calm: windows of rows, one rendering for many, few drawings."""

import re
import statistics
import threading
import time
from itertools import pairwise
from urllib.parse import urljoin

import requests

from console.conftest import board_of, console_of
from exomock.console.pages import WITHIN

MANY = "history:\n  - {calls: 5000}\n"
ROW = re.compile(r'id="row-(\w+)"')
OLDER = re.compile(r'href="([^"]+)">Older calls')


def test_five_thousand_calls_are_shown_each_once_in_windows_of_a_bounded_weight(exchange):
    """By links to older ones, of which the last window has none."""
    url, texts = board_of(exchange(MANY)), []
    while url:
        texts.append(requests.get(url, timeout=20).text)
        older = OLDER.search(texts[-1])
        url = older and urljoin(url, older[1])
    rows = [ROW.findall(text) for text in texts]
    assert [50] * 100 == [len(each) for each in rows]
    assert 5000 == len({sid for each in rows for sid in each})
    assert 60_000 > max(len(each.encode()) for each in texts)


# Scrolls to the end of the page in 60 frames, and tells the longest of them and how many nodes
# there are.
SCROLL = """async () => {
  let before = await new Promise(requestAnimationFrame), longest = 0;
  const end = document.scrollingElement.scrollHeight;
  for (let frame = 1; frame <= 60; frame++) {
    window.scrollTo(0, end * frame / 60);
    const now = await new Promise(requestAnimationFrame);
    longest = Math.max(longest, now - before);
    before = now;
  }
  return [longest, document.querySelectorAll("*").length];
}"""


def test_a_board_of_five_thousand_calls_scrolls_without_a_stall(
    exchange, open_page, record_property
):
    """As few nodes as that of fifty; the longest of sixty frames is measured."""
    page = open_page(board_of(exchange(MANY)))
    page.get_by_role("link", name="Older calls").wait_for()
    longest, nodes = page.evaluate(SCROLL)
    record_property("milliseconds", longest)
    print("the longest frame took", round(longest), "ms, with", nodes, "nodes")
    assert 1_000 > nodes
    # 50 ms is the aim; a machine under load is slower, a page of 5,000 rows takes seconds.
    assert 1_000 > longest


def test_a_place_that_is_no_call_is_said(driver):
    """In words."""
    answer = requests.get(f"{board_of(driver)}?before=nothing", timeout=5)
    assert (400, "before: the account has no call 'nothing'") == (
        answer.status_code, answer.json()["detail"]
    )  # fmt: skip


def test_a_thousand_events_a_second_are_drawn_at_most_twenty_times_a_second(driver, board):
    """The moments at which the page has asked for its calls are 50 ms apart."""
    engine = driver.mock.exchange.engine
    board.get_by_role("button", name="Pause").wait_for()
    before = engine.worlds[driver.mock.sid].news.total
    end = time.perf_counter() + 1
    while time.perf_counter() < end:
        driver.advance(0.001)
    happened = engine.worlds[driver.mock.sid].news.total - before
    board.wait_for_function(
        "text => document.querySelector('#now time').dateTime >= text",
        arg=requests.get(control_of(driver), timeout=5).json()["clock"]["now"],
    )
    drawn = board.evaluate(
        "performance.getEntriesByType('resource')"
        ".filter(each => each.name.includes('?part=')).map(each => each.startTime)"
    )
    # Each drawing is one request, whatever parts the page has.
    assert 0 < len(drawn) < happened / 2
    assert 49 < min((b - a for a, b in pairwise(drawn)), default=50)


def control_of(driver):
    """Its account in the control API."""
    return f"{driver.mock.url}/_exomock/accounts/{driver.mock.sid}"


def test_an_event_is_seen_at_once(driver, board, record_property):
    """Nine rings, from before the order until its phone is in the page; measured in the browser."""
    board.evaluate(
        """() => {
          window.seen = [];
          new MutationObserver(() => {
            const many = document.querySelectorAll("[id^=card-]").length;
            while (window.seen.length < many) window.seen.push(Date.now());
          }).observe(document.getElementById("main"), { childList: true, subtree: true });
        }"""
    )
    took = []
    for number in range(9):
        began = board.evaluate("Date.now()")
        driver.connect()
        board.wait_for_function("many => window.seen.length >= many", arg=number + 1)
        took.append(board.evaluate("window.seen.at(-1)") - began)
    record_property("milliseconds", statistics.median(took))
    print("an event is seen after", sorted(round(each) for each in took), "ms")
    # 100 ms is the aim, which docs/console.md reports; a machine under load is slower.
    assert 1000 > statistics.median(took)


def test_a_page_says_that_the_server_has_no_place_for_its_stream(exchange, open_page):
    """And shows what there is."""
    page = open_page(board_of(exchange(max_streams=0)))
    page.get_by_text("max-streams: 0 clients follow already").wait_for()
    page.get_by_role("button", name="Pause").wait_for()


def test_a_page_follows_by_one_stream(driver, board):
    """However long it is open, and whatever is pressed."""
    for minute in (1, 2, 3):
        board.get_by_role("button", name="+1 min").click()
        board.get_by_text(f"12:0{minute}:00").wait_for()
    assert 1 == driver_streams(driver)


def test_a_page_that_nobody_sees_follows_nothing_and_catches_up(driver, board):
    """A browser opens six connections to a server, and each stream takes one."""
    hide = """hidden => {
      Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
      document.dispatchEvent(new Event("visibilitychange"));
    }"""
    board.get_by_role("button", name="Pause").wait_for()
    board.evaluate(hide, True)
    until(lambda: driver_streams(driver) == 0)
    driver.connect()
    board.evaluate(hide, False)
    board.get_by_role("group", name="From").wait_for()
    until(lambda: driver_streams(driver) == 1)


def until(so):
    """Wait until something is so."""
    pause = threading.Event()
    for _ in range(500):
        if so():
            return
        pause.wait(0.02)
    raise AssertionError(so)


def driver_streams(driver):
    """How many follow its server's news."""
    return len(driver.mock.exchange.engine.accounts.stand.bells)


PAINT = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


def test_the_first_view_of_a_fresh_server_is_painted_at_once(driver, open_page, record_property):
    """Five times, each by a browser that has nothing of it yet; measured in the browser."""
    took = []
    for _ in range(5):
        page = open_page(console_of(driver))
        page.get_by_role("heading", name="Accounts").wait_for()
        took.append(page.wait_for_function(PAINT).json_value())
    record_property("milliseconds", statistics.median(took))
    print("the first view is painted after", sorted(round(each) for each in took), "ms")
    # 200 ms is the aim, which docs/console.md reports; a machine under load is slower.
    assert 2_000 > statistics.median(took)


def test_no_page_of_a_fresh_server_weighs_60_kb_with_all_that_it_loads(driver, open_page):
    """The page, its style, its scripts and what they import."""
    urls = {
        "Accounts": console_of(driver),
        **{name: board_of(driver) + path for name, path in WITHIN},
    }
    weights = {}
    for name, url in urls.items():
        page, loaded = open_page(), []
        page.on("response", lambda each, loaded=loaded: loaded.append(each))
        page.goto(url)
        page.wait_for_function("() => performance.getEntriesByName('first-paint').length")
        files = [each for each in loaded if "/events" not in each.url]
        weights[name] = sum(len(each.body()) for each in files)
        assert any(each.url.endswith("/morph.js") for each in files)
    assert {} == {name: weight for name, weight in weights.items() if weight >= 60_000}
