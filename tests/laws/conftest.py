"""Fixtures that several files of laws share."""

import pytest

from conftest import NOON
from exomock.server import Exomock
from exomock.settings import Settings
from serve.conftest import serve
from surface import Surface

__all__ = ["serve"]


@pytest.fixture(scope="module")
def surface():
    """One server for every attack here."""
    with Exomock(settings=Settings(rate=0, open_house=True), start_at=NOON) as mock:
        found = Surface(mock)
        yield found
        found.http.close()
