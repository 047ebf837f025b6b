"""`exomock scenario preview`: the call as a ladder."""

import xml.etree.ElementTree as ET

import pytest

TITLES = (
    "              From                 Exotel                  To                  your server"
)


def ladder(lines):
    """Its lines without the bodies of callbacks."""
    return [line for line in lines if line.lstrip().startswith("+")]


def words(line):
    """What stands on an arrow; the answer's arrow below a callback has no time before it."""
    return line[13:].strip(" |<->").partition(" -")[0].strip(" |<->")


class TestPreview:
    def test_draws_each_event_with_its_time_and_direction(self, commands):
        """From the request of your server on."""
        lines = commands.lines("preview", "evening.yaml", "--to", "09052161119")

        assert "evening.yaml:3 the customer who is always busy decides" == lines[0]
        assert TITLES == lines[2]
        assert [
            "    +0.000 s    |                     |<------------ POST Calls/connect ------------|",
            "    +0.000 s    |                     |-------------------- 200 ------------------->|",
            "    +0.000 s    |<------ rings -------|                     |                       |",
            "    +4.000 s    |------ answers ----->|                     |                       |",
            "    +4.000 s    |                     |------- rings ------>|                       |",
            "    +4.000 s    |                     |------------------ answered ---------------->|",
            "    +6.000 s    |                     |<------- busy -------|                       |",
            "    +6.000 s    |------ hangs up ---->|                     |                       |",
            "    +6.000 s    |                     |------------------ terminal ---------------->|",
        ] == ladder(lines)
        assert "busy: 6 s in all, 0 s of conversation, price 0.000" == lines[-1]

    def test_shows_what_each_callback_says(self, commands):
        lines = commands.lines("preview", "evening.yaml", "--to", "09052161119")
        said = [line.strip() for line in lines]

        assert 2 == said.count("To=09052161119")
        assert ["Status=in-progress", "Status=busy"] == [x for x in said if x.startswith("Status=")]
        assert "Legs[1][Status]=busy" in said

    def test_shows_the_four_fields_where_no_events_are_asked_for(self, commands):
        lines = commands.lines("preview", "evening.yaml", "--to", "09052161119", "--events", "")
        body = [line.strip() for line in lines if line.startswith(" " * 26) and "|" not in line]

        assert ["CallSid", "DateUpdated", "Status", "RecordingUrl"] == [
            line.partition("=")[0] for line in body
        ]

    def test_asks_for_no_events_of_a_flow_unless_told_to(self, commands):
        """They are refused beside a flow's Url; it has one callback at its end."""
        told = [words(line) for line in commands.lines("preview", "default", "--flow", "926")]

        assert 1 == sum(each == "terminal" for each in told)
        assert "400" in [
            words(line)
            for line in commands.lines(
                "preview", "default", "--flow", "926", "--events", "terminal"
            )
        ]

    def test_shows_callbacks_in_json(self, commands):
        lines = commands.lines("preview", "evening.yaml", "--to", "09052161119", "--json")
        assert any('"EventType": "terminal"' in line for line in lines)

    def test_shows_how_callbacks_misbehave(self, commands):
        text = (
            "rules:\n  - leg1: {answer: 1s}\n    leg2: {answer: 1s}\n    talk: 2s\n    callbacks:\n"
            "      answered: {drop: true}\n      terminal: {delay: 5s, repeat: 2, with: {A: b}}\n"
        )
        commands.write("odd.yaml", text)
        lines = commands.lines("preview", "odd.yaml")
        told = [
            line.split()[0] + " " + line.split("-")[-2]
            for line in ladder(lines)
            if ">|" in line[80:]
        ]

        assert 2 == sum("answered: never sent" in line for line in lines)
        assert ["+9.000", "+10.000"] == [
            line.split()[0] for line in ladder(lines) if " terminal " in line
        ]
        assert 2 == sum("A=b" == line.strip() for line in lines)
        assert 5 == len(told)  # with the answer to the order

    def test_shows_the_content_type_that_a_callback_claims(self, commands):
        """And none where it is the right one."""
        text = "rules: [{leg1: busy, callbacks: {content_type: text/plain}}]\n"
        commands.write("odd.yaml", text)
        said = [line.strip() for line in commands.lines("preview", "odd.yaml")]

        assert 1 == said.count("Content-Type: text/plain")
        assert not any("Content-Type" in x for x in commands.lines("preview", "default"))

    def test_draws_a_call_that_comes_in_and_one_that_never_ends(self, commands):
        commands.write("stuck.yaml", "rules: [{stuck: true, leg2: {answer: 8s}}]\n")
        lines = commands.lines("preview", "stuck.yaml", "--direction", "inbound")

        assert "calls" in ladder(lines)[0]
        assert "the call never ends" == lines[-1]

    def test_says_what_a_refused_order_is_told(self, commands):
        """And draws the request and its answer."""
        lines = commands.lines("preview", "evening.yaml", "--to", "09812345678", "--nth", "2")
        assert lines[1].startswith("  the order is refused: 403: Call to [09812345678]")
        assert ["POST Calls/connect", "403"] == [words(line) for line in ladder(lines)]

    @pytest.mark.parametrize(
        ("receiver", "answers"),
        [
            ("500", ["500", "500", "500"]),
            ("500,none,200", ["500", "no answer", "200"]),
            ("204", ["204"]),
            ("404,200", ["404", "200"]),
        ],
    )
    def test_shows_retries_where_your_server_does_not_take_a_callback(
        self, commands, receiver, answers
    ):
        """Three tries at most, 300 s and 900 s apart as by default; the last answer holds on."""
        lines = commands.lines("preview", "evening.yaml", "--to", "09052161119",
                               "--events", "terminal", "--receiver", receiver)  # fmt: skip
        found = [line for line in lines if "|" in line and words(line)]
        tries = [line for line in found if words(line).startswith("terminal")]

        assert answers == [words(line) for line in found if "+" not in line[:12]]
        assert ["+6.000", "+306.000", "+1206.000"][: len(answers)] == [
            line.split()[0] for line in tries
        ]
        assert ["terminal", "terminal, try 2", "terminal, try 3"][: len(answers)] == [
            words(line) for line in tries
        ]

    def test_shows_that_from_is_dialled_again(self, commands):
        """MaxRetries is a parameter of the order."""
        commands.write("silent.yaml", "rules: [{leg1: no_answer}]\n")
        lines = commands.lines("preview", "silent.yaml", "--max-retries", "2")

        assert ["rings", "no answer"] * 3 == [
            words(line) for line in ladder(lines) if words(line) in ("rings", "no answer")
        ]

    def test_shows_the_answer_last_where_all_is_over_before_it(self, commands):
        """`before_answer`: the callback comes before the client knows its call's Sid."""
        commands.write("early.yaml", "rules: [{leg1: busy, callbacks: {before_answer: true}}]\n")
        drawn = [words(line) for line in ladder(commands.lines("preview", "early.yaml"))]

        assert ["POST Calls/connect", "rings", "busy", "terminal", "200"] == drawn

    def test_has_no_colours_where_it_is_piped(self, commands):
        assert not any("\x1b" in line for line in commands.lines("preview", "evening.yaml"))


