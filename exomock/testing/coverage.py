"""What the application under test has met in a whole run: a table at its end, and a gate."""

import secrets
from collections.abc import Iterable
from typing import Any, ClassVar

import pytest

from exomock.client import ControlError, NoServer
from exomock.testing.suite import SuiteServer

_KEY = "exotel_coverage"
"""Under which pytest-xdist carries what a worker has found."""

_WHOLE = 100

Answer = dict[str, Any]
"""What a server says of a suite."""


class Coverage:
    """
    A part of the plugin, where coverage is asked for; one in each process of the run.

    Each process has a suite of its own on its servers, so that a server that several workers share
    counts nothing twice. The process that began the run adds them up.

    Args:
        config: Of the run.
        least: Percent that must be met for the run to succeed; None is no gate.
    """

    NAME: ClassVar[str] = "exotel-coverage"

    def __init__(self, config: pytest.Config, least: float | None) -> None:
        self._config, self._least = config, least
        self.suite = secrets.token_hex(8)
        self._situations: dict[tuple[str, str], Answer] = {}
        self._lost: list[str] = []
        self._workers = 0

    def ask(self, server: SuiteServer) -> None:
        """Take down what was met on a server, before it ends."""
        try:
            self._add(server.coverage())
        except (NoServer, ControlError) as error:
            self._lost.append(str(error))

    def _add(self, answers: Iterable[Answer]) -> None:
        for each in (one for answer in answers for one in answer["situations"]):
            known = self._situations.setdefault((each["group"], each["name"]), each | {"met": 0})
            known["met"] += each["met"]

    @property
    def percent(self) -> float:
        """How much of all situations was met."""
        met = sum(1 for each in self._situations.values() if each["met"])
        return _WHOLE * met / max(1, len(self._situations))

    @property
    def enough(self) -> bool:
        """Whether so much was met that the run succeeds."""
        return self._least is None or self.percent >= self._least

    # The processes of a run

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodeready(self, node: object) -> None:  # noqa: ARG002 - pytest-xdist names it
        """Note that a worker has begun."""
        self._workers += 1

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: object, error: object) -> None:  # noqa: ARG002
        """Add what a worker has found; one that has crashed says nothing."""
        output = getattr(node, "workeroutput", None) or {}
        if _KEY in output:
            self._workers -= 1
            found = output[_KEY]
            self._add([{"situations": found["situations"]}])
            self._lost += found["lost"]

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Hand over what a worker has found; let the run fail where too little was met."""
        output = getattr(self._config, "workeroutput", None)
        if output is not None:
            output[_KEY] = {"situations": list(self._situations.values()), "lost": self._lost}
        elif not self.enough and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    # The table

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Show what was never met, and how a test would bring it about."""
        terminalreporter.section("exotel coverage")
        for line in self._lines():
            terminalreporter.write_line(line)
        if not self.enough:
            terminalreporter.write_line(
                f"FAIL exotel coverage is {self.percent:.1f} %, below {self._least or 0:g} %",
                red=True,
            )

    def _lines(self) -> Iterable[str]:
        never = [each for each in self._situations.values() if not each["met"]]
        groups = max((len(each["group"]) for each in never), default=0)
        names = max((len(each["name"]) for each in never), default=0)
        for each in never:
            yield f"{each['group']:{groups}}  {each['name']:{names}}  {each['how']}".rstrip()
        yield from self._sum(len(never))

    def _sum(self, never: int) -> Iterable[str]:
        whole = len(self._situations)
        if whole:
            yield (
                f"the application met {whole - never} of {whole} situations ({self.percent:.1f} %)"
                + (f"; above are the {never} it never met" if never else "")
            )
        else:
            yield "no account was made: no test has used the fixture exotel"
        for each in self._lost:
            yield f"not counted: {each}"
        if self._workers:
            yield f"not counted: {self._workers} workers that ended before they could tell"
