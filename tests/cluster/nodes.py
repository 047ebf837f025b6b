"""Processes that share a database, as a test has them: exchanges in one process, each on a port."""

import threading

import requests

from conftest import NOON, Receiver
from exomock.app import Exchange
from exomock.claims import claim
from exomock.engine import NewAccount
from exomock.front import Front
from exomock.listening import Listener
from exomock.scenarios import read_scenario
from exomock.settings import Settings
from exomock.storage.store import Store
from exomock.wall import wall_now

EXOPHONE = "08047112233"


class Node:
    """
    An exomock that shares its database; as one that has a process of its own.

    Args:
        url: The database.
        text: The scenario of the server.
        settings: What it is told.
        shared: False has the database alone.
        wall: Its wall clock.
    """

    def __init__(self, url, text, settings=None, *, shared=True, wall=wall_now):
        self.exchange = Exchange(
            Store(url, durable=False, shared=shared),
            settings or Settings(rate=0),
            read_scenario("scenario.yaml", text.encode()),
            accounts=[], seed=1, wall=wall, start_at=NOON,
        )  # fmt: skip
        self.accounts = self.exchange.engine.accounts
        claims = claim("127.0.0.1", 0)
        self.url = claims[0].url
        self.exchange.engine.listens_at(self.url)
        self.exchange.courier.listens_on((each.host, each.port) for each in claims)
        self.listener = Listener(Front(self.exchange.wire, self.exchange.engine.settings), claims)
        self.thread = threading.Thread(target=self.listener.run, daemon=True)
        self.exchange.start()
        self.thread.start()
        assert self.listener.wait_until_it_listens(10)
        self.http = requests.Session()

    def make(self, sid, **given):
        """A new account, whose clock stands at noon unless it is said otherwise."""
        return self.exchange.engine.making.make(
            NewAccount(sid, "key", "token", **{"time": NOON, **given})
        )

    def control(self, method, sid, path, **given):
        """Ask the control API about an account."""
        url = f"{self.url}/_exomock/accounts/{sid}{path}"
        return self.http.request(method, url, timeout=20, **given)

    def v1(self, method, sid, path, data=None):
        """Ask the v1 API."""
        url = f"{self.url}/v1/Accounts/{sid}/{path}.json"
        return self.http.request(method, url, data=data, auth=("key", "token"), timeout=20)

    def connect(self, sid, number=1, **more):
        """Place a call from a number, told from others by its last digits."""
        data = {"From": f"098111{number:05}", "To": "09822200002", "CallerId": EXOPHONE, **more}
        return self.v1("POST", sid, "Calls/connect", data)

    def advance(self, sid, seconds):
        """Let an account's time pass."""
        return self.control("POST", sid, "/clock/advance", json={"seconds": seconds})

    def give(self, sid, text):
        """Give an account a scenario; no text gives it back the server's."""
        headers = {"Content-Type": "application/yaml"}
        answer = self.control("PUT", sid, "/scenario", data=text.encode(), headers=headers)
        assert answer.status_code == 200, answer.text
        return answer

    def close(self):
        """End as a server does."""
        self.http.close()
        self.listener.stop()
        self.thread.join()
        self.exchange.stop()


__all__ = ["EXOPHONE", "NOON", "Node", "Receiver"]
