"""`--watch`: scenario files are read again when they change."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from exomock.domain.errors import DomainError
from exomock.domain.scenario import Scenario
from exomock.plain import plain
from exomock.scenarios import ScenarioError, files_of, read_scenarios

LOOK_EVERY = 0.5
"""Seconds between looks at the files."""

_log = logging.getLogger("exomock.scenario")

Seen = dict[Path, tuple[int, int] | None]


class Watch:
    """
    Looks at the files of a scenario, and at what they include, for as long as the server lives.

    Args:
        names: Paths of files and folders, names of shipped ones.
        give: Called with the new scenario; a wrong one is reported, and not given.
    """

    def __init__(self, names: tuple[str, ...], give: Callable[[Scenario], None]) -> None:
        self._names = names
        self._give = give
        self._seen = self._look()

    def _look(self) -> Seen:
        return {path: _state(path) for path in files_of(self._names)}

    def start(self) -> None:
        """Look again and again, in a thread of its own."""
        threading.Thread(target=self._run, name="exomock-watch", daemon=True).start()

    def _run(self) -> None:
        pause = threading.Event()
        while not pause.wait(LOOK_EVERY):
            try:
                self.look()
            except Exception:  # noqa: BLE001
                # A file system that fails for a moment must not end the watch.
                _log.exception("the scenario files could not be looked at")

    def look(self) -> None:
        """Read the scenario again if any of its files has changed."""
        known = {path: _state(path) for path in self._seen}
        folders = any(Path(name).is_dir() for name in self._names)
        if known == self._seen and not (folders and self._look() != self._seen):
            return
        before, self._seen = self._seen, self._look()
        try:
            scenario = read_scenarios(self._names)
            self._give(scenario)
        except (ScenarioError, DomainError) as error:
            # The files that it was read from before may come back.
            self._seen = {path: _state(path) for path in before} | self._seen
            _log.error("the old scenario stays, the new one is wrong:\n%s", error)
            return
        _log.info("read again: %s", plain(scenario.name))


def _state(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
