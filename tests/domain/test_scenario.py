"""What decides a call: rules in order, `when`, magic numbers. docs/scenarios.md and the README."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import EXOPHONE, FROM, NOON, TO
from exomock.domain.call import Call
from exomock.domain.choosing import NO_RULE, choose
from exomock.domain.clock import SECOND
from exomock.domain.fate import Fate, Outcome
from exomock.domain.magic import MAGIC
from exomock.domain.order import Order
from exomock.domain.plan import plan
from exomock.domain.refusals import REFUSALS
from exomock.domain.rule import Rule
from exomock.domain.scenario import Scenario, number_of
from exomock.domain.script import Script
from exomock.domain.span import seconds
from exomock.domain.when import Pattern, When, texts_of
from exomock.numbering import read_number
from exomock.scenarios import read_scenario

law = settings(deadline=None, max_examples=50)

BUSY = Script(leg2=Outcome(Fate.BUSY))
ANY = When()


def ordered(**numbers):
    """An order between the ordinary numbers, but for those given; `flow` makes it a flow call."""
    flow = numbers.pop("flow", None)
    numbers = {"from_": FROM, "to": TO, "exophone": EXOPHONE} | numbers
    return Order(**{name: read_number(text) for name, text in numbers.items()}, flow=flow)


def played(order, scenario=None):
    """A call of that order at its end."""
    script = choose(scenario or Scenario("none"), order).script
    events = plan(script, order, NOON, 0, Random(1))
    return Call(
        account="a",
        sid="s",
        order=order,
        script=script,
        key="key",
        created=NOON,
        plan=events,
        done=len(events),
        rule="",
    )


def rule(place, when=ANY, script=BUSY):
    return Rule(place, when, script)


class TestOrderOfRules:
    def test_the_first_that_matches_decides(self):
        """Two fit: the earlier one's script holds, and the choice says which it was."""
        scenario = Scenario(
            "s",
            (
                rule("s:2 other", When(to=Pattern("09999999999"))),
                rule("s:4 first", When(to=Pattern("098", rest=True))),
                rule("s:6 second", When(to=Pattern(TO)), Script(talk=seconds(1))),
            ),
        )
        choice = choose(scenario, ordered())

        assert ("s:4 first", BUSY) == (choice.by, choice.script)

    def test_a_rule_without_when_takes_the_rest(self):
        """The catch-all decides what no rule before it names."""
        scenario = Scenario("s", (rule("s:2", When(to=Pattern("09999999999"))), rule("s:4 all")))

        assert "s:4 all" == choose(scenario, ordered()).by

    def test_the_first_of_two_catch_alls_decides(self):
        """Two files may each have one; whatever stands after the first is never reached."""
        named = rule("s:6", When(to=Pattern(TO)))

        assert "s:2" == choose(Scenario("s", (rule("s:2"), rule("s:4"), named)), ordered()).by

    @pytest.mark.parametrize(
        "rules",
        [(), (rule("s:2", When(to=Pattern("09999999999"))),)],
        ids=["no rules", "none matches"],
    )
    def test_without_a_match_the_defaults_hold(self, rules):
        """Leg 1 answers after 4 s, leg 2 after 6 s, they talk 30 s: a call of 40 s."""
        assert NO_RULE == choose(Scenario("s", rules), ordered()).by
        call = played(ordered(), Scenario("s", rules))

        assert ("completed", 40, 30) == (call.status, call.duration, call.conversation)

    def test_rules_do_not_inherit_from_each_other(self):
        """What a rule leaves out is the language's default, not what another rule says."""
        scenario = read_scenario(
            "s", b'rules: [{when: {to: "098*"}, leg2: busy}, {talk: 9s, leg1: {answer: 1s}}]'
        )

        assert Script(leg2=Outcome(Fate.BUSY)) == choose(scenario, ordered()).script

    @law
    @given(
        st.lists(st.tuples(st.sampled_from(["0981", "0982", "09820", TO, ""]), st.booleans())),
        st.sampled_from(["09810000000", TO, "09820000000", "09830000000"]),
    )
    def test_the_first_match_wins_whatever_the_rules(self, patterns, number):
        """Against a search written by hand, for any list of exact numbers and beginnings."""
        rules = tuple(
            rule(str(i), When(to=Pattern(text, rest=rest)))
            for i, (text, rest) in enumerate(patterns)
        )
        fits = [
            str(i)
            for i, (text, rest) in enumerate(patterns)
            if number == text or (rest and number[: len(text)] == text)
        ]

        assert [*fits, NO_RULE][0] == choose(Scenario("s", rules), ordered(to=number)).by


