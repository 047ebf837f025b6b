"""Wrong flows: file:line, the key, what was found, what was expected, the nearest word."""

import pytest

from exomock.scenarios import ScenarioError, read_scenario, read_scenarios

STEPS = (
    "greeting, menu, gather, passthru, connect, switch, voicemail, sms, timing, transfer, hangup, "
    "voicebot, stream, goto"
)
URL = "expected an http or https URL such as http://127.0.0.1:3000/exotel"
A_WAY = "expected a step, a list of steps, or the name of a part"
NOT_A_NUMBER = (
    "is not a telephone number; expected 10 digits, or with 0, 91 or +91 before them, or + and a "
    "country code"
)


def problems(text):
    """What a reader says of a file `f.yaml`; it has to say something."""
    with pytest.raises(ScenarioError) as caught:
        read_scenario("f.yaml", text.encode())
    return str(caught.value).split("\n")


def flow(text):
    """A file in which the flow 9 stands from its third line on."""
    lines = "\n".join(f"    {line}" for line in text.strip("\n").splitlines())
    return f'flows:\n  "9":\n{lines}\n'


def cases(*rows):
    """(id, flow, what is told) rows as parameters."""
    return [pytest.param(*row[1:], id=row[0]) for row in rows]


class TestSteps:
    @pytest.mark.parametrize(
        ("text", "told"),
        cases(
            ("a slip", "- greting: hi", f"3: flows.9.0: names no step, expected one of {STEPS}; did you mean 'greeting'?"),
            ("a bare slip", "- hangpu", f"3: flows.9.0: found 'hangpu', expected a step: {STEPS}; did you mean 'hangup'?"),
            ("nothing near", "- qqq: 1", f"3: flows.9.0: names no step, expected one of {STEPS}"),
            ("a list in a list", "- [hangup]", f"3: flows.9.0: found a list, expected a step: {STEPS}"),
            ("nothing", "-", f"3: flows.9.0: found nothing, expected a step: {STEPS}"),
            ("no steps", "[]", "2: flows.9: found an empty list, expected a step; hangup ends a call"),
            ("two in one", "- greeting: a\n  sms: b", "4: flows.9.0.sms: is a step of its own; expected it in the list, with a '-' before it"),
            ("an exit alone", "- greeting: a\n- nothing: hangup", "4: flows.9.1: is an exit alone; expected it beside the word of its step"),
            ("a part in a list", "steps: [sales]\nparts: {sales: hangup}",
             f"3: flows.9.steps.0: found 'sales', expected a step: {STEPS}; a part is gone to by {{goto: sales}}"),
            ("a bare word that needs a value", "- greeting", "3: flows.9.0.greeting: found nothing, expected a text to speak, or a URL"),
            ("a word that needs none", "- hangup: now", "3: flows.9.0.hangup: found 'now', expected nothing"),
            ("no such exit", "- passthru: http://a/\n  404: hangup",
             "4: flows.9.0.404: is no exit of passthru, whose exits are 200, 302"),
            ("no such exit, a slip", "- gather: a\n  wrong: hangup",
             "4: flows.9.0.wrong: is no exit of gather, whose exits are digits, nothing"),
            ("an exit of a menu", "- menu: a\n  talked: hangup",
             "4: flows.9.0.talked: is no exit of menu, whose exits are keys, wrong, nothing"),
            ("a step without exits", "- greeting: a\n  200: hangup",
             "4: flows.9.0.200: is no exit of greeting, which has one way on: the next step"),
            ("an exit of async", "- passthru: http://a/\n  async: true\n  200: hangup",
             "5: flows.9.0.200: is no exit of a passthru with async, which has one way on: the next step"),
            ("what agents do", "- connect: '09811100001'\n  busy: hangup",
             ("4: flows.9.0.busy: is what agents do, which stands in rules; it is no exit of connect, "
             "whose exits are talked, nobody, not_dialled")),
            ("a word of another", "- gather: a\n  ring: 3s", "4: flows.9.0.ring: has no meaning beside gather, only beside connect"),
            ("a slip beside it", "- gather: a\n  max_digit: 3", "4: flows.9.0.max_digit: unknown key; did you mean 'max_digits'?"),
            ("within an exit", "- menu: a\n  1: [hangup, {sms: []}]", "4: flows.9.0.1.1.sms: found a list, expected a text"),
            ("within a part", "steps: {menu: a, 1: p}\nparts: {p: {greting: a}}",
             f"4: flows.9.parts.p: names no step, expected one of {STEPS}; did you mean 'greeting'?"),
        ),
    )  # fmt: skip
    def test_what_is_none_is_told_with_the_nearest(self, text, told):
        """Of steps, of exits, and of what stands beside them."""
        assert [f"f.yaml:{told}"] == problems(flow(text))

    @pytest.mark.parametrize(
        ("text", "told"),
        cases(
            ("no URL", "- passthru: missed", f"passthru: found 'missed', {URL}"),
            ("another scheme", "- passthru: ftp://a/b", f"passthru: found 'ftp://a/b', {URL}"),
            ("no host", "- greeting: http:///a", f"greeting: found 'http:///a', {URL}"),
            ("a port that is none", "- passthru: http://a:99999/", f"passthru: found 'http://a:99999/', {URL}"),
            ("a blank in it", "- sms: http://a/b c", f"sms: found 'http://a/b c', {URL}"),
            ("no number", "- connect: desk", f"connect: found 'desk' {NOT_A_NUMBER}"),
            ("an unquoted number", "- connect: 9811100001",
             'connect: YAML reads 9811100001 as a quantity; quote it: "9811100001"'),
            ("one of several", "- connect: ['09811100001', desk]", f"connect.1: found 'desk' {NOT_A_NUMBER}"),
            ("one between commas", "- connect: '09811100001, 12'", f"connect.1: found '12' {NOT_A_NUMBER}"),
            ("nobody", "- connect: []", "connect: found an empty list, expected whom to dial"),
            ("a word in the value", "- connect: {url: 'http://a/', fallback: 'http://b/'}",
             "connect.fallback: expected beside connect, not below it"),
            ("no url in the value", "- gather: {}", "gather.url: is missing; it is required here"),
            ("seconds without a unit", "- connect: '09811100001'\n  ring: 20", ('ring: found \'20\', expected a time such as '
             '500ms, 3s, 2m, 1h, a range such as 3s..6s, or "normal(8s, 3s)"')),
            ("half a second", "- connect: '09811100001'\n  ring: 500ms", "ring: found '500ms', expected whole seconds from 1s to 3600s"),
            ("too many at once", "- connect: '09811100001'\n  parallel: 11",
             "parallel: found '11', expected a whole number from 1 to 10"),
            ("a fallback of nobody", "- connect: 'http://a/'\n  fallback: 'http://b/'",
             "fallback: has no meaning here, only beside connect: {url: …}"),
            ("no address", "- connect: '09811100001'\n  popup: http://a/\n  emails: {'09811100001': asha}",
             "emails.09811100001: found 'asha', expected an e-mail address"),
            ("an address of nobody", "- connect: '09811100001'\n  popup: http://a/\n  emails: {desk: a@b}",
             f"emails.desk: found 'desk' {NOT_A_NUMBER}"),
            ("addresses alone", "- connect: '09811100001'\n  popup: http://a/\n  emails: a@b",
             "emails: found 'a@b', expected a mapping such as {\"09811100001\": asha@shop.example}"),
            ("addresses that nobody is told", "- connect: '09811100001'\n  emails: {'09811100001': a@b}",
             "emails: has no meaning here, because no popup is told of them"),
            ("an answer to nothing", "- greeting: hi\n  answer: 200", "answer: has no meaning here: nothing is asked"),
            ("a status that is none", "- passthru: http://a/\n  answer: 99",
             "answer: found '99', expected a whole number from 200 to 599"),
            ("a word that the answer says", "- gather: http://a/\n  max_digits: 2",
             "max_digits: has no meaning here: the answer of the URL says it"),
            ("a finish key", "- gather: a\n  finish_on: '##'",
             "finish_on: found '##', expected one key in quotes such as \"#\", or \"\" for none"),
            ("no day", "- timing: {mnday: '9:00-18:00'}", ("timing.mnday: is no day: found 'mnday', "
             "expected one of mon, tue, wed, thu, fri, sat, sun")),
            ("days backward", "- timing: {fri-mon: '9:00-18:00'}",
             "timing.fri-mon: expected the earlier day first: a week begins with mon"),
            ("over midnight", "- timing: {mon: '18:00-09:00'}",
             "timing.mon: found '18:00-09:00', expected the earlier hour first"),
            ("no hours", "- timing: always", 'timing: found \'always\', expected hours by day such as {mon-fri: "09:00-18:00"}'),
            ("no app id", "- transfer: a/b", "transfer: found 'a/b', expected an app id as it ends a flow's Url: no blank, /, ? or #"),
        ),
    )  # fmt: skip
    def test_a_wrong_value_is_told_with_what_was_expected(self, text, told):
        """Of a step and of the words beside it."""
        (line,) = problems(flow(text))

        assert f" flows.9.0.{told}" == line[line.index(" ") :]


