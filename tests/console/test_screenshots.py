"""The pictures of README and docs: a fixed account, a fixed clock, small files."""

import os
from pathlib import Path

import pytest

from conftest import NOON
from console.conftest import Driver, board_of, console_of, port_of
from exomock.server import Exomock
from exomock.settings import Settings

STORY = """
rules:
  - {name: nobody at home, when: {to: "09822200003"}, leg2: no_answer}
  - {name: engaged, when: {to: "09822200004"}, leg2: busy}
  - name: a usual talk
    leg1: {answer: 3s}
    leg2: {answer: 5s}
    talk: 40s
"""
WIDE, NARROW = {"width": 1000, "height": 700}, {"width": 360, "height": 700}
HEAVIEST = 100_000
"""Bytes of a picture at most."""


@pytest.fixture
def busy():
    """An account in which one call talks, one rings, and four have ended."""
    with Exomock(STORY, Settings(rate=0), start_at=NOON, seed=1) as mock:
        driver = Driver(mock)
        for to in ("09822200002", "09822200003", "09822200004", "09822200002"):
            driver.connect(To=to)
            driver.advance(90)
        driver.connect(From="09811100005")
        driver.advance(12)
        driver.connect(From="09811100006", To="09822200004")
        driver.advance(2)
        yield driver


@pytest.fixture
def folder(tmp_path):
    """Where pictures go: docs/images by `make screenshots`, else nowhere that stays."""
    found = Path(os.environ.get("EXOMOCK_SCREENSHOTS") or tmp_path)
    found.mkdir(parents=True, exist_ok=True)
    return found


@pytest.mark.parametrize(
    ("name", "viewport", "scheme"),
    [("board", WIDE, "light"), ("board-dark", WIDE, "dark"), ("board-narrow", NARROW, "light")],
)
def test_the_board_is_pictured(busy, open_page, folder, name, viewport, scheme):
    """Twice the same, and small, because they are kept in git."""
    page = open_page(board_of(busy), viewport=viewport, color_scheme=scheme)
    page.get_by_role("group", name="From 09811100006").wait_for()
    taken = picture(page, busy)
    page.reload()
    page.get_by_role("group", name="From 09811100006").wait_for()
    assert taken == picture(page, busy)
    assert HEAVIEST > len(taken)
    (folder / f"console-{name}.png").write_bytes(taken)


def test_the_accounts_are_pictured(busy, open_page, folder):
    """With the port that a server has as a rule."""
    page = open_page(console_of(busy), viewport=WIDE)
    taken = picture(page, busy)
    assert HEAVIEST > len(taken)
    (folder / "console-accounts.png").write_bytes(taken)


@pytest.mark.parametrize("name", ["scenario", "fail"])
def test_what_decides_is_pictured(busy, open_page, folder, name):
    """The text of the scenario, and the switches that make Exotel fail."""
    page = open_page(f"{board_of(busy)}/{name}", viewport=WIDE)
    page.get_by_text(
        {"scenario": "Nothing is wrong with it.", "fail": "Exotel down"}[name]
    ).wait_for()
    taken = picture(page, busy)
    assert HEAVIEST > len(taken)
    (folder / f"console-{name}.png").write_bytes(taken)


def test_the_ladder_of_a_call_is_pictured(busy, open_page, folder):
    """From its request to its last callback."""
    sid = busy.connect(StatusCallback=f"{busy.mock.url}/_exomock/echo")
    busy.advance(60)
    page = open_page(f"{board_of(busy)}/calls/{sid}", viewport=WIDE)
    taken = picture(page, busy, page.locator(".ladder-frame"))
    assert HEAVIEST > len(taken)
    (folder / "console-call.png").write_bytes(taken)


def picture(page, driver, what=None):
    """A page or a part of it as PNG; a port of this run reads 8080, and each answer took 1 ms."""
    page.evaluate(
        """port => {
          const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          while (texts.nextNode()) {
            const { currentNode } = texts;
            currentNode.nodeValue = currentNode.nodeValue.replaceAll(`:${port}`, ":8080").replace(/in [0-9]+ ms/, "in 1 ms");
          }
        }""",
        str(port_of(driver)),
    )
    return (what or page).screenshot(animations="disabled", caret="hide")
