"""The architecture, read from the imports: docs/design.md "The house"."""

import ast
import subprocess
import sys
from collections import Counter
from functools import cached_property
from pathlib import Path

import exomock

PACKAGE = Path(exomock.__file__).parent

# What stands on one line of docs/design.md has one number; imports never go to a higher one.
RANKS = {
    "domain": 0,
    "wall": 1,
    "ist": 1,
    "plain": 0,
    "kinds": 1,
    "addresses": 1,
    "setting": 1,
    "settings": 1,
    "every_setting": 1,
    "field": 1,
    "lines": 0,
    "client": 0,
    "testing": 1,
    "testcontainers": 2,
    "pytest_plugin": 2,
    "recording": 2,
    "recording_cli": 9,
    "leash": 10,
    "numbering": 1,
    "parties": 1,
    "logs": 2,
    "banner": 7,
    "announced": 7,
    "scenarios": 2,
    "storage": 2,
    "engine": 3,
    "delivery": 4,
    "cluster": 4,
    "heartbeat": 4,
    "api": 5,
    "control": 6,
    "console": 6,
    "pool": 1,
    "places": 1,
    "leaving": 1,
    "standard": 0,
    "collector": 1,
    "rsgi": 1,
    "metrics": 1,
    "front": 6,
    "bodies": 6,
    "shared_front": 6,
    "whose": 6,
    "signed": 6,
    "forwarding": 5,
    "loop": 7,
    "listening": 7,
    "claims": 7,
    "app": 7,
    "server": 8,
    "serving": 8,
    "watch": 7,
    "drawing": 1,
    "retelling": 5,
    "rehearsal": 5,
    "scenario_cli": 9,
    "trust": 2,
    "proxy": 3,
    "run": 8,
    "workers": 9,
    "serving_tls": 8,
    "run_cli": 9,
    "trust_cli": 9,
    "health_cli": 9,
    "options": 8,
    "ladder": 1,
    "sending": 6,
    "streaming": 6,
    "sharing": 6,
    "printer": 7,
    "serve_cli": 9,
    "verbs": 9,
    "cli": 9,
    "__main__": 9,
}

# What shows a time of day; `time.gmtime` and its like do so when they are given none.
CLOCKS = {
    "datetime.date.today",
    "datetime.datetime.now",
    "datetime.datetime.today",
    "datetime.datetime.utcnow",
    "time.asctime",
    "time.clock_gettime",
    "time.clock_gettime_ns",
    "time.ctime",
    "time.gmtime",
    "time.localtime",
    "time.monotonic",
    "time.monotonic_ns",
    "time.sleep",
    "time.strftime",
    "time.time",
    "time.time_ns",
}

STOPWATCHES = {"time.perf_counter", "time.perf_counter_ns", "time.process_time"}

# The domain is a function of its arguments: nothing there may wait, draw, read or write.
IMPURE = {
    "asyncio", "concurrent", "io", "logging", "multiprocessing", "os", "pathlib", "queue", "secrets",
    "shutil", "signal", "socket", "sqlite3", "subprocess", "tempfile", "threading", "time", "uuid",
}  # fmt: skip


class Module:
    """A source file of the package: what it imports, and every dotted name it speaks of."""

    def __init__(self, path: Path):
        self.where = path.relative_to(PACKAGE)
        self.layer = self.where.parts[0].removesuffix(".py")
        self.name = ".".join(("exomock", *self.where.with_suffix("").parts))
        self._path = path

    # Read when a test asks: each worker collects this file, and one of them runs most of its tests.
    @cached_property
    def text(self):
        return self._path.read_text(encoding="utf-8")

    @property
    def lines(self):
        return self.text.splitlines()

    @cached_property
    def tree(self):
        return ast.parse(self.text)

    @cached_property
    def aliases(self):
        return dict(self._bindings())

    @property
    def targets(self):
        return set(self.aliases.values())

    def _bindings(self):
        """(local name, what it stands for), of imports at any depth."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    head = alias.name.partition(".")[0]
                    yield alias.asname or head, alias.name if alias.asname else head
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{self.where}: a relative import"
                for alias in node.names:
                    yield alias.asname or alias.name, f"{node.module}.{alias.name}"

    @cached_property
    def imported(self):
        """Dotted names of everything imported, the submodules of plain imports too."""
        plain = {
            alias.name
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Import)
            for alias in node.names
        }
        return self.targets | plain

    @cached_property
    def spoken_of(self):
        """Dotted names of everything imported or used, as the module it comes from calls it."""
        found = self.imported
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Attribute | ast.Name):
                head, *rest = ast.unparse(node).split(".")
                if head in self.aliases:
                    found.add(".".join((self.aliases[head], *rest)))
        return found

    @property
    def module(self):
        """What an import calls it: a package by its folder's name."""
        return self.name.removesuffix(".__init__")

    def files(self):
        """The files of the package that it imports, by their dotted names; packages among them."""
        files = {known.module for known in MODULES}
        # A name that is no file stands in one: a function, a class.
        mine = {name if name in files else name.rpartition(".")[0] for name in self.imported}
        return mine & files - {self.module}

    def layers(self):
        """The layers of the package that it imports, its own apart."""
        parts = [name.split(".") for name in self.imported]
        mine = {part[1] for part in parts if part[0] == "exomock" and len(part) > 1}
        return mine - {self.layer, "__version__"}


MODULES = [Module(path) for path in sorted(PACKAGE.rglob("*.py")) if path.parent.name != "shipped"]
PLACED = [module for module in MODULES if module.layer != "__init__"]
DOMAIN = [module for module in MODULES if module.layer == "domain"]


def wrong(modules, found):
    """What `found` finds in each module, where it finds anything; nothing is right."""
    return {str(module.where): got for module in modules if (got := found(module))}


