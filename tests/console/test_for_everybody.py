"""The console is for everybody: axe, the keyboard alone, narrow windows, forced colours."""

import pytest

from console.conftest import console_of
from console.every_page import BUSY, pages_of

axe = pytest.importorskip("axe_playwright_python.sync_playwright")
expect = pytest.importorskip("playwright.sync_api").expect

WIDE, NARROW = {"width": 1000, "height": 800}, {"width": 360, "height": 740}


@pytest.fixture
def pages(exchange):
    """Every page of a busy account, by name."""
    return pages_of(exchange(BUSY))


EVERYTHING = {"resultTypes": ["violations"]}
COLOURS = EVERYTHING | {"runOnly": ["color-contrast", "link-in-text-block"]}
"""Axe's rules of colours: all that a dark page can break and its light one keeps."""


def test_no_page_has_an_accessibility_violation_in_light_or_dark(pages, open_page):
    """By axe-core, with all rules that it has; contrast among them."""
    page, found = open_page(), set()
    for name, url in pages.items():
        for scheme, rules in (("light", EVERYTHING), ("dark", COLOURS)):
            page.emulate_media(color_scheme=scheme)
            page.goto(url)
            wrong = axe.Axe().run(page, options=rules).response["violations"]
            found |= {(name, scheme, each["id"], each["nodes"][0]["html"]) for each in wrong}
    assert set() == found


def test_the_page_that_asks_for_the_token_has_none_either(exchange, open_page):
    """Beyond loopback."""
    page = open_page(console_of(exchange(loopback=False, control_token="let-me-in")))
    assert [] == axe.Axe().run(page).response["violations"]


def test_no_page_scrolls_sideways_in_a_window_of_360_pixels(pages, open_page):
    """Tables scroll inside their own frame."""
    page = open_page(viewport=NARROW)
    widths = {}
    for name, url in pages.items():
        page.goto(url)
        widths[name] = page.evaluate("document.scrollingElement.scrollWidth")
    assert dict.fromkeys(pages, 360) == widths


SEEN = """() => {
  const here = document.activeElement, style = getComputedStyle(here);
  return {
    what: here.id || here.textContent.trim().slice(0, 40),
    outline: style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth),
    out: here === document.body,
    pressed: here.matches("a[href], button, input, select, textarea, summary"),
  };
}"""
THERE = """() => [...document.querySelectorAll("a[href], button, input, select, textarea, summary")]
  .filter(each => !each.disabled && each.checkVisibility()).length"""


def test_the_keyboard_reaches_everything_and_one_sees_where_it_is(pages, open_page):
    """Whatever Tab comes to has an outline, and it comes to all that can be pressed."""
    page = open_page(viewport=WIDE)
    for name, url in pages.items():
        page.goto(url)
        there, stops = page.evaluate(THERE), []
        for _ in range(there + 5):
            page.keyboard.press("Tab")
            stop = page.evaluate(SEEN)
            if stop["out"]:
                break
            stops.append(stop)
        unseen = [stop["what"] for stop in stops if stop["outline"] < 2]
        reached = sum(stop["pressed"] for stop in stops)
        assert (name, [], True) == (name, unseen, reached >= there), (reached, there)


def tab_to(page, role, name):
    """Go on by Tab to what has that role and name."""
    aim = page.get_by_role(role, name=name, exact=True).first
    for _ in range(150):
        page.keyboard.press("Tab")
        if aim.evaluate("each => each === document.activeElement"):
            return
    raise AssertionError(f"Tab does not come to the {role} {name}")


def test_the_keyboard_alone_plays_a_call_to_its_end(driver, open_page):
    """From the list of accounts: its board, a call placed, both phones, the clock, its end."""
    page = open_page(console_of(driver))
    tab_to(page, "link", driver.mock.sid)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Place a call").wait_for()
    tab_to(page, "textbox", "From")
    page.keyboard.press("Enter")
    expect(page.get_by_role("group", name="From 09811100001")).to_contain_text("rings")
    tab_to(page, "button", "Answer")
    page.keyboard.press("Enter")
    expect(page.get_by_role("group", name="To 09822200002")).to_contain_text("rings")
    tab_to(page, "button", "Answer")
    page.keyboard.press("Enter")
    expect(page.get_by_role("group", name="To 09822200002")).to_contain_text("talks")
    tab_to(page, "button", "+1 min")
    page.keyboard.press("Enter")
    expect(page.locator("#now")).to_contain_text("12:01:00")
    page.keyboard.press("Enter")  # the focus has stayed
    expect(page.locator("#now")).to_contain_text("12:02:00")
    tab_to(page, "button", "Hang up")
    page.keyboard.press("Enter")
    expect(page.get_by_role("row").last).to_contain_text("completed")
    assert "BODY" != page.evaluate("document.activeElement.tagName")


def test_what_is_pressed_is_seen_in_forced_colours(pages, open_page):
    """There backgrounds of a page's own do not exist."""
    page = open_page(forced_colors="active")
    page.goto(pages["Board"])
    grounds = [
        page.get_by_role("button", name=name, exact=True).evaluate(
            "each => getComputedStyle(each).backgroundColor"
        )
        for name in ("Pause", "Real")
    ]
    assert grounds[0] != grounds[1]


def test_without_javascript_every_page_can_be_read_and_refreshed(pages, open_page):
    """By links alone; what only a script can do is not there, and the page says so."""
    page = open_page(java_script_enabled=False)
    for name, url in pages.items():
        page.goto(url)
        expect(page.get_by_text("Without JavaScript this page is for reading.")).to_be_visible()
        pressed = page.locator("button[data-send]:not([role=switch]), form[data-send] > button")
        assert (name, []) == (name, [each for each in pressed.all() if each.is_visible()])
        page.get_by_role("link", name="Refresh").first.click()
        assert url.partition("?")[0] == page.url
    page.goto(pages["Board"])
    page.get_by_role("row").last.get_by_role("link").click()
    expect(page.locator("svg.ladder")).to_be_visible()
    page.get_by_role("link", name="Journal").click()
    page.get_by_label("Search requests").fill("nobody")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_text("No request holds “nobody”.")).to_be_visible()
