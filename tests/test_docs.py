"""The documentation is true: tables equal the code's tables, and examples do what they say."""

import re
from collections import Counter
from pathlib import Path

import pytest
from marshmallow import fields

from exomock import __version__
from exomock.domain.magic import MAGIC
from exomock.domain.scenario import Scenario
from exomock.scenarios import ScenarioError, read_scenario
from exomock.scenarios.jsonschema import ASIDE
from exomock.scenarios.schema import ScenarioSchema
from exomock.server import Exomock
from exomock.serving import curl_line
from exomock.settings import SETTINGS

ROOT = Path(__file__).parent.parent
PAGES = sorted(
    page.relative_to(ROOT)
    for folder in (".", "docs", "benchmarks")
    for page in (ROOT / folder).glob("*.md")
)


def text_of(page):
    return (ROOT / page).read_text(encoding="utf-8")


def rows_of(page, heading):
    """The cells of the first table under a heading, its head left out."""
    section = f"\n{text_of(page)}".split(f"\n{heading}\n", 1)[1].split("\n#", 1)[0]
    table = re.findall(r"^\|(.+)\|$", section, re.MULTILINE)
    return [[cell.strip() for cell in row.split("|")] for row in table[2:]]


def blocks_of(page, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", text_of(page), re.MULTILINE | re.DOTALL)


def examples(language, *pages):
    return [
        pytest.param(block, id=f"{page}-{number}")
        for page in pages
        for number, block in enumerate(blocks_of(page, language))
    ]


def all_keys(schema):
    """Every key that may stand in a mapping of the language, however deep."""
    found = set()
    for name, field in schema.fields.items():
        found.add(field.data_key or name)
        inner = getattr(field, "inner", field)
        if isinstance(inner, fields.Nested):
            found |= all_keys(inner.schema)
    return found | {key for named in ASIDE for key in named().fields}


class TestSettings:
    @pytest.mark.parametrize("setting", SETTINGS, ids=lambda s: s.name)
    def test_each_stands_in_the_table_with_its_variable_and_default(self, setting):
        rows = {row[0]: row for row in rows_of("docs/settings.md", "# Settings")}
        _option, variable, default, what = rows[f"`--{setting.name}`"]
        assert variable == f"`{setting.variable}`"
        assert setting.default in default
        assert setting.unit in default
        assert ("epeatable" in what) == setting.multiple

    def test_the_table_has_no_other(self):
        options = [row[0] for row in rows_of("docs/settings.md", "# Settings")]
        assert options == [f"`--{setting.name}`" for setting in SETTINGS]


class TestScenarios:
    @pytest.mark.parametrize(
        "block", examples("yaml", "README.md", "docs/scenarios.md", "docs/tutorial.md")
    )
    def test_each_example_loads(self, block):
        found = read_scenario("example.yaml", block.encode())
        assert found != Scenario("example.yaml")

    @pytest.mark.parametrize("key", sorted(all_keys(ScenarioSchema())))
    def test_each_key_is_described_and_has_an_example(self, key):
        page = text_of("docs/scenarios.md")
        examples_ = "".join(blocks_of("docs/scenarios.md", "yaml"))
        assert re.search(rf"`{key}`|[`{{ ]{key}[:,}}]", page)
        assert key == "include" or re.search(rf"(^|[ {{]){key}:", examples_, re.MULTILINE)

    def test_the_sample_of_a_mistake_is_what_is_said(self):
        mistake = 'rules:\n  - name: the customer who is always busy\n    when: {to: "09052161119"}\n    leg2: {bsy: 2s}\n'
        with pytest.raises(ScenarioError) as raised:
            read_scenario("evening.yaml", mistake.encode())
        assert f"\nexomock: {raised.value}\n" in text_of("docs/scenarios.md")
        # The README cuts the list of words short, nothing else.
        assert re.sub(r"busy, .*?;", "busy, …;", str(raised.value)) in text_of("README.md")


class TestTheReadme:
    def test_the_table_of_magic_numbers_is_the_codes(self):
        rows = rows_of("README.md", "## Choose what happens: magic numbers")
        assert rows == [[number, magic.says] for number, magic in MAGIC.items()]

    def test_the_banners_line_is_the_one_that_is_printed(self):
        with Exomock() as mock:
            line = curl_line("http://127.0.0.1:8080", mock.exchange.engine.worlds["exomock"])
        assert f"\n{line}\n" in text_of("README.md")
        assert f"\nexomock {__version__}, a local Exotel\n" in text_of("README.md")

    def test_both_commands_stand_in_the_first_screen(self):
        screen = text_of("README.md").splitlines()[:25]
        assert any(line.startswith("make serve") for line in screen)
        assert any(line.startswith("make test") for line in screen)
        assert any("answer 501" in line for line in screen)


class TestTheTutorial:
    @pytest.mark.parametrize("block", examples("python", "docs/tutorial.md", "docs/control-api.md"))
    def test_its_test_passes(self, block):
        names = {}
        exec(block, names)
        tests = [value for name, value in names.items() if name.startswith("test_")]
        assert tests
        for test in tests:
            test()


class TestFidelity:
    def test_each_guess_in_the_code_has_a_row_and_each_row_a_guess(self):
        marks = Counter()
        for file in (ROOT / "exomock").rglob("*.py"):
            marks[file.relative_to(ROOT / "exomock").as_posix()] += text_of(file).count(
                "UNVERIFIED"
            )
        rows = rows_of("docs/fidelity.md", "## Guesses")
        assert Counter(row[1].strip("`") for row in rows) == +marks


class TestLinks:
    @pytest.mark.parametrize("page", PAGES, ids=str)
    def test_each_leads_to_a_file_and_a_heading_that_are_there(self, page):
        for target in re.findall(r"\]\((?!https?:)([^)]+)\)", text_of(page)):
            path, _, anchor = target.partition("#")
            file = (ROOT / page).parent / path if path else ROOT / page
            assert file.exists(), target
            if anchor:
                headings = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
                slugs = [re.sub(r"[^\w -]", "", h.lower()).replace(" ", "-") for h in headings]
                assert anchor in slugs, target
