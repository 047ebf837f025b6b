"""The pages of the documentation, as tests read them."""

import re
from pathlib import Path

import pytest

from exomock.scenarios.schema import ScenarioSchema

ROOT = Path(__file__).parent.parent


def text_of(page):
    return (ROOT / page).read_text(encoding="utf-8")


def section_of(page, heading):
    """What stands under a heading, up to the next one of any level; a YAML comment is none."""
    rest = f"\n{text_of(page)}".split(f"\n{heading}\n", 1)[1]
    return re.split(r"\n#+ (?!yaml-)", rest, maxsplit=1)[0]


def rows_of(page, heading):
    """The cells of the first table under a heading, its head left out."""
    lines = section_of(page, heading).splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith("|"))
    rows = []
    for line in lines[first + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def blocks_in(text, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def examples(language, *pages):
    return [
        pytest.param(block, id=f"{page}-{number}")
        for page in pages
        for number, block in enumerate(blocks_in(text_of(page), language))
    ]


_TOP = {field.data_key or name for name, field in ScenarioSchema().fields.items()}


def whole(block):
    """An example as a scenario file: what begins with a key of a rule is put into a rule."""
    first = next(line for line in block.splitlines() if not line.startswith("#"))
    if first.partition(":")[0] in _TOP:
        return block
    return "rules:\n  - " + "\n    ".join(block.rstrip().splitlines()) + "\n"


def example(heading):
    """The first example under a heading of docs/scenarios.md, as a scenario file."""
    return whole(blocks_in(section_of("docs/scenarios.md", heading), "yaml")[0])
