"""The Metadata of a list: how many, and the Uris of the pages around it."""

from typing import Any
from urllib.parse import quote_plus

from exomock.api.filter_form import Listing, cursor_text
from exomock.domain.listing import Cursor, Page

_FIRST = ("PageSize", "DateCreated", "SortBy")
_LAST = ("details", "RecordingUrlValidity")
_CURSORS = ("Before", "After")
_FILTERS = ("Sid", "To", "From", "Status", "Duration", "Price", "Direction", "PhoneNumber")


def metadata(
    page: Page, listing: Listing, given: dict[str, str], account: str, *, as_json: bool
) -> dict[str, Any]:
    """
    The Metadata object of a page.

    Args:
        page: The page.
        listing: What was asked for.
        given: The parameters as they came, decoded, in their order.
        account: The account's Sid.
        as_json: Whether the path ended in `.json`; its Uris then do too.

    Source:
        exotel-v1.md section 5: host-less Uris that keep every filter, PageSize and SortBy always
        written, a raw colon in SortBy, a raw `=` in cursors; null where there is no such page.
    """
    base = f"/v1/Accounts/{account}/Calls{'.json' if as_json else ''}?{_query(listing, given)}"
    return {
        "Total": page.total,
        "PageSize": len(page.found),
        "FirstPageUri": base,
        "PrevPageUri": f"{base}&Before={_cursor(page, 0)}" if page.has_previous else None,
        "NextPageUri": f"{base}&After={_cursor(page, -1)}" if page.has_next else None,
    }


def _cursor(page: Page, index: int) -> str:
    return cursor_text(Cursor.of(page.found[index]))


def _query(listing: Listing, given: dict[str, str]) -> str:
    pairs = [f"PageSize={listing.asked.size}"]
    if "DateCreated" in given:
        pairs.append(f"DateCreated={quote_plus(given['DateCreated'])}")
    pairs.append(f"SortBy=DateCreated:{'asc' if listing.asked.ascending else 'desc'}")
    filters = [name for name in given if name in _FILTERS]
    known = {*_FIRST, *_FILTERS, *_LAST, *_CURSORS}
    unknown = [name for name in given if name not in known]
    rest = (*filters, *(name for name in _LAST if name in given), *unknown)
    pairs.extend(f"{quote_plus(name)}={quote_plus(given[name])}" for name in rest)
    return "&".join(pairs)
