"""A nightly job: it pages through yesterday's calls, and keeps each one once."""

import os
from collections.abc import Iterator
from datetime import date
from typing import Any

import requests


def calls_of(day: date) -> Iterator[dict[str, Any]]:
    """Every call of a day that has ended, a page of 100 at a time."""
    host = os.environ["EXOTEL_URL"]
    auth = (os.environ["EXOTEL_API_KEY"], os.environ["EXOTEL_API_TOKEN"])
    path = f"/v1/Accounts/{os.environ['EXOTEL_SID']}/Calls.json"
    window = f"gte:{day} 00:00:00;lte:{day} 23:59:59"
    params: dict[str, Any] | None = {
        "DateCreated": window,
        "PageSize": 100,
        "SortBy": "DateCreated:asc",
    }
    while path:
        answer = requests.get(host + path, params=params, auth=auth, timeout=30)
        answer.raise_for_status()
        page = answer.json()
        yield from page["Calls"]
        # The next page's path has every parameter in it.
        path, params = page["Metadata"]["NextPageUri"], None


def sync(day: date, kept: dict[str, dict[str, Any]]) -> int:
    """Keep a day's calls by Sid, and say how many are new; run twice, it adds nothing."""
    before = len(kept)
    for call in calls_of(day):
        kept[call["Sid"]] = call
    return len(kept) - before