class TestAPicture:
    def test_says_what_the_text_says(self, commands):
        """SVG, each arrow with what it is; so that it can stand in a report."""
        lines = commands.lines("preview", "evening.yaml", "--to", "09052161119", "--svg")
        root = ET.fromstring("\n".join(lines))
        said = [each.text for each in root.iter("{http://www.w3.org/2000/svg}title")]
        assert [
            "+0 s POST Calls/connect: 200",
            "+0 s rings",
            "+4 s answers",
            "+4 s rings",
            "+4 s answered: 200",
            "+6 s busy",
            "+6 s hangs up",
            "+6 s ended: busy",
            "+6 s terminal: 200",
        ] == said

    @pytest.mark.parametrize(
        ("options", "arrow"),
        [
            (("--to", "09000000005"), "+0 s POST Calls/connect: 403"),
            (("--to", "09052161119", "--receiver", "500,none,200"), "+4 s answered: 500"),
            (
                ("--to", "09052161119", "--receiver", "500,none,200"),
                "+304 s answered, try 2: no answer",
            ),
        ],
    )
    def test_shows_what_goes_wrong(self, commands, options, arrow):
        """A refused order, a callback that is not taken."""
        lines = commands.lines("preview", "evening.yaml", *options, "--svg")
        assert f"<title>{arrow}</title>" in "\n".join(lines)


class TestAPerson:
    """Nobody knows what a person will do."""

    def test_leaves_a_preview_open(self, commands):
        """It draws what comes if nobody decides, and says so."""
        commands.write("hand.yaml", "rules: [{leg1: {answer: 2s}, leg2: person}]\n")
        lines = commands.lines("preview", "hand.yaml")

        assert "open (a person decides): drawn is what comes if nobody decides" in lines
        assert lines[-1].startswith("no-answer: 32 s in all")

    def test_is_explained(self, commands):
        """Until when it rings, and how long they talk."""
        commands.write("hand.yaml", "rules: [{leg1: {answer: 2s}, leg2: person}]\n")
        said = " ".join(commands.lines("explain", "hand.yaml"))

        assert "rings until a person decides, at most until TimeOut" in said
        assert "they talk until a person hangs up, or TimeLimit ends it" in said

    def test_is_counted_as_open(self, commands):
        """In a simulation, also as an agent of a flow; where it is not dialled it decides nothing."""
        commands.write(
            "hand.yaml",
            'rules: [{when: {flow: "926"}, agents: [person]}, {leg1: busy, leg2: person}]\n'
            'flows: {"926": [{connect: ["09811100003"]}, hangup]}\n',
        )
        flow = commands.lines("simulate", "hand.yaml", "--calls", "5", "--flow", "926")
        plain = commands.lines("simulate", "hand.yaml", "--calls", "5")

        assert any(line.startswith("open (a person decides)") and " 5 " in line for line in flow)
        assert not any("open" in line for line in plain)
