"""What exomock needs from others: declared, bounded, and no more than the scenario at hand needs."""

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

RUNTIME = ("mp3", "postgresql", "re2", "testcontainers", "tls")
"""The extras that a user may install; certifi comes with requests."""

NAMED = {"psycopg"}
"""What nobody imports here: SQLAlchemy does, by a database's URL."""

LOADERS = {"pytest"}
"""What loads a part of exomock, and so is there: nobody needs it who has not got it."""

UNBOUNDED = {"phonenumbers"}
"""Its major version only says which year's numbering plans it knows."""

WITHOUT_RE2 = """
import sys
sys.modules["re2"] = None
from exomock.cli import main
main()
"""


def normal(name):
    """A distribution's name as PyPI compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(*extras):
    """The requirements of the package, and of these extras, by normal name."""
    found = list(PROJECT["dependencies"])
    for extra in extras:
        found += PROJECT["optional-dependencies"][extra]
    return {normal(re.match(r"[\w.-]+", each)[0]): each for each in found}


def imported():
    """The distributions whose modules the package imports, at any depth of its code."""
    tops = set()
    for path in (ROOT / "exomock").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                tops |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                tops.add(node.module.partition(".")[0])
    others = tops - sys.stdlib_module_names - {"exomock"}
    known = packages_distributions()
    return {normal(known[top][0]) for top in others}


class TestDeclared:
    def test_what_is_imported_is_declared_and_nothing_else(self):
        """A package that comes with another one may go with it: urllib3, werkzeug."""
        assert imported() - LOADERS | NAMED == set(declared(*RUNTIME))

    def test_each_has_a_lowest_version_and_an_end(self):
        """The next major version of a package may break exomock, and has not been tried."""
        bounded = {name for name, text in declared(*RUNTIME).items() if re.search(r">=.*,<", text)}

        assert set(declared(*RUNTIME)) - UNBOUNDED == bounded
        assert all(">=" in declared()[name] for name in UNBOUNDED)


def test_no_class_of_marshmallow_is_given_a_type_in_brackets():
    """marshmallow 3 takes none: `exomock.field.Field[int]`, not `fields.Field[int]`."""
    found = [
        path.name
        for path in (ROOT / "exomock").rglob("*.py")
        if re.search(r"\bfields\.[A-Z]\w*\[", path.read_text(encoding="utf-8"))
    ]

    assert [] == found


class TestWithoutRe2:
    """On Alpine google-re2 has no wheel; a module of that name that is None cannot be imported."""

    def check(self, tmp_path, pattern):
        file = tmp_path / "evening.yaml"
        file.write_text(
            f'rules:\n  - when: {{to: "{pattern}"}}\n    leg1: busy\n', encoding="utf-8"
        )
        return subprocess.run(
            [sys.executable, "-c", WITHOUT_RE2, "scenario", "check", file.name],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    def test_a_scenario_without_expressions_is_read(self, tmp_path):
        """A number and its beginning need no RE2."""
        done = self.check(tmp_path, "0981*")

        assert (0, "") == (done.returncode, done.stderr)

    @pytest.mark.parametrize("pattern", ["/^0981/", "/(9/"])
    def test_an_expression_is_one_line_that_names_what_to_install(self, tmp_path, pattern):
        """File, line, key, what was found, and the command that mends it."""
        done = self.check(tmp_path, pattern)

        told = (
            f"evening.yaml:2: rules.0.when.to: found '{pattern}', a regular expression needs RE2: "
            "pip install google-re2"
        )
        assert 1 == done.returncode
        assert [told] == [
            line.removeprefix("exomock: ")
            for line in (done.stdout + done.stderr).splitlines()
            if "evening.yaml:2" in line
        ]
        assert "Traceback" not in done.stderr
