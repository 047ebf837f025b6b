"""Wrong values of the language's later words: conditions, attempts, callbacks, the account, faults."""

import pytest

from exomock.scenarios import ScenarioError, read_fault, read_next, read_scenario, read_script

TIME = 'expected a time such as 500ms, 3s, 2m, 1h, a range such as 3s..6s, or "normal(8s, 3s)"'
TURN = "expected a whole number such as 3, or a range such as 1..3"
SHARE = "expected a share such as 20%"
HOURS = 'expected hours such as "13:00-14:00" (IST)'
MOMENT = 'expected a moment such as "2026-03-01T18:00:00+05:30" or "2026-03-01 18:00:00" (IST)'
SENDER = "expected a sender id of 1 to 11 letters and digits, such as EXOMCK"
RATE = "expected a number from 0 (frozen) to 1000000: 1 is real, 60 a minute a second"
DAMAGE = "expected status and message, or one of truncate, malformed, drip, hang"
STATUSES = "completed, no-answer, busy, failed, canceled"
WHEN = "to, from, exophone, flow, direction, custom_field, time, nth, every_nth, chance"
TWIST = "delay, drop, repeat, every, content_type, without, with, status"


def problems(text):
    """What a reader says of a file `f.yaml`; it has to say something."""
    with pytest.raises(ScenarioError) as caught:
        read_scenario("f.yaml", text.encode())
    assert caught.value.mistakes
    return str(caught.value).split("\n")


def cases(*rows):
    """(id, line, what is told) rows as parameters."""
    return [pytest.param(*row[1:], id=row[0]) for row in rows]