class TestWhen:
    @pytest.mark.parametrize(
        ("when", "order", "matches"),
        [
            pytest.param('{to: "09822200002"}', {}, True, id="to, exact"),
            pytest.param('{to: "09822200003"}', {}, False, id="to, another"),
            pytest.param('{to: "+919822200002"}', {}, True, id="to, E.164"),
            pytest.param('{to: "919822200002"}', {}, True, id="to, 91"),
            pytest.param('{to: "9822200002"}', {}, True, id="to, 10 digits"),
            pytest.param('{to: "+91 98222-00002"}', {}, True, id="to, spaced"),
            pytest.param('{to: "09822200002"}', {"to": "+919822200002"}, True, id="ordered as +91"),
            pytest.param('{to: "0982*"}', {}, True, id="to, a beginning"),
            pytest.param('{to: "0981*"}', {}, False, id="to, another beginning"),
            pytest.param('{to: "+919822*"}', {}, True, id="to, a beginning as +91"),
            pytest.param('{to: "+91*"}', {}, True, id="to, India"),
            pytest.param('{to: "+91*"}', {"to": "+14155552671"}, False, id="America is not India"),
            pytest.param('{to: "+1415*"}', {"to": "+14155552671"}, True, id="abroad, a beginning"),
            pytest.param(
                '{to: "+1 415 555 2671"}', {"to": "14155552671"}, True, id="abroad, exact"
            ),
            pytest.param('{to: "*"}', {}, True, id="to, any"),
            pytest.param('{to: "*"}', {"flow": "926"}, False, id="to never matches a flow call"),
            pytest.param('{from: "09811100001"}', {}, True, id="from, exact"),
            pytest.param('{from: "080*"}', {}, False, id="from, another beginning"),
            pytest.param('{from: "098*"}', {"flow": "926"}, True, id="from of a flow call"),
            pytest.param('{from: "09822200002"}', {}, False, id="from is not to"),
            pytest.param('{exophone: "08047112233"}', {}, True, id="exophone, exact"),
            pytest.param('{exophone: "+918047112233"}', {}, True, id="exophone, E.164"),
            pytest.param('{exophone: "0804711223*"}', {}, True, id="exophone, a beginning"),
            pytest.param('{exophone: "08047112299"}', {}, False, id="exophone, another"),
            pytest.param('{flow: "926"}', {"flow": "926"}, True, id="flow, exact"),
            pytest.param("{flow: 926}", {"flow": "926"}, True, id="flow, unquoted"),
            pytest.param('{flow: "926"}', {"flow": "9265"}, False, id="flow, a longer one"),
            pytest.param('{flow: "92*"}', {"flow": "926"}, True, id="flow, a beginning"),
            pytest.param('{flow: "*"}', {}, False, id="a two-leg call has no flow"),
            pytest.param('{from: "098*", to: "0982*"}', {}, True, id="both given, both fit"),
            pytest.param('{from: "098*", to: "0981*"}', {}, False, id="both given, one fits"),
            pytest.param("{}", {}, True, id="nothing given"),
        ],
    )
    def test_a_pattern_matches(self, when, order, matches):
        """Numbers in any spelling on both sides; all that is given must match."""
        text = f"rules: [{{name: it, when: {when}, leg2: busy}}]".encode()
        assert (matches, "s:1 it" if matches else NO_RULE) == (
            read_scenario("s", text).rules[0].when.fits(texts_of(ordered(**order)), NOON, float),
            choose(read_scenario("s", text), ordered(**order)).by,
        )

    @pytest.mark.parametrize("key", ["to", "from_", "exophone", "flow"])
    def test_any_key_makes_a_rule_that_names_something(self, key):
        """Also one that any number fits; only a rule with none at all is a catch-all."""
        assert When(**{key: Pattern("", rest=True)}).named
        assert not When().named


