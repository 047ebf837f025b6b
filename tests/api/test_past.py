"""An account's past: random history and exact calls. docs/scenarios.md "history" and "calls"."""

from collections import Counter

import pytest

from conftest import error_of

MONTH = "history: {calls: 600, over: 30d, mix: {completed: 80%, no-answer: 15%, busy: 5%}}\n"
EXACT = """
calls:
  - {to: "09822200002", created: "2026-02-27 11:00:00", status: completed, duration: 42, price: 0.45, recording: true}
  - {to: "09822200003", created: "2026-02-27 12:00:00", status: busy, duration: 9, custom_field: "order 7"}
  - {to: "08047112233", from: "09900000001", created: "2026-02-28 09:30:00", direction: inbound, status: no-answer, duration: 20}
"""


def all_calls(driver, **params):
    rows, page = [], driver.calls(PageSize=100, **params)
    while True:
        rows += page["Calls"]
        link = page["Metadata"]["NextPageUri"]
        if link is None:
            return rows
        page = driver.http.get(driver.mock.url + link, timeout=9).json()


class TestHistory:
    def test_holds_so_many_calls_with_about_these_shares(self, exchange):
        """All 600 lie in the 30 days before the account's beginning, and are over."""
        rows = all_calls(exchange(MONTH))
        shares = Counter(row["Status"] for row in rows)

        assert 600 == len(rows)
        assert {"completed", "no-answer", "busy"} == set(shares)
        assert 430 < shares["completed"] < 530
        assert 60 < shares["no-answer"] < 125
        assert 10 < shares["busy"] < 55

    def test_is_spread_over_the_days_and_hours_of_a_call_centre(self, exchange):
        """Busy from ten to six, nearly silent at night, few calls on Sundays: ours."""
        rows = all_calls(exchange(MONTH))
        days = Counter(row["StartTime"][:10] for row in rows)
        hours = Counter(int(row["StartTime"][11:13]) for row in rows)

        assert 25 <= len(days)
        assert max(row["EndTime"] for row in rows) <= "2026-03-01 12:00:00"
        assert min(row["StartTime"] for row in rows) >= "2026-01-30 12:00:00"
        assert sum(hours[h] for h in range(10, 18)) > 300
        assert sum(hours[h] for h in range(6)) < 30
        # 2026-02-08, -15 and -22 are Sundays, the -10, -17, -24 Tuesdays.
        assert sum(days[f"2026-02-{d}"] for d in ("08", "15", "22")) * 2 < sum(
            days[f"2026-02-{d}"] for d in ("10", "17", "24")
        )

    def test_is_consistent_in_each_call(self, exchange):
        for row in all_calls(exchange(MONTH), details="true"):
            talked = row["Details"]["ConversationDuration"]
            assert (row["Status"] == "completed") == (talked > 0)
            assert (float(row["Price"]) > 0) == (talked > 0)
            assert row["Details"]["Legs"][0]["Leg"]["OnCallDuration"] >= talked

    def test_is_the_same_in_every_run(self, exchange):
        assert all_calls(exchange(MONTH)) == all_calls(exchange(MONTH))

    def test_is_there_again_after_a_reset(self, exchange):
        driver = exchange(MONTH)
        before = all_calls(driver)
        driver.connect()
        driver.advance(100)
        driver.mock.exchange.engine.resets.reset(driver.mock.sid)

        assert before == all_calls(driver)

    def test_goes_on_with_ordinary_calls(self, exchange):
        driver = exchange(MONTH)
        driver.connect()
        driver.advance(100)

        assert 601 == driver.calls()["Metadata"]["Total"]

    def test_is_made_once_on_a_database_that_stays(self, tmp_path):
        from conftest import NOON, Driver
        from exomock.server import Exomock

        totals = []
        for _ in range(2):
            with Exomock(MONTH, database=tmp_path / "calls.db", start_at=NOON) as mock:
                totals.append(Driver(mock).calls()["Metadata"]["Total"])

        assert [600, 600] == totals


class TestExactCalls:
    def test_are_in_the_list_as_they_were_written(self, exchange):
        rows = {row["To"]: row for row in all_calls(exchange(EXACT))}
        talked, busy = rows["09822200002"], rows["09822200003"]

        assert ("completed", "42", "0.450") == (
            talked["Status"],
            talked["Duration"],
            talked["Price"],
        )
        assert "2026-02-27 11:00:00" == talked["DateCreated"]
        assert "2026-02-27 11:00:42" == talked["EndTime"]
        assert talked["RecordingUrl"].endswith(f"/{talked['Sid']}.mp3")
        assert ("busy", "9", "0.000", "") == (
            busy["Status"],
            busy["Duration"],
            busy["Price"],
            busy["RecordingUrl"],
        )

    def test_may_have_come_in(self, exchange):
        """A status that the table would not give an inbound call holds all the same."""
        (row,) = all_calls(exchange(EXACT), Direction="inbound")
        assert ("09900000001", "no-answer", "20") == (row["From"], row["Status"], row["Duration"])

    @pytest.mark.parametrize("duration", [0, 1, 2, 3, 86_400])
    @pytest.mark.parametrize("status", ["completed", "no-answer", "busy", "failed", "canceled"])
    def test_have_any_duration(self, exchange, status, duration):
        line = f'calls: [{{to: "09822200002", created: "2026-02-27", status: {status}, duration: {duration}}}]\n'
        (row,) = all_calls(exchange(line))
        assert (status, str(duration)) == (row["Status"], row["Duration"])


class TestABound:
    def test_of_past_calls_refuses_the_scenario_whole(self, exchange):
        """The setting is named; nothing of the scenario takes effect."""
        import requests

        driver = exchange(max_history=599)
        url = f"{driver.mock.url}/_exomock/accounts/exomock/scenario"
        kind = {"Content-Type": "application/yaml"}
        refused = requests.put(url, data=MONTH, headers=kind, timeout=9)

        assert 503 == refused.status_code
        assert "max-history: 600 past calls" in refused.json()["detail"]
        assert 0 == driver.calls()["Metadata"]["Total"]
        assert 404 == driver.get("Calls/x.json").status_code
        assert error_of(driver.get("Calls/x.json"))
