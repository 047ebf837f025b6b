"""MaxRetries: leg 1 is dialled again after failed or no-answer. exotel-v1.md section 2 (V)."""

import pytest

RULES = "rules: [{{leg1: {leg1}, leg2: {{answer: 5s}}, talk: 10s}}]\n"


def rung(driver, sid):
    """How often From was dialled."""
    plan = driver.http.get(f"{driver.mock.url}/_exomock/accounts/exomock/calls/{sid}").json()[
        "plan"
    ]
    return [each["event"] for each in plan if each["leg"] == 1].count("dialed")


class TestMaxRetries:
    @pytest.mark.parametrize(
        ("leg1", "dials", "status", "duration"),
        [
            ("no_answer", 3, "no-answer", "60"), ("unreachable: 2s", 3, "failed", "6"),
            ("busy: 2s", 1, "busy", "2"), ("answer: 3s", 1, "completed", "18"),
        ],
    )  # fmt: skip
    def test_dials_from_again_after_no_answer_and_failed(
        self, exchange, leg1, dials, status, duration
    ):
        """MaxRetries=2 and TimeOut=20: three times 20 s; a busy line is not dialled again."""
        driver = exchange(RULES.format(leg1=leg1 if ":" not in leg1 else f"{{{leg1}}}"))
        sid = driver.connect(MaxRetries="2", TimeOut="20")
        driver.advance(200)
        call = driver.call(sid)

        assert dials == rung(driver, sid)
        assert (status, duration) == (call["Status"], call["Duration"])

    @pytest.mark.parametrize("value", [None, "", "0"])
    def test_dials_once_when_it_is_not_sent(self, exchange, value):
        driver = exchange(RULES.format(leg1="no_answer"))
        sid = driver.connect(MaxRetries=value)

        assert 1 == rung(driver, sid)

    def test_may_reach_from_at_a_later_time(self, exchange):
        """Chance decides each dialling anew: some that rang out at first are answered then."""
        driver = exchange(RULES.format(leg1="{answer: 5s..60s}"))
        sids = [driver.connect(MaxRetries="10", TimeOut="20") for _ in range(20)]
        driver.advance(1000)

        assert {"completed"} <= {driver.call(sid)["Status"] for sid in sids}
        assert max(rung(driver, sid) for sid in sids) > 1

    def test_tells_the_end_once(self, exchange, receiver):
        driver = exchange(RULES.format(leg1="no_answer"))
        driver.connect(
            MaxRetries="3", StatusCallback=receiver.url, StatusCallbackEvents="terminal,answered"
        )
        driver.advance(300)

        assert ["no-answer"] == [got.form["Legs[0][Status]"] for got in receiver.wait_for(1)]

    def test_may_be_left_while_from_rings_again(self, exchange):
        """From hangs up 25 s after the order, 5 s into its second ringing."""
        driver = exchange(RULES.format(leg1="no_answer"))
        sid = driver.connect(MaxRetries="3", TimeOut="20")
        driver.advance(25)
        url = f"{driver.mock.url}/_exomock/accounts/exomock/calls/{sid}/hangup"

        assert 200 == driver.http.post(url).status_code
        assert ("busy", "25") == tuple(driver.call(sid)[key] for key in ("Status", "Duration"))
