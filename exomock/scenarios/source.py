"""Reading YAML so that every value knows its line, and none is misread in silence."""

import json
import re
from collections.abc import Hashable
from typing import Any, NamedTuple, Self

import yaml

from exomock.plain import masked, plain

MAX_BYTES = 1_048_576
MAX_NODES = 100_000
MAX_DEPTH = 32
LONGEST = 600
"""Characters of a message and of a key's path; what is longer is cut in its middle."""

_LONGEST_LINE = 3 * LONGEST

Path = tuple[Hashable, ...]


class Mistake(NamedTuple):
    """One thing wrong with a scenario file, from line and column 1; prints without the column."""

    file: str
    line: int
    key: str
    what: str
    column: int = 1

    def __str__(self) -> str:
        """The line a user reads, in a terminal or a log: it quotes names and keys of any file."""
        where = f"{self.file}:{self.line}: "
        return plain(where + (f"{self.key}: {self.what}" if self.key else self.what), _LONGEST_LINE)


class ScenarioError(Exception):
    """
    A scenario that cannot be used; nothing of it takes effect.

    Args:
        mistakes: At least one.
    """

    def __init__(self, mistakes: list[Mistake]) -> None:
        super().__init__("\n".join(map(str, mistakes)))
        self.mistakes = mistakes


class Scalar(str):
    """
    A YAML scalar as it was written.

    Its text is never converted: `07012345670` is octal to YAML 1.1 and `No` is false, and the
    field that reads the scalar must be able to say so. `kind` is what YAML took it for.
    """

    __slots__ = ("kind",)
    kind: str

    def __new__(cls, text: str, kind: str = "str") -> Self:
        """A scalar with its text and what YAML took it for: str, int, float, bool, null."""
        self = super().__new__(cls, text)
        self.kind = kind
        return self


class ReadFile(NamedTuple):
    """A read file: its data (dicts, lists, `Scalar`s), where each path stands in it, its text."""

    file: str
    data: Any
    lines: dict[Path, int]
    text: str
    columns: dict[Path, int]

    def line(self, path: Path) -> int:
        """The line of a path, or of the nearest thing around it that has one."""
        return self.lines.get(self._known(path), 1)

    def _known(self, path: Path) -> Path:
        while path and path not in self.lines:
            path = path[:-1]
        return path

    def place(self, path: Path, name: str = "") -> str:
        """Its `file:line name`, as messages call it."""
        return f"{self.file}:{self.line(path)} {name}".strip()

    def mistake(self, path: Path, what: str) -> Mistake:
        """A mistake at that path; what would fill a screen is cut."""
        column = self.columns.get(self._known(path), 1)
        key = _cut(".".join(map(str, path)))
        return Mistake(self.file, self.line(path), key, _cut(masked(what)), column)


_HINTS = {
    "'\\t'": "; indent with spaces, not with tabs",
    "mapping values are not allowed": "; quote a text that holds ': '",
    "expected alphabetic or numeric": '; quote a key or a text that begins with * or &: "*"',
    "expected <block end>": "; what belongs together begins in one column",
}


def _cut(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    return f"{text[: LONGEST // 2]} … {text[-LONGEST // 2 :]}"


class _Loader(yaml.SafeLoader):
    """Stops at so many values while it reads, not when all of them are there."""

    values = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Read one value."""
        self.values += 1
        if self.values > MAX_NODES:
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(
                problem=f"it holds over {MAX_NODES} values", problem_mark=mark
            )
        return super().compose_node(parent, index)


_NOT_YAML = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
"""Characters that a text of JSON may hold as they are, and YAML refuses or takes for a new line."""


def yaml_of(data: Any, indent: int | None = None) -> str:
    """
    Data of JSON as YAML, of which each text is read as it is.

    JSON's own escapes will not do for all: of two that make one character, YAML makes two halves.
    """
    text = json.dumps(data, ensure_ascii=False, indent=indent)
    return _NOT_YAML.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def read_source(file: str, raw: bytes) -> ReadFile:
    """
    The data of a YAML text, with lines.

    Args:
        file: What to call it in messages.
        raw: Its bytes, UTF-8.

    Raises:
        ScenarioError: Too large, not UTF-8, not YAML, a key given twice, or nested without end.
    """
    if len(raw) > MAX_BYTES:
        _fail(file, 1, f"is {len(raw)} bytes long; expected at most {MAX_BYTES}")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        _fail(file, line, f"byte {error.start} is not UTF-8; save the file as UTF-8")
    try:
        node = _composed(file, text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        hint = next((hint for part, hint in _HINTS.items() if part in str(error.problem)), "")
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        _fail(file, line, f"is not YAML: {error.problem}{hint}", column=column)
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        _fail(file, line, f"is not YAML: character {error.character:#04x} may not stand in it")
    except (yaml.YAMLError, RecursionError) as error:
        _fail(file, 1, f"is not YAML: {str(error).splitlines()[0]}")
    reader = _Reader(file)
    data = {} if node is None else reader.value(node, ())
    return ReadFile(file, data, reader.lines, text, reader.columns)


def _composed(file: str, text: str) -> Any:
    loader = _Loader(text)
    try:
        return loader.get_single_node()
    except (ValueError, OverflowError):
        # PyYAML lets these through: of `\UFFFFFFFF`, of a version with thousands of digits.
        found = "a character or a number that there is not"
        _fail(file, loader.line + 1, f"is not YAML: {found}", column=loader.column + 1)
    finally:
        loader.dispose()


def _fail(file: str, line: int, what: str, key: str = "", column: int = 1) -> Any:
    raise ScenarioError([Mistake(file, line, key, what, column)]) from None


class _Reader:
    """One walk over a node tree; counts nodes, so that aliases cannot multiply without end."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[Path, int] = {}
        self.columns: dict[Path, int] = {}
        self.nodes = 0

    def value(self, node: yaml.Node, path: Path) -> Any:
        self.nodes += 1
        line = node.start_mark.line + 1
        self.lines.setdefault(path, line)
        self.columns.setdefault(path, node.start_mark.column + 1)
        if self.nodes > MAX_NODES:
            _fail(self.file, line, f"holds over {MAX_NODES} values (aliases multiply)")
        if len(path) > MAX_DEPTH:
            _fail(self.file, line, f"is nested over {MAX_DEPTH} deep (an alias that holds itself?)")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*path, i)) for i, item in enumerate(node.value)]
        return self._scalar(node)

    def _scalar(self, node: yaml.Node) -> Scalar:
        try:
            node.value.encode()
        except UnicodeEncodeError as error:
            odd = f"\\u{ord(node.value[error.start]):04x}"
            line = node.start_mark.line + 1
            _fail(self.file, line, f"holds {odd}, half a character; expected whole ones")
        return Scalar(node.value, node.tag.rpartition(":")[2])

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[Scalar, Any]:
        found: dict[Scalar, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                _fail(self.file, line, "a key is a word, not a list or a mapping")
            key = self._scalar(key_node)
            here = (*path, str(key))
            if key in found:
                _fail(
                    self.file,
                    line,
                    f"stands here for the second time; first on line {self.lines[here]}",
                    ".".join(map(str, here)),
                )
            self.lines[here], self.columns[here] = line, key_node.start_mark.column + 1
            found[key] = self.value(value_node, here)
        return found