class TestRules:
    @pytest.mark.parametrize(
        ("when", "told"),
        cases(
            ("half hours", "time: 13:00", f"time: found '13:00', {HOURS}"),
            ("no such hour", "time: 25:00-26:00", f"time: found '25:00-26:00', {HOURS}, from 00:00 to 24:00"),
            ("no such minute", "time: 12:60-13:00", f"time: found '12:60-13:00', {HOURS}, from 00:00 to 24:00"),
            ("no time at all", "time: 13:00-13:00", f"time: found '13:00-13:00', {HOURS}, from 00:00 to 24:00"),
            ("the 0th", "nth: 0", f"nth: found '0', {TURN}, from 1 on"),
            ("a backward range", "nth: 3..1", f"nth: found '3..1', {TURN}, from 1 on"),
            ("an open range", "nth: 3..", f"nth: found '3..', {TURN}, from 1 on"),
            ("a word", "nth: third", f"nth: found 'third', {TURN}, from 1 on"),
            ("a list of turns", "nth: [1, 3]", f"nth: found a list, {TURN}"),
            ("every 0th", "every_nth: 0", "every_nth: found '0', expected a whole number from 1 to 1000000000"),
            ("a fraction for a share", "chance: 0.2", f"chance: found '0.2', {SHARE}, at most 100%"),
            ("over 100%", "chance: 101%", f"chance: found '101%', {SHARE}, at most 100%"),
            ("a negative share", "chance: -1%", f"chance: found '-1%', {SHARE}, at most 100%"),
            ("half a word", "direction: outbound",
             "direction: found 'outbound', expected one of inbound, outbound-api; did you mean 'outbound-api'?"),
            ("a key of faults", "method: POST", f"method: unknown key; known are {WHEN}"),
            ("a slip", "chanc: 3%", "chanc: unknown key; did you mean 'chance'?"),
            ("a field's list", "custom_field: [a]", 'custom_field: found a list, expected a text such as "926" or "92*"'),
        ),
    )  # fmt: skip
    def test_of_when(self, when, told):
        """Hours, turns, shares, words."""
        assert [f"f.yaml:3: rules.0.when.{told}"] == problems(
            f"rules:\n  - when:\n      {when}\n    leg1: busy\n"
        )

    @pytest.mark.parametrize(
        ("line", "told"),
        cases(
            ("attempts of nothing", "attempts: []", "attempts: found an empty list, expected at least one attempt"),
            ("one attempt", "attempts: {leg1: busy}", "attempts: found a mapping, expected a list"),
            ("an attempt of a word", "attempts: [busy]", "attempts.0: found 'busy', expected a mapping"),
            ("a slip in an attempt", "attempts: [{}, {leg2: bsy}]",
             ("attempts.1.leg2: found 'bsy', expected one of answer, busy, no_answer, unreachable, person, cancel, none; "
             "did you mean 'busy'?")),
            ("a when in an attempt", "attempts: [{when: {}}]",
             ("attempts.0.when: unknown key; known are leg1, leg2, talk, hangup_by, record, price, refuse, status, "
             "stuck, callbacks, recording, caller, agents")),
            ("both in one attempt", "attempts: [{refuse: dnd, talk: 3s}]",
             "attempts.0.refuse: stands beside talk; a refused call is not played"),
            ("a status", "status: cancelled",
             ("status: found 'cancelled', expected one of queued, ringing, in-progress, completed, failed, busy, "
             "no-answer, canceled; did you mean 'canceled'?")),
            ("stuck", "stuck: maybe", "stuck: found 'maybe', expected true or false"),
            ("stuck and over", "stuck: true\n    callbacks: {before_answer: true}",
             "callbacks: stands beside stuck: true; a call that never ends cannot be over before the answer"),
            ("a person too late", "leg2: person\n    callbacks: {before_answer: true}",
             ("callbacks: before_answer stands beside a leg that is a person; nobody can decide in a call that is "
             "over before connect is answered")),
        ),
    )  # fmt: skip
    def test_of_a_rule(self, line, told):
        """Attempts, statuses, calls without end."""
        (found,) = problems(f"rules:\n  - when: {{to: '098*'}}\n    {line}\n")

        where, _, what = found.partition(": ")
        assert where in ("f.yaml:3", "f.yaml:4")
        assert f"rules.0.{told}" == what

    @pytest.mark.parametrize(
        ("line", "told"),
        cases(
            ("no time", "delay: soon", f"delay: found 'soon', {TIME}"),
            ("drop", "drop: 20%", "drop: found '20%', expected true or false"),
            ("never", "repeat: 0", "repeat: found '0', expected a whole number from 1 to 100"),
            ("too often", "repeat: 101", "repeat: found '101', expected a whole number from 1 to 100"),
            ("every", "every: 3", f"every: found '3', {TIME}"),
            ("a field by itself", "without: RecordingUrl", "without: found 'RecordingUrl', expected a list"),
            ("with", "with: [a]", "with: found a list, expected a mapping of fields"),
            ("a slip", "dealy: 3s", "dealy: unknown key; did you mean 'delay'?"),
            ("an event", "terminl: {}", "terminl: unknown key; did you mean 'terminal'?"),
            ("swap of one event", "answered: {swap: true}", f"answered.swap: unknown key; known are {TWIST}"),
            ("of one event", "terminal: {repeat: no}", "terminal.repeat: found 'no', expected a whole number from 1 to 100"),
            ("two at once", "swap: 1", "swap: found '1', expected true or false"),
        ),
    )  # fmt: skip
    def test_of_callbacks(self, line, told):
        """For all events, and for one."""
        assert [f"f.yaml:4: rules.0.callbacks.{told}"] == problems(
            f"rules:\n  - name: x\n    callbacks:\n      {line}\n"
        )

    def test_a_field_that_no_callback_has(self):
        """The nearest of the fields that there are."""
        (line,) = problems("rules: [{callbacks: {without: [CallSid, RecordingURL]}}]")

        assert line.startswith("f.yaml:1: rules.0.callbacks.without.1: found 'RecordingURL', ")
        assert line.endswith("; did you mean 'RecordingUrl'?")

    def test_a_value_of_with_is_told_with_its_name_and_line(self):
        """The path to the key, whoever chose its name."""
        text = "rules:\n  - callbacks:\n      with:\n        Good: 1\n        Bad: [2]\n"

        assert ["f.yaml:5: rules.0.callbacks.with.Bad: found a list, expected a text"] == problems(
            text
        )


