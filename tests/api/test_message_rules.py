"""What becomes of a message: rules, magic numbers, next, directives, the list, limits."""

import pytest
import requests

from conftest import EXOPHONE, error_of, why_of
from exomock.domain.report import OUTCOMES

TO = "09822200002"


class Texter:
    """A driver that sends messages and says how they end."""

    def __init__(self, driver):
        self.driver = driver
        self.control = f"{driver.mock.url}/_exomock/accounts/{driver.mock.sid}"

    def post(self, **fields):
        form = {"From": EXOPHONE, "To": TO, "Body": "hello"} | fields
        return self.driver.post("Sms/send.json", data=form)

    def ends(self, seconds=10, **fields):
        """The code with which a message ends, and its status."""
        answer = self.post(**fields)
        assert 200 == answer.status_code, answer.text
        sid = answer.json()["SMSMessage"]["Sid"]
        self.driver.advance(seconds)
        found = self.driver.get(f"Sms/{sid}.json").json()["SMSMessage"]
        return found["DetailedStatusCode"], found["Status"]


@pytest.fixture
def texter(exchange):
    """`texter(scenario)`: a texter of it."""
    return lambda scenario="rules: []", **settings: Texter(exchange(scenario, **settings))


class TestOutcomes:
    def test_each_word_code_and_name_is_one(self, texter):
        """Every row of the table, three ways, in one scenario: that is how the message ends."""
        spelled = [str(s) for each in OUTCOMES.values() for s in (each.word, each.code, each.name)]
        rules = "".join(
            f"  - {{when: {{body: 'text {number}'}}, outcome: {word}}}\n"
            for number, word in enumerate(spelled)
        )
        here = texter(f"messages:\n{rules}")
        sids = [
            here.post(Body=f"text {n}").json()["SMSMessage"]["Sid"] for n in range(len(spelled))
        ]
        here.driver.advance(10)
        kept = here.driver.mock.exchange.engine.store.messages.of(here.driver.mock.sid, sids)

        expected = [each.code for each in OUTCOMES.values() for _ in range(3)]
        assert expected == [kept[sid].report.code for sid in sids]

    def test_one_that_is_stuck_stays_with_the_operator(self, texter):
        """Submitted for ever; and the account is idle."""
        here = texter("messages: [{stuck: true}]")

        assert (21020, "submitted") == here.ends(seconds=100_000)
        assert here.driver.mock.exchange.engine.advancing.idle(
            here.driver.mock.exchange.engine.worlds[here.driver.mock.sid]
        )

    def test_after_says_when(self, texter):
        """Not after 19 s, but after 20."""
        here = texter("messages: [{after: 20s, outcome: operator}]")

        assert (21020, "submitted") == here.ends(seconds=19)
        here.driver.advance(1)
        newest = here.driver.mock.exchange.engine.store.messages.all(here.driver.mock.sid)[-1]
        assert 20006 == newest.report.code


class TestWhen:
    @pytest.mark.parametrize(
        ("when", "fits", "misses"),
        [
            ('to: "+91 98222 00002"', {}, {"To": "09822200003"}),
            ('from: "08047112233"', {"From": "+918047112233"}, {"From": "SCRPBX"}),
            ("from: SCR*", {"From": "SCRPBX"}, {"From": EXOPHONE}),
            ('body: "/[0-9]{6}/"', {"Body": "OTP 123456"}, {"Body": "OTP 12"}),
            ("body: hello", {}, {"Body": "hello you"}),
            ("type: promotional", {"SmsType": "promotional"}, {"SmsType": "transactional"}),
            ("dlt_entity: '11*'", {"DltEntityId": "1101"}, {}),
            ("dlt_template: '1007'", {"DltTemplateId": "1007"}, {"DltTemplateId": "1008"}),
            ("custom_field: 'a*'", {"CustomField": "ab"}, {"CustomField": "b"}),
            ('time: "12:00-13:00"', {}, None),
            ("chance: 100%", {}, None),
        ],
    )
    def test_each_key(self, texter, when, fits, misses):
        """What fits is spam, what does not is delivered."""
        here = texter(f"messages:\n  - {{when: {{{when}}}, outcome: spam}}\n")

        assert (23015, "failed") == here.ends(**fits)
        if misses is not None:
            assert (20005, "sent") == here.ends(**misses)

    def test_nth_counts_what_fits(self, texter):
        """The second one alone, also across a batch."""
        here = texter("messages: [{when: {nth: 2}, outcome: expired}]")

        assert [20005, 23050, 20005] == [here.ends()[0] for _ in range(3)]

    def test_chance_is_the_same_in_every_run(self, texter):
        """Of forty, some but not all; and the same ones on another server of that seed."""
        text = "seed: 7\nmessages: [{when: {chance: 50%}, outcome: spam}]"

        def codes():
            here = texter(text)
            return [here.ends(Body=str(number))[0] for number in range(40)]

        first = codes()
        assert {20005, 23015} == set(first)
        assert first == codes()


