"""Servers that share a database, in one process, each with a front, a port and a lease of its own."""

import threading

import requests

from exomock.claims import claim
from exomock.listening import Listener
from tests.cluster.exchanges import end, exchange

LEASE = 3_000.0
"""Seconds; a lease is over when a test says so, however busy the machine is."""


class Sharer:
    """
    An exomock of a cluster; no time passes in it, and nothing is looked after but by a test.

    Args:
        url: The database.
        sids: Its accounts, if nobody has made them.
    """

    def __init__(self, url, *sids):
        claims = claim("127.0.0.1", 0)
        self.url = claims[0].url
        self.exchange = exchange(url, self.url, *sids, lease=LEASE)
        self.exchange.engine.listens_at(self.url)
        self._listener = Listener(self.exchange.front(), claims)
        self._thread = threading.Thread(target=self._listener.run, daemon=True)
        self._thread.start()
        assert self._listener.wait_until_it_listens(10)

    def ask(self, method, path, **said):
        """Send it a request."""
        said.setdefault("auth", ("key", "token"))
        return requests.request(method, self.url + path, timeout=20, **said)

    def close(self):
        """End it."""
        self._listener.stop()
        self._thread.join()
        end(self.exchange)
