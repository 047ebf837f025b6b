"""Files that would break a reader: each is refused with its line, in time, and none is misread."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exomock.plain import plain
from exomock.scenarios import ScenarioError, read_scenario, read_scenarios
from exomock.scenarios.files import MAX_FILES
from exomock.wall import stopwatch

BOUND = 20.0
"""Seconds that no file may take to be refused; far above what any of these takes."""

COMMA = 'a comma splits a time such as normal(8s, 3s) in two; quote it: "normal(8s, 3s)"'
OCTAL = 'YAML reads 07012345670 as a quantity; quote it: "07012345670"'


PARTS = "\\UuxNLP_F0189:-+.,'\"%!&*<>=~?|[]{}#@` \n\tYeEinfa"
"""What YAML has a meaning for."""


def refused(raw):
    """What a reader says of a file `f.yaml`, in time."""
    begun = stopwatch()
    with pytest.raises(ScenarioError) as caught:
        read_scenario("f.yaml", raw if isinstance(raw, bytes) else raw.encode())
    assert stopwatch() - begun < BOUND
    return str(caught.value)


def cases(*rows):
    """(id, ...) rows as parameters."""
    return [pytest.param(*row[1:], id=row[0]) for row in rows]


def bomb(width, depth):
    """Aliases of aliases: width ** depth values in a few lines."""
    rows = ["x: &x0 [y]"]
    rows += [f"x{i}: &x{i} [{', '.join([f'*x{i - 1}'] * width)}]" for i in range(1, depth)]
    return "\n".join(rows)


class TestSize:
    @pytest.mark.parametrize(
        ("raw", "told"),
        cases(
            ("lists of lists", bomb(10, 9), "holds over 100000 values (aliases multiply)"),
            ("two of each, 30 deep", bomb(2, 30), "holds over 100000 values (aliases multiply)"),
            ("mappings", "a: &a {k: v}\nb: &b {" + ", ".join(f"k{i}: *a" for i in range(99)) + "}\nc: ["
             + ", ".join(["*b"] * 600) + "]", "holds over 100000 values (aliases multiply)"),
            ("a list in itself", "rules: &a [*a]", "is nested over 32 deep (an alias that holds itself?)"),
            ("a mapping in itself", "rules: &a\n  - when: *a", "is nested over 32 deep (an alias that holds itself?)"),
            ("two in each other", "a: &a [&b {x: *a}, *b]", "is nested over 32 deep (an alias that holds itself?)"),
            ("50 megabytes", b"#" * 50_000_000, "is 50000000 bytes long; expected at most 1048576"),
            ("lists in lists", "rules: " + "[" * 40 + "]" * 40, "is nested over 32 deep"),
            ("mappings in mappings", "{rules: " * 40 + "x" + "}" * 40, "is nested over 32 deep"),
            ("10,000 deep", b"- " * 10_000, "is not YAML: "),
            ("10,000 keys deep", b"{a: " * 10_000, "is not YAML: "),
            ("10,000 brackets", b"x: " + b"[" * 10_000, "is not YAML: "),
        ),
    )  # fmt: skip
    def test_a_file_without_end_ends(self, raw, told):
        """What aliases and brackets multiply is counted; what is too long is not parsed."""
        assert told in refused(raw)

    @pytest.mark.parametrize(
        "raw",
        cases(
            ("a value", "seed: " + "9" * 900_000),
            ("a word with near ones", "rules: [{leg1: " + "busy" * 200_000 + "}]"),
            ("a key", "? " + "seed" * 200_000 + "\n: 1"),
        ),
    )
    def test_a_message_can_be_read_however_long_the_value(self, raw):
        """A megabyte that is echoed into a log or a terminal says nothing."""
        assert len(refused(raw)) < 2_000

    def test_a_time_of_many_digits_is_refused_at_once(self):
        """Decimals of so many digits take time that grows with their square."""
        begun = stopwatch()
        refused(f"rules: [{{talk: {'9' * 400_000}s}}]")

        assert stopwatch() - begun < 2.5

    def test_a_hundred_mistakes_are_enough(self):
        """Nobody reads ten thousand, and each costs a search for the nearest word."""
        told = refused("".join(f"d{i}: 1\n" for i in range(3_000))).split("\n")

        assert len(told) <= 101
        assert "f.yaml:1: d0: unknown key" in told[0]


class TestEncoding:
    @pytest.mark.parametrize(
        ("raw", "told"),
        cases(
            ("Latin-1", "seed: 1\n# café\n".encode("latin-1"), "f.yaml:2: byte 13 is not UTF-8; save the file as UTF-8"),
            ("UTF-16, little end", b"\xff\xfe" + "seed: 1\n".encode("utf-16-le"),
             "f.yaml:1: byte 0 is not UTF-8; save the file as UTF-8"),
            ("UTF-16, big end", b"\xfe\xff" + "seed: 1\n".encode("utf-16-be"),
             "f.yaml:1: byte 0 is not UTF-8; save the file as UTF-8"),
            ("UTF-16 without a mark", "seed: 1\n".encode("utf-16-le"),
             "f.yaml:1: is not YAML: character 0x00 may not stand in it"),
            ("UTF-32", "seed: 1\n".encode("utf-32"), "f.yaml:1: byte 0 is not UTF-8; save the file as UTF-8"),
            ("zeros", bytes(50), "f.yaml:1: is not YAML: character 0x00 may not stand in it"),
            ("half a letter", b"seed: 1\nname: \xe0\xa4", "f.yaml:2: byte 14 is not UTF-8; save the file as UTF-8"),
            ("a program", b"\x7fELF\x02\x01\x01\x00\xff", "f.yaml:1: byte 8 is not UTF-8; save the file as UTF-8"),
        ),
    )  # fmt: skip
    def test_only_utf_8_is_read(self, raw, told):
        """The byte, the line, and what to do."""
        assert told == refused(raw)

    @pytest.mark.parametrize(
        "text",
        cases(
            ("a name", r'rules: [{name: "\ud800"}]'),
            ("an expression", r'rules: [{when: {to: "/\ud800/"}}]'),
            ("a number", r'rules: [{when: {to: "\udfff"}}]'),
            ("a key", r'"\ud800": 1'),
            ("a message", r'rules: [{refuse: {status: 400, message: "\ud83d"}}]'),
        ),
    )
    def test_half_a_character_is_refused_in_words_that_can_be_printed(self, text):
        """YAML's escapes can spell what no file, log or answer can hold."""
        assert refused(text).encode().startswith(b"f.yaml:1: ")

    @pytest.mark.parametrize(
        ("text", "line"),
        cases(
            ("beyond all numbers", r'"\UFFFFFFFF": 1', 1),
            ("beyond Unicode", 'seed: 1\nrules: "\\U00110000"', 2),
            ("a version", "%YAML 1." + "9" * 5_000 + "\n---\n", 1),
        ),
    )
    def test_what_there_is_not_is_refused_with_its_line(self, text, line):
        """PyYAML itself raises what is no error of YAML."""
        told = f"f.yaml:{line}: is not YAML: a character or a number that there is not"
        assert told == refused(text)

    @settings(deadline=None)
    @given(st.text(PARTS, max_size=30).map(lambda text: f'"\\{text}": "\\{text}"') | st.text(PARTS))
    def test_anything_is_read_or_refused(self, text):
        """Escapes, tags, directives and numbers, put together by chance."""
        with suppress(ScenarioError):
            read_scenario("f.yaml", text.encode())


