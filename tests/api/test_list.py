"""GET Calls: which calls a filter finds, and which filters are wrong (exotel-v1.md section 5)."""

import pytest

from api.conftest import HISTORY
from conftest import error_of, why_of


@pytest.fixture(scope="module")
def found(history):
    """Which calls a query finds, by name in the order they come."""
    driver, sids = history
    names = {sid: name for name, sid in sids.items()}

    def find(query):
        response = driver.get(f"Calls.json?{query}")
        assert 200 == response.status_code, response.text
        return [names[call["Sid"]] for call in response.json()["Calls"]]

    return find


ALL = [*HISTORY]

FILTERS = [
    # Status: one or a comma list (S/V).
    ("Status=completed", ["long", "short", "abroad"]),
    ("Status=busy,failed", ["busy", "failed"]),
    ("Status=no-answer,busy", ["busy", "silent"]),
    ("Status=queued", []),
    # Numbers: comma list, in any spelling of the same number (S).
    ("To=09822200003", ["busy"]),
    ("To=%2B919822200003", ["busy"]),
    ("To=919822200003", ["busy"]),
    ("To=9822200003", ["busy"]),
    ("To=+919822200003", ["busy"]),  # a plus that arrived as a space
    ("To=+919822200003,+919822200005", ["busy", "failed"]),
    ("To=%2B14155552671", ["abroad"]),
    ("From=09811100004", ["silent"]),
    ("From=09811100001,09811100004&Status=no-answer", ["silent"]),
    ("PhoneNumber=08047112299", ["short"]),
    ("PhoneNumber=%2B918047112299,08047112233", ALL),
    # Duration: gte, lte, eq or bare, with or without an s (S).
    ("Duration=gte:12s", ["long", "silent", "short", "abroad"]),
    ("Duration=gte:13s", ["long", "silent", "abroad"]),
    ("Duration=lte:6s", ["busy", "failed"]),
    ("Duration=gte:6s;lte:30s", ["silent", "failed", "short"]),
    ("Duration=gte:6s%3Blte:30s", ["silent", "failed", "short"]),
    ("Duration=lte:30s;gte:6s", ["silent", "failed", "short"]),
    ("Duration=eq:30s", ["silent"]),
    ("Duration=30s", ["silent"]),
    ("Duration=30", ["silent"]),
    ("Duration=gte:30;lte:29", []),
    # Price: decimals, never text: "0.300" >= "0.1" >= "0.03" (S).
    ("Price=gte:0.1", ["long", "short", "abroad"]),
    ("Price=gte:0.10;lte:0.4", ["short"]),
    ("Price=lte:0.2999", ["busy", "silent", "failed"]),
    ("Price=eq:0.3", ["short"]),
    ("Price=0.300000", ["short"]),
    ("Price=eq:0.300030", []),
    ("Price=0", ["busy", "silent", "failed"]),
    # Direction: one or a comma list (V).
    ("Direction=outbound-api", ALL),
    ("Direction=inbound,outbound-dial", []),
    # DateCreated: IST, the ends included; a plus for the space as in the documentation's samples (S).
    ("DateCreated=gte:2026-03-01+12:03:00", ["failed", "short", "abroad"]),
    ("DateCreated=gte:2026-03-01%2012:03:01", ["short", "abroad"]),
    ("DateCreated=lte:2026-03-01%2B12:01:00", ["long", "busy"]),
    ("DateCreated=gte:2026-03-01+12:01:00%3Blte:2026-03-01+12:02:00", ["busy", "silent"]),
    ("DateCreated=gte:2026-03-01+13:00:00", []),
    # Parameters are ANDed (S); an empty one is not given; unknown ones are ignored.
    ("Status=completed&Duration=gte:13s&To=09822200002", ["long"]),
    ("Status=&Duration=&Price=&To=&SortBy=&PageSize=&Sid=&Before=", ALL),
    ("Status=failed&NumbersMetadata=true&page=3", ["failed"]),
    # Validated, and without effect as long as recordings do not play.
    ("RecordingUrlValidity=5", ALL),
    ("RecordingUrlValidity=60", ALL),
]


