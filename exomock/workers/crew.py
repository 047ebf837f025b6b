"""The crew: the workers of one server, each started again when it dies, and all ended together."""

import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import IO

from exomock.storage.trouble import DatabaseFault
from exomock.wall import rest, stopwatch
from exomock.workers.spec import Spec
from exomock.workers.worker import READY

_log = logging.getLogger("exomock.workers")

_BACK_OFF = (0.0, 1.0, 2.0, 4.0, 8.0)
"""Seconds before a worker is started again: after its first death at once, then ever later."""

_LONG = 30.0
"""Seconds after which a worker that dies has lived long, and is started again at once."""

END = 10.0
"""Seconds in which workers hand their accounts over and end; then they are killed."""


class Worker:
    """
    One worker, and those that take its place; lives from `start` to `end`, in a thread of its own.

    Args:
        spec: What it is told.
        sockets: Descriptors that it inherits.
        said: Told when it takes requests, when it dies, and if it never starts.
    """

    def __init__(self, spec: Spec, sockets: Sequence[int], said: "Crew") -> None:
        self._spec, self._sockets, self._said = spec, sockets, said
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._ending = threading.Event()
        self._been_ready = False
        self._thread = threading.Thread(target=self._run, name=spec.name, daemon=True)

    @property
    def pid(self) -> int | None:
        """The pid of the process that runs now."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start it, and start it again whenever it dies."""
        self._thread.start()

    def _run(self) -> None:
        deaths = 0
        while not self._ending.is_set():
            began = stopwatch()
            try:
                if (process := self._started()) is None:
                    return
                how = f"has died ({_how(self._waited_for(process))}), and is started again"
            except OSError as error:
                how = f"could not be started ({error.strerror}), and that is tried again"
            if self._ending.is_set():
                return
            if not self._been_ready:
                if how.startswith("could"):
                    _log.error("%s %s", self._spec.name, how)
                self._said.broke()
                return
            self._said.died(self._spec)
            deaths = 0 if stopwatch() - began > _LONG else deaths
            pause = _BACK_OFF[min(deaths, len(_BACK_OFF) - 1)]
            _log.error("%s %s%s", self._spec.name, how, f" in {pause:g} s" if pause else "")
            deaths += 1
            rest(self._ending, pause)

    def _started(self) -> "subprocess.Popen[bytes] | None":
        with self._lock:
            if self._ending.is_set():
                return None
            self._process = subprocess.Popen(
                [sys.executable, "-m", "exomock.workers.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                pass_fds=self._sockets,
                env=os.environ | self._said.variables,
            )
            return self._process

    def _waited_for(self, process: "subprocess.Popen[bytes]") -> int:
        """Tell it what to do, hear that it is ready, and wait for its end."""
        assert process.stdin is not None
        assert process.stdout is not None
        # Standard input stays open: it is the leash, and the worker ends once it is closed.
        with _held(process.stdin) as leash, process.stdout as out:
            try:
                leash.write(self._spec.line())
                leash.flush()
            except OSError:
                return process.wait()
            for line in out:
                if line == READY:
                    self._been_ready = True
                    self._said.ready(self._spec)
            return process.wait()

    def end(self) -> None:
        """Have it end, and start no other; returns at once."""
        self._ending.set()
        self.tell(signal.SIGTERM)

    def tell(self, which: signal.Signals) -> None:
        """Send a signal to the process that is there now."""
        with self._lock:
            if self._process is not None and self._process.poll() is None:
                self._process.send_signal(which)

    def wait(self, seconds: float) -> bool:
        """Whether it has ended within so many seconds."""
        self._thread.join(max(0.0, seconds))
        return not self._thread.is_alive()


class Crew:
    """
    All workers of a server; lives from `start` to `end`.

    Args:
        specs: What each is told.
        sockets: Descriptors that all inherit.
        variables: More environment for each.
        bury: Called when a worker has died, so that nobody waits for the end of its lease.
        broken: Called when a worker cannot be started at all; it has said why.
    """

    def __init__(
        self, specs: Sequence[Spec], sockets: Sequence[int], variables: Mapping[str, str],
        bury: Callable[[Spec], None],
        broken: Callable[[], None],
    ) -> None:  # fmt: skip
        self._waiting = {each.name for each in specs}
        self._changed = threading.Condition()
        self._bury, self._breaks, self._broken = bury, broken, False
        self._ending = False
        self.variables = dict(variables)
        self.workers = [Worker(each, sockets, self) for each in specs]

    def start(self) -> None:
        """Start all."""
        for each in self.workers:
            each.start()

    def ready(self, spec: Spec) -> None:
        """Hear that a worker takes requests."""
        with self._changed:
            self._waiting.discard(spec.name)
            self._changed.notify_all()

    def died(self, spec: Spec) -> None:
        """Hear that a worker has died; another takes its place."""
        try:
            self._bury(spec)
        except DatabaseFault:
            _log.warning("the lease of %s ends by itself", spec.name)

    def broke(self) -> None:
        """Hear that a worker cannot be started at all."""
        with self._changed:
            self._broken = True
            self._changed.notify_all()
        self._breaks()

    @property
    def broken(self) -> bool:
        """Whether a worker could not be started at all."""
        return self._broken

    def wait_until_ready(self) -> bool:
        """Wait until each worker takes requests; False if one cannot, or the crew ends."""
        with self._changed:
            self._changed.wait_for(lambda: not self._waiting or self._broken or self._ending)
            return not (self._waiting or self._ending)

    def end(self) -> None:
        """End all workers; each hands its accounts over first, or is killed when time is up."""
        with self._changed:
            self._ending = True
            self._changed.notify_all()
        for each in self.workers:
            each.end()
        until = stopwatch() + END
        for each in self.workers:
            if not each.wait(until - stopwatch()):
                each.tell(signal.SIGKILL)
                each.wait(1.0)


@contextmanager
def _held(leash: IO[bytes]) -> Iterator[IO[bytes]]:
    try:
        yield leash
    finally:
        # A worker that has ended before it read its line: closing writes the rest of it once more.
        with suppress(OSError):
            leash.close()


def _how(code: int) -> str:
    if code >= 0:
        return f"with status {code}"
    try:
        return f"by {signal.Signals(-code).name}"
    except ValueError:
        return f"by signal {-code}"
