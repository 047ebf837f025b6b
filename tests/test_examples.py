"""Each example runs as it stands, in a copy of its folder, as somebody who has copied it would."""

import shutil
import sys

import pytest

from pages import ROOT, text_of
from test_recipes import run

EXAMPLES = ROOT / "examples"


@pytest.mark.parametrize("name", ["helpline"])
def test_the_tests_of_an_example_pass(name, tmp_path):
    """By the one word `pytest` in its folder, as the recipe says, inside this repository too."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    folder = shutil.copytree(EXAMPLES / name, tmp_path / name)
    command = (
        "import sys, pytest; sys.exit(pytest.main())"  # unlike -m, without the folder in sys.path
    )
    said = run([sys.executable, "-P", "-c", command, "-q"], folder)

    assert " passed" in said


def test_each_example_is_a_recipe():
    """The list of recipes leads to each."""
    listed = text_of("docs/recipes/README.md")
    for folder in EXAMPLES.iterdir():
        assert f"(../../examples/{folder.name}/)" in listed
