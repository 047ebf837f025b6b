"""Flows of scenario files become graphs: lists, parts and `goto` are numbers afterwards."""

from pathlib import Path

import pytest

from exomock.domain.fate import Fate, Outcome
from exomock.domain.flows.people import Caller, HangsUp, Where
from exomock.domain.flows.steps import Applet, Canned, Interval, Prompt
from exomock.domain.script import Party
from exomock.domain.span import seconds
from exomock.scenarios import read_scenario, read_scenarios

HOST = "http://127.0.0.1:3000"
EXAMPLES = (Path(__file__).parent / "five_flows.yaml").read_text(encoding="utf-8")


def flow(text, app="9"):
    """The flow of a text that stands under its app id."""
    lines = "\n".join(f"    {line}" for line in text.strip("\n").splitlines())
    return read_scenario("f.yaml", f'flows:\n  "{app}":\n{lines}\n'.encode()).flows[app]


def drawn(found):
    """Each step as `word: exit=number …, > number of the next`; - hangs up."""
    return [
        " ".join(
            [
                step.applet.value,
                *(f"{exit_}={'-' if to is None else to}" for exit_, to in step.exits.items()),
                f">{'-' if step.following is None else step.following}",
            ]
        )
        for step in found.steps
    ]


class TestTheExamplesOfTheContract:
    """Section 8 of exotel-flows.md, word for word."""

    @pytest.mark.parametrize(
        ("app", "steps"),
        [
            ("926", ["passthru >1", "hangup >-"]),
            ("927", ["menu 2=1 wrong=2 1=3 >3", "connect >-", "hangup >-", "gather >4", "passthru >-"]),
            ("928", ["connect nobody=1 not_dialled=1 >3", "voicemail >2", "passthru >-", "passthru >-"]),
            ("929", ["passthru 200=1 302=2 >-", "connect >-", "greeting >-"]),
            ("930", ["greeting >1", "gather nothing=2 >3", "hangup >-", "passthru 302=1 >4", "greeting >-"]),
        ],
    )  # fmt: skip
    def test_each_is_a_graph(self, app, steps):
        """Each step with where its exits lead."""
        found = read_scenario("five.yaml", EXAMPLES.encode()).flows[app]

        assert steps == drawn(found)
        assert 0 == found.first

    def test_two_are_started_by_their_exophones(self):
        """E.164, as everything is compared."""
        flows = read_scenario("five.yaml", EXAMPLES.encode()).flows
        started = {app: each.exophone for app, each in flows.items() if each.exophone}

        assert {"926": "+918047112233", "928": "+918047112244"} == started

    def test_their_steps_know_their_lines(self):
        """So that explain and the timeline can name them."""
        found = read_scenario("five.yaml", EXAMPLES.encode()).flows["928"]
        lines = EXAMPLES.splitlines()

        assert [
            "- connect: http://127.0.0.1:3000/agents     # answers 09811100001,09811100002",
            "nobody: [voicemail, {passthru: http://127.0.0.1:3000/ended}]",
            "nobody: [voicemail, {passthru: http://127.0.0.1:3000/ended}]",
            "- passthru: http://127.0.0.1:3000/ended",
        ] == [lines[step.line - 1].strip() for step in found.steps]

    def test_what_stands_beside_a_connect(self):
        """Rings 20 s each, is recorded, and a pop-up tells of it."""
        connect = read_scenario("five.yaml", EXAMPLES.encode()).flows["928"].steps[0]

        assert (20, True, f"{HOST}/popup", False) == (
            connect.ring, connect.record, connect.popup, connect.dynamic,
        )  # fmt: skip

    def test_people_stand_in_rules(self):
        """Agents in turn, keys in order, an end in the menu."""
        rules = read_scenario("five.yaml", EXAMPLES.encode()).rules
        callers = [rule.script.caller for rule in rules]

        assert HangsUp(seconds(4), Where.MENU) == callers[0].hangs_up
        assert ("1", "42") == callers[1].presses
        assert (None, "1111#", "4711#") == callers[4].presses
        assert (Outcome(Fate.NO_ANSWER), Outcome(Fate.ANSWER, seconds(5))) == (
            rules[2].script.agents.in_order
        )
        assert Party.TO is rules[2].script.hangup_by


