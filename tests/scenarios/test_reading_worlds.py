"""Reading the rest of a scenario: clock, account, history, calls, inbound, and faults."""

import pytest

from conftest import EXOPHONE, FROM, NOON, TO
from exomock.domain.clock import SECOND
from exomock.domain.exophone import ExoPhone
from exomock.domain.fate import Fate, Outcome
from exomock.domain.fault import Damage, Fault, FaultAnswer, FaultWhen
from exomock.domain.generator import Generator
from exomock.domain.number import Number
from exomock.domain.past import History, PastCall
from exomock.domain.refusals import REFUSALS
from exomock.domain.scenario import ClockStart, Terms
from exomock.domain.script import Refusal, Script
from exomock.domain.span import Normal, Span, seconds
from exomock.domain.status import Status
from exomock.domain.twist import Twist, Twists
from exomock.domain.when import Expression, Hours, Nth, Pattern
from exomock.numbering import read_number
from exomock.scenarios import read_fault, read_scenario

MINUTE, DAY = 60 * SECOND, 86_400 * SECOND
NORMAL = Normal(8 * SECOND, 3 * SECOND)

DEFAULT_MIX = ((Status.COMPLETED, 0.8), (Status.NO_ANSWER, 0.15), (Status.BUSY, 0.05))
DEFAULT_TALK = Span(20 * SECOND, 300 * SECOND)


def read(text):
    return read_scenario("f.yaml", text.encode())


def cases(*rows):
    """(id, text, value) rows as parameters."""
    return [pytest.param(*row[1:], id=row[0]) for row in rows]


def number(text):
    """As answers write it, and E.164."""
    e164 = read_number(text).e164
    return Number("0" + e164[3:], e164)


