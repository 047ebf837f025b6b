"""Law: a database that cannot be read costs a callback no try; it is told once it can be."""

import logging

import pytest

from conftest import EXOPHONE, TO
from exomock.storage.trouble import DatabaseFault
from serve.conftest import until


def tries(driver):
    """What became of each callback, and the statuses of its tries."""
    url = f"{driver.mock.url}/_exomock/accounts/{driver.mock.sid}/callbacks"
    found = driver.http.get(url, timeout=10).json()["callbacks"]
    return [(each["state"], [one["status"] for one in each["attempts"]]) for each in found]


def sent(driver, receiver, what):
    """A call or message that tells a receiver of its end."""
    if what == "call":
        driver.connect(StatusCallback=receiver.url)
    else:
        form = {"From": EXOPHONE, "To": TO, "Body": "hello", "StatusCallback": receiver.url}
        assert 200 == driver.post("Sms/send.json", data=form).status_code


@pytest.mark.parametrize("what", ["call", "message"])
def test_of_a_retry(exchange, receiver, monkeypatch, caplog, what):
    """What it says is read anew for the second try, which is made as soon as it can be."""
    caplog.set_level(logging.WARNING)
    met = []

    def away(*_):
        met.append(True)
        raise DatabaseFault("the database is away")

    driver = exchange(rate=60, retry_after=(60_000_000, 60_000_000))
    store = driver.mock.exchange.engine.store
    receiver.answer = lambda _: 500 if len(receiver.got) == 1 else 200
    sent(driver, receiver, what)
    with monkeypatch.context() as patched:
        for kept in (store.calls, store.messages):
            patched.setattr(kept, "one", away)
        until(lambda: len(met) > 3)
        assert [[500]] == [statuses for _state, statuses in tries(driver)]

    until(lambda: [("delivered", [500, 200])] == tries(driver))
    assert [] == [each for each in caplog.messages if "exomock itself failed" in each]
    assert 1 == len([each for each in caplog.messages if "waits for the database" in each])
