"""Reading scenario files: docs/scenarios.md, and the core of the scenario language's sample page."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exomock.domain.clock import SECOND
from exomock.domain.fate import Fate, Outcome
from exomock.domain.price import DEFAULT_PRICE, Price
from exomock.domain.refusals import REFUSALS
from exomock.domain.script import Party, Refusal, Script
from exomock.domain.span import Span, seconds
from exomock.domain.telecom import NumberInfo, derive
from exomock.domain.when import Pattern, When
from exomock.scenarios import read_scenario, read_scenarios

law = settings(deadline=None, max_examples=50)

# The sample of the language's page, without the keys of later releases.
SAMPLE = """\
description: Evening in the support centre
seed: 42                                        # chance is reproducible

rules:                                          # tried in order
  - name: the customer who is always busy
    when: {to: "09052161119"}
    leg1: {answer: 4s}
    leg2: {busy: 2s}
  - name: agents at lunch
    when: {from: "080*"}
    leg1: no_answer
  - name: on the do-not-disturb list
    when: {to: "0900000*"}
    refuse: dnd
  - name: everybody else
    leg1: {answer: 3s..6s}
    leg2: {answer: 8s}
    talk: 30s..3m
    hangup_by: to
    record: true
    price: {per: 15s, amount: 0.15}

numbers:
  "09876543210": {circle: KA, operator: A, type: Mobile, dnd: "No"}
"""


def read(text):
    return read_scenario("f.yaml", text.encode())


def script(rule):
    """The script of a rule that is written as one flow mapping."""
    return read(f"rules: [{{{rule}}}]").rules[0].script


class TestTheSample:
    def test_each_rule_has_its_place_and_name(self):
        """`file:line name`, so that a log line leads to what decided."""
        assert [
            "f.yaml:5 the customer who is always busy",
            "f.yaml:9 agents at lunch",
            "f.yaml:12 on the do-not-disturb list",
            "f.yaml:15 everybody else",
        ] == [rule.place for rule in read(SAMPLE).rules]

    def test_each_rule_has_its_when(self):
        """A number, a beginning, a beginning, and nothing."""
        assert [
            When(to=Pattern("09052161119")),
            When(from_=Pattern("080", rest=True)),
            When(to=Pattern("0900000", rest=True)),
            When(),
        ] == [rule.when for rule in read(SAMPLE).rules]

    def test_each_rule_has_its_script(self):
        """What is left out is the language's default, rule by rule."""
        assert [
            Script(Outcome(Fate.ANSWER, seconds(4)), Outcome(Fate.BUSY, seconds(2))),
            Script(Outcome(Fate.NO_ANSWER)),
            Script(refuse=REFUSALS["dnd"]),
            Script(
                Outcome(Fate.ANSWER, Span(3 * SECOND, 6 * SECOND)),
                Outcome(Fate.ANSWER, seconds(8)),
                Span(30 * SECOND, 180 * SECOND),
                Party.TO,
                record=True,
                price=Price(15 * SECOND, 150),
            ),
        ] == [rule.script for rule in read(SAMPLE).rules]

    def test_the_rest_of_it(self):
        """Name, seed, numbers by E.164, and magic numbers hold."""
        scenario = read(SAMPLE)

        assert ("f.yaml", 42, True) == (scenario.name, scenario.seed, scenario.magic)
        assert {"+919876543210": NumberInfo("KA", "A", "Mobile", "No")} == scenario.numbers


