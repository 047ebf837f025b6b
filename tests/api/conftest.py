"""A past that the tests of the list share."""

import pytest

from conftest import NOON, Driver
from exomock.server import Exomock
from exomock.settings import Settings

SCENARIO = """
rules:
  - when: {to: "09822200003"}
    leg1: {answer: 3s}
    leg2: {busy: 2s}
  - when: {from: "09811100004"}
    leg1: no_answer
  - when: {to: "09822200005"}
    leg1: {answer: 3s}
    leg2: {unreachable: 3s}
  - when: {exophone: "08047112299"}
    leg1: {answer: 1s}
    leg2: {answer: 1s}
    talk: 10s
    price: {per: 1s, amount: 0.03}
  - leg1: {answer: 3s}
    leg2: {answer: 5s}
    talk: 40s
    record: true
"""

# name: what differs from an ordinary call. They are placed a minute apart, in this order, from NOON.
HISTORY = {
    "long": {},  # 48 s, 0.500
    "busy": {"To": "09822200003"},  # 5 s, 0.000
    "silent": {"From": "09811100004"},  # 30 s, 0.000
    "failed": {"To": "09822200005"},  # 6 s, 0.000
    "short": {"CallerId": "08047112299"},  # 12 s, 0.300
    "abroad": {"To": "+14155552671"},  # 48 s, 0.500
}


@pytest.fixture(scope="session")
def history():
    """A driver and the Sids of HISTORY by name; one more call is still running."""
    with Exomock(SCENARIO, Settings(rate=0), start_at=NOON) as mock:
        driver, sids = Driver(mock), {}
        for name, fields in HISTORY.items():
            sids[name] = driver.connect(**fields)
            driver.advance(60)
        sids["running"] = driver.connect()
        yield driver, sids
        driver.http.close()
