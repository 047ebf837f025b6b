"""Every page of the console, of an account in which something is going on."""

from console.conftest import board_of, console_of
from exomock.console.pages import WITHIN

BUSY = """
rules:
  - when: {to: "09822200003"}
    leg2: busy
  - leg1: {answer: 3s}
    leg2: {answer: 5s}
    talk: 40s
"""
"""Who is called on 09822200003 is busy; everybody else talks for 40 s."""


def pages_of(driver) -> dict[str, str]:
    """Every page of its account's console, by name: two calls have ended, two are under way."""
    for to in ("09822200002", "09822200003"):
        ended = driver.connect(To=to, StatusCallback=f"{driver.mock.url}/_exomock/echo")
    driver.advance(120)
    running = driver.connect()
    driver.advance(4)
    driver.connect(From="09811100009")
    board = board_of(driver)
    return {
        "Accounts": console_of(driver),
        **{name: board + path for name, path in WITHIN},
        "Older calls": f"{board}?before={ended}",
        "A call that has ended": f"{board}/calls/{ended}",
        "A call under way": f"{board}/calls/{running}",
    }