class TestForms:
    @pytest.mark.parametrize(
        "text",
        ["- hangup", "hangup", "{hangup: }", "[hangup]", "steps: hangup", "steps: [hangup]"],
    )
    def test_a_single_step_is_a_list_of_one(self, text):
        """In a flow, in `steps`, and without anything beside it."""
        assert ["hangup >-"] == drawn(flow(text))

    def test_the_simplest_flow_is_three_lines(self):
        """As the issue promises."""
        text = 'flows:\n  "926":\n    - passthru: http://127.0.0.1:3000/missed\n'

        assert ["passthru >-"] == drawn(read_scenario("f.yaml", text.encode()).flows["926"])

    @pytest.mark.parametrize(
        "key", ['200: hangup\n  "302": hangup', '"200": hangup\n  302: hangup']
    )
    def test_a_status_is_one_key_quoted_or_not(self, key):
        """`200` and `"200"`."""
        found = flow(f"- passthru: {HOST}/a\n  {key}")

        assert ["passthru 200=1 302=2 >-", "hangup >-", "hangup >-"] == drawn(found)

    def test_exits_lead_to_steps_lists_and_parts(self):
        """A part is laid out once, however many lead there."""
        found = flow(
            "steps:\n- menu: hi\n  1: hangup\n  '*': [{sms: a}, {sms: b}]\n  wrong: end\n"
            "  nothing: end\nparts:\n  end: [{greeting: bye}]"
        )

        assert [
            "menu 1=1 *=2 wrong=4 nothing=4 >-",
            "hangup >-", "sms >3", "sms >-", "greeting >-",
        ] == drawn(found)  # fmt: skip

    def test_the_end_of_an_exits_list_hangs_up(self):
        """It does not go on behind its step."""
        found = flow(f"- connect: '09811100001'\n  nobody: [voicemail]\n- passthru: {HOST}/a")

        assert ["connect nobody=1 not_dialled=1 >2", "voicemail >-", "passthru >-"] == drawn(found)

    def test_nobody_dialled_takes_the_exit_of_nobody_unless_it_has_one(self):
        """Else the next step."""
        both = flow("- connect: '09811100001'\n  nobody: hangup\n  not_dialled: voicemail")
        none = flow("- connect: '09811100001'\n- voicemail")

        assert "connect nobody=1 not_dialled=2 >-" == drawn(both)[0]
        assert "connect >1" == drawn(none)[0]

    def test_a_key_that_a_menus_text_names_goes_to_the_next_step(self):
        """Any other that is no exit is wrong; 24 is no key here."""
        found = flow(
            "- menu: Press 1, 2 or * at 24 o'clock\n  2: hangup\n  wrong: hangup\n- sms: hi"
        )

        assert "menu 2=1 wrong=2 1=3 *=3 >3" == drawn(found)[0]

    def test_an_exit_with_nothing_behind_it_goes_to_the_next_step(self):
        """So that a key is none that is wrong, where the text is not known."""
        found = flow(f"- menu: {HOST}/hi\n  1:\n  wrong: hangup\n- sms: hi")

        assert ["menu 1=2 wrong=1 >2", "hangup >-", "sms >-"] == drawn(found)

    def test_a_goto_leads_to_a_step_or_a_part_by_way_of_others(self):
        """It is no step itself."""
        found = flow(
            "steps:\n- {goto: here}\n- {greeting: a, name: there}\n- {goto: end}\n"
            "- {menu: b, name: here, 1: {goto: there}}\n- hangup\n"
            "parts:\n  end: {goto: last}\n  last: [{sms: a}]"
        )

        assert 1 == found.first
        assert ["greeting >3", "menu 1=0 >2", "hangup >-"] == drawn(found)[:3]

    def test_cases_of_a_switch_may_be_called_like_steps(self):
        """Its own word stands first."""
        found = flow(
            f"- passthru: {HOST}/a\n- switch:\n  sms: hangup\n  name x: hangup\n  otherwise: voicemail"
        )

        assert "switch sms=2 name x=3 otherwise=4 >-" == drawn(found)[1]

    def test_the_rest_of_a_flow(self):
        """Recorded, and hanging where nothing follows."""
        found = flow("steps: hangup\nrecord: true\ndead_end: hang\nexophone: 080 4711 2233")

        assert (True, True, "+918047112233") == (found.record, found.hangs, found.exophone)


