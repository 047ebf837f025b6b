"""
The pytest plugin: the fixtures `exotel`, `exotel_receiver` and `exotel_server`.

Whatever it is made of is imported when a fixture is asked for, so that a suite that asks for none
pays nothing.
"""

from argparse import ArgumentTypeError
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from exomock.client import Account
    from exomock.testing.receiver import Receiver
    from exomock.testing.suite import SuiteServer

_INI = {
    "exomock_scenario": "Scenario of each test's account: a path, or the name of a shipped one.",
    "exomock_clock": "Clock of each test's account: frozen (the default), real or x60.",
    "exomock_now": "Account time at the start of each test, as 2026-03-01T10:00:00+05:30.",
    "exomock_seed": "What chance is drawn from in each test's account.",
}
_WHOLE = 100
_MARKER = (
    "exotel(scenario=None, now=None, seed=None, clock='frozen', collect=False, settings=None): "
    "what the account of the fixture `exotel` is like"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the ini options."""
    for name, text in _INI.items():
        parser.addini(name, text, default=None)
    parser.addini(
        "exomock_settings",
        "Settings of the server, a `name = value` a line, as `callback-timeout = 2`.",
        type="linelist",
        default=[],
    )
    group = parser.getgroup("exotel")
    group.addoption(
        "--exotel-coverage",
        action="store_true",
        help="end the run with a table of what the suite's application never met",
    )
    group.addoption(
        "--exotel-coverage-fail-under",
        type=_percentage,
        metavar="PERCENT",
        help="fail the run if less than so much of that was met; shows the table too",
    )


def _percentage(text: str) -> float:
    """Read a share in percent, as argparse wants it."""
    try:
        found = float(text.removesuffix("%"))
    except ValueError:
        found = -1.0
    if not 0 <= found <= _WHOLE:
        raise ArgumentTypeError(f"'{text}' is no percentage; expected a number from 0 to 100")
    return found


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known, and count what is met where that is asked for."""
    config.addinivalue_line("markers", _MARKER)
    least = config.getoption("--exotel-coverage-fail-under")
    if config.getoption("--exotel-coverage") or least is not None:
        from exomock.testing.coverage import Coverage

        config.pluginmanager.register(Coverage(config, least), Coverage.NAME)


@pytest.fixture(scope="session")
def exotel_server(pytestconfig: pytest.Config) -> "Iterator[SuiteServer]":
    """
    The exomock of this test run, as a `Server`: started on first use in a process of its own.

    It is the one of EXOMOCK_URL, or what EXOMOCK_COMMAND starts, where these are set. Called with
    settings, as `exotel_server(callback_timeout=2)`, it gives another one that has these.
    """
    from exomock.testing.suite import SuiteServer, settings_in

    # By its name: a run without coverage need not import what it is.
    coverage = pytestconfig.pluginmanager.get_plugin("exotel-coverage")
    with _in_a_sentence("exotel_server"):
        said = settings_in(pytestconfig.getini("exomock_settings"))
        server = SuiteServer(said, coverage.suite if coverage else None)
    yield server
    if coverage:
        coverage.ask(server)
    server.close()


@pytest.fixture
def exotel(request: pytest.FixtureRequest, exotel_server: "SuiteServer") -> "Iterator[Account]":
    """A fresh account with a frozen clock: place calls, let time pass, look at callbacks."""
    from exomock.testing.suite import account_of

    path, root = request.path.parent, request.config.rootpath
    with _in_a_sentence("exotel"):
        account = account_of(exotel_server, _wanted(request), (path, root))
    yield account
    with _in_a_sentence("exotel"):
        account.close()


@contextmanager
def _in_a_sentence(name: str) -> Iterator[None]:
    """Fail without a traceback: it would show this plugin, which is not at fault."""
    from exomock.client import ControlError, NoServer

    try:
        yield
    except (NoServer, ControlError, TypeError, ValueError) as error:
        raise pytest.fail.Exception(f"{name}: {error}", pytrace=False) from None


def _wanted(request: pytest.FixtureRequest) -> dict[str, Any]:
    """
    What the ini file and the marks of a test say, the nearest mark last.

    Raises:
        TypeError: A mark has a value without a name.
        ValueError: The seed of the ini file is no whole number.
    """
    found: dict[str, Any] = {}
    for name in _INI:
        value = request.config.getini(name)
        if value:
            found[name.removeprefix("exomock_")] = value
    if "seed" in found:
        found["seed"] = int(found["seed"])
    for mark in reversed(list(request.node.iter_markers("exotel"))):
        if mark.args:
            raise TypeError(f"{mark.args[0]!r} has no name; write scenario={mark.args[0]!r}")
        found |= mark.kwargs
    return found


@pytest.fixture
def exotel_receiver() -> "Iterator[Receiver]":
    """A webhook receiver on a free port, which collects what it gets; `.url` is its base."""
    from exomock.testing.receiver import Receiver

    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the account's story to the report of a failed test."""
    report = yield
    account = getattr(item, "funcargs", {}).get("exotel")
    if account is not None and report.failed and report.when == "call":
        from exomock.client import Account
        from exomock.testing.suite import story_of

        if isinstance(account, Account):  # a suite may have a fixture of this name
            report.sections.append((f"exotel: account {account.sid}", story_of(account)))
    return report