class TestMagicNumbers:
    # The README's table; leg statuses are those of section 3 of exotel-v1.md.
    @pytest.mark.parametrize(
        ("number", "as_from", "as_to"),
        [
            ("09000000001", ("busy", "busy", None, 2), ("busy", "completed", "busy", 6)),
            ("09000000002", ("no-answer", "no-answer", None, 30), ("no-answer", "completed", "no-answer", 34)),
            ("09000000003", ("failed", "failed", None, 2), ("failed", "completed", "failed", 6)),
            ("09000000004", ("failed", "completed", "canceled", 7), ("failed", "completed", "canceled", 7)),
            ("09000000007", ("completed", "completed", "completed", 10), ("completed", "completed", "completed", 8)),
        ],
    )  # fmt: skip
    @pytest.mark.parametrize("side", ["from_", "to"])
    def test_a_number_decides_how_the_call_goes(self, side, number, as_from, as_to):
        """Status, both legs and the seconds in all, on either side; the other side by default."""
        call = played(ordered(**{side: number}))
        leg1, leg2 = call.story.legs

        expected = as_from if side == "from_" else as_to
        assert expected == (call.status, leg1.status, leg2.status, call.duration)

    def test_number_seven_talks_for_three_seconds(self):
        """Answers after 1 s, and they talk for 3 s."""
        assert 3 == played(ordered(to="09000000007")).conversation

    # Texts and codes: exotel-v1.md section 7 (C/V).
    @pytest.mark.parametrize(
        ("number", "status", "code", "text"),
        [
            ("09000000005", 403, None, "Call to [09000000005] can not be made because of TRAI NDNC regulations."),
            ("09000000006", 403, 340030, "Your account is not yet KYC compliant"),
            ("09000000008", 429, None, "Too Many Requests"),
            ("09000000009", 503, 35008, "Service Unavailable; "),
        ],
    )  # fmt: skip
    def test_a_number_refuses_the_order(self, number, status, code, text):
        """HTTP status, Exotel's code and text, the dialled number in it."""
        order = ordered(to=number)
        error = choose(Scenario("s"), order).script.refuse.error(order)

        assert (status, code) == (error.status, error.code)
        assert str(error).startswith(text)

    @pytest.mark.parametrize("number", ["09000000005", "09000000006", "09000000008", "09000000009"])
    @pytest.mark.parametrize("side", ["from_", "to"])
    def test_an_order_is_refused_whichever_side_has_the_number(self, side, number):
        """Dialled as From or as To."""
        assert choose(Scenario("s"), ordered(**{side: number})).script.refuse in REFUSALS.values()

    def test_there_are_nine(self):
        """09000000001 to 09000000009, each with its line for the README."""
        assert [f"0900000000{i}" for i in range(1, 10)] == list(MAGIC)
        assert all(magic.says for magic in MAGIC.values())

    @pytest.mark.parametrize("spelling", ["+919000000001", "919000000001", "9000000001"])
    def test_any_spelling_is_the_number(self, spelling):
        """Magic numbers compare like all numbers, by E.164."""
        assert "busy" == played(ordered(to=spelling)).status

    def test_they_come_after_a_rule_that_names_something(self):
        """A scenario can give even a magic number another fate."""
        talks = rule("s:2", When(to=Pattern("0900", rest=True)), Script(talk=seconds(9)))

        assert "s:2" == choose(Scenario("s", (talks,)), ordered(to="09000000001")).by

    @pytest.mark.parametrize(
        "catch_all",
        [
            pytest.param(Script(talk=seconds(9)), id="that is played"),
            pytest.param(Script(leg2=Outcome(Fate.NO_ANSWER)), id="where nobody answers"),
            pytest.param(Script(refuse=REFUSALS["dnd"]), id="that refuses"),
        ],
    )
    def test_they_come_before_a_rule_without_when(self, catch_all):
        """The README: they hold also where a scenario has a rule for all calls."""
        scenario = Scenario("s", (rule("s:2", ANY, catch_all),))
        order = ordered(to="09000000001")
        choice = choose(scenario, order)

        assert "magic number 09000000001" == choice.by
        assert None is choice.script.refuse
        assert "busy" == played(order, scenario).status

    def test_two_hold_both(self):
        """From answers after 1 s and To is busy: each on its own leg."""
        call = played(ordered(from_="09000000007", to="09000000001"))

        assert ("busy", NOON + SECOND) == (call.status, call.story.legs[0].answered_at)

    def test_the_choice_names_them(self):
        """What decided is told in the log, by number."""
        order = ordered(from_="09000000007", to="09000000001")

        assert "magic number 09000000007 and 09000000001" == choose(Scenario("s"), order).by

    def test_magic_false_makes_them_ordinary(self):
        """A scenario may say `magic: false`."""
        scenario = Scenario("s", magic=False)

        assert "completed" == played(ordered(to="09000000001"), scenario).status
        assert None is choose(scenario, ordered(to="09000000005")).script.refuse

    def test_the_exophone_of_a_flow_call_is_not_dialled(self):
        """To of a flow call is the ExoPhone: magic only on From."""
        assert NO_RULE == choose(Scenario("s"), ordered(to="09000000001", flow="926")).by
        assert "busy" == played(ordered(from_="09000000001", flow="926")).status


class TestNumbers:
    def test_a_number_is_found_by_any_spelling(self):
        """`numbers` of a scenario, asked in another form than it was written."""
        scenario = read_scenario("s", b'numbers: {"09876543210": {circle: KA}}')

        assert "KA" == number_of(scenario, read_number("+91 98765 43210")).circle
        assert None is number_of(scenario, read_number("09876543211"))


class TestRefusal:
    def test_the_text_names_the_number_that_was_to_be_called(self):
        """`{number}` becomes To, as answers write it."""
        refusal = replace(REFUSALS["dnd"], message="not {number}")

        assert "not 09822200002" == str(refusal.error(ordered(to="+919822200002")))
