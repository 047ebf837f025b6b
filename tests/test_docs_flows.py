"""The page says of each step of a flow what its schema reads, and its examples use it all."""

import re

import pytest
import yaml
from click.testing import CliRunner

from exomock.cli import cli
from exomock.domain.flows import guesses
from exomock.scenarios.steps import STEPS, Way
from pages import blocks_in, rows_of, section_of, text_of, whole

PAGE = "docs/scenarios.md"


def names(cell):
    """What stands in backticks in a cell."""
    return set(re.findall(r"`([^`]+)`", cell))


def keys_of(schema):
    """The keys that stand beside a step's word, exits aside, by the names that files use."""
    return {
        field.data_key or name
        for name, field in schema().fields.items()
        if field.attribute != "value" and not isinstance(field, Way)
    }


def second_table(heading):
    """The cells of the second table under a heading, its head left out."""
    lines = section_of(PAGE, heading).split("| Beside a step ", 1)[1].splitlines()[2:]
    rows = (line for line in lines if line.startswith("|"))
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def steps_in(value):
    """Every step of an example, in lists, exits and parts."""
    if isinstance(value, list):
        for each in value:
            yield from steps_in(each)
    elif isinstance(value, dict):
        if any(key in STEPS for key in value):
            yield value
        for each in value.values():
            yield from steps_in(each)
    elif value in STEPS:
        yield {value: None}


ROWS = {row[0].strip("`"): row for row in rows_of(PAGE, "### steps")}
FILES = [yaml.safe_load(whole(block)) for block in blocks_in(text_of(PAGE), "yaml")]
USED = [
    step for file in FILES for flow in file.get("flows", {}).values() for step in steps_in(flow)
]


class TestSteps:
    def test_each_has_a_row(self):
        """And no row is about a step that there is not."""
        assert set(STEPS) == set(ROWS)

    @pytest.mark.parametrize("word", STEPS)
    def test_its_row_names_its_exits(self, word):
        """A key stands for those of a menu."""
        assert set(STEPS[word]().ways()) == names(ROWS[word][2]) - {"1"}

    @pytest.mark.parametrize("word", STEPS)
    def test_its_row_names_what_may_stand_beside_it(self, word):
        """A name can stand beside each, so no row says so."""
        assert keys_of(STEPS[word]) - {"name"} == names(ROWS[word][3])

    def test_each_word_that_stands_beside_one_is_explained(self):
        """Once, in the table of words beside a step."""
        known = set().union(*(keys_of(schema) for schema in STEPS.values()))

        assert known == {row[0].strip("`") for row in second_table("### steps")}

    def test_what_is_left_out_is_what_the_code_takes(self):
        """The defaults of the table, and the most steps of a call."""
        left_out = {row[0].strip("`"): row[2] for row in second_table("### steps")}

        assert {
            "max_digits": f"{guesses.KEYS}", "finish_on": f'`"{guesses.FINISH}"`',
            "timeout": f"`{guesses.INPUT_TIMEOUT}s`", "ring": f"`{guesses.RING}s`",
            "at_most": f"`{guesses.TALK}s`",
        }.items() <= left_out.items()  # fmt: skip
        assert f"at most {guesses.STEPS} steps" in section_of(PAGE, "### steps")

    @pytest.mark.parametrize("word", STEPS)
    def test_the_examples_use_each_with_all_of_its_words_and_exits(self, word):
        """Of steps with the same words, one example is enough for a word."""
        schema = STEPS[word]()
        shared = {"name", "answer", "takes", "repeat", "timeout", "fallback"}
        mine = [
            {str(key) for key in step}
            for step in USED
            if next(k for k in step if k in STEPS) == word
        ]

        assert mine
        wanted = keys_of(STEPS[word]) - shared | set(schema.ways())
        assert set() == wanted - set().union(*mine)
        assert set() == shared - {str(key) for step in USED for key in step}


FLOWS = [
    pytest.param(whole(block), app, id=f"{number}-{app}")
    for number, block in enumerate(blocks_in(text_of(PAGE), "yaml"))
    for app in yaml.safe_load(whole(block)).get("flows", {})
]


def said(*arguments):
    """The lines of `exomock scenario …`."""
    result = CliRunner().invoke(cli, ["scenario", *arguments])
    assert 0 == result.exit_code, result.output
    return result.output.splitlines()


class TestExamples:
    @pytest.mark.parametrize(("text", "app"), FLOWS)
    @pytest.mark.parametrize("reply", ["usual", "404"])
    def test_a_call_comes_to_the_end_of_each_flow(self, text, app, reply, tmp_path):
        """Whatever your server answers first; the ladder and the graph are drawn."""
        (tmp_path / "example.yaml").write_text(text, encoding="utf-8")
        lines = said("preview", str(tmp_path / "example.yaml"), "--flow", app, "--reply", reply)

        assert [True] == [
            line.startswith(f"flow {app}") for line in lines if line.startswith("flow ")
        ]
        assert any(line.startswith(("completed: ", "the call never ends")) for line in lines)
        assert re.match(r" +[+][0-9.]+ s  [a-z0-9]", lines[-1])

    def test_the_printed_explanation_is_what_is_said(self):
        """Of the shipped flow with a PIN."""
        (block,) = blocks_in(section_of(PAGE, "### see a flow"), "text")
        command, *printed = block.splitlines()
        lines = said(*command.split()[3:])

        assert printed == [line for line in lines if line in printed]