class TestTheWhole:
    @pytest.mark.parametrize(
        ("text", "told"),
        cases(
            ("behind a hangup", "- hangup\n- greeting: a", "4: flows.9.1: can never be reached: the hangup before it ends the call"),
            ("behind a goto", "- {greeting: a, name: x}\n- menu: a\n  1: hangup\n- goto: x\n- sms: b\n- sms: c",
             "7: flows.9.3: can never be reached: the goto before it leads elsewhere"),
            ("behind all exits", "- passthru: http://a/\n  200: hangup\n  302: hangup\n- sms: b",
             "6: flows.9.1: can never be reached: every exit of the passthru before it leads elsewhere"),
            ("in an exit", "- menu: a\n  1: [hangup, hangup]",
             "4: flows.9.0.1.1: can never be reached: the hangup before it ends the call"),
            ("a part", "steps: hangup\nparts: {sales: voicemail}",
             "4: flows.9.parts.sales: can never be reached: no exit and no goto names this part"),
            ("a goto to nowhere", "- {menu: a, name: pin, 1: {goto: pim}}",
             "3: flows.9.0.1.goto: found 'pim', expected the name of a step or a part; did you mean 'pin'?"),
            ("nothing near", "- {menu: a, name: pin, 1: {goto: zzz}}",
             "3: flows.9.0.1.goto: found 'zzz', expected the name of a step or a part; names are pin"),
            ("a part that is none", "steps: {menu: a, 1: salse}\nparts: {sales: hangup}",
             f"3: flows.9.steps.1: found 'salse', {A_WAY}; did you mean 'sales'?"),
            ("a step in place of a part", "- {menu: a, name: top, 1: top}",
             f"3: flows.9.0.1: found 'top', {A_WAY}; a step is gone to by {{goto: top}}"),
            ("a part named as a step", "steps: hangup\nparts: {sms: hangup}",
             "4: flows.9.parts.sms: is the word of a step; expected another name of a part"),
            ("two of one name", "- {greeting: a, name: x}\n- {greeting: b, name: x}",
             "4: flows.9.1.name: found 'x', which is the name of another step"),
            ("a step named as a part", "steps: {menu: a, name: x, 1: x}\nparts: {x: hangup}",
             "3: flows.9.steps.name: found 'x', which is the name of a part"),
            ("gotos in a circle", "steps: {menu: a, 1: p}\nparts: {p: {goto: q}, q: {goto: p}}",
             "4: flows.9.parts.p.goto: leads back to itself, and no step lies between"),
            ("a loop", ("- {greeting: a, name: x}\n- {passthru: 'http://a/', 302: hangup}\n"
             "- {passthru: 'http://a/', async: true, name: y}\n- {sms: a}\n- {goto: y}"),
             "5: flows.9.2: goes round for ever: no exit of passthru (line 5), sms (line 6) leads out of the loop"),
            ("a loop of one", "- {menu: a, name: x, 1: {goto: x}, wrong: {goto: x}, nothing: {goto: x}}",
             "3: flows.9.0: goes round for ever: no exit of menu (line 3) leads out of the loop"),
            ("a transfer to nowhere", "- transfer: 10",
             "3: flows.9.0.transfer: found '10', expected the app id of a flow; flows are 9"),
        ),
    )  # fmt: skip
    def test_what_a_call_cannot_go_through_is_told(self, text, told):
        """Unreachable steps, names that lead nowhere, loops without an exit."""
        assert [f"f.yaml:{told}"] == [
            line
            for line in problems(flow(text))
            if "names this part" not in line or "sales" in told
        ]

    def test_an_exophone_has_one_flow(self):
        """Both are named, in any spelling of the number."""
        text = (
            'flows:\n  "1": {exophone: "08047112233", steps: hangup}\n'
            '  "2": {exophone: "+918047112233", steps: hangup}\n'
        )

        assert [
            (
                "f.yaml:3: flows.2.exophone: found 08047112233, which starts the flow 1 (f.yaml:2); "
                "expected one flow for an ExoPhone"
            )
        ] == problems(text)

    def test_two_flows_that_hand_over_to_each_other_are_a_loop(self):
        """A transfer is no way out."""
        text = "flows:\n  1: [{sms: a}, {transfer: 2}]\n  2: [{transfer: 1}]\n"

        assert [
            (
                "f.yaml:2: flows.1.0: goes round for ever: no exit of sms (line 2), transfer (line 2), "
                "transfer (line 3) leads out of the loop"
            )
        ] == problems(text)

    def test_it_holds_for_several_files_together(self, tmp_path):
        """Each mistake names its own file."""
        (tmp_path / "a.yaml").write_text("flows: {1: {exophone: '08047112233', steps: hangup}}")
        (tmp_path / "b.yaml").write_text(
            "flows:\n  2: {exophone: '08047112233', steps: [{transfer: 3}]}"
        )
        with pytest.raises(ScenarioError) as caught:
            read_scenarios((str(tmp_path),))

        assert [
            (
                f"{tmp_path}/b.yaml:2: flows.2.exophone: found 08047112233, which starts the flow 1 "
                f"({tmp_path}/a.yaml:1); expected one flow for an ExoPhone"
            ),
            (
                f"{tmp_path}/b.yaml:2: flows.2.steps.0.transfer: found '3', expected the app id of a "
                "flow; flows are 1, 2"
            ),
        ] == str(caught.value).split("\n")

    def test_a_mistake_of_one_flow_hides_none_of_another(self):
        """Everything that can be said is said at once."""
        told = problems("flows:\n  1: [{goto: x}]\n  2: [hangup, hangup]\n  3: [{sms: }]\n")

        assert ["flows.1.0.goto", "flows.2.1", "flows.3.0.sms"] == [
            line.split(": ")[1] for line in told
        ]