def reached(known, start):
    """Every name that is reached from one, by any number of steps; `known` says each step."""
    found, todo = set(), set(known[start])
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo |= known[name]
    return found


def tops(module):
    return {name.partition(".")[0] for name in module.imported}


class TestDirection:
    def test_every_module_has_a_rank(self):
        """A new layer is placed in docs/design.md and here before it is used."""
        assert {} == wrong(PLACED, lambda module: ({module.layer} | module.layers()) - RANKS.keys())

    def test_imports_never_point_up(self):
        """Imports inside functions count as well."""
        assert {} == wrong(
            PLACED,
            lambda module: {up for up in module.layers() if RANKS[up] > RANKS[module.layer]},
        )

    def test_two_layers_never_import_each_other(self):
        """Of two with one number at most one knows the other: the heartbeat delivery, not back."""
        known = {layer: set() for layer in RANKS}
        for module in PLACED:
            known[module.layer] |= module.layers()

        assert [] == [(one, other) for one in known for other in known[one] if one in known[other]]

    def test_the_package_itself_imports_nothing_but_the_client(self):
        """`import exomock` gives a version and costs nothing; `exomock.connect` loads the client."""
        (root,) = [module for module in MODULES if module.layer == "__init__"]
        loads = "import sys, exomock; print([n for n in sys.modules if n.startswith('exomock.')])"

        assert {"client"} == root.layers()
        assert b"[]\n" == subprocess.check_output([sys.executable, "-c", loads])

    def test_the_client_needs_the_standard_library_alone(self):
        """An application's environment may have any Flask, marshmallow and SQLAlchemy."""
        client = [module for module in MODULES if module.layer in ("client", "plain", "lines")]
        allowed = sys.stdlib_module_names | {"exomock"}

        assert {} == wrong(
            client, lambda module: module.layers() - {"plain", "lines"} | (tops(module) - allowed)
        )

    def test_no_file_imports_itself_by_way_of_others(self):
        """
        No circle of files: imports inside functions and for the type checker count as well.

        Both make two files one idea, which neither can be read without. That a file imports its own
        package's `__init__` before it runs, as Python does by itself, does not count.
        """
        known = {module.module: module.files() for module in MODULES}

        assert [] == [name for name in known if name in reached(known, name)]

    def test_a_circle_is_seen(self):
        """Of three files in a circle each reaches itself, and one that leads there does not."""
        known = {"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}

        assert ["a", "b", "c"] == [name for name in known if name in reached(known, name)]

    def test_imports_for_the_type_checker_are_seen(self):
        """A file is known by its dotted name, a package by its folder's: a test of the test."""
        files = {module.module: module.files() for module in MODULES}

        assert {"exomock.engine", "exomock.settings"} <= files["exomock.app"]
        assert "exomock.engine.alarms" in files["exomock.engine.world"]

    def test_the_check_sees_what_it_should(self):
        """Known imports of each form are found: a test of the test."""
        found = {module.layer: module.layers() for module in PLACED if len(module.where.parts) == 1}

        assert {"api", "control", "delivery", "engine"} <= found["app"]
        assert {"cli", "health_cli", "leaving", "standard"} == found["__main__"]


class TestNames:
    # One kind of value, read once from a command line, a form, a body and a scenario file each.
    READ_TWICE = frozenset(
        {"ClockRate", "Flag", "Moment", "OneOf", "Text", "Whole"},
    )

    def test_a_public_class_has_a_name_of_its_own(self):
        """
        One word, one thing: the glossary of docs/design.md says which.

        The client's `Call` is what the control API shows of the domain's; no file sees both.
        """
        classes = Counter(
            node.name
            for module in MODULES
            if module.layer != "client"
            for node in module.tree.body
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
        )

        assert self.READ_TWICE == {name for name, times in classes.items() if times > 1}


class TestDomain:
    def test_it_imports_the_standard_library_and_itself(self):
        """No Flask, no storage, no phonenumbers."""
        allowed = sys.stdlib_module_names | {"exomock"}

        assert {} == wrong(DOMAIN, lambda module: module.layers() | (tops(module) - allowed))

    def test_it_neither_waits_nor_reads_nor_writes(self):
        """No threads, clocks, files, sockets or logs."""
        assert {} == wrong(DOMAIN, lambda module: tops(module) & IMPURE)

    def test_its_chance_is_an_argument(self):
        """Of `random` only the class Random, which is seeded, never the module's own dice."""
        assert {} == wrong(
            DOMAIN,
            lambda module: (
                {name for name in module.imported if name.startswith("random")} - {"random.Random"}
            ),
        )

    def test_it_makes_no_chance_of_its_own(self):
        """Random is a type there; whoever calls the domain seeds one."""
        assert {} == wrong(
            DOMAIN,
            lambda module: [
                node.lineno
                for node in ast.walk(module.tree)
                if isinstance(node, ast.Call) and "Random" == ast.unparse(node.func)
            ],
        )


class TestClocks:
    def test_only_wall_reads_the_clock(self):
        """Everything else is given the time; nothing sleeps."""
        others = [module for module in MODULES if module.layer != "wall"]

        assert {} == wrong(others, lambda module: CLOCKS & module.spoken_of)

    def test_only_delivery_has_a_stopwatch(self):
        """A receiver's 15 s are of wall time (exotel-v1.md section 8); nothing else is timed."""
        others = [module for module in MODULES if module.layer != "delivery"]

        assert {} == wrong(others, lambda module: STOPWATCHES & module.spoken_of)

    def test_wall_does_read_it(self):
        """The check finds the one reader there is: a test of the test."""
        (wall,) = [module for module in MODULES if module.layer == "wall"]

        assert {"time.time_ns", "time.clock_gettime_ns"} <= CLOCKS & wall.spoken_of
