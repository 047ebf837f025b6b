"""GET Calls, page by page: the laws of keyset cursors (exotel-v1.md section 5)."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import ORDINARY, Driver
from exomock.server import Exomock
from exomock.settings import Settings


@pytest.fixture(scope="module")
def mock():
    """One frozen server for all examples; each example's calls have an ExoPhone of their own."""
    with Exomock(ORDINARY, Settings(rate=0)) as mock:
        driver = Driver(mock)
        driver.examples = 0
        yield driver
        driver.http.close()


class Book:
    """One example's calls, seen through PhoneNumber as if there were no others."""

    def __init__(self, driver):
        driver.examples += 1
        self.driver, self.exophone = driver, f"0804{driver.examples:07d}"

    def place(self, gaps):
        """Place calls so many seconds apart, and let all of them end."""
        sids = []
        for gap in gaps:
            sids.append(self.driver.connect(CallerId=self.exophone))
            self.driver.advance(gap)
        self.driver.advance(60)
        return sids

    def first(self, **query):
        return self.driver.calls(PhoneNumber=self.exophone, **query)

    def follow(self, uri):
        response = self.driver.http.get(self.driver.mock.url + uri, timeout=20)
        assert 200 == response.status_code, response.text
        return response.json()


def sids_of(page):
    return [call["Sid"] for call in page["Calls"]]


# Equal seconds are what a cursor of seconds alone would trip over, so most gaps are 0.
gaps = st.lists(st.sampled_from([0, 0, 0, 1, 61]), min_size=1, max_size=9)
orders = st.sampled_from(["asc", "desc"])
sizes = st.integers(1, 4)
law = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


class TestAWalk:
    @law
    @given(before=gaps, arriving=gaps, size=sizes, order=orders)
    def test_sees_every_row_once_while_others_arrive(self, mock, before, arriving, size, order):
        """What was there when paging began is met exactly once; of what came since, nothing twice."""
        book = Book(mock)
        there = book.place(before)
        page = book.first(PageSize=size, SortBy=f"DateCreated:{order}")
        seen, coming = sids_of(page), list(arriving)
        while page["Metadata"]["NextPageUri"] is not None:
            if coming:
                book.place([coming.pop()])
            page = book.follow(page["Metadata"]["NextPageUri"])
            seen += sids_of(page)

        assert sorted(there) == sorted(sid for sid in seen if sid in there)
        assert len(seen) == len(set(seen))

    @law
    @given(gaps=gaps, size=sizes, order=orders)
    def test_back_meets_the_same_pages_in_reverse(self, mock, gaps, size, order):
        """And the two orders are each other's mirror."""
        book = Book(mock)
        placed = book.place(gaps)
        pages = [book.first(PageSize=size, SortBy=f"DateCreated:{order}")]
        while uri := pages[-1]["Metadata"]["NextPageUri"]:
            pages.append(book.follow(uri))
        back = [pages[-1]]
        while uri := back[-1]["Metadata"]["PrevPageUri"]:
            back.append(book.follow(uri))

        walked = [sid for page in pages for sid in sids_of(page)]
        assert sorted(placed) == sorted(walked)
        assert [size] * (len(pages) - 1) == [len(page["Calls"]) for page in pages[:-1]]
        # A page reached backwards is full; only the one at the beginning may be shorter.
        assert walked == [sid for page in reversed(back) for sid in sids_of(page)]
        times = [call["DateCreated"] for page in pages for call in page["Calls"]]
        assert times == sorted(times, reverse=order == "desc")

    @law
    @given(gaps=gaps, size=sizes)
    def test_one_order_is_the_other_reversed(self, mock, gaps, size):
        book = Book(mock)
        book.place(gaps)

        def walk(order):
            page = book.first(PageSize=size, SortBy=f"DateCreated:{order}")
            seen = sids_of(page)
            while uri := page["Metadata"]["NextPageUri"]:
                page = book.follow(uri)
                seen += sids_of(page)
            return seen

        assert walk("asc") == walk("desc")[::-1]


class TestMetadata:
    def test_counts_all_matches_and_the_rows_of_this_page(self, mock):
        """Total of all pages, PageSize of this one (S); Total follows what arrives."""
        book = Book(mock)
        book.place([1] * 5)
        first = book.first(PageSize=3)
        book.place([1])
        second = book.follow(first["Metadata"]["NextPageUri"])

        assert [(5, 3), (6, 2)] == [
            (page["Metadata"]["Total"], page["Metadata"]["PageSize"]) for page in (first, second)
        ]

    def test_has_no_next_after_a_page_that_is_exactly_full(self, mock):
        book = Book(mock)
        book.place([1] * 4)
        first = book.first(PageSize=2)
        second = book.follow(first["Metadata"]["NextPageUri"])

        assert first["Metadata"]["PrevPageUri"] is None
        assert second["Metadata"]["NextPageUri"] is None
        assert sids_of(first) == sids_of(book.follow(second["Metadata"]["PrevPageUri"]))

    def test_without_page_size_says_fifty(self, mock):
        assert "?PageSize=50&" in Book(mock).first()["Metadata"]["FirstPageUri"]

    def test_cursors_survive_what_clients_do_to_them(self, mock):
        """Percent-encoded `=`, or lost padding: a client may take the Uri apart and rebuild it."""
        book = Book(mock)
        book.place([1] * 3)
        uri = book.first(PageSize=1)["Metadata"]["NextPageUri"]
        base, _, cursor = uri.partition("&After=")
        expected = sids_of(book.follow(uri))

        assert expected == sids_of(book.follow(f"{base}&After={cursor.replace('=', '%3D')}"))
        assert expected == sids_of(book.follow(f"{base}&After={cursor.rstrip('=')}"))