class TestTheAccount:
    @pytest.mark.parametrize(
        ("text", "told"),
        cases(
            ("a clock of one word", "clock: fast", "clock: found 'fast', expected a mapping"),
            ("no such day", "clock: {now: 2026-02-30}", f"clock.now: found '2026-02-30', {MOMENT}"),
            ("before time", "clock: {now: '1969-12-31 00:00:00'}",
             "clock.now: found '1969-12-31 00:00:00', expected a moment from 1970 to 2099"),
            ("backwards", "clock: {rate: -1}", f"clock.rate: found '-1', {RATE}"),
            ("no number", "clock: {rate: nan}", f"clock.rate: found 'nan', {RATE}"),
            ("without end", "clock: {rate: .inf}", f"clock.rate: found '.inf', {RATE}"),
            ("a slip", "clock: {rat: 1}", "clock.rat: unknown key; did you mean 'rate'?"),
            ("one exophone", 'account: {exophones: "08047112233"}',
             "account.exophones: found '08047112233', expected a list"),
            ("an octal exophone", "account: {exophones: [07012345670]}",
             'account.exophones.0: YAML reads 07012345670 as a quantity; quote it: "07012345670"'),
            ("an exophone without a number", "account: {exophones: [{flow: 926}]}",
             "account.exophones.0.number: is missing; it is required here"),
            ("a slip of an exophone", 'account: {exophones: [{number: "08047112233", sendr: A}]}',
             "account.exophones.0.sendr: unknown key; did you mean 'sender'?"),
            ("a long sender", 'account: {exophones: [{number: "08047112233", sender: EXOMOCKEXOMOCK}]}',
             f"account.exophones.0.sender: found 'EXOMOCKEXOMOCK', {SENDER}"),
            ("an address without a scheme", 'account: {exophones: [{number: "08047112233", sms_url: localhost}]}',
             "account.exophones.0.sms_url: found 'localhost', expected an http or https URL"),
            ("two flows",
             'account: {exophones: [{number: "08047112233", flow: 926}, {number: "+918047112233", flow: 927}]}',
             "account.exophones.1.flow: says another flow than exophones.0 says of the same number: '926'"),
            ("a rate without a unit", "account: {rate_limit: 200}",
             "account.rate_limit: found '200', expected a rate such as 200/min"),
            ("a rate of nothing", "account: {rate_limit: 0/min}",
             "account.rate_limit: found '0', expected a whole number from 1 to 1000000"),
            ("late at random", "account: {late_fields: 1m..2m}", "account.late_fields: found '1m..2m', expected one time"),
            ("a debt", "account: {balance: -5}",
             "account.balance: found '-5', expected an amount such as 0.15, with at most three decimals"),
        ),
    )  # fmt: skip
    def test_of_clock_and_account(self, text, told):
        """Its time, and what it has."""
        assert [f"f.yaml:2: {told}"] == problems(f"# first line\n{text}\n")

    @pytest.mark.parametrize(
        ("text", "told"),
        cases(
            ("no count", "history:\n  - over: 3d", "2: history.0.calls: is missing; it is required here, or messages"),
            ("both", "history:\n  - {calls: 5, outcomes: {delivered: 100%}}",
             "2: history.0.outcomes: stands beside calls; expected two items of a list"),
            ("no outcome", "history:\n  - {messages: 5, outcomes: {lost: 100%}}",
             ("2: history.0.outcomes: found 'lost', expected one of delivered, operator, dnd, invalid, "
             "spam, blacklisted, no_route, unreachable, unknown_number, expired, rejected, "
             "invalid_message, invalid_sender, dlt_sender, dlt_entity, dlt_template, dlt_scrubbing, "
             "dlt_consent, template_invalid, template_not_found, template_inactive, "
             "template_blacklisted, template_mismatch, dlt_length, entity_not_found, system_error, "
             "handset_error, operator_error, subscriber_error, unknown_error, a code or a name")),
            ("no whole of messages", "history:\n  - {messages: 5, outcomes: {dnd: 50%}}",
             "2: history.0.outcomes: adds up to 50.0000%, expected 100%"),
            ("too many", "history:\n  - calls: 100000001",
             "2: history.0.calls: found '100000001', expected a whole number from 1 to 100000000"),
            ("no whole", "history:\n  - calls: 5\n    mix: {completed: 50%}",
             "3: history.0.mix: adds up to 50.0000%, expected 100%"),
            ("over at random", "history:\n  - {calls: 5, over: 3d..4d}",
             "2: history.0.over: found '3d..4d', expected one time above 0"),
            ("whom", "calls:\n  - created: 2026-02-27", "2: calls.0.to: is missing; it is required here"),
            ("when", 'calls:\n  - to: "09811100001"', "2: calls.0.created: is missing; it is required here"),
            ("yesterday", 'calls:\n  - to: "09811100001"\n    created: yesterday',
             f"3: calls.0.created: found 'yesterday', {MOMENT}"),
            ("a past that goes on", 'calls:\n  - {to: "09811100001", created: 2026-02-27, status: ringing}',
             f"2: calls.0.status: found 'ringing', expected one of {STATUSES}"),
            ("nobody talked", 'calls:\n  - {to: "09811100001", created: 2026-02-27, status: busy, recording: true}',
             "2: calls.0.recording: stands beside status busy: nobody talked"),
            ("who calls when", "inbound:\n  - talk: 3s", "2: inbound.0.every: is missing; it is required here"),
            ("a caller's leg", "inbound:\n  - every: 3s\n    leg1: busy",
             "3: inbound.0.leg1: has no meaning for a call that comes in"),
            ("refused", "inbound:\n  - every: 3s\n    refuse: dnd",
             "3: inbound.0.refuse: has no meaning for a call that comes in"),
            ("any caller", 'inbound:\n  - every: 3s\n    from: "*"',
             "3: inbound.0.from: found '*', expected 1 to 10 digits before the *"),
            ("a caller's expression", 'inbound:\n  - every: 3s\n    from: "/^098/"',
             "3: inbound.0.from: found '/^098/', expected a number or its beginning and *"),
            ("where to", "inbound:\n  - every: 3s\n    status_callback: ftp://x",
             "3: inbound.0.status_callback: found 'ftp://x', expected an http or https URL"),
        ),
    )  # fmt: skip
    def test_of_its_past_and_its_callers(self, text, told):
        """history, calls, inbound."""
        assert [f"f.yaml:{told}"] == problems(text)

    def test_one_history_is_told_with_its_own_line(self):
        """It needs no list around it, and its lines are found without one."""
        (line,) = problems("history:\n  calls: 5\n  over: 3\n")

        assert line.startswith("f.yaml:3: history")
        assert line.endswith(f"over: found '3', {TIME}")

    def test_a_share_of_a_mix_is_told_with_its_word_and_line(self):
        """The path to the key that is wrong."""
        text = "history:\n  - calls: 5\n    mix:\n      completed: 80%\n      busy: 20\n"

        assert [f"f.yaml:5: history.0.mix.busy: found '20', {SHARE}, at most 100%"] == problems(
            text
        )