class TestFilters:
    @pytest.mark.parametrize(("query", "names"), FILTERS, ids=[query for query, _ in FILTERS])
    def test_finds(self, found, query, names):
        """The newest first unless SortBy says otherwise."""
        assert names[::-1] == found(query)

    def test_by_sid_one_or_a_hundred(self, history, found):
        _driver, sids = history
        others = [f"{i:032x}" for i in range(98)]

        assert ["busy"] == found(f"Sid={sids['busy']}")
        assert ["short", "busy"] == found(f"Sid={','.join([sids['busy'], sids['short'], *others])}")
        assert [] == found("Sid=" + "0" * 32)

    def test_a_running_call_is_never_listed(self, history, found):
        """Not even when it is asked for by Sid or Status (S)."""
        _driver, sids = history

        assert [] == found(f"Sid={sids['running']}")
        assert [] == found("Status=in-progress")

    def test_sorting_by_time_both_ways(self, found):
        assert ALL == found("SortBy=DateCreated:asc")
        assert ALL[::-1] == found("SortBy=DateCreated:desc")

    def test_a_call_whose_late_fields_are_unset_matches_no_duration_and_no_price(self, exchange):
        """Its final Status is visible before (S); both match once they are filled in."""
        driver = exchange(late_fields=120_000_000)
        sid = driver.connect()
        driver.advance(50)

        assert [sid] == [call["Sid"] for call in driver.calls()["Calls"]]
        for wanted in ({"Duration": "lte:9999s"}, {"Price": "gte:0"}):
            assert [] == driver.calls(**wanted)["Calls"]

        driver.advance(120)
        for wanted in ({"Duration": "lte:9999s"}, {"Price": "gte:0"}):
            assert [sid] == [call["Sid"] for call in driver.calls(**wanted)["Calls"]]


OPERATORS = "expected gte:10s;lte:45s, eq:30s or 30s (whole seconds)"
PRICES = "expected gte:0.10;lte:1.0, eq:0.5 or 0.5"
DATES = "expected gte:YYYY-MM-DD HH:MM:SS;lte:YYYY-MM-DD HH:MM:SS (IST), either alone is enough"
NUMBERS = "expected telephone numbers"
CURSOR = "expected the cursor of a PrevPageUri or NextPageUri"

WRONG = [
    ("Status=done", "Status: 'done' is not valid; expected queued or ringing or in-progress"),
    ("Status=completed,Bussy", "Status: 'Bussy' is not valid; expected"),
    ("Direction=outbound", "Direction: 'outbound' is not valid; expected inbound or"),
    ("To=nobody", f"To: 'nobody' is not valid; {NUMBERS}"),
    ("From=12", f"From: '12' is not valid; {NUMBERS}"),
    ("PhoneNumber=08047112299,x", f"PhoneNumber: 'x' is not valid; {NUMBERS}"),
    ("To=" + ",".join(["09822200003"] * 6), "To: has 6 values; expected 1 to 5"),
    ("From=" + ",".join(["09822200003"] * 6), "From: has 6 values; expected 1 to 5"),
    ("PhoneNumber=" + ",".join(["09822200003"] * 6), "PhoneNumber: has 6 values; expected 1 to 5"),
    ("To=,", "To: has 0 values; expected 1 to 5"),
    ("Sid=abc", "Sid: 'abc' is not valid; expected Sids of 32 letters and digits"),
    ("Sid=" + ",".join(["0" * 32] * 101), "Sid: has 101 values; expected 1 to 100"),
    ("Duration=long", f"Duration: 'long' is not valid; {OPERATORS}"),
    ("Duration=gt:10s", f"Duration: 'gt:10s' is not valid; {OPERATORS}"),
    ("Duration=gte:10s;gte:12s", f"Duration: 'gte:10s;gte:12s' is not valid; {OPERATORS}"),
    ("Duration=eq:10s;lte:12s", f"Duration: 'eq:10s;lte:12s' is not valid; {OPERATORS}"),
    ("Duration=gte:10s,lte:45s", f"Duration: 'gte:10s,lte:45s' is not valid; {OPERATORS}"),
    ("Duration=gte:-1s", f"Duration: 'gte:-1s' is not valid; {OPERATORS}"),
    ("Duration=10m", f"Duration: '10m' is not valid; {OPERATORS}"),
    ("Price=cheap", f"Price: 'cheap' is not valid; {PRICES}"),
    ("Price=gte:1e3", f"Price: 'gte:1e3' is not valid; {PRICES}"),
    ("Price=gte:", f"Price: 'gte:' is not valid; {PRICES}"),
    ("DateCreated=2026-03-01 12:00:00", f"DateCreated: '2026-03-01 12:00:00' is not valid; {DATES}"),
    ("DateCreated=gte:2026-03-01", f"DateCreated: 'gte:2026-03-01' is not valid; {DATES}"),
    ("DateCreated=gte:2026-02-30 00:00:00", f"DateCreated: 'gte:2026-02-30 00:00:00' is not valid; {DATES}"),
    ("DateCreated=eq:2026-03-01 12:00:00", f"DateCreated: 'eq:2026-03-01 12:00:00' is not valid; {DATES}"),
    ("DateCreated=gte:01/03/2026 12:00", f"DateCreated: 'gte:01/03/2026 12:00' is not valid; {DATES}"),
    ("PageSize=0", "PageSize: '0' is not valid; expected a whole number from 1 to 100"),
    ("PageSize=1e2", "PageSize: '1e2' is not valid; expected a whole number from 1 to 100"),
    ("PageSize=ten", "PageSize: 'ten' is not valid; expected a whole number from 1 to 100"),
    ("SortBy=DateCreated", "SortBy: 'DateCreated' is not valid; expected DateCreated:asc or DateCreated:desc"),
    ("SortBy=Price:asc", "SortBy: 'Price:asc' is not valid; expected DateCreated:asc or DateCreated:desc"),
    ("details=perhaps", "details: 'perhaps' is not valid; expected true or false"),
    ("RecordingUrlValidity=4", "RecordingUrlValidity: '4' is not valid; expected a whole number from 5 to 60 minutes"),
    ("RecordingUrlValidity=61", "RecordingUrlValidity: '61' is not valid; expected a whole number from 5 to 60 minutes"),
    ("Before=x", f"Before: 'x' is not valid; {CURSOR}"),
    ("After=MTU3Nzk4NjAwNg==", f"After: 'MTU3Nzk4NjAwNg==' is not valid; {CURSOR}"),  # no Sid in it
    ("Before=MSwwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMA==&After=MSwwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMA==",
     "Before: stands beside After; expected one cursor"),
]  # fmt: skip


