"""`exomock scenario explain`: which rule, and why not those before it."""

import pytest

MISSED = "to is 09812345678, expected 09052161119"
NOON, HALF_PAST_ONE = "2026-03-01T12:00:00", "2026-03-01T13:30:00"


class TestExplain:
    def test_says_what_each_rule_before_missed_and_what_then_becomes_of_the_call(self, commands):
        assert [
            f"evening.yaml:3 the customer who is always busy: no: {MISSED}",
            "evening.yaml:7 the third try succeeds, attempt 1 of 3 decides",
            "  From (09811100001) answers after 4 s",
            "  then To (09812345678) is busy after 3 s",
            "  if both answer they talk for 30 s, and From hangs up",
        ] == commands.lines("explain", "evening.yaml", "--to", "+919812345678")

    @pytest.mark.parametrize(
        ("nth", "said"),
        [
            ("2", "  the order is refused: 403: Call to [09812345678] can not be made"),
            ("3", "  then To (09812345678) answers after 5 s"),
            ("9", "  if both answer they talk for 40 s, and From hangs up"),
        ],
    )
    def test_takes_the_orders_before_into_account(self, commands, nth, said):
        lines = commands.lines("explain", "evening.yaml", "--to", "09812345678", "--nth", nth)
        assert any(line.startswith(said) for line in lines)

    @pytest.mark.parametrize(
        ("at", "rule"), [(HALF_PAST_ONE, "agents at lunch"), (NOON, "everybody else")]
    )
    def test_looks_at_the_clock(self, commands, at, rule):
        lines = commands.lines("explain", "evening.yaml", "--from", "08040000000", "--at", at)
        assert any(line.endswith(f"{rule} decides") for line in lines)

    def test_knows_magic_numbers(self, commands):
        lines = commands.lines("explain", "evening.yaml", "--to", "09000000001", "--at", NOON)
        assert "magic number 09000000001 decides" in lines
        assert any("a magic number comes before it" in line for line in lines)

    def test_knows_directives(self, commands):
        lines = commands.lines(
            "explain", "evening.yaml", "--custom-field", "exomock: leg2=busy talk=10s"
        )
        assert "directive in CustomField: exomock: leg2=busy talk=10s decides" == lines[0]

    def test_says_where_nothing_matched(self, commands):
        commands.write("one.yaml", "rules: [{when: {to: '0977*'}, leg2: busy}]\n")
        lines = commands.lines("explain", "one.yaml")
        assert "no rule matched: the defaults of the scenario language decide" in lines

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            (("--to", "abc"), "--to: found 'abc', expected a telephone number"),
            (("--at", "soon"), "--at: found 'soon', expected a time such as"),
            (("--nth", "0"), "--nth: found '0', expected a whole number from 1"),
            (("--direction", "up"), "--direction: found 'up', expected outbound-api or inbound"),
            (("--custom-field", "exomock: leg2=bsy"), "CustomField: directive: leg2: found 'bsy'"),
        ],
    )
    def test_refuses_wrong_options_in_one_line(self, commands, options, said):
        status, lines = commands.run("explain", "evening.yaml", *options)
        assert 2 == status
        assert said in lines[-1]
