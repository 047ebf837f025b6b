"""`exomock scenario …`, run in this process, beside a scenario file."""

from contextlib import chdir

import pytest
from click.testing import CliRunner

from exomock.cli import cli

EVENING = """\
seed: 42
rules:
  - name: the customer who is always busy
    when: {to: "09052161119"}
    leg1: {answer: 4s}
    leg2: {busy: 2s}
  - name: the third try succeeds
    when: {to: "0981234*"}
    attempts:
      - {leg2: {busy: 3s}}
      - {refuse: dnd}
      - {leg2: {answer: 5s}, talk: 40s}
  - name: agents at lunch
    when: {from: "/^080/", time: "13:00-14:00"}
    leg1: no_answer
  - name: everybody else
    leg1: {answer: 3s..6s}
    leg2: {answer: "normal(8s, 3s)"}
    talk: 30s..3m
"""


class Commands:
    """Runs commands; `evening.yaml` is there."""

    def __init__(self, folder):
        self.folder = folder
        self.write("evening.yaml", EVENING)

    def write(self, name, text):
        (self.folder / name).write_text(text, encoding="utf-8")

    def run(self, *arguments):
        """The exit status and the lines that were said."""
        result = CliRunner().invoke(cli, ["scenario", *arguments])
        return result.exit_code, result.output.splitlines()

    def lines(self, *arguments):
        """The lines of a command that must succeed."""
        status, lines = self.run(*arguments)
        assert 0 == status, lines
        return lines


@pytest.fixture
def commands(tmp_path):
    """Commands in a folder of their own."""
    with chdir(tmp_path):
        yield Commands(tmp_path)
