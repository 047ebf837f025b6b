"""`exomock scenario` with flows: checked, explained, drawn as a graph and as a ladder, simulated."""

from pathlib import Path

import pytest

FIVE = (Path(__file__).parents[1] / "scenarios" / "five_flows.yaml").read_text(encoding="utf-8")


@pytest.fixture
def five(commands):
    """`five(command, …)`: what a command says of the five flows of the contract."""
    commands.write("five.yaml", FIVE)

    def said(command, *options):
        return commands.lines(command, "five.yaml", *options)

    return said


def way(lines):
    """The steps that a call reached, without their times and lines."""
    found = [line.split(" s ", 1)[1].strip() for line in lines if line.lstrip().startswith("+")]
    return [line for line in found if "|" not in line]


def sent(lines, name):
    """What each request says under a name."""
    start = f"{name}="
    return [line.strip()[len(start) :] for line in lines if line.strip().startswith(start)]


class TestCheck:
    def test_counts_flows(self, five):
        """Beside what else a file holds."""
        assert ["five.yaml: ok, 5 flows, 5 rules, 1 inbound generator"] == five("check")

    @pytest.mark.parametrize(
        "flow",
        [
            "[hangup, hangup]",
            "[{passthru: 'http://a/', 404: hangup}]",
            "[{sms: a, name: x}, {goto: x}]",
            "[{goto: nowhere}]",
            "{steps: hangup, exophone: '08047112233'}",
            "{steps: hangup, parts: {sms: hangup}}",
        ],
    )
    def test_each_mistake_is_an_error(self, commands, flow):
        """With its line, and exit code 1."""
        commands.write(
            "wrong.yaml", f"flows:\n  1: {{steps: hangup, exophone: '08047112233'}}\n  2: {flow}\n"
        )
        status, lines = commands.run("check", "wrong.yaml")

        assert 1 == status
        assert [True] == [line.startswith("wrong.yaml:3: flows.2") for line in lines]


class TestAudioFiles:
    FLOW = (
        "flows: {1: [{greeting: 'http://a/hi'}, {passthru: 'http://a/x', 302: {greeting: Bye}}]}\n"
    )

    @pytest.mark.parametrize("command", ["explain", "preview"])
    def test_are_taken_for_5_s_because_nothing_is_fetched(self, commands, command):
        """And take no reply away from the passthru behind them."""
        commands.write("audio.yaml", self.FLOW)
        replies = ("--reply", "200:http://a/a.wav", "--reply", "302")
        lines = commands.lines(command, "audio.yaml", "--flow", "1", *replies)
        played = next(line for line in lines if "it was played" in line and "a.wav" in line)

        assert "a.wav is taken for 5 s, because nothing is fetched here" in played
        assert any("exit 302" in line for line in lines)
        assert (command == "preview") == ("GET http://a/a.wav" in [each.strip() for each in lines])


class TestExplain:
    def test_names_each_step_its_exit_and_why(self, five):
        """A customer who presses a wrong PIN, then the right one."""
        lines = five("explain", "--flow", "930", "--reply", "usual", "--reply", "302")

        assert [
            "greeting (line 25): the answer was 200; it was played; then gather pin (line 26)",
            "gather pin (line 26): exit digits: the caller pressed 1111; then passthru (line 30)",
            "passthru (line 30): exit 302: the answer was 302; then gather pin (line 26)",
            "gather pin (line 26): exit digits: the caller pressed 4711; then passthru (line 30)",
            "passthru (line 30): exit 200: the answer was 200; then greeting (line 32)",
            "greeting (line 32): it was played",
        ] == way(lines)

    def test_says_what_people_do(self, five):
        """In words; how long an agent rings, the flow says."""
        lines = [line.strip() for line in five("explain", "--flow", "928")]

        assert "if it answers, it goes through flow 928" in lines
        assert "agent 1 does not answer" in lines
        assert "agent 2 answers after 5 s" in lines
        assert "if they talk it is for 40 s, and the agent hangs up" in lines

    def test_a_rule_for_a_flow_is_also_for_calls_that_come_in(self, five):
        """By the ExoPhone that starts it."""
        lines = five("explain", "--direction", "inbound", "--exophone", "08047112244")

        assert "five.yaml:38 decides" in lines
        assert [
            "connect (line 14): exit talked: 09811100002 answered; then passthru (line 19)",
            "passthru (line 19): exit 200: the answer was 200; nothing follows",
        ] == way(lines)

    def test_an_unknown_app_id_is_told_with_those_that_exist(self, five):
        """And that its call ends after an error message."""
        told = "there is no flow '999'; the scenario has 926, 927, 928, 929, 930"

        assert f"  {told}: an error message is played, and the call ends" in five(
            "explain", "--flow", "999"
        )

    def test_of_many_flows_twenty_are_named(self, commands):
        """The sentence stands in a header of each answer."""
        flows = ", ".join(f"{n}: hangup" for n in range(100, 200))
        commands.write("many.yaml", f"flows: {{{flows}}}\n")
        (told,) = [
            line
            for line in commands.lines("explain", "many.yaml", "--flow", "1")
            if line.startswith("  there is no")
        ]

        assert "has 100, 101, 102, " in told
        assert ", 118, 119 and 80 more: " in told

    def test_says_that_answers_are_assumed_unless_all_are_given(self, five):
        """A route of one question."""
        assumed = "  your server is assumed to answer as usual; --reply says what it answers"

        assert assumed in five("explain", "--flow", "929")
        assert assumed not in five("explain", "--flow", "929", "--reply", "404")

    @pytest.mark.parametrize("reply", ["302", "404", "500", "timeout", "302:body"])
    def test_each_reply_that_is_not_200_takes_the_other_exit(self, five, reply):
        """One that never comes, too."""
        (first, *_rest) = way(five("explain", "--flow", "929", "--reply", reply))

        assert first.startswith("passthru (line 21): exit 302: ")

    def test_a_body_steers_where_the_applet_reads_it(self, five):
        """Dial-whom: two numbers, of whom the rule has the second answer."""
        lines = way(five("explain", "--flow", "928", "--reply", "200:09822200001,09822200002"))

        assert (
            "connect (line 14): exit talked: 09822200002 answered; then passthru (line 19)"
            == lines[0]
        )

    def test_a_reply_that_is_none_is_refused(self, commands):
        """With what was expected."""
        commands.write("five.yaml", FIVE)
        status, lines = commands.run("explain", "five.yaml", "--flow", "929", "--reply", "yes")

        assert 2 == status
        assert "found 'yes', expected a status as 302, with a body as 200:09811100001" in " ".join(
            lines
        )


