"""Wrong scenario files: file:line, the key, what was found, what was expected, the nearest word."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exomock.domain.scenario import Scenario
from exomock.scenarios import ScenarioError, read_scenario, read_scenarios, shipped

RULE_KEYS = (
    "name, when, leg1, leg2, talk, hangup_by, record, price, refuse, status, stuck, callbacks, recording, "
    "caller, agents, attempts"
)
LEG1_WORDS = "answer, busy, no_answer, unreachable, person"
PRESETS = "dnd, kyc, rate-limited, service-unavailable, unauthorized"
TIME = 'expected a time such as 500ms, 3s, 2m, 1h, a range such as 3s..6s, or "normal(8s, 3s)"'
MONEY = "expected an amount such as 0.15, with at most three decimals"
NOT_A_NUMBER = "is not a telephone number; expected 10 digits, or with 0, 91 or +91 before them"
COMMA = 'a comma splits a time such as normal(8s, 3s) in two; quote it: "normal(8s, 3s)"'
RE2 = "expected a regular expression as RE2 knows it: "

law = settings(deadline=None, max_examples=50)


def problems(raw):
    """What a reader says of a file `f.yaml`; it has to say something."""
    with pytest.raises(ScenarioError) as caught:
        read_scenario("f.yaml", raw if isinstance(raw, bytes) else raw.encode())
    assert caught.value.mistakes
    return str(caught.value).split("\n")


def rule(line):
    """A file whose second rule says this on its fifth line."""
    return f"description: x\nrules:\n  - when: {{to: '09811100001'}}\n  - name: y\n    {line}\n"


def cases(*rows):
    """(id, line, where and what) rows as parameters."""
    return [pytest.param(*row[1:], id=row[0]) for row in rows]


def test_the_example_of_the_documentation():
    """The message of docs/scenarios.md, word for word."""
    text = 'rules:\n  - when: {to: "0981*"}\n    leg1: busy\n    leg2: bsy\n'
    (line,) = problems(text)

    assert (
        "f.yaml:4: rules.0.leg2: found 'bsy', expected one of answer, busy, no_answer, "
        "unreachable, person, cancel, none; did you mean 'busy'?"
    ) == line


class TestKeys:
    @pytest.mark.parametrize(
        ("line", "told"),
        cases(
            ("a slip", "tlak: 3s", "tlak: unknown key; did you mean 'talk'?"),
            ("a slip of two", "hang_up_by: to", "hang_up_by: unknown key; did you mean 'hangup_by'?"),
            ("its value below it", "tlak:\n      a: 1", "tlak: unknown key; did you mean 'talk'?"),
            ("nothing near", "xyz: 3s", f"xyz: unknown key; known are {RULE_KEYS}"),
            ("a number for a key", "7: 3s", f"7: unknown key; known are {RULE_KEYS}"),
            ("in when", "when: {form: '098*'}", "when.form: unknown key; did you mean 'from'?"),
            ("in price", "price: {pre: 3s}", "price.pre: unknown key; did you mean 'per'?"),
            ("in refuse", "refuse: {stauts: 402}", "refuse.stauts: unknown key; did you mean 'status'?"),
            ("a key called value", "value: 3s", f"value: unknown key; known are {RULE_KEYS}"),
            ("a key called key", "key: 3s", f"key: unknown key; known are {RULE_KEYS}"),
        ),
    )  # fmt: skip
    def test_an_unknown_key_is_named_with_the_nearest_or_all(self, line, told):
        """File, line and path of the key itself."""
        assert [f"f.yaml:5: rules.1.{told}"] == problems(rule(line))

    @pytest.mark.parametrize("key", ["rule", "sed", "number", "descripton", "magik"])
    def test_an_unknown_key_at_the_top(self, key):
        """Each is one slip away from a real one."""
        near = {"rule": "rules", "sed": "seed", "number": "numbers", "magik": "magic"}

        assert [
            f"f.yaml:2: {key}: unknown key; did you mean '{near.get(key, 'description')}'?"
        ] == problems(f"# a comment\n{key}: 1\n")

    @pytest.mark.parametrize(
        ("text", "told"),
        cases(
            ("at the top", "seed: 1\nmagic: true\nseed: 2\n",
             "f.yaml:3: seed: stands here for the second time; first on line 1"),
            ("in a rule", "rules:\n  - talk: 1s\n    name: x\n    talk: 2s\n",
             "f.yaml:4: rules.0.talk: stands here for the second time; first on line 2"),
            ("a number", 'numbers:\n  "09876543210": {}\n  "09876543210": {}\n',
             "f.yaml:3: numbers.09876543210: stands here for the second time; first on line 2"),
        ),
    )  # fmt: skip
    def test_a_key_given_twice_is_refused(self, text, told):
        """YAML would silently take the last one."""
        assert [told] == problems(text)

    def test_a_missing_key_is_named(self):
        """price needs both, refuse needs status and message."""
        assert ["f.yaml:5: rules.1.price.amount: is missing; it is required here"] == problems(
            rule("price: {per: 3s}")
        )
        assert [
            "f.yaml:5: rules.1.refuse.status: is missing; it is required here",
            "f.yaml:5: rules.1.refuse.message: is missing; it is required here",
        ] == problems(rule("refuse: {code: 1}"))


class TestValues:
    @pytest.mark.parametrize(
        ("line", "told"),
        cases(
            ("a time without a unit", "talk: 30", f"talk: found '30', {TIME}"),
            ("an unknown unit", "talk: 3min", f"talk: found '3min', {TIME}"),
            ("a negative time", "talk: -3s", f"talk: found '-3s', {TIME}"),
            ("minutes and seconds", "talk: 1:30", f"talk: found '1:30', {TIME}"),
            ("half a range", "talk: 3s..", f"talk: found '3s..', {TIME}"),
            ("a list for a time", "talk: [3s, 6s]", f"talk: found a list, {TIME}"),
            ("no time", "talk:", f"talk: found nothing, {TIME}"),
            ("a backward range", "talk: 6s..3s", "talk: found '6s..3s', expected the shorter time first"),
            ("over a year", "talk: 366d", "talk: found '366d', expected at most 365d"),
            ("a leg's time", "leg1: {answer: soon}", f"leg1: found 'soon', {TIME}"),
            ("an empty leg's time", "leg1: {answer: }", f"leg1: found nothing, {TIME}"),
            ("a fate of leg 2 on leg 1", "leg1: cancel", f"leg1: found 'cancel', expected one of {LEG1_WORDS}"),
            ("a word with its time", "leg1: {answr: 3s}",
             f"leg1: found 'answr', expected one of {LEG1_WORDS}; did you mean 'answer'?"),
            ("two fates", "leg1: {answer: 3s, busy: 2s}", "leg1: found 2 words, expected one: {answer: 3s}"),
            ("no fate", "leg1: {}", "leg1: found 0 words, expected one: {answer: 3s}"),
            ("a list for a leg", "leg1: [busy]", f"leg1: found a list, expected one of {LEG1_WORDS}"),
            ("an empty leg", "leg1:", f"leg1: found nothing, expected one of {LEG1_WORDS}"),
            ("no taken for false", "leg1: no", 'leg1: YAML reads no as true or false; quote it: "no"'),
            ("who hangs up", "hangup_by: form", "hangup_by: found 'form', expected one of from, to, caller, agent; did you mean 'from'?"),
            ("a flag", "record: maybe", "record: found 'maybe', expected true, false or a share such as 40%"),
            ("yes", "record: yes", "record: found 'yes', expected true, false or a share such as 40%"),
            ("an amount", "price: {per: 3s, amount: 0.1234}", f"price.amount: found '0.1234', {MONEY}"),
            ("a debt", "price: {per: 3s, amount: -1}", f"price.amount: found '-1', {MONEY}"),
            ("a pulse of nothing", "price: {per: 0s, amount: 1}", "price.per: found '0s', expected one time above 0"),
            ("a pulse that varies", "price: {per: 3s..6s, amount: 1}",
             "price.per: found '3s..6s', expected one time above 0"),
            ("a price of one word", "price: 3", "price: found '3', expected a mapping"),
            ("a preset", "refuse: dnb",  f"refuse: found 'dnb', expected one of {PRESETS}; did you mean 'dnd'?"),
            ("a status that is none", "refuse: {status: 200, message: x}",
             "refuse.status: found '200', expected a whole number from 400 to 599"),
            ("a code that is none", "refuse: {status: 400, message: x, code: many}",
             "refuse.code: found 'many', expected a whole number from 0 to 999999999"),
            ("refused and played", "refuse: dnd\n    talk: 3s",
             "refuse: stands beside talk; a refused call is not played"),
        ),
    )  # fmt: skip
    def test_of_a_rule(self, line, told):
        """What was found, and what was expected."""
        assert [f"f.yaml:5: rules.1.{told}"] == problems(rule(line))

    @pytest.mark.parametrize(
        ("when", "told"),
        cases(
            ("no mapping", "busy", ": found 'busy', expected a mapping"),
            ("empty", "", ": found nothing, expected a mapping"),
            ("no number", "{to: abc}", f".to: found 'abc' {NOT_A_NUMBER}"),
            ("too short", "{from: '0982220'}", f".from: found '0982220' {NOT_A_NUMBER}"),
            ("octal", "{to: 07012345670}", '.to: YAML reads 07012345670 as a quantity; quote it: "07012345670"'),
            ("a quantity", "{to: 9812345678}", '.to: YAML reads 9812345678 as a quantity; quote it: "9812345678"'),
            ("a list", "{to: ['098*']}", '.to: found a list, expected a number such as "09812345678" or "0981*"'),
            ("a star within", "{to: '09*8'}", ".to: found '09*8', expected a beginning and one * at its end"),
            ("91 and a star", "{to: '91*'}", ".to: found '91*', expected a beginning and one * at its end"),
            ("an expression that does not close", "{to: '/^098'}",
             ".to: found '/^098', expected a regular expression between two slashes"),
            ("an expression that RE2 has not", "{to: '/(?=9)/'}", f".to: found '/(?=9)/', {RE2}invalid perl operator: (?="),
            ("a flow's expression", "{flow: '/(9/'}", f".flow: found '/(9/', {RE2}missing ): (9"),
            ("a flow's star", "{flow: '9*6'}", ".flow: found '9*6', expected one * at its end"),
        ),
    )  # fmt: skip
    def test_of_when(self, when, told):
        """Numbers and patterns; what YAML misreads is to be quoted."""
        (line,) = problems(rule(f"when: {when}"))

        assert line.startswith(f"f.yaml:5: rules.1.when{told}")

    @pytest.mark.parametrize(
        ("text", "told"),
        cases(
            ("a mapping for the rules", "rules: {leg1: busy}", "rules: found a mapping, expected a list"),
            ("a word for the rules", "rules: busy", "rules: found 'busy', expected a list"),
            ("nothing for the rules", "rules:", "rules: found nothing, expected a list"),
            ("a word for a rule", "rules: [busy]", "rules.0: found 'busy', expected a mapping"),
            ("a seed", "seed: abc", f"seed: found 'abc', expected a whole number from 0 to {2**63 - 1}"),
            ("a negative seed", "seed: -1", f"seed: found '-1', expected a whole number from 0 to {2**63 - 1}"),
            ("half a seed", "seed: 1.5", f"seed: found '1.5', expected a whole number from 0 to {2**63 - 1}"),
            ("magic", "magic: off", "magic: found 'off', expected true or false"),
            ("numbers", "numbers: [x]", "numbers: found a list, expected a mapping of numbers"),
            ("a number abroad", 'numbers: {"+14155552671": {}}',
             "numbers.+14155552671: found '+14155552671', expected an Indian number"),
            ("a number's circle", 'numbers: {"09876543210": {circle: KX}}',
             "numbers.09876543210.circle: found 'KX', expected one of AP, AS,"),
            ("No for DND", 'numbers: {"09876543210": {dnd: No}}',
             'numbers.09876543210.dnd: YAML reads No as true or false; quote it: "No"'),
            ("one number twice", 'numbers: {"09876543210": {}, "+919876543210": {}}',
             "numbers.+919876543210: is a number that stands here already, spelled otherwise"),
            ("an octal number", "numbers: {07012345670: {}}",
             'numbers.07012345670: YAML reads 07012345670 as a quantity; quote it: "07012345670"'),
            ("a number's word", 'numbers: {"09876543210": KA}',
             "numbers.09876543210: found 'KA', expected a mapping"),
        ),
    )  # fmt: skip
    def test_at_the_top(self, text, told):
        """Rules, seed, magic, numbers."""
        (line,) = problems(f"description: x\n{text}\n")

        assert line.startswith(f"f.yaml:2: {told}")

    @pytest.mark.parametrize(
        ("line", "told"),
        cases(
            ("split by its comma", "talk: 1s, 2s", f"talk: found '1s, 2s', {TIME}"),
            ("one argument", 'talk: "normal(8s)"', "talk: found 'normal(8s)', expected \"normal(mean, deviation)\""),
            ("three", 'talk: "normal(1s, 2s, 3s)"',
             "talk: found 'normal(1s, 2s, 3s)', expected \"normal(mean, deviation)\""),
            ("no units", 'talk: "normal(8, 3)"', "talk: found 'normal(8, 3)', expected \"normal(mean, deviation)\""),
            ("another curve", 'talk: "gauss(8s, 3s)"', f"talk: found 'gauss(8s, 3s)', {TIME}"),
            ("below 0", 'talk: "normal(-8s, 3s)"',
             "talk: found 'normal(-8s, 3s)', expected \"normal(mean, deviation)\""),
            ("over a year", 'talk: "normal(8s, 400d)"', "talk: found 'normal(8s, 400d)', expected at most 365d"),
            ("in a leg's braces", "leg1: {answer: normal(8s, 3s)}", f"leg1: {COMMA}"),
        ),
    )  # fmt: skip
    def test_of_normal(self, line, told):
        """Two times within its brackets, and quotes where a comma splits."""
        assert [f"f.yaml:5: rules.1.{told}"] == problems(rule(line))

    def test_all_mistakes_are_told_in_the_order_of_their_lines(self):
        """Nobody likes to mend a file one message at a time."""
        text = "seed: x\nrules:\n  - leg1: bsy\n    talk: 3\n  - tlak: 3s\nmagic: 7\n"

        assert ["f.yaml:1", "f.yaml:3", "f.yaml:4", "f.yaml:5", "f.yaml:6"] == [
            line.partition(": ")[0] for line in problems(text)
        ]

    def test_a_rule_that_can_never_match_is_a_mistake(self):
        """The catch-all before it is named with its place."""
        (line,) = problems("rules:\n  - name: all\n  - name: more\n    when: {to: '098*'}\n")

        assert line == (
            "f.yaml:3: rules.1: can never match: the rule before it (f.yaml:2 all) has no 'when' "
            "and takes all"
        )


class TestTheFile:
    @pytest.mark.parametrize(
        ("raw", "told"),
        cases(
            ("a list at the top", b"# x\n- leg1: busy\n", "2: found a list, expected a mapping"),
            ("a word", b"busy\n", "1: found 'busy', expected a mapping"),
            ("null", b"~\n", "1: found nothing, expected a mapping"),
            ("a tab", b"rules:\n\t- leg1: busy\n", "2: is not YAML: found character '\\t'"),
            ("not closed", b"seed: 1\nrules: [a\n", "3: is not YAML: expected ',' or ']'"),
            ("no space", b"seed: 1\nmagic:true\nrules: []\n", "3: is not YAML: "),
            ("two documents", b"seed: 1\n---\nseed: 2\n", "2: is not YAML: but found another document"),
            ("an alias of nothing", b"seed: 1\nrules: *x\n", "2: is not YAML: found undefined alias"),
            ("a list for a key", b"seed: 1\n? [a]\n: 1\n", "2: a key is a word, not a list or a mapping"),
            ("Latin-1", b"seed: 1\nname: caf\xe9\n", "2: byte 17 is not UTF-8; save the file as UTF-8"),
            ("UTF-16", "seed: 1\n".encode("utf-16"), "1: byte 0 is not UTF-8; save the file as UTF-8"),
            ("a control character", b"seed: 1\nmagic: true\n# \x01\n", "3: is not YAML: "),
            ("nested without end", b"x: " + b"[" * 40 + b"]" * 40, "1: is nested over 32 deep"),
            ("nested beyond YAML", b"- " * 1500, "1: is not YAML: "),
            ("an alias within itself", b"x: &x [*x]\n", "1: is nested over 32 deep"),
            ("a megabyte", b"#" * 1_048_577, "1: is 1048577 bytes long; expected at most 1048576"),
        ),
    )  # fmt: skip
    def test_that_cannot_be_read(self, raw, told):
        """The line where it goes wrong, and why."""
        (line,) = problems(raw)

        assert line.startswith(f"f.yaml:{told}")

    def test_aliases_that_multiply(self):
        """A small file that would become ten million values is not unfolded."""
        rows = ["x: &x0 [y]"]
        rows += [f"x{i}: &x{i} [{', '.join([f'*x{i - 1}'] * 10)}]" for i in range(1, 8)]

        assert "holds over 100000 values (aliases multiply)" in problems("\n".join(rows))[0]

    def test_that_is_not_there(self, tmp_path):
        """Its path, the system's reason, and the scenarios that do exist."""
        path = str(tmp_path / "none.yaml")
        with pytest.raises(ScenarioError) as caught:
            read_scenarios((path,))

        known = ", ".join(shipped())
        assert (
            f"{path}:1: cannot be read: No such file or directory; shipped scenarios are {known}"
            == str(caught.value)
        )

    def test_a_folder_without_scenarios(self, tmp_path):
        """A folder is a scenario if any of its files is."""
        (tmp_path / "notes.txt").write_text("seed: 1", encoding="utf-8")
        with pytest.raises(ScenarioError) as caught:
            read_scenarios((str(tmp_path),))

        assert f"{tmp_path}:1: is a folder without .yaml files" == str(caught.value)

    def test_one_wrong_file_of_several_is_the_one_that_is_named(self, tmp_path):
        """The good one before it has no effect either."""
        (tmp_path / "wrong.yaml").write_text("seed: x\n", encoding="utf-8")
        with pytest.raises(ScenarioError) as caught:
            read_scenarios(("default", str(tmp_path / "wrong.yaml")))

        assert str(caught.value).startswith(f"{tmp_path / 'wrong.yaml'}:1: seed: found 'x'")


