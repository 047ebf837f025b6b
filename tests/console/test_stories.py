"""What people do at the console, from the first click to the last, beside a real receiver."""

import pytest
import requests

from conftest import FROM, TO
from console.conftest import board_of

expect = pytest.importorskip("playwright.sync_api").expect

PEOPLE = "rules: [{leg1: person, leg2: person}]\n"
SCRIPT = '"><script>window.hacked = 1</script><img src=x onerror="window.hacked = 1">'


def phone(page, who, number):
    """A phone, by its name."""
    return page.get_by_role("group", name=f"{who} {number}")


def press(page, who, number, does):
    """Press a button of a phone."""
    phone(page, who, number).get_by_role("button", name=does, exact=True).click()


def test_a_call_is_played_and_told_to_a_real_receiver_with_the_mouse_alone(
    exchange, receiver, open_page
):
    """Placed in the form, answered, talked, hung up; its callback arrives, and again on Replay."""
    driver = exchange(PEOPLE)
    page = open_page(board_of(driver))
    page.get_by_label("StatusCallback").fill(receiver.url)
    page.get_by_role("button", name="Call", exact=True).click()
    press(page, "From", FROM, "Answer")
    press(page, "To", TO, "Answer")
    expect(phone(page, "To", TO)).to_contain_text("talks")
    page.get_by_role("button", name="+1 min").click()
    expect(page.locator("#now")).to_contain_text("12:01:00")
    press(page, "To", TO, "Hang up")
    expect(page.get_by_role("row").last).to_contain_text("completed")
    (told,) = receiver.wait_for(1)
    page.get_by_role("row").last.get_by_role("link").click()
    page.get_by_role("link", name="+60 s terminal").click()
    page.get_by_role("button", name="Replay").click()
    again = receiver.wait_for(2)[1]
    assert "completed" == told.form["Status"]
    assert told.form == again.form


@pytest.mark.parametrize(("does", "status"), [("Reject", "busy"), ("No answer", "no-answer")])
def test_a_call_is_refused(exchange, open_page, does, status):
    """By a press on the phone that rings."""
    driver = exchange(PEOPLE)
    page = open_page(board_of(driver))
    sid = driver.connect()
    press(page, "From", FROM, "Answer")
    press(page, "To", TO, does)
    expect(page.get_by_role("row").last).to_contain_text(status)
    assert status == driver.call(sid)["Status"]


def test_a_call_rings_out_and_an_hour_passes(exchange, open_page):
    """Nobody decides: at the end of TimeOut it is no answer, and the clock goes on."""
    driver = exchange(PEOPLE)
    page = open_page(board_of(driver))
    sid = driver.connect()
    expect(phone(page, "From", FROM)).to_contain_text("rings")
    page.get_by_role("button", name="+1 h").click()
    expect(page.get_by_role("row").last).to_contain_text("no-answer")
    expect(page.locator("#now")).to_contain_text("13:00:00")
    assert "no-answer" == driver.call(sid)["Status"]


def test_two_browsers_see_the_same(exchange, open_page):
    """What one decides is seen in the other."""
    driver = exchange(PEOPLE)
    one, other = open_page(board_of(driver)), open_page(board_of(driver))
    one.get_by_role("button", name="Call", exact=True).click()
    press(other, "From", FROM, "Answer")
    press(one, "To", TO, "Answer")
    expect(phone(other, "To", TO)).to_contain_text("talks")
    press(other, "To", TO, "Hang up")
    for page in (one, other):
        expect(page.get_by_role("row").last).to_contain_text("completed")
    parts = [page.locator("[data-live=calls]").inner_text() for page in (one, other)]
    assert parts[0] == parts[1]


def test_a_script_in_a_custom_field_or_in_from_does_nothing_on_any_page(
    exchange, receiver, open_page
):
    """It is shown as text where it is shown; the policy of the pages would stop it, too."""
    driver = exchange("rules: [{talk: 5s}]")
    sid = driver.connect(CustomField=SCRIPT, StatusCallback=receiver.url)
    assert 400 == driver.try_connect(From=SCRIPT).status_code
    driver.advance(60)
    board = board_of(driver)
    page = open_page(board)
    for path in ("", f"/calls/{sid}", "/journal", "/scenario", "/fail", "/messages"):
        page.goto(board + path)
        for details in page.locator("details").all():
            details.evaluate("each => { each.open = true; }")
        assert page.evaluate("() => window.hacked") is None
        assert "<script>window" not in requests.get(board + path, timeout=5).text
    page.goto(f"{board}/calls/{sid}")
    assert SCRIPT in page.content().replace("&lt;", "<").replace("&gt;", ">")