class TestTabs:
    @pytest.mark.parametrize(
        ("text", "line"),
        cases(
            ("before a dash", "rules:\n\t- leg1: busy\n", 2),
            ("before a key", "rules:\n  - leg1: busy\n\ttalk: 3s\n", 3),
            ("after spaces", "rules:\n  - leg1: busy\n  \ttalk: 3s\n", 3),
        ),
    )
    def test_whoever_indents_with_a_tab_is_told_to_use_spaces(self, text, line):
        """ "cannot start any token" helps nobody who does not see the tab."""
        told = refused(text)

        assert told.startswith(f"f.yaml:{line}: ")
        assert "indent with spaces" in told


class TestMisreadings:
    """What YAML takes for something else than its writer."""

    @pytest.mark.parametrize(
        ("text", "told"),
        cases(
            ("octal to", "rules: [{when: {to: 07012345670}}]", f"rules.0.when.to: {OCTAL}"),
            ("octal from", "rules: [{when: {from: 07012345670}}]", f"rules.0.when.from: {OCTAL}"),
            ("octal numbers", "numbers: {07012345670: {}}", f"numbers.07012345670: {OCTAL}"),
            ("octal past", "calls: [{to: 07012345670, created: 2026-03-01}]", f"calls.0.to: {OCTAL}"),
            ("octal caller", "inbound: [{every: 1s, from: 07012345670}]", f"inbound.0.from: {OCTAL}"),
            ("octal exophone", "account: {exophones: [07012345670]}", f"account.exophones.0: {OCTAL}"),
            ("No", 'numbers: {"09876543210": {dnd: No}}',
             'numbers.09876543210.dnd: YAML reads No as true or false; quote it: "No"'),
            ("off", "rules: [{leg1: off}]", 'rules.0.leg1: YAML reads off as true or false; quote it: "off"'),
            ("a key twice", "seed: 1\nseed: 2", "seed: stands here for the second time; first on line 1"),
            ("a leg twice", "rules: [{leg1: {busy: 1s, busy: 2s}}]",
             "rules.0.leg1.busy: stands here for the second time; first on line 1"),
            ("a merge key", "rules: [{<<: {leg1: busy}}]", "rules.0.<<: unknown key"),
            ("an hour in sixties", "rules: [{when: {time: 13:00}}]", "rules.0.when.time: found '13:00'"),
        ),
    )  # fmt: skip
    def test_are_refused(self, text, told):
        """Where a number or a word belongs, with the advice to quote it."""
        assert told in refused(text)

    @pytest.mark.parametrize(
        ("text", "path"),
        cases(
            ("leg1", "rules: [{leg1: {answer: normal(8s, 3s)}}]", "rules.0.leg1"),
            ("leg2", "rules: [{leg2: {cancel: normal(8s, 3s)}}]", "rules.0.leg2"),
            ("talk", "rules: [{talk: normal(8s, 3s)}]", "rules.0.3s)"),
            ("a leg of an attempt", "rules: [{attempts: [{leg2: {busy: normal(8s, 3s)}}]}]", "rules.0.attempts.0.leg2"),
            ("talk of an attempt", "rules: [{attempts: [{talk: normal(8s, 3s)}]}]", "rules.0.attempts.0.3s)"),
            ("callbacks", "rules: [{callbacks: {delay: normal(8s, 3s)}}]", "rules.0.callbacks.3s)"),
            ("one callback", "rules: [{callbacks: {terminal: {every: normal(8s, 3s)}}}]",
             "rules.0.callbacks.terminal.3s)"),
            ("history", "history: [{calls: 3, talk: normal(8s, 3s)}]", "history.0.3s)"),
            ("every", "inbound: [{every: normal(8s, 3s)}]", "inbound.0.3s)"),
            ("talk of a caller", "inbound: [{every: 1s, talk: normal(8s, 3s)}]", "inbound.0.3s)"),
            ("delay of a fault", "faults: [{delay: normal(8s, 3s)}]", "faults.0.3s)"),
        ),
    )  # fmt: skip
    def test_a_comma_in_braces_is_told_as_what_it_is(self, text, path):
        """Everywhere a time may stand; not as a key that nobody wrote."""
        assert f"f.yaml:1: {path}: {COMMA}" == refused(text)


