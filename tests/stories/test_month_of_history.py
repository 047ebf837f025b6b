"""month-of-history: reports, paging and filters have something to work on from the start."""

from collections import Counter

import pytest

from exomock.server import Exomock
from exomock.settings import Settings

MONTH = "gte:2026-01-30 12:00:00;lte:2026-03-01 12:00:00"
PATIENT = "09876543210"


@pytest.fixture(scope="module")
def mock():
    """Nobody writes in this module: one server is enough. The file sets the clock."""
    with Exomock("month-of-history", Settings(rate=0)) as mock:
        yield mock


@pytest.fixture
def story(mock, receiver, told_by):
    return told_by(mock, receiver)


def pages(story, **params):
    """Follow NextPageUri from the first page to the last."""
    page = story.calls(**params)
    while True:
        yield page
        following = page["Metadata"]["NextPageUri"]
        if following is None:
            return
        page = story.http.get(story.mock.url + following, timeout=20).json()


def test_the_month_has_two_thousand_and_three_calls(story):
    assert 2003 == story.total()
    assert 2003 == story.total(DateCreated=MONTH)


def test_paging_meets_each_call_once_and_the_newest_first(story):
    """Twenty full pages and one of three."""
    found = list(pages(story, PageSize=100))

    assert [100] * 20 + [3] == [len(page["Calls"]) for page in found]
    calls = [call for page in found for call in page["Calls"]]
    assert 2003 == len({call["Sid"] for call in calls})
    created = [call["DateCreated"] for call in calls]
    assert sorted(created, reverse=True) == created
    assert created[-1] >= "2026-01-30 12:00:00"
    assert created[0] < "2026-03-01 12:00:00"


def test_the_statuses_have_the_shares_of_the_file(story):
    """75, 15, 7 and 3 in a hundred; within what chance does to two thousand."""
    counts = {
        status: story.total(Status=status)
        for status in ("completed", "no-answer", "busy", "failed")
    }

    assert 2003 == sum(counts.values())
    for status, share in (
        ("completed", 0.75),
        ("no-answer", 0.15),
        ("busy", 0.07),
        ("failed", 0.03),
    ):
        assert counts[status] == pytest.approx(2000 * share, abs=80), counts


def test_filters_agree_with_a_look_at_every_call(story):
    """Busy calls; conversations over two minutes; both, paged."""
    every = [call for page in pages(story, PageSize=100) for call in page["Calls"]]
    long = {call["Sid"] for call in every if int(call["Duration"]) >= 120}
    busy = {call["Sid"] for call in every if call["Status"] == "busy"}

    def found(**params):
        return {call["Sid"] for page in pages(story, **params) for call in page["Calls"]}

    assert busy == found(Status="busy", PageSize=20)
    assert long == found(Duration="gte:120s", PageSize=100)
    assert set() == found(Status="busy", Duration="gte:120s")
    assert long | busy


def test_a_day_is_busier_than_a_night(story):
    every = [call for page in pages(story, PageSize=100) for call in page["Calls"]]
    hours = Counter(int(call["DateCreated"][11:13]) for call in every)

    assert sum(hours[h] for h in range(9, 21)) > 0.9 * 2003
    assert hours[11] > 10 * max(hours[h] for h in range(1, 6))


def test_the_three_calls_of_one_customer_are_known_exactly(story):
    page = story.calls(To=PATIENT, SortBy="DateCreated:asc")

    assert [
        ("2026-02-27 11:00:00", "busy", "9", "0.000", False),
        ("2026-02-27 11:05:00", "no-answer", "36", "0.000", False),
        ("2026-02-27 15:30:00", "completed", "95", "0.750", True),
    ] == [
        (c["DateCreated"], c["Status"], c["Duration"], c["Price"], bool(c["RecordingUrl"]))
        for c in page["Calls"]
    ]


def test_what_the_customer_cost_is_a_price_filter_away(story):
    assert 1 == story.total(To=PATIENT, Price="gte:0.75;lte:0.75")


def test_any_of_them_can_be_asked_for_through_the_sdk(story):
    """A GET of a call in the past is what the list says of it."""
    for listed in story.calls(PageSize=5)["Calls"]:
        listed.pop("PhoneNumber")
        assert listed == story.sdk.call_details(listed["Sid"]).json()["Call"]