WORDS = st.sampled_from(
    [
        "rules: ", "- ", "when: ", "to: ", "leg1: ", "price: ", "per: ", "refuse: ", "numbers: ", "seed: ",
        "value: ", "<<: ", "? ", ": ", "{", "}", "[", "]", ", ", "'", '"', "*", "&a ", "*a", "!!null ",
        "\n", "\n  ", "\n    ", "\r", "---\n", "#", "\t", "busy", "3s", "07012345670", "no", "~", "\u2028",
    ]
)  # fmt: skip

YAML_LINE_ENDS = "\r\n\x85\u2028\u2029"


def refusal(raw):
    """The error of reading these bytes, None if they are a scenario."""
    try:
        scenario = read_scenario("f.yaml", raw)
    except ScenarioError as error:
        return error
    assert isinstance(scenario, Scenario)
    return None


class TestAnyFile:
    @law
    @given(st.lists(WORDS, max_size=25).map("".join).map(str.encode) | st.binary(max_size=60))
    def test_a_file_is_a_scenario_or_is_refused_with_its_line(self, raw):
        """Whatever the bytes: no other exception, and every problem has a line of the file."""
        error = refusal(raw)
        ends = sum(map(raw.decode(errors="replace").count, YAML_LINE_ENDS))

        for problem in error.mistakes if error else ():
            assert 1 <= problem.line <= ends + 1
            assert problem.what