class TestExpressions:
    @pytest.mark.parametrize(
        "text", ["(a+)+$", "^(a|a)*$", "(a|aa)+$", "(.*a){20}$", "^(([a-z])+.)+$"]
    )
    def test_a_catastrophe_of_others_ends_at_once(self, text):
        """RE2 takes time in proportion to the text; backtracking would outlast the universe."""
        scenario = read_scenario(
            "f.yaml", f"rules: [{{when: {{custom_field: '/{text}/'}}}}]".encode()
        )
        pattern = scenario.rules[0].when.custom_field

        begun = stopwatch()
        assert not pattern.matches("a" * 100_000 + "!\n")
        assert stopwatch() - begun < 5

    @pytest.mark.parametrize(
        ("text", "told"),
        cases(
            ("looking ahead", "/(?=9)/", "invalid perl operator: (?="),
            ("looking behind", "/(?<=9)0/", "invalid perl operator: (?<"),
            ("what was found", "/(9)\\1/", "invalid escape sequence: \\1"),
            ("not closed", "/(9/", "missing ): (9"),
            ("no class", "/[9/", "missing ]: [9"),
            ("too often", "/9{1001}/", "invalid repetition size: {1001}"),
            ("too often in all", "/(((9{99}){99}){99})/", "invalid repetition size"),
            ("too large", "/" + "(\\pL{9}|\\pN{9}){50}" * 20 + "/", "pattern too large"),
        ),
    )  # fmt: skip
    def test_what_re2_does_not_know_is_refused(self, text, told):
        """With its own reason."""
        message = refused(f"rules: [{{when: {{to: '{text}'}}}}]")

        assert "rules.0.when.to: found '/" in message
        assert told in message

    def test_a_very_long_one_is_refused(self):
        """A thousand characters are enough for any number."""
        told = refused(f"rules: [{{when: {{to: '/{'9' * 100_000}/'}}}}]")

        assert "f.yaml:1: rules.0.when.to: is 100002 characters long, expected at most 1000" == told


@pytest.fixture
def included(tmp_path):
    """What a reader says of a file in a folder `here` that includes this."""

    def tell(wanted):
        folder = tmp_path / "here"
        folder.mkdir(exist_ok=True)
        (tmp_path / "secret.yaml").write_text("seed: 1", encoding="utf-8")
        (folder / "near.yaml").write_text("seed: 2", encoding="utf-8")
        if not (folder / "out.yaml").is_symlink():
            (folder / "out.yaml").symlink_to(tmp_path / "secret.yaml")
            (folder / "loop.yaml").symlink_to(folder / "loop.yaml")
            (folder / "up").symlink_to(tmp_path)
        path = folder / "main.yaml"
        path.write_text(f"seed: 1\ninclude: {wanted}", encoding="utf-8")
        with pytest.raises(ScenarioError) as caught:
            read_scenarios((str(path),))
        return str(caught.value).removeprefix(f"{folder}/")

    return tell