class TestTimes:
    @pytest.mark.parametrize(
        ("text", "low", "high"),
        [
            pytest.param("500ms", 0.5, 0.5, id="milliseconds"),
            pytest.param("3s", 3, 3, id="seconds"),
            pytest.param("2m", 120, 120, id="minutes"),
            pytest.param("1h", 3600, 3600, id="hours"),
            pytest.param("30d", 2_592_000, 2_592_000, id="days"),
            pytest.param("0s", 0, 0, id="at once"),
            pytest.param("1.5s", 1.5, 1.5, id="a fraction"),
            pytest.param("365d", 31_536_000, 31_536_000, id="the longest"),
            pytest.param("3s..6s", 3, 6, id="a range"),
            pytest.param("30s..3m", 30, 180, id="a range over units"),
            pytest.param("3s .. 6s", 3, 6, id="a range with room"),
            pytest.param("2s..2s", 2, 2, id="a range of nothing"),
        ],
    )
    def test_a_time(self, text, low, high):
        """Whole microseconds, exactly."""
        assert Span(round(low * SECOND), round(high * SECOND)) == script(f"talk: {text}").talk

    @law
    @given(st.integers(0, 3600), st.integers(0, 3600))
    def test_any_two_times_in_order_are_a_range(self, one, other):
        """Milliseconds to seconds: low..high, both ends possible."""
        low, high = sorted((one, other))

        assert Span(low * 1000, high * SECOND) == script(f"talk: {low}ms..{high}s").talk


class TestLegs:
    @pytest.mark.parametrize("leg", ["leg1", "leg2"])
    @pytest.mark.parametrize(
        ("text", "outcome"),
        [
            pytest.param("answer", Outcome(Fate.ANSWER), id="a bare word"),
            pytest.param("{answer: 3s}", Outcome(Fate.ANSWER, seconds(3)), id="with its time"),
            pytest.param("busy", Outcome(Fate.BUSY), id="busy"),
            pytest.param("no_answer", Outcome(Fate.NO_ANSWER), id="with _"),
            pytest.param("no-answer", Outcome(Fate.NO_ANSWER), id="with -"),
            pytest.param("{no-answer: 10s}", Outcome(Fate.NO_ANSWER, seconds(10)), id="both"),
            pytest.param("unreachable", Outcome(Fate.UNREACHABLE), id="unreachable"),
        ],
    )
    def test_both_legs_may(self, leg, text, outcome):
        """Answer, busy, no answer, unreachable; `_` and `-` are the same to a reader."""
        assert Script(**{leg: outcome}) == script(f"{leg}: {text}")

    @pytest.mark.parametrize(
        ("text", "outcome"),
        [
            pytest.param("{cancel: 6s}", Outcome(Fate.CANCEL, seconds(6)), id="From hangs up"),
            pytest.param("cancel", Outcome(Fate.CANCEL), id="a bare cancel"),
            pytest.param("none", Outcome(Fate.NONE), id="never dialled"),
        ],
    )
    def test_leg_2_may_also(self, text, outcome):
        """Two fates that only the second leg can have."""
        assert Script(leg2=outcome) == script(f"leg2: {text}")


class TestTheOtherKeys:
    @pytest.mark.parametrize(
        ("rule", "expected"),
        [
            pytest.param("name: a rule", Script(), id="nothing: the defaults"),
            pytest.param("record: true", Script(record=True), id="recorded"),
            pytest.param("record: False", Script(record=False), id="False"),
            pytest.param("hangup_by: from", Script(hangup_by=Party.FROM), id="From hangs up"),
            pytest.param("hangup_by: to", Script(hangup_by=Party.TO), id="To hangs up"),
            pytest.param(
                "price: {per: 1m, amount: 2}", Script(price=Price(60 * SECOND, 2000)), id="a price"
            ),
            pytest.param(
                "price: {per: 1s, amount: 0.005}", Script(price=Price(SECOND, 5)), id="thousandths"
            ),
            pytest.param(
                'refuse: {status: 402, code: 40001, message: "no {number}"}',
                Script(refuse=Refusal(402, "no {number}", 40001)),
                id="a refusal written out",
            ),
            pytest.param(
                "refuse: {status: 500, message: oh}",
                Script(refuse=Refusal(500, "oh", None)),
                id="without a code",
            ),
        ],
    )
    def test_of_a_rule(self, rule, expected):
        """Each key becomes its part of the script."""
        assert expected == script(rule)

    @pytest.mark.parametrize("preset", REFUSALS)
    def test_every_preset_can_be_named(self, preset):
        """dnd, kyc, rate-limited, service-unavailable, unauthorized; `_` for `-` too."""
        assert REFUSALS[preset] == script(f"refuse: {preset}").refuse
        assert REFUSALS[preset] == script(f"refuse: {preset.replace('-', '_')}").refuse

    def test_the_default_script(self):
        """4 s and 6 s are the plan's; 30 s of talk, From hangs up, no recording, 0.250 a pulse."""
        assert (Outcome(Fate.ANSWER), Outcome(Fate.ANSWER), seconds(30)) == (
            Script().leg1,
            Script().leg2,
            Script().talk,
        )
        assert (Party.FROM, False, DEFAULT_PRICE, None) == (
            Script().hangup_by,
            Script().record,
            Script().price,
            Script().refuse,
        )

    def test_what_a_number_does_not_say_is_derived(self):
        """A landline that is only told to be on DND keeps its circle and operator."""
        derived = derive("8047112233", mobile=False)
        numbers = read('numbers: {"08047112233": {dnd: "Yes"}}').numbers

        assert {
            "+918047112233": NumberInfo(derived.circle, derived.operator, "Landline", "Yes")
        } == numbers

    def test_magic_can_be_turned_off(self):
        """`magic: false` at the top."""
        assert not read("magic: false").magic


