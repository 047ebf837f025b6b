"""The places of scenario files: shipped ones, paths, folders, and what a file includes."""

from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from exomock.scenarios.manner import nearest
from exomock.scenarios.source import MAX_BYTES, Mistake, ScenarioError

_HERE = Path(__file__).resolve().parent.parent

# In a wheel they lie inside the package, in a checkout at the top.
SHIPPED = _HERE / "shipped" if (_HERE / "shipped").is_dir() else _HERE.parent / "scenarios"

MAX_FILES = 100
_SUFFIXES = (".yaml", ".yml")


class File(NamedTuple):
    """
    A scenario file.

    Args:
        path: Where it lies.
        name: What to call it in messages.
        folder: Which folder its includes must not leave.
    """

    path: Path
    name: str
    folder: Path

    def read(self) -> bytes:
        """
        Its bytes; one more than are allowed where it is too long.

        Raises:
            ScenarioError: It cannot be read.
        """
        try:
            if self.path.is_fifo():  # which would wait for somebody to write
                raise _problem(self.name, "cannot be read: it is a pipe")
            with self.path.open("rb") as file:
                return file.read(MAX_BYTES + 1)
        except OSError as error:
            raise _problem(self.name, f"cannot be read: {error.strerror}") from None

    def beside(self, wanted: str) -> "File":
        """
        A file that this one includes, counted from where it lies.

        Raises:
            ValueError: It is not there, or lies outside the folder.
        """
        try:
            path = (self.path.parent / wanted).resolve()
            return self._in_folder(path, wanted)
        except (OSError, RuntimeError) as error:
            why = getattr(error, "strerror", None) or "it leads in circles"
            raise ValueError(f"cannot be read: {why}") from None

    def _in_folder(self, path: Path, wanted: str) -> "File":
        if not path.is_relative_to(self.folder):
            raise ValueError(
                f"'{wanted}' leaves the folder {self.folder.name}; expected a file in it"
            )
        if not path.is_file():
            endings = {path.suffix or ".yaml", *_SUFFIXES}
            there = [
                each.name
                for each in (path.parent.iterdir() if path.parent.is_dir() else ())
                if each.suffix in endings
            ]
            raise ValueError(f"there is no file '{wanted}'{nearest(path.name, there)}")
        return File(path, str(Path(self.name).parent / wanted), self.folder)


class Files:
    """Files to be read, each once, in the order they were asked for; included ones come last."""

    def __init__(self) -> None:
        self._waiting: deque[File] = deque()
        self._seen: set[Path] = set()

    def add(self, file: File) -> None:
        """
        Ask for a file.

        Raises:
            ScenarioError: There are too many.
        """
        path = file.path.resolve()
        if path in self._seen:
            return
        if len(self._seen) >= MAX_FILES:
            raise _problem(file.name, f"is one file too many; expected at most {MAX_FILES}")
        self._seen.add(path)
        self._waiting.append(file)

    def extend(self, files: list[File]) -> None:
        """Ask for several files."""
        for file in files:
            self.add(file)

    def next(self) -> File | None:
        """The next file, None when all have been read."""
        return self._waiting.popleft() if self._waiting else None


def named(name: str, shipped: Mapping[str, Path]) -> list[File]:
    """
    The files of a scenario: one, or those of a folder.

    Args:
        name: The name of a shipped one, or a path.
        shipped: By name.

    Raises:
        ScenarioError: There is none.
    """
    try:
        return _named(name, shipped)
    except (OSError, RuntimeError) as error:
        why = getattr(error, "strerror", None) or "it leads in circles"
        raise _problem(name, f"cannot be read: {why}") from None


def _named(name: str, shipped: Mapping[str, Path]) -> list[File]:
    path = Path(name)
    if name in shipped:
        return [File(shipped[name], shipped[name].name, SHIPPED.resolve())]
    if path.is_dir():
        found = sorted(each for each in path.iterdir() if each.suffix in _SUFFIXES)
        if not found:
            raise _problem(name, "is a folder without .yaml files")
        return [File(each, str(path / each.name), path.resolve()) for each in found]
    if not path.exists():
        hint = nearest(name, shipped) or f"; shipped scenarios are {', '.join(shipped)}"
        raise _problem(name, f"cannot be read: No such file or directory{hint}")
    return [File(path, name, path.resolve().parent)]


def _problem(file: str, what: str) -> ScenarioError:
    return ScenarioError([Mistake(file, 1, "", what)])
