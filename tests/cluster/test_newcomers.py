"""A process that has just joined is a sibling like any other, also to whoever has not looked since."""

from contextlib import ExitStack

from exomock.cluster.where import Here
from tests.cluster.sharers import Sharer

WAIT = "/_exomock/accounts/team1/wait?callback=terminal&timeout=1.2"


def test_a_request_may_wait_there(url):
    """Nobody takes it for dead: its client hears what the newcomer would have told him itself."""
    with ExitStack() as stack:
        one = Sharer(url, "team1")
        stack.callback(one.close)
        newcomer = Sharer(url)
        stack.callback(newcomer.close)
        one.exchange.cluster._transfers.give("team1", newcomer.exchange.cluster.member.id)
        assert Here() == newcomer.exchange.cluster.directory.where("team1")

        heard, own = one.ask("GET", WAIT), newcomer.ask("GET", WAIT)
        assert newcomer.url == heard.headers["X-Exomock-Owner"]
        assert (own.status_code, own.json()["detail"]) == (
            heard.status_code,
            heard.json()["detail"],
        )
