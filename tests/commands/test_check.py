"""`exomock scenario check`: everything that is wrong, at once."""

import re
import subprocess
import sys


def beginning(line):
    """A line up to the list of words or the range that it expects."""
    return re.sub(r"(expected (one of|a whole number)).*", r"\1", line)


class TestCheck:
    def test_says_what_a_good_file_holds(self, commands):
        assert ["evening.yaml: ok, 4 rules"] == commands.lines("check", "evening.yaml")

    def test_takes_shipped_names_and_folders_and_several(self, commands):
        lines = commands.lines("check", "default", "exotel-down", ".")
        assert ["default: ok, 1 rule", ".: ok, 4 rules"] == [lines[0], lines[2]]
        assert lines[1].startswith("exotel-down: ok, ")

    def test_names_all_problems_of_all_files_with_line_and_key(self, commands):
        commands.write("a.yaml", "rules:\n  - {leg1: bsy, talk: 3}\n  - {wen: {}}\nseed: x\n")
        commands.write("b.yaml", "faults:\n  - {answer: hmtl}\n")
        status, lines = commands.run("check", "a.yaml", "evening.yaml", "b.yaml")

        assert 1 == status
        assert [
            "a.yaml:2: rules.0.leg1: found 'bsy', expected one of answer, busy,",
            "a.yaml:2: rules.0.talk: found '3', expected a time such as 500ms,",
            "a.yaml:3: rules.1.wen: unknown key; did you mean 'when'?",
            "a.yaml:4: seed: found 'x', expected a whole number",
            "evening.yaml: ok, 4 rules",
            "b.yaml:2: faults.0.answer: found 'hmtl', expected one of",
        ] == [
            line[: len(begin)]
            for line, begin in zip(
                lines,
                [
                    "a.yaml:2: rules.0.leg1: found 'bsy', expected one of answer, busy,",
                    "a.yaml:2: rules.0.talk: found '3', expected a time such as 500ms,",
                    "a.yaml:3: rules.1.wen: unknown key; did you mean 'when'?",
                    "a.yaml:4: seed: found 'x', expected a whole number",
                    "evening.yaml: ok, 4 rules",
                    "b.yaml:2: faults.0.answer: found 'hmtl', expected one of",
                ],
                strict=True,
            )
        ]

    def test_names_what_is_wrong_beside_keys_that_nobody_knows(self, commands):
        """A misspelt key hides nothing, and is not said to be missing as well."""
        commands.write("a.yaml", "rulez: []\nseed: x\ninbound:\n  - {evry: 3s, leg2: bsy}\n")
        _status, lines = commands.run("check", "a.yaml")

        assert [
            "a.yaml:1: rulez: unknown key; did you mean 'rules'?",
            "a.yaml:2: seed: found 'x', expected a whole number",
            "a.yaml:4: inbound.0.evry: unknown key; did you mean 'every'?",
            "a.yaml:4: inbound.0.leg2: found 'bsy', expected one of",
        ] == [beginning(line) for line in lines]

    def test_names_rules_that_never_match_beside_whatever_else_is_wrong(self, commands):
        """Each rule that takes all, but for the last; one whose `when` is misspelt is none."""
        commands.write(
            "a.yaml",
            "rules:\n  - {name: all, leg1: bsy}\n  - {when: {to: '098*'}}\n  - {whne: {}}\n"
            "  - {leg2: busy, when: {}}\n  - {leg2: cancel}\n",
        )
        _status, lines = commands.run("check", "a.yaml")

        assert [
            "a.yaml:2: rules.0.leg1: found 'bsy', expected one of",
            "a.yaml:3: rules.1: can never match: the rule before it (a.yaml:2 all) has no 'when' and takes all",
            "a.yaml:4: rules.2.whne: unknown key; did you mean 'when'?",
            "a.yaml:6: rules.4: can never match: the rule before it (a.yaml:5) has no 'when' and takes all",
        ] == [beginning(line) for line in lines]

    def test_follows_what_a_wrong_file_includes(self, commands):
        """All files that are not there, and all that is wrong in those that are."""
        commands.write("a.yaml", "include: [no.yaml, b.yaml, ../up.yaml]\nseed: x\n")
        commands.write("b.yaml", "magic: 7\n")
        _status, lines = commands.run("check", "a.yaml")

        assert [
            ("a.yaml:1", "include.0"), ("a.yaml:1", "include.2"), ("a.yaml:2", "seed"), ("b.yaml:1", "magic"),
        ] == [tuple(line.split(": ")[:2]) for line in lines]  # fmt: skip

    def test_names_the_shipped_ones_where_a_file_is_not_there(self, commands):
        status, (line,) = commands.run("check", "exotel-donw")
        assert 1 == status
        assert line.endswith("did you mean 'exotel-down'?")

    def test_has_its_status_in_the_real_command(self, commands):
        commands.write("wrong.yaml", "rulez: []\n")
        run = subprocess.run(
            [sys.executable, "-m", "exomock", "scenario", "check", "wrong.yaml"],
            cwd=commands.folder,
            capture_output=True,
            text=True,
            check=False,
        )

        assert 1 == run.returncode
        assert "wrong.yaml:1: rulez: unknown key; did you mean 'rules'?\n" == run.stdout
