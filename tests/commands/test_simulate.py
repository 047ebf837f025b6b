"""`exomock scenario simulate`: shares, lengths and costs of many calls."""

import re

SHARES = """\
rules:
  - {name: one in four, when: {chance: 25%}, leg2: busy}
  - {name: refused, when: {to: "0981*"}, refuse: kyc}
  - {name: the rest, leg1: {answer: 1s}, leg2: {answer: 1s}, talk: 28s, price: {per: 10s, amount: 0.1}}
"""


class TestSimulate:
    def test_gives_the_share_of_each_end_and_rule(self, commands):
        commands.write("shares.yaml", SHARES)
        lines = commands.lines("simulate", "shares.yaml", "--calls", "4000", "--seed", "7")
        shares = {
            m[1]: float(m[2]) for line in lines if (m := re.match(r"(.+?) +\d+ +([0-9.]+)%$", line))
        }

        assert "4000 calls, seed 7" == lines[0]
        assert 22 < shares["busy"] < 28
        assert 72 < shares["completed"] < 78
        assert shares["busy"] == shares["shares.yaml:2 one in four"]

    def test_gives_lengths_and_costs(self, commands):
        """Calls of 30 s with 28 s of talk: three pulses of 0.100."""
        commands.write("plain.yaml", "rules:\n" + SHARES.splitlines()[3] + "\n")
        lines = commands.lines("simulate", "plain.yaml", "--calls", "50")

        assert (
            "duration in seconds: least 30, median 30, mean 30.0, 95 % within 30, most 30" in lines
        )
        assert "     30-30            50  ########################################" in lines
        assert "cost in all 15.000, 0.300 a call" == lines[-1]

    def test_counts_refusals_and_calls_that_never_end(self, commands):
        commands.write("odd.yaml", "rules: [{when: {nth: 1..3}, refuse: dnd}, {stuck: true}]\n")
        lines = commands.lines("simulate", "odd.yaml", "--calls", "10")

        assert any(re.match(r"refused with 403 +3 +30\.00%", line) for line in lines)
        assert any(re.match(r"never \(in-progress\) +7 +70\.00%", line) for line in lines)

    def test_is_the_same_for_the_same_seed(self, commands):
        runs = [commands.lines("simulate", "evening.yaml", "--seed", "3") for _ in range(2)]
        assert runs[0] == runs[1]
        assert runs[0] != commands.lines("simulate", "evening.yaml", "--seed", "4")

    def test_keeps_the_numbers_it_is_given(self, commands):
        lines = commands.lines("simulate", "evening.yaml", "--to", "09812345678", "--calls", "20")
        assert any(
            re.match(r"evening.yaml:7 the third try succeeds +20 +100\.00%", x) for x in lines
        )

    def test_draws_no_to_for_a_call_that_comes_in_and_heeds_no_directive(self, commands):
        """It is to the ExoPhone, and its CustomField decides nothing."""
        commands.write("in.yaml", "rules: [{when: {to: '08047112233'}, leg2: busy}]\n")
        lines = commands.lines(
            "simulate", "in.yaml", "--direction", "inbound", "--calls", "20",
            "--custom-field", "exomock: leg2=no_answer",
        )  # fmt: skip

        assert any(re.match(r"in.yaml:1 +20 +100\.00%", line) for line in lines)

    def test_refuses_a_foreign_exophone(self, commands):
        """All of them, as a server does."""
        commands.write("ours.yaml", 'account: {exophones: ["08047112299"]}\n')
        lines = commands.lines("simulate", "ours.yaml", "--calls", "20")

        assert any(re.match(r"refused with 400 +20 +100\.00%", line) for line in lines)
