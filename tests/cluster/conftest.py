"""Databases that several stores share, as several processes would."""

from contextlib import ExitStack, contextmanager

import pytest
from sqlalchemy import text

from exomock.storage.store import Store


@pytest.fixture
def url(database_url):
    """The URL of a new database, of each kind."""
    return database_url


@pytest.fixture
def shared(url):
    """Opens the database once more, as another process would."""
    with ExitStack() as stack:

        def opened():
            store = Store(url, durable=False, shared=True)
            stack.callback(store.close)
            return store

        yield opened


@contextmanager
def opened(url, number):
    """So many stores on one database."""
    with ExitStack() as stack:
        stores = [Store(url, durable=False, shared=True) for _ in range(number)]
        for store in stores:
            stack.callback(store.close)
        yield stores


def expire(store, process):
    """Let the lease of a process be over, as if it had slept for longer."""
    with store.writing() as tx:
        tx.execute(text("UPDATE processes SET until = 0 WHERE id = :id"), {"id": process})
