"""The board in a browser: what happens is seen, and what a person does happens."""

import pytest

from conftest import FROM, TO
from console.conftest import board_of, port_of

expect = pytest.importorskip("playwright.sync_api").expect


def phone(page, who, number):
    """A phone, by its name."""
    return page.get_by_role("group", name=f"{who} {number}")


def test_a_call_is_seen_from_its_first_ring_to_its_end(driver, board):
    """The page follows by itself; nobody reloads it."""
    driver.connect()
    expect(phone(board, "From", FROM)).to_contain_text("rings")
    expect(phone(board, "To", TO)).to_contain_text("not dialled")
    driver.advance(10)
    expect(phone(board, "To", TO)).to_contain_text("talks")
    driver.advance(60)
    expect(board.get_by_role("row").last).to_contain_text("completed")


def test_a_person_hangs_up(driver, board):
    """The call ends at the account's now."""
    sid = driver.connect()
    driver.advance(10)
    phone(board, "To", TO).get_by_role("button", name="Hang up").click()
    expect(board.get_by_role("row").last).to_contain_text("completed")
    assert "10" == str(driver.call(sid)["Duration"])


def test_a_person_moves_the_clock(driver, board):
    """Next event, a minute, until idle; the words of the clock follow."""
    driver.connect()
    board.get_by_role("button", name="Next event").click()
    expect(phone(board, "To", TO)).to_contain_text("rings")
    expect(board.locator("#now")).to_contain_text("12:00:03")
    board.get_by_role("button", name="Until idle").click()
    expect(board.get_by_role("row").last).to_contain_text("completed")
    board.get_by_role("button", name="+1 min").click()
    expect(board.locator("#now")).to_contain_text("12:01:48")


def test_a_person_places_a_call(driver, board):
    """By v1 itself, with the account's credentials."""
    board.get_by_label("From").fill(FROM)
    board.get_by_role("button", name="Call", exact=True).click()
    expect(phone(board, "From", FROM)).to_contain_text("rings")


def test_a_refusal_is_said_in_the_words_of_the_service(driver, board):
    """A number that is none."""
    board.get_by_label("From").fill("12")
    board.get_by_role("button", name="Call", exact=True).click()
    expect(board.get_by_role("alert")).to_contain_text("Invalid")


def streams_of(page):
    """Every request of the page for its stream, as they come."""
    found = []
    page.on("request", lambda each: found.append(each) if "/events?" in each.url else None)
    return found


def through(relay, driver):
    """The board as it is reached by a line that can be cut."""
    return board_of(driver).replace(f":{port_of(driver)}/", f":{relay.port}/")


def test_a_lost_connection_is_shown_and_what_was_missed_is_there_without_a_reload(
    driver, relay, open_page
):
    """Within two seconds of its return: a page tries every half second."""
    page = open_page(through(relay, driver))
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.evaluate("() => { window.same = true; }")
    relay.cut()
    expect(page.get_by_role("status")).to_have_text("Connection lost")
    driver.connect()
    tried = streams_of(page)
    relay.mend()
    expect(page.get_by_role("status")).to_have_text("")
    expect(phone(page, "From", FROM)).to_contain_text("rings")
    # In tries, because a machine under load takes longer for each: one may be under way already.
    assert 3 > len(tried)
    assert page.evaluate("window.same")


def test_beyond_loopback_a_stream_goes_on_after_the_last_event_with_the_token(
    exchange, relay_to, open_page
):
    """By headers, which an EventSource cannot send."""
    driver = exchange(loopback=False, control_token="let-me-in")
    relay = relay_to(driver)
    page = open_page(through(relay, driver))
    page.get_by_label("Control token").fill("let-me-in")
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    driver.connect()
    expect(phone(page, "From", FROM)).to_contain_text("rings")
    relay.cut()
    expect(page.get_by_role("status")).to_have_text("Connection lost")
    news = driver.mock.exchange.engine.worlds[driver.mock.sid].news
    seen = f"{news.life}-{news.total}"
    driver.advance(4)
    tried = streams_of(page)
    relay.mend()
    expect(phone(page, "To", TO)).to_contain_text("rings")
    headers = tried[0].all_headers()
    assert ("Bearer let-me-in", seen) == (headers["authorization"], headers["last-event-id"])
    assert "let-me-in" not in page.evaluate(
        "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, location.href])"
    )


def test_counters_say_how_calls_and_callbacks_stand(exchange, receiver, open_page):
    """Under way, waiting for another try, failed; a click shows which."""
    receiver.answer = lambda _received: 500
    driver = exchange()
    page = open_page(board_of(driver))
    counters = page.locator(".counters")
    driver.connect(StatusCallback=receiver.url)
    driver.connect()
    expect(counters).to_contain_text("under way2")
    driver.advance(60)
    expect(counters).to_contain_text("under way0callbacks waiting1on the wire0failed0")
    driver.advance(3600)
    expect(counters).to_contain_text("callbacks waiting0on the wire0failed1")
    counters.get_by_role("link", name="1 failed").click()
    expect(page.locator("[id^=callback-details-]")).to_have_count(1)


def test_an_account_that_is_deleted_meanwhile_says_so(driver, board):
    """And asks for nothing any more."""
    driver.mock.exchange.engine.delete_account(driver.mock.sid)
    expect(board.get_by_role("status")).to_have_text("This account was deleted.")
