"""A real browser on the console of a real server."""

import os
import shutil
import socket
import threading
from contextlib import suppress

import pytest

from conftest import NO_BROWSER, Driver
from missing import leave_out

NEEDS = "EXOMOCK_NEEDS_BROWSER"
"""Set where the tests in a browser must run."""

CHROMIUM = os.environ.get("EXOMOCK_CHROMIUM") or shutil.which("chromium")
_QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
)  # fmt: skip


def without():
    """Leave a test out for want of a browser; but where it must run, fail it."""
    missing = f"{NO_BROWSER} Chromium (apt: chromium) or playwright (the extra `browser`)"
    leave_out(missing, NEEDS)


@pytest.fixture(scope="module")
def chromium():
    """
    A browser without a window; its tests are left out where there is none, but not in CI.

    For one file, because Playwright's loop runs in this thread as long as it is open.
    """
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        sync_playwright = None
    if CHROMIUM is None or sync_playwright is None:
        without()
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=list(_QUIET))
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium):
    """Opens pages; a script's error, or an answer that the page's policy forbids, fails the test."""
    contexts, errors = [], []

    def open_(url="about:blank", **kwargs):
        context = chromium.new_context(locale="en-GB", **kwargs)
        contexts.append(context)
        context.set_default_timeout(10_000)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on(
            "console",
            lambda said: (
                errors.append(said.text) if "Content Security Policy" in said.text else None
            ),
        )
        page.goto(url)
        return page

    yield open_
    for each in contexts:
        each.close()
    assert [] == errors


@pytest.fixture
def board(driver: Driver, open_page):
    """The board of a frozen account, open in a browser."""
    return open_page(board_of(driver))


def console_of(driver: Driver) -> str:
    """Where the console of its server is."""
    return f"http://127.0.0.1:{port_of(driver)}/_exomock/console"


def port_of(driver: Driver) -> int:
    """The port of its server."""
    return int(driver.mock.url.partition("/v1")[0].rpartition(":")[2])


def board_of(driver: Driver) -> str:
    """Where the board of its account is."""
    return f"{console_of(driver)}/accounts/{driver.mock.sid}"


class Relay:
    """A line between a browser and a server that can be cut, and mended."""

    def __init__(self, port: int):
        self._to, self._open, self.whole = port, set(), True
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with suppress(OSError):  # closed
            while True:
                near = self._listener.accept()[0]
                if not self.whole:
                    near.close()
                    continue
                far = socket.create_connection(("127.0.0.1", self._to))
                self._open |= {near, far}
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    def _pass_on(self, one, other):
        with suppress(OSError):
            while data := one.recv(65_536):
                other.sendall(data)
        for each in (one, other):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def cut(self):
        """Cut every connection, and take none."""
        self.whole = False
        for each in self._open:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def mend(self):
        """Take connections again."""
        self.whole = True

    def close(self):
        """End."""
        self.cut()
        self._listener.close()


@pytest.fixture
def relay_to():
    """Lines to servers: `relay_to(driver)` gives one."""
    found = []

    def start(driver):
        found.append(Relay(port_of(driver)))
        return found[-1]

    yield start
    for each in found:
        each.close()


@pytest.fixture
def relay(driver, relay_to):
    """A line to the driver's server."""
    return relay_to(driver)