class TestYaml:
    @pytest.mark.parametrize(
        ("text", "told"),
        cases(
            ("a star", "- menu: a\n  *: hangup", ('4: is not YAML: expected alphabetic or numeric character, but found \':\'; '
             'quote a key or a text that begins with * or &: "*"')),
            ("a column", "- passthru: http://a/\n200: hangup",
             "4: is not YAML: expected <block end>, but found '?'; what belongs together begins in one column"),
        ),
    )  # fmt: skip
    def test_what_is_easily_mistyped_in_a_flow_gets_a_hint(self, text, told):
        """The key of a menu that is an alias to YAML, and exits that are not indented."""
        assert [f"f.yaml:{told}"] == problems(flow(text))


class TestFlowsThemselves:
    @pytest.mark.parametrize(
        ("text", "told"),
        cases(
            ("a list", "flows: [hangup]", "1: flows: found a list, expected flows by app id"),
            ("an app id", 'flows: {"a b": hangup}', "1: flows.a b: found 'a b', expected an app id as it ends a flow's Url: no blank, /, ? or #"),
            ("a key beside the steps", "flows: {1: {exofone: '08047112233', steps: hangup}}",
             "1: flows.1.exofone: unknown key; did you mean 'exophone'?"),
            ("no steps", "flows: {1: {exophone: '08047112233'}}", "1: flows.1.steps: is missing; it is required here"),
            ("a dead end", "flows: {1: {steps: hangup, dead_end: hangs}}",
             "1: flows.1.dead_end: found 'hangs', expected one of hangup, hang; did you mean 'hang'?"),
            ("parts in a list", "flows: {1: {steps: hangup, parts: [hangup]}}",
             "1: flows.1.parts: found a list, expected steps by name"),
        ),
    )  # fmt: skip
    def test_each_mistake_says_what_was_expected(self, text, told):
        """Of the mapping, its keys, and what they hold."""
        assert [f"f.yaml:{told}"] == problems(text)


