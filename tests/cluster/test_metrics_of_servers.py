"""Numbers of several servers on one database: each counts what it plays, so that a sum is right."""

from contextlib import ExitStack

from exomock.metrics import resident
from tests.cluster.exchanges import A, B, end, exchange, freeze, here, look, order


def test_each_server_counts_the_calls_of_its_own_accounts(url):
    """A sum over all servers has each call once, also after one has taken over from another."""
    with ExitStack() as stack:
        one, other = (exchange(url, at, "team1", "team2", "team3") for at in (A, B))
        for each in (one, other):
            stack.callback(end, each)
        look(other)
        for each in (one, other):
            for sid in here(each):
                each.engine.connect(sid, order())

        before = [each.cluster.now() for each in (one, other)]
        assert [(len(here(one)),) * 2, (len(here(other)),) * 2] == [each[:2] for each in before]
        assert (3, 3) == (sum(each.calls for each in before), sum(e.accounts for e in before))
        assert all(0 < each.memory <= 2 * resident() for each in before)

        freeze(one)
        for _ in range(3):
            look(other)
        assert (3, 3) == other.cluster.now()[:2]
        assert (0, 0) == one.cluster.now()[:2]