class TestIncludes:
    @pytest.mark.parametrize(
        "wanted", ["x.yaml", "[x.yaml]", "/etc/passwd", "http://example.com/x"]
    )
    def test_what_came_over_http_includes_nothing(self, wanted):
        """It would read the server's files."""
        assert refused(f"seed: 1\ninclude: {wanted}") == (
            "f.yaml:2: include: a scenario that did not come from a file can include none; "
            "send it whole"
        )

    @pytest.mark.parametrize(
        "wanted",
        [
            "../secret.yaml",
            "up/secret.yaml",
            "out.yaml",
            "/etc/passwd",
            "/dev/zero",
            "../../x",
            "..",
        ],
    )
    def test_none_leaves_its_folder(self, included, wanted):
        """Not by .., not from the root, not through a link."""
        assert included(wanted) == (
            f"main.yaml:2: include.0: '{wanted}' leaves the folder here; expected a file in it"
        )

    @pytest.mark.parametrize(
        ("wanted", "told"),
        cases(
            ("a slip", "naer.yaml", "there is no file 'naer.yaml'; did you mean 'near.yaml'?"),
            ("nothing near", "xyz", "there is no file 'xyz'"),
            ("no folder", "below/near.yaml", "there is no file 'below/near.yaml'"),
            ("the folder", ".", "there is no file '.'"),
            ("a web address", "http://x.y/z.yaml", "there is no file 'http://x.y/z.yaml'"),
            ("nothing", "''", "there is no file ''"),
        ),
    )  # fmt: skip
    def test_a_missing_one_is_told_with_the_nearest(self, included, wanted, told):
        """Beside the file that wants it."""
        assert included(wanted) == f"main.yaml:2: include.0: {told}"

    @pytest.mark.parametrize(
        "wanted", ["a" * 300, "loop.yaml", r'"a\0b"'], ids=["long", "loop", "zero"]
    )
    def test_one_that_no_system_has_is_refused_like_any(self, included, wanted):
        """A name too long, a link to itself, a zero in a name."""
        assert included(wanted).startswith("main.yaml:2: include.0: ")

    def test_a_circle_is_read_once(self, tmp_path):
        """a includes b, which includes a, and itself."""
        (tmp_path / "a.yaml").write_text("include: b.yaml\nrules: [{name: a, when: {nth: 1}}]", encoding="utf-8")  # fmt: skip
        (tmp_path / "b.yaml").write_text("include: [a.yaml, b.yaml]\nrules: [{name: b}]", encoding="utf-8")  # fmt: skip
        found = read_scenarios((str(tmp_path / "a.yaml"),))

        assert ["a", "b"] == [rule.place.split()[-1] for rule in found.rules]


class TestFiles:
    def test_one_file_too_many(self, tmp_path):
        """A hundred are read, the next is not."""
        for index in range(MAX_FILES):
            (tmp_path / f"{index:03}.yaml").write_text("", encoding="utf-8")
        assert () == read_scenarios((str(tmp_path),)).rules

        (tmp_path / "x.yaml").write_text("", encoding="utf-8")
        with pytest.raises(ScenarioError, match=r"x\.yaml:1: is one file too many; expected at most 100"):  # fmt: skip
            read_scenarios((str(tmp_path),))

    @pytest.mark.parametrize(
        ("path", "told"),
        cases(
            ("zeros without end", "/dev/zero", "is 1048577 bytes long; expected at most 1048576"),
            ("a name too long", "a" * 300, "cannot be read: "),
            ("a zero in a name", "a\0b", "cannot be read: No such file or directory"),
        ),
    )
    def test_what_is_no_file_is_refused(self, path, told):
        """At most a megabyte is read of anything."""
        with pytest.raises(ScenarioError) as caught:
            read_scenarios((path,))

        assert str(caught.value).startswith(f"{plain(path)}:1: {told}")

    def test_links_of_a_folder_are_bounded_too(self, tmp_path):
        """A device and a folder that are called like scenarios."""
        (tmp_path / "a.yaml").symlink_to("/dev/zero")
        (tmp_path / "b.yaml").mkdir()
        with pytest.raises(ScenarioError) as caught:
            read_scenarios((str(tmp_path),))

        assert [
            f"{tmp_path}/a.yaml:1: is 1048577 bytes long; expected at most 1048576",
            f"{tmp_path}/b.yaml:1: cannot be read: Is a directory",
        ] == str(caught.value).split("\n")
