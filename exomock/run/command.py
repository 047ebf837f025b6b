"""A command that runs under ours: its exit code is ours, and our signals are its own."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from exomock.leaving import end_if_told

NOT_FOUND, NOT_EXECUTABLE, KILLED = 127, 126, 128
"""Exit codes as shells have them; a signal's number is added to the last."""

_PASSED_ON = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGBREAK")

_FROM_TERMINAL = ("SIGINT", "SIGQUIT", "SIGHUP", "SIGBREAK")
"""Signals that a terminal sends to all processes in its foreground, and so to the command too."""


class CannotRun(Exception):
    """
    A command cannot be started; its message is one line.

    Args:
        code: The exit code.
    """

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


def check(argv: Sequence[str], environ: Mapping[str, str]) -> None:
    """
    See that there is such a command, before anything is started for it.

    Raises:
        CannotRun: There is none.
    """
    if shutil.which(argv[0], path=environ.get("PATH")) is None:
        if os.path.exists(argv[0]) and os.path.dirname(argv[0]):  # noqa: PTH110, PTH120
            raise CannotRun(f"run: {argv[0]} cannot be executed", NOT_EXECUTABLE)
        raise CannotRun(f"run: there is no command '{argv[0]}'", NOT_FOUND)


_HEEDED_WITHIN = 0.2
"""Seconds in which a signal is heeded at the latest, whatever the moment at which it comes."""


class Command:
    """
    A command; `run` may be called once, in the main thread.

    Args:
        argv: Its name and arguments.
        environ: Its environment.
    """

    def __init__(self, argv: Sequence[str], environ: Mapping[str, str]) -> None:
        self._argv, self._environ = argv, environ
        self._process: subprocess.Popen[bytes] | None = None
        self._early: list[int] = []

    def run(self) -> int:
        """
        Run it to its end, and give its exit code.

        Raises:
            CannotRun: It cannot be started.
            SystemExit: We were told to end before.
        """
        for name in _PASSED_ON:
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), self._pass_on)
        end_if_told()  # before, and it was lost: the command would run to its end
        try:
            self._process = subprocess.Popen(self._argv, env=self._environ)  # noqa: S603
        except OSError as error:
            raise CannotRun(f"run: {self._argv[0]}: {error.strerror}", NOT_EXECUTABLE) from None
        for which in self._early:
            self._send(which)
        code = _waited_for(self._process)
        return code if code >= 0 else KILLED - code

    def _pass_on(self, which: int, _frame: Any) -> None:
        if self._process is None:
            self._early.append(which)  # it is just being started
        elif not (signal.Signals(which).name in _FROM_TERMINAL and _in_foreground()):
            self._send(which)

    def _send(self, which: int) -> None:
        assert self._process is not None
        with suppress(OSError):  # it has just ended
            self._process.send_signal(which)


def _waited_for(process: subprocess.Popen[bytes]) -> int:
    """
    Wait for its end, and heed signals meanwhile.

    Not by `wait` alone: a signal that comes between Python's last look for one and the beginning of
    that call would be heeded when the command has ended.
    """
    waiting = threading.Thread(target=process.wait, name="exomock-command", daemon=True)
    try:
        waiting.start()
    except RuntimeError:  # no thread can be started
        return process.wait()
    while waiting.is_alive():
        waiting.join(_HEEDED_WITHIN)
    return process.wait()


def _in_foreground() -> bool:
    """Whether we, and so the command, are what a terminal sends its Ctrl-C to."""
    for stream in (sys.__stdin__, sys.__stdout__, sys.__stderr__):
        with suppress(OSError, ValueError, AttributeError):  # closed, no terminal, Windows
            if stream is not None and os.tcgetpgrp(stream.fileno()) == os.getpgrp():
                return True
    return False


def keep_quiet() -> None:
    """From now on signals change nothing: the command has ended, and we are about to."""
    for name in _PASSED_ON:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