class TestPreview:
    def test_draws_the_graph(self, five):
        """Each step with its exits, those that lead to one step together."""
        lines = five("preview", "--flow", "928")
        begin = lines.index("flow 928, started by calls to 08047112244")

        assert [
            " >1 connect (line 14): asks http://127.0.0.1:3000/agents; tells http://127.0.0.1:3000/popup of each agent",
            "     talked -> 4 passthru (line 19)",
            "     nobody, not_dialled -> 2 voicemail (line 18)",
            "  2 voicemail (line 18)",
            "     then -> 3 passthru (line 18)",
            "  3 passthru (line 18): asks http://127.0.0.1:3000/ended",
            "     200, 302 -> hangs up",
            "  4 passthru (line 19): asks http://127.0.0.1:3000/ended",
            "     200, 302 -> hangs up",
        ] == lines[begin + 1 : begin + 10]  # fmt: skip

    def test_draws_the_ladder_with_each_request_and_its_answer(self, five):
        """Digits in double quotes, and a 200 that nobody gave."""
        lines = five("preview", "--flow", "927", "--seed", "2")
        arrows = [line for line in lines if line.lstrip().startswith("+") and "|" in line]

        assert [
            "    +0.000 s    |                     |<------------ POST Calls/connect ------------|",
            "    +0.000 s    |                     |-------------------- 200 ------------------->|",
            "    +0.000 s    |<------ rings -------|                     |                       |",
            "    +4.000 s    |------ answers ----->|                     |                       |",
            "    +9.767 s    |                     |------------------ passthru ---------------->|",
            "    +9.767 s    |------ hangs up ---->|                     |                       |",
            "    +9.767 s    |                     |------------------ terminal ---------------->|",
        ] == arrows
        assert ['"42"'] == sent(lines, "digits")
        assert any("<-------------- 200 (assumed) -----" in line for line in lines)
        assert any(line.strip() == "GET http://127.0.0.1:3000/city" for line in lines)

    def test_shows_every_agent_and_pop_up(self, five):
        """Two agents: Dial 1, Terminal 1, Dial 2, Answered 2, Terminal 2."""
        lines = five("preview", "--flow", "928")

        assert ["Dial", "Terminal", "Dial", "Answered", "Terminal"] == [
            word for word in sent(lines, "EventType") if word.istitle()
        ]
        assert any("09811100001 rings" in line for line in lines)
        assert any("0001 no answer" in line for line in lines)
        assert any("0002 answers" in line for line in lines)

    def test_shows_a_call_that_comes_in_and_is_not_picked_up(self, five):
        """A missed-call campaign."""
        lines = five("preview", "--direction", "inbound")
        calls = [line for line in lines if "- calls -" in line or "not picked up" in line]

        assert 2 == len(calls)
        assert "not picked up" in calls[1]

    def test_says_that_there_is_no_such_flow(self, five):
        """In place of its graph."""
        told = "there is no flow '999'; the scenario has 926, 927, 928, 929, 930"

        assert f"{told}: an error message is played, and the call ends" in five(
            "preview", "--flow", "999"
        )


class TestSimulate:
    def test_says_how_flows_end(self, five):
        """One in ten gives up in the menu."""
        lines = five("simulate", "--flow", "927", "--calls", "200")
        begin = next(n for n, line in enumerate(lines) if line.startswith("the flow ends at"))
        ends = dict(line.rsplit(None, 2)[:2] for line in lines[begin + 1 : begin + 3])

        assert {"927: passthru (line 10), exit 200", "927: menu (line 5)"} == set(ends)
        assert 200 == sum(map(int, ends.values()))
        assert 5 <= int(ends["927: menu (line 5)"]) <= 40

    def test_counts_what_they_cost_and_how_long_they_last(self, five):
        """A flow call costs the time of leg 1, a call that comes in what agents talk."""
        flow = five("simulate", "--flow", "929", "--calls", "10", "--reply", "404")
        missed = five("simulate", "--direction", "inbound", "--calls", "10")

        assert "cost in all 2.500, 0.250 a call" == flow[-1]
        assert "cost in all 0.000, 0.000 a call" == missed[-1]

    def test_calls_without_flows_are_simulated_as_ever(self, commands):
        """No table of flows."""
        lines = commands.lines("simulate", "evening.yaml", "--calls", "10", "--flow", "926")

        assert not any(line.startswith("the flow ends at") for line in lines)