class TestFaults:
    @pytest.mark.parametrize(
        ("line", "told"),
        cases(
            ("nothing", "when: {path: Calls}", ": expected an answer or a delay"),
            ("a preset", "answer: kcy",
             (".answer: found 'kcy', expected one of dnd, kyc, rate-limited, service-unavailable, unauthorized, html; "
             "did you mean 'kyc'?")),
            ("a status that is none", "answer: {status: 200, message: x}",
             ".answer.status: found '200', expected a whole number from 400 to 599"),
            ("no message", "answer: {status: 503}", ".answer.message: is missing"),
            ("two damages", "answer: {hang: true, malformed: true}", f".answer: {DAMAGE}"),
            ("an error and a damage", "answer: {status: 503, message: x, hang: true}", f".answer: {DAMAGE}"),
            ("no damage", "answer: {hang: false}", f".answer: {DAMAGE}"),
            ("a fraction", "answer: {truncate: 0.6}", f".answer.truncate: found '0.6', {SHARE}, at most 100%"),
            ("a rate", "answer: {drip: 10}", ".answer.drip: found '10', expected a rate such as 10B/s or 2KB/s"),
            ("no bytes", "answer: {drip: 0B/s}", ".answer.drip: found '0B/s', expected a rate such as 10B/s or 2KB/s"),
            ("a slip", "answer: {truncat: 60%}", ".answer.truncat: unknown key; did you mean 'truncate'?"),
            ("a method", "when: {method: PSOT}",
             ".when.method: found 'PSOT', expected one of GET, POST, PUT, PATCH, DELETE; did you mean 'POST'?"),
            ("one moment", "when: {between: 10m}", ".when.between: found '10m', expected two times such as [10m, 15m]"),
            ("three", "when: {between: [1m, 2m, 3m]}",
             ".when.between: found a list, expected two times such as [10m, 15m]"),
            ("backwards", "when: {between: [15m, 10m]}", ".when.between: found [15m, 10m], expected the shorter first"),
            ("a form of one word", "when: {form: To}", ".when.form: found 'To', expected a mapping of parameters"),
            ("in the form", "when: {form: {To: [1]}}",
             '.when.form.To: found a list, expected a text such as "926" or "92*"'),
            ("never", "times: 0", ".times: found '0', expected a whole number from 1 to 1000000000"),
        ),
    )  # fmt: skip
    def test_of_a_fault(self, line, told):
        """When it strikes, and what it answers."""
        assert f"f.yaml:2: faults.0{told}" in problems(f"faults:\n  - {line}\n")


class TestPieces:
    """What the control API reads: one fault, the next calls, one script."""

    @pytest.mark.parametrize(
        ("read", "given", "told"),
        cases(
            ("a fault", read_fault, b"{}", "fault:1: expected an answer or a delay"),
            ("a fault as JSON", read_fault, b'{"answr": "html"}', "fault:1: answr: unknown key; did you mean 'answer'?"),
            ("the next", read_next, b"calls: 0", "next:1: calls: found '0', expected a whole number from 1 to 100000"),
            ("the next fate", read_next, b'{"leg1": "bsy"}',
             "next:1: leg1: found 'bsy', expected one of answer, busy, no_answer, unreachable, person; did you mean 'busy'?"),
            ("a script", read_script, {"tlak": "3s"}, "body:1: tlak: unknown key; did you mean 'talk'?"),
        ),
    )  # fmt: skip
    def test_are_refused_in_the_same_words(self, read, given, told):
        """A message names what was read where a file would stand."""
        with pytest.raises(ScenarioError) as caught:
            read(given)

        assert told == str(caught.value)