class TestClockAndAccount:
    @pytest.mark.parametrize(
        ("text", "clock"),
        cases(
            ("nothing", "{}", ClockStart()),
            ("a moment", '{now: "2026-03-01T12:00:00+05:30"}', ClockStart(NOON)),
            ("unquoted", "{now: 2026-03-01T12:00:00+05:30}", ClockStart(NOON)),
            ("in UTC", '{now: "2026-03-01T06:30:00Z"}', ClockStart(NOON)),
            ("as Exotel writes it", '{now: "2026-03-01 12:00:00"}', ClockStart(NOON)),
            ("a day", "{now: 2026-03-01}", ClockStart(NOON - DAY // 2)),
            ("a fraction", "{now: 2026-03-01 12:00:00.25}", ClockStart(NOON + SECOND // 4)),
            ("rate", "{rate: 60}", ClockStart(None, 60.0)),
            ("frozen", "{rate: 0}", ClockStart(None, 0.0)),
            ("half as fast", "{rate: 0.5}", ClockStart(None, 0.5)),
            ("both", '{now: "2026-03-01 12:00:00", rate: 1}', ClockStart(NOON, 1.0)),
        ),
    )
    def test_the_clock(self, text, clock):
        """IST where it names no zone."""
        assert clock == read(f"clock: {text}").clock

    @pytest.mark.parametrize(
        ("text", "terms"),
        cases(
            ("nothing", "{}", Terms()),
            ("exophones", '{exophones: ["08047112233", "+91 80 4711 2299"]}',
             Terms((ExoPhone("+918047112233"), ExoPhone("+918047112299")))),
            ("an exophone with all",
             '{exophones: [{number: "08047112233", flow: 926, sms_url: "http://localhost:5000/sms", sender: EXOMCK, region: KA}]}',
             Terms((ExoPhone("+918047112233", "926", "http://localhost:5000/sms", "EXOMCK", "KA"),))),
            ("one in two pieces",
             '{exophones: ["08047112233", "08047112244", {number: "8047112233", sender: EXOMCK}]}',
             Terms((ExoPhone("+918047112233", sender="EXOMCK"), ExoPhone("+918047112244")))),
            ("late fields", "{late_fields: 2m}", Terms(late_fields=2 * MINUTE)),
            ("never late", "{late_fields: 0s}", Terms(late_fields=0)),
            ("rate limit", "{rate_limit: 200/min}", Terms(rate_limit=200)),
            ("balance", "{balance: 500.00}", Terms(balance=500_000)),
            ("nothing left", "{balance: 0}", Terms(balance=0)),
            ("all", '{exophones: ["08047112233"], late_fields: 2m, rate_limit: 200/min, balance: 0.005}',
             Terms((ExoPhone("+918047112233"),), 2 * MINUTE, 200, 5)),
        ),
    )  # fmt: skip
    def test_the_account(self, text, terms):
        """E.164, microseconds, requests a minute, thousandths."""
        assert terms == read(f"account: {text}").terms


class TestThePast:
    @pytest.mark.parametrize(
        ("text", "history"),
        cases(
            ("of the page", "{calls: 5000, over: 30d, mix: {completed: 80%, no-answer: 15%, busy: 5%}, talk: 20s..5m}",
             History(5000, 30 * DAY, DEFAULT_MIX, DEFAULT_TALK)),
            ("only how many", "{calls: 1}", History(1, 30 * DAY, DEFAULT_MIX, DEFAULT_TALK)),
            ("every status", "{calls: 2, mix: {completed: 20%, no_answer: 20%, busy: 20%, failed: 20%, canceled: 20%}}",
             History(2, 30 * DAY, tuple((Status(word), 0.2) for word in
                     ("completed", "no-answer", "busy", "failed", "canceled")), DEFAULT_TALK)),
            ("normal", '{calls: 3, talk: "normal(8s, 3s)", over: 1h}', History(3, 60 * MINUTE, DEFAULT_MIX, NORMAL)),
        ),
    )  # fmt: skip
    def test_history(self, text, history):
        """By itself or in a list."""
        assert (history,) == read(f"history: {text}").history
        assert (history, history) == read(f"history: [{text}, {text}]").history

    def test_a_call_with_every_key(self):
        """Exactly as written; the place leads to its line."""
        text = (
            "calls:\n"
            f'  - {{to: "{TO}", from: "{FROM}", exophone: "{EXOPHONE}", '
            'created: "2026-03-01 12:00:00", status: completed, duration: 42, price: 0.45, '
            "recording: true, direction: inbound, custom_field: vip}\n"
        )

        assert (
            PastCall(
                number(TO),
                number(FROM),
                number(EXOPHONE),
                NOON,
                Status.COMPLETED,
                42,
                450,
                recording=True,
                inbound=True,
                custom_field="vip",
                place="f.yaml:2",
            ),
        ) == read(text).calls

    @pytest.mark.parametrize(
        ("status", "duration"),
        [("completed", 42), ("no_answer", 30), ("busy", 30), ("failed", 30), ("canceled", 30)],
    )
    def test_a_call_with_few_keys(self, status, duration):
        """To and created are needed; the rest is an outbound call that cost nothing."""
        (call,) = read(f'calls: [{{to: "{TO}", created: 2026-03-01, status: {status}}}]').calls

        assert (Status(status.replace("_", "-")), duration, 0) == (
            call.status,
            call.duration,
            call.price,
        )
        assert (False, False, None) == (call.recording, call.inbound, call.custom_field)


CALLER = Pattern("099", rest=True)


class TestInbound:
    @pytest.mark.parametrize(
        ("text", "expected"),
        cases(
            ("of the page", '{every: 30s, from: "0990000*", exophone: "08047112233", leg2: {answer: 8s}, talk: 1m}',
             Generator(seconds(30), Pattern("0990000", rest=True), number(EXOPHONE),
                       Script(leg2=Outcome(Fate.ANSWER, seconds(8)), talk=seconds(60)), place="f.yaml:1")),
            ("only how often", "{every: 1m..2m}",
             Generator(Span(MINUTE, 2 * MINUTE), CALLER, number(EXOPHONE), place="f.yaml:1")),
            ("normal", '{every: "normal(8s, 3s)"}', Generator(NORMAL, CALLER, number(EXOPHONE), place="f.yaml:1")),
            ("one caller", '{every: 1s, from: "+91 98111 00001"}',
             Generator(seconds(1), Pattern(FROM), number(EXOPHONE), place="f.yaml:1")),
            ("its callbacks", ("{every: 1s, status_callback: 'http://x/y', status_callback_events: terminal, "
             "status_callback_content_type: application/json}"),
             Generator(seconds(1), CALLER, number(EXOPHONE), None, "http://x/y", ("terminal",),
                       callback_json=True, place="f.yaml:1")),
            ("a list of events", "{every: 1s, status_callback: 'https://x', status_callback_events: [terminal, answered]}",
             Generator(seconds(1), CALLER, number(EXOPHONE), None, "https://x", ("terminal", "answered"),
                       place="f.yaml:1")),
            ("words of a script", "{every: 1s, stuck: true, status: ringing, callbacks: {drop: true}}",
             Generator(seconds(1), CALLER, number(EXOPHONE),
                       Script(stuck=True, status=Status.RINGING, twists=Twists(Twist(drop=True), Twist(drop=True))),
                       place="f.yaml:1")),
        ),
    )  # fmt: skip
    def test_who_calls_whom_how_often(self, text, expected):
        """Without words of a script the rules are asked, which None says."""
        assert (expected,) == read(f"inbound: [{text}]").inbound


def never(_text):
    """A search that finds nothing: expressions are equal if they are written so."""


class TestFaults:
    def test_those_of_the_page(self):
        """Names and lines are their places."""
        text = (
            "faults:\n"
            "  - name: five bad minutes\n"
            "    when: {method: POST, path: Calls/connect, between: [10m, 15m]}\n"
            "    answer: service-unavailable\n"
            "  - {when: {path: Calls, nth: 3}, answer: {truncate: 60%}}\n"
            '  - {when: {chance: 10%}, delay: "normal(2s, 500ms)"}\n'
        )
        first = FaultWhen(
            method=Pattern("POST"),
            path=Pattern("Calls/connect"),
            between=(10 * MINUTE, 15 * MINUTE),
        )

        assert (
            Fault("f.yaml:2 five bad minutes", first, FaultAnswer(REFUSALS["service-unavailable"])),
            Fault(
                "f.yaml:5",
                FaultWhen(path=Pattern("Calls"), nth=Nth(3, 3)),
                FaultAnswer(damage=Damage.TRUNCATED, amount=0.6),
            ),
            Fault("f.yaml:6", FaultWhen(chance=0.1), delay=Normal(2 * SECOND, SECOND // 2)),
        ) == read(text).faults

    @pytest.mark.parametrize("preset", REFUSALS)
    def test_every_preset_can_be_named(self, preset):
        """In either spelling."""
        for word in (preset, preset.replace("-", "_")):
            assert FaultAnswer(REFUSALS[preset]) == read_fault(f"answer: {word}".encode()).answer

    def test_a_gateways_page(self):
        """HTML where JSON or XML should be."""
        answer = read_fault(b"answer: html").answer

        assert (502, True) == (answer.refusal.status, answer.html)

    @pytest.mark.parametrize(
        ("text", "answer"),
        cases(
            ("an error", '{status: 503, code: 35008, message: "oh"}', FaultAnswer(Refusal(503, "oh", 35008))),
            ("without a code", '{status: 400, message: "oh"}', FaultAnswer(Refusal(400, "oh"))),
            ("truncated", "{truncate: 60%}", FaultAnswer(damage=Damage.TRUNCATED, amount=0.6)),
            ("truncated to nothing", "{truncate: 0%}", FaultAnswer(damage=Damage.TRUNCATED, amount=0.0)),
            ("all of it, then close", "{truncate: 100%}", FaultAnswer(damage=Damage.TRUNCATED, amount=1.0)),
            ("malformed", "{malformed: true}", FaultAnswer(damage=Damage.MALFORMED, amount=1)),
            ("dripped", "{drip: 10B/s}", FaultAnswer(damage=Damage.DRIPPED, amount=10)),
            ("hung", "{hang: true}", FaultAnswer(damage=Damage.HUNG, amount=1)),
            ("hung and not malformed", "{hang: true, malformed: false}", FaultAnswer(damage=Damage.HUNG, amount=1)),
        ),
    )  # fmt: skip
    def test_every_answer(self, text, answer):
        """An error instead of the right answer, or damage to it."""
        assert answer == read_fault(f"answer: {text}".encode()).answer

    @pytest.mark.parametrize(
        ("text", "when"),
        cases(
            ("method", "{method: GET}", FaultWhen(method=Pattern("GET"))),
            ("path", "{path: Calls/connect}", FaultWhen(path=Pattern("Calls/connect"))),
            ("path with .json", "{path: Calls/connect.json}", FaultWhen(path=Pattern("Calls/connect"))),
            ("path from the root", "{path: /Calls}", FaultWhen(path=Pattern("Calls"))),
            ("path, a beginning", '{path: "Calls*"}', FaultWhen(path=Pattern("Calls", rest=True))),
            ("path, an expression", '{path: "/^Calls\\\\/[0-9a-f]+$/"}',
             FaultWhen(path=Expression("^Calls\\/[0-9a-f]+$", never))),
            ("between", "{between: [10m, 15m]}", FaultWhen(between=(10 * MINUTE, 15 * MINUTE))),
            ("from the beginning", "{between: [0s, 1m]}", FaultWhen(between=(0, MINUTE))),
            ("form", '{form: {CallType: trans, To: "/^098/", TimeOut: 30}}',
             FaultWhen(form=(("CallType", Pattern("trans")), ("To", Expression("^098", never)),
                             ("TimeOut", Pattern("30"))))),
            ("a form field that begins so", '{form: {CustomField: "vip*"}}',
             FaultWhen(form=(("CustomField", Pattern("vip", rest=True)),))),
            ("what rules compare", ('{to: "098*", from: "099*", exophone: "08047112233", flow: 926, '
             'custom_field: x, time: "22:00-06:00", nth: 1..3, every_nth: 2, chance: 5%}'),
             FaultWhen(to=Pattern("098", rest=True), from_=CALLER, exophone=Pattern(EXOPHONE), flow=Pattern("926"),
                       custom_field=Pattern("x"), time=Hours(79_200, 21_600), nth=Nth(1, 3), every_nth=2, chance=0.05)),
        ),
    )  # fmt: skip
    def test_every_condition(self, text, when):
        """The request as it came in, and what rules compare."""
        assert when == read_fault(f"{{when: {text}, answer: html}}".encode()).when

    @pytest.mark.parametrize(
        ("text", "delay", "times"),
        cases(
            ("late", "delay: 2s", seconds(2), None),
            ("late at random", 'delay: "normal(8s, 3s)"', NORMAL, None),
            ("three times", "delay: 1s..2s, times: 3", Span(SECOND, 2 * SECOND), 3),
            ("late and wrong", "delay: 2s, answer: html, times: 1", seconds(2), 1),
        ),
    )
    def test_delay_and_times(self, text, delay, times):
        """A right answer may come late; a fault may wear off."""
        found = read_fault(f"{{name: it, {text}}}".encode())

        assert ("fault it", delay, times) == (found.place, found.delay, found.times)


class TestDescription:
    def test_it_changes_nothing(self):
        """Its words are for people; the text is kept as it was."""
        text = "# a comment\ndescription: Evening in the support centre\n"

        assert read("") == read(text)
        assert text == read(text).text