class TestWhoDecides:
    @pytest.mark.parametrize(
        ("number", "code"), [(1, 23035), (2, 23050), (3, 23035), (4, 20006), (5, 23005), (7, 20005)]
    )
    def test_magic_numbers(self, texter, number, code):
        """Before a rule without `when`, and not with `magic: false`."""
        here = texter("messages: [{outcome: spam}]")
        off = texter("magic: false")

        assert code == here.ends(To=f"0900000000{number}")[0] or (number, code) == (7, 20005)
        assert 20005 == off.ends(To=f"0900000000{number}")[0]

    @pytest.mark.parametrize(
        ("number", "status", "code"), [(6, 403, 340030), (8, 429, 40402), (9, 503, 40405)]
    )
    def test_magic_numbers_that_refuse(self, texter, number, status, code):
        """The three refusals have the codes of messages."""
        refused = texter().post(To=f"0900000000{number}")

        assert (status, code) == (refused.status_code, error_of(refused)["Code"])

    def test_next_beats_all_and_is_used_up(self, texter):
        """Two next messages; the calls of the account do not take them."""
        here = texter("messages: [{outcome: spam}]")
        asked = requests.post(
            f"{here.control}/next", json={"messages": 2, "outcome": 23035}, timeout=9
        )
        here.driver.connect()

        assert (201, 2) == (asked.status_code, asked.json()["waiting"])
        assert [23035, 23035, 23015] == [here.ends()[0] for _ in range(3)]

    def test_a_directive_beats_a_rule_and_is_echoed(self, texter, receiver):
        """`exomock: outcome=dnd after=2s` in CustomField."""
        here = texter("messages: [{outcome: spam}]")
        field = "exomock: outcome=dnd after=2s"

        assert (23005, "failed-dnd") == here.ends(
            seconds=2, CustomField=field, StatusCallback=receiver.url
        )
        assert b"CustomField=exomock%3A+outcome%3Ddnd+after%3D2s" in receiver.got[0].raw

    def test_a_directive_that_cannot_be_read_is_a_400(self, texter):
        """It names the word, and what was expected."""
        refused = texter().post(CustomField="exomock: outcome=lost")

        assert 400 == refused.status_code
        assert "delivered" in why_of(refused)

    @pytest.mark.parametrize("kind", ["transactional", "promotional", "transactional_opt_in"])
    def test_a_number_on_dnd_fails_whatever_the_type(self, texter, kind):
        """The list is the one of the look-up."""
        here = texter('numbers: {"09822200002": {dnd: "Yes"}}')

        assert "Yes" == here.driver.get(f"Numbers/{TO}.json").json()["Numbers"]["DND"]
        assert (23005, "failed-dnd") == here.ends(SmsType=kind)

    def test_a_rule_of_calls_that_lists_a_number_lists_it_for_messages(self, texter):
        """One truth: connect 403, look-up Yes, message failed-dnd."""
        here = texter('rules: [{when: {to: "09822200002"}, refuse: dnd}]')

        assert 403 == here.driver.try_connect().status_code
        assert (23005, "failed-dnd") == here.ends()

    @pytest.mark.parametrize("number", [TO, "09000000005"])
    def test_a_number_that_is_whitelisted_is_reached(self, texter, number):
        """On DND, and whitelisted for the ExoPhone it is texted from: for calls and messages."""
        here = texter('numbers: {"09822200002": {dnd: "Yes"}}')
        assert 23005 == here.ends(To=number)[0]
        whitelisted = {"VirtualNumber": EXOPHONE, "Number": number}
        here.driver.post("CustomerWhitelist.json", data=whitelisted)

        assert (20005, "sent") == here.ends(To=number)
        assert 200 == here.driver.try_connect(To=number).status_code

    def test_a_failure_of_a_rule_stands_before_the_list(self, texter):
        """A blocked template never comes as far as the list."""
        here = texter('numbers: {"09822200002": {dnd: "Yes"}}\nmessages: [{outcome: dlt_template}]')

        assert 23082 == here.ends()[0]


class TestRefusals:
    @pytest.mark.parametrize(
        ("preset", "status", "code"),
        [
            ("trial", 403, 40000), ("kyc", 403, 340030), ("no-balance", 403, 40001),
            ("inactive", 403, 40002), ("country", 403, 40003), ("rate-limited", 429, 40402),
            ("server-error", 500, 35000), ("service-unavailable", 503, 40405),
            ("unauthorized", 401, 34010),
        ],
    )  # fmt: skip
    def test_presets(self, texter, preset, status, code):
        """Section 12, written out; no message is kept."""
        here = texter(f"messages: [{{refuse: {preset}}}]")
        refused = here.post()

        assert (status, code) == (refused.status_code, error_of(refused)["Code"])
        assert [] == here.driver.mock.exchange.engine.store.messages.all(here.driver.mock.sid)

    def test_written_out(self, texter):
        """Any status, code and text, the number in it."""
        here = texter("messages: [{refuse: {status: 418, code: 7, message: 'no {number}'}}]")
        refused = here.post()

        assert (418, {"Status": 418, "Message": f"no {TO}", "Code": 7}) == (
            refused.status_code, error_of(refused),
        )  # fmt: skip

    def test_one_of_several_refuses_all(self, texter):
        """Nothing half done."""
        here = texter('messages: [{when: {to: "09822200003"}, refuse: country}]')
        refused = here.post(To=f"{TO},09822200003")

        assert 403 == refused.status_code
        assert [] == here.driver.mock.exchange.engine.store.messages.all(here.driver.mock.sid)

    def test_strict_senders_know_their_exophones(self, texter):
        """Another sender is a 400; without the key any is taken."""
        strict = texter('account: {exophones: ["08047112233"], strict_senders: true}')

        assert 200 == strict.post(From="+91 80471 12233").status_code
        refused = strict.post(From="SCRPBX")
        assert (400, 40206) == (refused.status_code, error_of(refused)["Code"])

    def test_money_runs_out(self, texter):
        """0.360 for two units; a third is a 403 with 40001, and a call a 402."""
        here = texter("account: {balance: 0.36}")
        here.ends(Body="x" * 161)
        refused = here.post()

        assert (403, 40001) == (refused.status_code, error_of(refused)["Code"])
        assert 402 == here.driver.try_connect().status_code