class TestAWrongValue:
    @pytest.mark.parametrize("suffix", [".json", ""])
    @pytest.mark.parametrize(("query", "said"), WRONG, ids=[query[:40] for query, _ in WRONG])
    def test_is_a_400_that_names_parameter_and_rule(self, history, query, said, suffix):
        response = history[0].get(f"Calls{suffix}?{query}")

        assert 400 == response.status_code
        assert why_of(response).startswith(said)


# Now is 2026-03-01 12:06 IST. A month counts 31 days, six months 183 (UNVERIFIED, docs/fidelity.md).
WINDOWS = [
    ("gte:2025-08-30 12:06:01;lte:2025-08-31 00:00:00", 200, ""),
    ("gte:2025-08-30 12:05:59;lte:2025-08-31 00:00:00", 400, "begins over 6 months (183 days) ago"),
    ("gte:2026-01-29 12:00:00;lte:2026-03-01 12:00:00", 200, ""),
    ("gte:2026-01-29 12:00:00;lte:2026-03-01 12:00:01", 400, "is wider than 1 month (31 days)"),
    ("gte:2026-03-01 12:00:00;lte:2026-03-01 11:59:59", 400, "'lte' lies before 'gte'"),
    ("gte:2026-03-01 12:00:00;lte:2026-03-01 12:00:00", 200, ""),
    ("gte:2025-09-01 00:00:00", 200, ""),
    ("gte:2025-08-01 00:00:00", 400, "begins over 6 months (183 days) ago"),
    ("lte:2025-09-01 00:00:00", 200, ""),
    ("lte:2025-08-01 00:00:00", 400, "begins over 6 months (183 days) ago"),
    ("gte:2027-01-01 00:00:00", 200, ""),
]


class TestTheWindow:
    @pytest.mark.parametrize(("date", "status", "said"), WINDOWS, ids=[row[0] for row in WINDOWS])
    def test_is_a_month_wide_at_most_and_six_back(self, history, date, status, said):
        response = history[0].get("Calls.json", params={"DateCreated": date})

        assert status == response.status_code
        if status == 400:
            assert error_of(response)["Message"].startswith(f"DateCreated: {said}")

    @pytest.mark.parametrize("by_sid", [False, True])
    def test_without_date_created_is_the_last_31_days(self, exchange, by_sid):
        """Of a list as of a search by Sid (V); the second in which it was placed still counts."""
        driver = exchange()
        sid = driver.connect()
        wanted = {"Sid": sid} if by_sid else {}
        driver.advance(31 * 86_400)
        assert 1 == driver.calls(**wanted)["Metadata"]["Total"]

        driver.advance(1)
        assert 0 == driver.calls(**wanted)["Metadata"]["Total"]

    def test_of_gte_alone_ends_31_days_later_and_of_lte_alone_begins_31_days_earlier(
        self, exchange
    ):
        driver = exchange()
        driver.connect()
        driver.advance(60 * 86_400)

        def total(date):
            return driver.calls(DateCreated=date)["Metadata"]["Total"]

        assert [0, 1] == [total("gte:2026-01-29 11:59:59"), total("gte:2026-01-29 12:00:00")]
        assert [1, 0] == [total("lte:2026-04-01 12:00:00"), total("lte:2026-04-01 12:00:01")]
