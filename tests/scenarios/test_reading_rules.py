"""Reading rules: every key and form of `when`, attempts, statuses, callbacks, and normal(…)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exomock.domain.clock import SECOND
from exomock.domain.fate import Fate, Outcome
from exomock.domain.price import Price
from exomock.domain.refusals import REFUSALS
from exomock.domain.script import Party, Refusal, Script
from exomock.domain.span import Normal, Span, seconds
from exomock.domain.status import Status
from exomock.domain.twist import Twist, Twists
from exomock.domain.when import Expression, Hours, Nth, Pattern, When
from exomock.scenarios import read_next, read_scenario, read_script

law = settings(deadline=None, max_examples=50)

NORMAL = Normal(8 * SECOND, 3 * SECOND)
BUSY = Outcome(Fate.BUSY)


def rule(text):
    """A rule that is written as one flow mapping."""
    return read_scenario("f.yaml", f"rules: [{{{text}}}]".encode()).rules[0]


def cases(*rows):
    """(id, text, value) rows as parameters."""
    return [pytest.param(*row[1:], id=row[0]) for row in rows]


def never(_text):
    """A search that finds nothing: expressions are equal if they are written so."""


class TestWhen:
    @pytest.mark.parametrize(
        ("text", "when"),
        cases(
            ("to", '{to: "+91 98123 45678"}', When(to=Pattern("09812345678"))),
            ("to abroad", '{to: "+1 415 555 2671"}', When(to=Pattern("+14155552671"))),
            ("a beginning", '{to: "0981234*"}', When(to=Pattern("0981234", rest=True))),
            ("a beginning as +91", '{to: "+919812*"}', When(to=Pattern("09812", rest=True))),
            ("any number", '{to: "*"}', When(to=Pattern("", rest=True))),
            ("from, an expression", '{from: "/^080/"}', When(from_=Expression("^080", never))),
            ("exophone", '{exophone: "08047112233"}', When(exophone=Pattern("08047112233"))),
            ("exophone, an expression", "{exophone: /33$/}", When(exophone=Expression("33$", never))),
            ("flow", "{flow: 926}", When(flow=Pattern("926"))),
            ("flow, a beginning", '{flow: "92*"}', When(flow=Pattern("92", rest=True))),
            ("flow, an expression", '{flow: "/^9(2|3)/"}', When(flow=Expression("^9(2|3)", never))),
            ("inbound", "{direction: inbound}", When(direction=Pattern("inbound"))),
            ("outbound", "{direction: outbound-api}", When(direction=Pattern("outbound-api"))),
            ("outbound with _", "{direction: outbound_api}", When(direction=Pattern("outbound-api"))),
            ("custom_field", "{custom_field: vip}", When(custom_field=Pattern("vip"))),
            ("custom_field, a beginning", '{custom_field: "vip *"}', When(custom_field=Pattern("vip ", rest=True))),
            ("custom_field, an expression", '{custom_field: "/a|b/"}', When(custom_field=Expression("a|b", never))),
            ("time", '{time: "13:00-14:30"}', When(time=Hours(46_800, 52_200))),
            ("time, unquoted", "{time: 9:05-10:00}", When(time=Hours(32_700, 36_000))),
            ("time, with room", "{time: 13:00 - 14:00}", When(time=Hours(46_800, 50_400))),
            ("time, across midnight", '{time: "22:00-06:00"}', When(time=Hours(79_200, 21_600))),
            ("time, until midnight", '{time: "22:00-24:00"}', When(time=Hours(79_200, 86_400))),
            ("time, from midnight", '{time: "00:00-06:00"}', When(time=Hours(0, 21_600))),
            ("nth", "{nth: 3}", When(nth=Nth(3, 3))),
            ("nth, quoted", '{nth: "3"}', When(nth=Nth(3, 3))),
            ("nth, a range", "{nth: 1..3}", When(nth=Nth(1, 3))),
            ("nth, a range of one", "{nth: 2..2}", When(nth=Nth(2, 2))),
            ("every_nth", "{every_nth: 5}", When(every_nth=5)),
            ("chance", "{chance: 20%}", When(chance=0.2)),
            ("chance, exactly", "{chance: 12.5%}", When(chance=0.125)),
            ("never", "{chance: 0%}", When(chance=0.0)),
            ("always", "{chance: 100 %}", When(chance=1.0)),
            ("several", '{to: "098*", time: "22:00-06:00", nth: 1..3, chance: 50%}',
             When(to=Pattern("098", rest=True), time=Hours(79_200, 21_600), nth=Nth(1, 3), chance=0.5)),
            ("nothing", "{}", When()),
        ),
    )  # fmt: skip
    def test_every_key_and_form(self, text, when):
        """What is written becomes what is compared."""
        assert when == rule(f"when: {text}").when

    @pytest.mark.parametrize(
        ("text", "fits", "not_"),
        cases(
            ("anywhere", "/98/", "0098", "0890"),
            ("at the beginning", "/^080/", "0804", "1080"),
            ("at the end", "/80$/", "0480", "0804"),
            ("a choice", "/^(a|b)+$/", "abba", "abc"),
            ("case", "/(?i)vip/", "a ViP", "vp"),
            ("letters beyond ASCII", "/नम/", "नमस्ते", "hello"),
            ("a slash within", "/a/b/", "xa/b", "ab"),
        ),
    )
    def test_an_expression_is_looked_for_anywhere(self, text, fits, not_):
        """As RE2 reads it, letters and all."""
        found = rule(f"when: {{custom_field: '{text}'}}").when.custom_field

        assert found.matches(fits)
        assert not found.matches(not_)


class TestNormal:
    @pytest.mark.parametrize(
        ("text", "expected"),
        cases(
            ("a leg's time", 'leg1: {answer: "normal(8s, 3s)"}', Script(Outcome(Fate.ANSWER, NORMAL))),
            ("leg 2", 'leg2: {cancel: "normal(8s, 3s)"}', Script(leg2=Outcome(Fate.CANCEL, NORMAL))),
            ("talk", 'talk: "normal(8s, 3s)"', Script(talk=NORMAL)),
            ("no room", 'talk: "normal(8s,3s)"', Script(talk=NORMAL)),
            ("much room", 'talk: "normal( 8s , 3s )"', Script(talk=NORMAL)),
            ("other units", 'talk: "normal(2m, 500ms)"', Script(talk=Normal(120 * SECOND, SECOND // 2))),
            ("no deviation", 'talk: "normal(8s, 0s)"', Script(talk=Normal(8 * SECOND, 0))),
            ("of callbacks", 'callbacks: {answered: {delay: "normal(8s, 3s)"}}',
             Script(twists=Twists(answered=Twist(delay=NORMAL)))),
        ),
    )  # fmt: skip
    def test_wherever_a_time_may_stand(self, text, expected):
        """Mean and deviation."""
        assert expected == rule(text).script

    def test_in_block_style_it_needs_no_quotes(self):
        """Only in braces does a comma split it."""
        scenario = read_scenario("f.yaml", b"rules:\n  - talk: normal(8s, 3s)\n")

        assert NORMAL == scenario.rules[0].script.talk


class TestAttempts:
    def test_each_is_a_script(self):
        """The sample of the language's page."""
        found = rule(
            'when: {to: "0981234*"}, attempts: '
            "[{leg2: {busy: 3s}}, {leg2: no_answer}, {leg2: {answer: 5s}, talk: 40s}]"
        )

        assert (
            Script(leg2=Outcome(Fate.BUSY, seconds(3))),
            Script(leg2=Outcome(Fate.NO_ANSWER)),
            Script(leg2=Outcome(Fate.ANSWER, seconds(5)), talk=seconds(40)),
        ) == found.attempts

    @pytest.mark.parametrize(
        ("text", "attempts"),
        cases(
            ("the rule's words hold beside", "talk: 9s, record: true, attempts: [{leg2: busy}, {}]",
             (Script(leg2=BUSY, talk=seconds(9), record=True), Script(talk=seconds(9), record=True))),
            ("its own word wins", "leg2: busy, talk: 9s, attempts: [{leg2: answer}, {talk: 3s}]",
             (Script(talk=seconds(9)), Script(leg2=BUSY, talk=seconds(3)))),
            ("a refusal needs no words", "talk: 9s, attempts: [{refuse: dnd}, {leg1: busy}]",
             (Script(refuse=REFUSALS["dnd"]), Script(leg1=BUSY, talk=seconds(9)))),
            ("refused unless an attempt plays", "refuse: dnd, attempts: [{leg1: busy}]", (Script(leg1=BUSY),)),
            ("every word of a script",
             ("attempts: [{leg1: busy, leg2: none, talk: 1s, hangup_by: to, record: true, price: {per: 1s, amount: 1}, "
             "status: busy, stuck: true, callbacks: {drop: true}}]"),
             (Script(BUSY, Outcome(Fate.NONE), seconds(1), Party.TO, record=True, price=Price(SECOND, 1000),
                     status=Status.BUSY, stuck=True, twists=Twists(Twist(drop=True), Twist(drop=True))),)),
            ("callbacks as a whole", "callbacks: {swap: true}, attempts: [{callbacks: {before_answer: true}}]",
             (Script(twists=Twists(before_answer=True)),)),
        ),
    )  # fmt: skip
    def test_the_words_of_the_rule_hold_beside_theirs(self, text, attempts):
        """What does not change from try to try is written once."""
        assert attempts == rule(text).attempts

    def test_a_rule_without_has_none(self):
        """Its own words are its script."""
        assert ((), Script(leg1=BUSY)) == (
            rule("leg1: busy").attempts,
            rule("leg1: busy").script,
        )