class TestValues:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("greeting: Hello", {"prompt": Prompt("Hello")}),
            ("greeting: 5", {"prompt": Prompt("5")}),
            (f"greeting: {HOST}/hi", {"prompt": Prompt(url=f"{HOST}/hi")}),
            (f"menu: {HOST}/hi\n  1: hangup", {"prompt": Prompt(url=f"{HOST}/hi"), "url": None}),
            ("gather: PIN\n  timeout: 8s\n  repeat: 2\n  finish_on: ''",
             {"prompt": Prompt("PIN"), "timeout": 8, "repeat": 2, "finish_on": "", "url": None}),
            (f"gather: {HOST}/g", {"url": f"{HOST}/g", "dynamic": True}),
            (f"gather: {{url: {HOST}/g}}\n  fallback: {HOST}/h",
             {"url": f"{HOST}/g", "dynamic": True, "fallback": f"{HOST}/h"}),
            (f"passthru: {HOST}/a?b=c\n  async: true\n  takes: 2s..3s",
             {"url": f"{HOST}/a?b=c", "asynchronous": True}),
            ("connect: '09811100001, +91 98111 00002'", {"numbers": ("09811100001", "+91 98111 00002")}),
            ("connect: ['09811100001', sip:a@b.c]", {"numbers": ("09811100001", "sip:a@b.c")}),
            (f"connect: {HOST}/w", {"url": f"{HOST}/w", "dynamic": False}),
            (f"connect: {{url: {HOST}/w}}\n  at_most: 10m\n  parallel: 3",
             {"url": f"{HOST}/w", "dynamic": True, "at_most": 600, "parallel": 3}),
            ("sms: Thanks", {"text": "Thanks", "url": None}),
            (f"sms: {HOST}/s", {"url": f"{HOST}/s", "text": ""}),
            (f"voicebot: {HOST}/b", {"url": f"{HOST}/b"}),
            ("timing: {sat: '10:00-14:00', mon-tue: ['9:00-13:00', '14:00-24:00']}",
             {"hours": (Interval(0, 32400, 46800), Interval(0, 50400, 86400), Interval(1, 32400, 46800),
                        Interval(1, 50400, 86400), Interval(5, 36000, 50400))}),
        ],
    )  # fmt: skip
    def test_of_a_step(self, text, expected):
        """What the domain is given."""
        step = flow(f"- {text}").steps[0]

        assert expected == {name: getattr(step, name) for name in expected}

    @pytest.mark.parametrize(
        ("step", "answer", "expected"),
        [
            (f"passthru: {HOST}/a", "302", Canned(302, "", "text/plain")),
            (f"passthru: {HOST}/a", "{body: {select: gold}}", Canned(200, '{"select": "gold"}', "text/plain")),
            (f"gather: {HOST}/a", "{body: {a: [1, 2.5, yes, ~, '1', 010]}}",
             Canned(200, '{"a": [1, 2.5, true, null, "1", "010"]}', "application/json")),
            (f"greeting: {HOST}/a", "{body: hi, content_type: text/html}", Canned(200, "hi", "text/html")),
            (f"greeting: {HOST}/a", "{status: 500, content_type: ''}", Canned(500, "", None)),
            (f"connect: {HOST}/a", "{body: '0981'}", Canned(200, "0981", "text/plain")),
            (f"connect: {{url: {HOST}/a}}", "{body: []}", Canned(200, "[]", "application/json")),
            (f"voicebot: {HOST}/a", "200", Canned(200, "", "application/json")),
        ],
    )  # fmt: skip
    def test_of_a_canned_answer(self, step, answer, expected):
        """The type is the one that the applet expects, unless it is given."""
        assert expected == flow(f"- {step}\n  answer: {answer}").steps[0].answer

    def test_of_a_caller(self):
        """One key alone, a time from the pick-up, a long message."""
        text = b"rules: [{caller: {presses: 42, hangs_up: 3s, message: 12s}}]"
        found = read_scenario("f.yaml", text).rules[0].script.caller

        assert Caller(("42",), HangsUp(seconds(3)), seconds(12)) == found

    def test_of_agents_by_number(self):
        """In any spelling, SIP addresses too."""
        text = b'rules: [{agents: {"098111 00001": busy, "sip:a@b.c": {answer: 2s}}}]'
        found = read_scenario("f.yaml", text).rules[0].script.agents

        assert {
            "+919811100001": Outcome(Fate.BUSY), "sip:a@b.c": Outcome(Fate.ANSWER, seconds(2)),
        } == found.by_number  # fmt: skip

    def test_rows_of_inbound_hold_the_same_words(self):
        """Without a rule."""
        text = b"inbound: [{every: 1m, caller: {presses: '1'}, agents: [busy], hangup_by: caller}]"
        (found,) = read_scenario("f.yaml", text).inbound

        assert ("1",) == found.script.caller.presses
        assert (Outcome(Fate.BUSY),) == found.script.agents.in_order
        assert Party.FROM is found.script.hangup_by


class TestSeveralFiles:
    @pytest.fixture
    def files(self, tmp_path):
        """`files(a=…, b=…)`: a scenario of files with these texts."""

        def read(**texts):
            for name, text in texts.items():
                (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
            return read_scenarios((str(tmp_path),))

        return read

    def test_flows_add_up_and_the_first_of_an_app_id_holds(self, files):
        """As numbers do; a transfer may lead into another file."""
        found = files(
            a="flows: {1: [{transfer: 2}], 3: [hangup]}", b="flows: {2: [hangup], 3: [voicemail]}"
        )

        assert ["1", "2", "3"] == sorted(found.flows)
        assert Applet.HANGUP is found.flows["3"].steps[0].applet