class TestFilesAsTheyCome:
    @pytest.mark.parametrize(
        "raw",
        [
            pytest.param(b"", id="empty"),
            pytest.param(b"# a comment\n", id="only a comment"),
            pytest.param(b"description: nothing yet\n", id="only a description"),
            pytest.param(b"rules: []\n", id="no rules"),
        ],
    )
    def test_every_key_may_be_left_out(self, raw):
        """No rules, no numbers, no seed; magic numbers hold."""
        scenario = read_scenario("f.yaml", raw)

        assert ((), {}, None, True) == (
            scenario.rules,
            scenario.numbers,
            scenario.seed,
            scenario.magic,
        )

    @pytest.mark.parametrize(
        "raw",
        [
            pytest.param(SAMPLE.replace("\n", "\r\n").encode(), id="Windows line ends"),
            pytest.param(b"\xef\xbb\xbf" + SAMPLE.encode(), id="a byte order mark"),
        ],
    )
    def test_an_editors_habits_do_not_matter(self, raw):
        """The same scenario, and the same lines."""
        assert read(SAMPLE) == read_scenario("f.yaml", raw)

    def test_a_name_is_text_whatever_yaml_thinks(self):
        """`no` and `07012345670` are taken as they are written."""
        places = [rule.place for rule in read("rules: [{name: no, when: {flow: 01}}]").rules]

        assert ["f.yaml:1 no"] == places


class TestSeveralFiles:
    @pytest.fixture
    def files(self, tmp_path):
        """Write files, and give their paths as one would on the command line."""

        def write(**texts):
            for name, text in texts.items():
                (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
            return tuple(str(tmp_path / f"{name}.yaml") for name in texts)

        return write

    def test_one_file_is_itself(self, files):
        """Read from its path, which is its name in messages."""
        (path,) = files(one=SAMPLE)

        assert read_scenario(path, SAMPLE.encode()) == read_scenarios((path,))

    def test_rules_are_tried_in_the_order_of_the_files_and_catch_alls_last(self, files):
        """A catch-all of the first file must not hide the second."""
        names = files(
            one='rules: [{name: a, when: {to: "0981*"}}, {name: all}]',
            two='rules: [{name: b, when: {to: "0982*"}}, {name: rest}]',
        )

        assert ["a", "b", "all", "rest"] == [
            rule.place.split()[-1] for rule in read_scenarios(names).rules
        ]

    def test_numbers_add_up_and_the_first_seed_counts(self, files):
        """Of one number in two files the first one speaks, as of all else; magic holds if no file ends it."""
        names = files(
            one='numbers: {"09811100001": {circle: KA}, "09811100002": {circle: KA}}',
            two='seed: 7\nnumbers: {"09811100001": {circle: DL}}',
            three="seed: 8\nmagic: false",
        )
        scenario = read_scenarios(names)

        assert (7, False) == (scenario.seed, scenario.magic)
        assert {"+919811100001": "KA", "+919811100002": "KA"} == {
            e164: info.circle for e164, info in scenario.numbers.items()
        }
        assert ", ".join(names) == scenario.name