class TestStatusAndStuck:
    @pytest.mark.parametrize("status", Status)
    def test_every_status_in_either_spelling(self, status):
        """`no_answer` is `no-answer`."""
        for word in (status.value, status.value.replace("-", "_")):
            assert Script(status=status) == rule(f"status: {word}").script

    def test_a_call_without_end(self):
        """stuck: true, also with a status."""
        assert Script(stuck=True) == rule("stuck: true").script
        assert (
            Script(stuck=True, status=Status.RINGING) == rule("stuck: true, status: ringing").script
        )


ALL = (
    "delay: 2s..3s, drop: true, repeat: 3, every: 500ms, content_type: text/plain, "
    "without: [RecordingUrl, 'Legs[0][Status]'], with: {Extra: 1, Status: no}, status: done"
)
WHOLE = Twist(
    Span(2 * SECOND, 3 * SECOND),
    drop=True,
    repeat=3,
    every=Span(SECOND // 2, SECOND // 2),
    content_type="text/plain",
    without=("RecordingUrl", "Legs[0][Status]"),
    extra=(("Extra", "1"), ("Status", "no")),
    status="done",
)
LATE = Twist(delay=seconds(2))


class TestCallbacks:
    @pytest.mark.parametrize(
        ("text", "twists"),
        cases(
            ("nothing", "{}", Twists()),
            ("delay", "{delay: 2s}", Twists(LATE, LATE)),
            ("drop", "{drop: true}", Twists(Twist(drop=True), Twist(drop=True))),
            ("repeat", "{repeat: 2}", Twists(Twist(repeat=2), Twist(repeat=2))),
            ("every", "{every: 3s}", Twists(Twist(every=seconds(3)), Twist(every=seconds(3)))),
            ("all for all", f"{{{ALL}}}", Twists(WHOLE, WHOLE)),
            ("all for answered", f"{{answered: {{{ALL}}}}}", Twists(answered=WHOLE)),
            ("all for terminal", f"{{terminal: {{{ALL}}}}}", Twists(terminal=WHOLE)),
            ("each its own", "{answered: {delay: 2s}, terminal: {repeat: 2, every: 1s, without: [RecordingUrl]}}",
             Twists(LATE, Twist(repeat=2, without=("RecordingUrl",)))),
            ("one beside what holds for all", "{delay: 2s, terminal: {drop: true}}",
             Twists(LATE, Twist(delay=seconds(2), drop=True))),
            ("one instead of what holds for all", "{drop: true, answered: {drop: false}}",
             Twists(Twist(), Twist(drop=True))),
            ("swap", "{swap: true}", Twists(swap=True)),
            ("before the answer", "{before_answer: true}", Twists(before_answer=True)),
            ("both, and all", f"{{swap: true, before_answer: true, {ALL}}}",
             Twists(WHOLE, WHOLE, swap=True, before_answer=True)),
            ("a field with -", "{without: [PhoneNumberSid]}",
             Twists(Twist(without=("PhoneNumberSid",)), Twist(without=("PhoneNumberSid",)))),
        ),
    )  # fmt: skip
    def test_every_key_for_all_and_for_one_event(self, text, twists):
        """An event's own word stands in place of the one for all."""
        assert twists == rule(f"callbacks: {text}").script.twists


class TestPieces:
    def test_the_next_calls(self):
        """How many, and what becomes of them; one if it does not say."""
        assert (3, Script(leg1=BUSY)) == read_next(b"{calls: 3, leg1: busy}")
        assert (1, Script(talk=seconds(2))) == read_next(b'{"talk": "2s"}')

    def test_a_script_as_json_has_it(self):
        """Numbers and flags are JSON's own."""
        refusal = {"status": 402, "code": 7, "message": "x"}

        assert Script(record=True, price=Price(SECOND, 500)) == read_script(
            {"record": True, "price": {"per": "1s", "amount": 0.5}}
        )
        assert Script(refuse=Refusal(402, "x", 7)) == read_script({"refuse": refusal})

    @law
    @given(st.integers(1, 10**9), st.integers(0, 10**9))
    def test_any_range_of_turns(self, low, more):
        """Both ends are kept."""
        high = min(low + more, 999_999_999)
        low = min(low, high)

        assert Nth(low, high) == rule(f"when: {{nth: {low}..{high}}}").when.nth
