"""What an account may and has: docs/scenarios.md "account"."""

from conftest import error_of


class TestARateLimit:
    def test_is_a_429_until_a_minute_of_account_time_is_over(self, exchange):
        """UNVERIFIED: that connects count, and those of the last 60 s. exotel-v1.md section 7."""
        driver = exchange("account: {rate_limit: 3/min}\n")
        first = [driver.try_connect().status_code for _ in range(4)]
        driver.advance(59.999)
        late = driver.try_connect().status_code
        driver.advance(0.001)

        assert [200, 200, 200, 429] == first
        assert 429 == late
        assert [200, 200, 200, 429] == [driver.try_connect().status_code for _ in range(4)]

    def test_gives_the_known_text(self, exchange):
        driver = exchange("account: {rate_limit: 1/min}\n")
        driver.connect()
        response = driver.try_connect()

        assert {"Status": 429, "Message": "Too Many Requests"} == error_of(response)
        assert "account of scenario.yaml: 1/min" in response.headers["X-Exomock-Why"]


class TestTheTermsOfAnAccount:
    def test_a_caller_id_that_is_no_exophone_is_refused(self, exchange):
        driver = exchange('account: {exophones: ["08047112233"]}\n')

        assert 200 == driver.try_connect(CallerId="+918047112233").status_code
        assert "CallerId" in error_of(driver.try_connect(CallerId="08047112234"))["Message"]

    def test_a_balance_that_is_used_up_is_a_402(self, exchange):
        """Each call of 40 s costs two pulses of 0.250."""
        driver = exchange("account: {balance: 0.75}\nrules:\n  - {talk: 40s}\n")
        seen = []
        for _ in range(3):
            seen.append(driver.try_connect().status_code)
            driver.advance(100)

        assert [200, 200, 402] == seen

    def test_a_made_past_costs_nothing_of_it(self, exchange):
        driver = exchange("account: {balance: 0.75}\nhistory: {calls: 200}\n")
        assert 200 == driver.try_connect().status_code

    def test_late_fields_come_when_the_scenario_says(self, exchange):
        driver = exchange("account: {late_fields: 2m}\nrules:\n  - {talk: 40s}\n")
        sid = driver.connect()
        driver.advance(50)
        early = driver.call(sid)
        driver.advance(120)

        assert ("completed", "") == (early["Status"], early["Duration"])
        assert "50" == driver.call(sid)["Duration"]
