"""Exchanges that share a database, as the processes of a cluster would; some are killed."""

import os

from conftest import EXOPHONE, FROM, ORDINARY, TO
from exomock.app import Exchange
from exomock.cluster.membership import Advertised
from exomock.domain.order import Order
from exomock.engine import NewAccount
from exomock.numbering import read_number
from exomock.scenarios import read_scenario
from exomock.settings import Settings
from exomock.storage.store import Store
from exomock.wall import lease_clock, wall_now
from tests.cluster.conftest import expire

A, B, C = "http://10.0.0.1:8080", "http://10.0.0.2:8080", "http://10.0.0.3:8080"


def exchange(url, at, *sids, **said):
    """An exchange that advertises `at`; its accounts, if nobody has made them, are `sids`."""
    return Exchange(
        Store(url, durable=False, shared=True),
        Settings(**({"rate": 0, "retry_after": (0, 0)} | said)),
        read_scenario("ordinary.yaml", ORDINARY.encode()),
        accounts=[NewAccount(sid, "key", "token") for sid in sids],
        seed=1,
        wall=wall_now,
        me=Advertised(at, at, "", os.getpid()),
    )


def end(exchange):
    """End an exchange whose heartbeat never began."""
    exchange.leave()
    exchange.courier.stop(patience=0.1)
    exchange.audio.close()
    exchange.engine.accounts.close()


def look(exchange):
    """One round of looking after accounts, now: its thread does the same once a second."""
    exchange.cluster._rounds.look()


def freeze(exchange):
    """Let a process do nothing for longer than its lease; what it is asked later, it is asked so."""
    member = exchange.cluster.member
    member._bell.set()
    member._thread.join()
    member._clock = lambda: lease_clock() + 3600
    expire(exchange.engine.store, member.id)


def wake(exchange):
    """Let it renew its lease, which is over, and join again."""
    exchange.cluster.member.beat()
    exchange.cluster.member.beat()


def here(exchange):
    """The accounts that an exchange plays."""
    return sorted(exchange.cluster._transfers.here())


def order(callback="", events=("terminal",)):
    """A call of somebody to somebody, who both answer."""
    return Order(*map(read_number, (FROM, TO, EXOPHONE)), callback=callback or None, events=events)
