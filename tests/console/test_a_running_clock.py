"""A clock that runs by itself: phones ring, a person answers and hangs up, the callback arrives."""

import pytest

from console.conftest import board_of

expect = pytest.importorskip("playwright.sync_api").expect

SOME = """
rules:
  - {when: {to: "09822200002"}, leg1: person, leg2: person}
  - {leg1: {answer: 3s}, leg2: {answer: 5s}, talk: 40s}
"""

SIXTY = "\N{MULTIPLICATION SIGN}60"


@pytest.fixture
def running(exchange, open_page):
    """An account whose clock shows the real time, and its board."""
    driver = exchange(SOME, rate=1)
    return driver, open_page(board_of(driver))


def phone(page, who):
    """The one telephone of that party."""
    return page.get_by_role("group", name=f"{who} 098")


def press(page, who, does):
    """Press a button of a telephone."""
    phone(page, who).get_by_role("button", name=does, exact=True).click()


def test_a_person_plays_a_call_in_real_time_and_its_receiver_is_told(running, receiver):
    """Nobody moves the clock: it goes on in the page while the person waits."""
    driver, page = running
    page.get_by_label("StatusCallback").fill(receiver.url)
    page.get_by_role("button", name="Call", exact=True).click()
    expect(phone(page, "From")).to_contain_text("rings")
    press(page, "From", "Answer")
    expect(phone(page, "To")).to_contain_text("rings")
    press(page, "To", "Answer")
    expect(phone(page, "To")).to_contain_text("talks")
    # The card counts the seconds by itself, and no request is needed for that.
    expect(page.locator(".card .since")).not_to_have_text("0 s")
    press(page, "From", "Hang up")
    expect(page.get_by_role("row").last).to_contain_text("completed")
    (told,) = receiver.wait_for(1)
    sid = told.form["CallSid"]
    assert ("completed", True) == (told.form["Status"], int(driver.call(sid)["Duration"]) >= 1)
    page.get_by_role("link", name=sid[:8]).click()
    expect(page.get_by_role("link", name="terminal: 200")).to_be_visible()


def test_at_sixty_times_the_speed_a_call_that_a_scenario_plays_passes_by(running, receiver):
    """Forty-eight seconds take less than one; the board shows the end, and the receiver has it."""
    driver, page = running
    page.get_by_role("button", name=SIXTY).click()
    expect(page.locator("#now")).to_contain_text(f"Time runs {SIXTY}")
    sid = driver.connect(To="09833300003", StatusCallback=receiver.url)
    expect(page.locator(f"#row-{sid}")).to_contain_text("completed")
    (told,) = receiver.wait_for(1)
    assert (sid, "48") == (told.form["CallSid"], driver.call(sid)["Duration"])
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("#now")).to_contain_text("Time stands still")


def test_a_telephone_that_nobody_answers_stops_ringing_by_itself(running):
    """TimeOut passes in a moment at sixty times the speed."""
    driver, page = running
    sid = driver.connect()
    expect(phone(page, "From")).to_contain_text("rings")
    page.get_by_role("button", name=SIXTY).click()
    expect(page.locator(f"#row-{sid}")).to_contain_text("no-answer")
