"""The documentation is true: tables equal the code's tables, and examples do what they say."""

import re
from collections import Counter

import pytest

from exomock import __version__
from exomock.banner import curl_line
from exomock.domain.magic import MAGIC
from exomock.domain.message_rules import MESSAGE_MAGIC
from exomock.every_setting import SETTINGS
from exomock.server import Exomock
from pages import ROOT, examples, rows_of, text_of

PAGES = sorted(
    page.relative_to(ROOT)
    for folder in (".", "docs", "benchmarks")
    for page in (ROOT / folder).glob("*.md")
)


class TestSettings:
    @pytest.mark.parametrize("setting", SETTINGS, ids=lambda s: s.name)
    def test_each_stands_in_the_table_with_its_variable_and_default(self, setting):
        rows = {row[0]: row for row in rows_of("docs/settings.md", "# Settings")}
        _option, variable, default, what = rows[f"`--{setting.name}`"]
        assert variable == f"`{setting.variable}`"
        assert setting.default in default
        assert setting.unit in default
        assert default.endswith(setting.bounds)
        assert ("epeatable" in what) == setting.multiple

    def test_the_table_has_no_other(self):
        options = [row[0] for row in rows_of("docs/settings.md", "# Settings")]
        assert options == [f"`--{setting.name}`" for setting in SETTINGS]


class TestTheReadme:
    def test_the_table_of_magic_numbers_is_the_codes(self):
        rows = rows_of("README.md", "## Choose what happens: magic numbers")
        assert rows == [[n, magic.says, MESSAGE_MAGIC[n].says] for n, magic in MAGIC.items()]

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