class TestPeople:
    @pytest.mark.parametrize(
        ("text", "told"),
        cases(
            ("keys", "caller: {presses: [1, abc]}", "caller.presses.1: found 'abc', expected keys in quotes such as \"42#\", or nothing"),
            ("a place", "caller: {hangs_up: {in: greeting, after: 3s}}",
             "caller.hangs_up.in: found 'greeting', expected one of menu, connect"),
            ("no time", "caller: {hangs_up: {in: menu}}", "caller.hangs_up.after: is missing; it is required here"),
            ("a slip", "caller: {press: [1]}", "caller.press: unknown key; did you mean 'presses'?"),
            ("agents", "agents: busy", "agents: found 'busy', expected a list such as [no_answer, {answer: 5s}], or a mapping by number"),
            ("a fate", "agents: [cancel]", "agents.0: found 'cancel', expected one of answer, busy, no_answer, unreachable, person"),
            ("a fate for a number", "agents: {answer: 5s}",
             "agents.answer: is no number; agents in the order of dialling stand in a list: [{answer: 5s}]"),
            ("a number twice", "agents: {'09811100001': busy, '+919811100001': busy}",
             "agents.+919811100001: is a number that stands here already, spelled otherwise"),
            ("who hangs up", "hangup_by: agents",
             "hangup_by: found 'agents', expected one of from, to, caller, agent; did you mean 'agent'?"),
            ("a party twice", "hangup_by: {from: 50%, caller: 50%}", "hangup_by: holds a party twice: caller is from, and agent is to"),
        ),
    )  # fmt: skip
    def test_each_mistake_says_what_was_expected(self, text, told):
        """In a rule; rows of inbound read the same words."""
        assert [f"f.yaml:1: rules.0.{told}"] == problems(f"rules: [{{{text}}}]")
        assert [f"f.yaml:1: inbound.0.{told}"] == problems(f"inbound: [{{every: 1m, {text}}}]")
