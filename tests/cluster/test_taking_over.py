"""What an account is when another exomock opens it: its clock, and what was laid down in it."""

from contextlib import closing

import pytest

from cluster.nodes import NOON, Node
from conftest import ORDINARY
from exomock.engine import NewAccount
from exomock.server import Exomock
from exomock.settings import Settings

SECOND = 1_000_000
WALL = 1_800_000_000 * SECOND
FAULTY = """
faults:
  - {name: second, when: {path: Calls/connect, nth: 2}, answer: service-unavailable}
  - {name: third, when: {path: Calls/connect, nth: 3}, answer: unauthorized}
"""


class Hands:
    """
    Two exomocks that share a database, each with a wall clock that a test moves.

    The walls stand for machines: `Clocks.machine_ahead` is 0 on both.
    """

    def __init__(self, url, text=ORDINARY):
        self.walls = [WALL, WALL]
        self.nodes = []
        for at in range(2):
            node = Node(url, text, wall=lambda at=at: self.walls[at])
            node.exchange.engine.clocks.machine_ahead = lambda: 0
            self.nodes.append(node)

    def time(self, at):
        """The account's time at a node."""
        return self.nodes[at].accounts.world("acc").clock.at(self.walls[at])

    def pass_on(self, *, save, ahead=0):
        """From the first to the second, whose wall is so far ahead by then."""
        self.nodes[0].accounts.let_go("acc", save=save)
        self.walls[1] = self.walls[0] + ahead
        assert self.nodes[1].accounts.take("acc") is not None

    def close(self):
        """End both."""
        for node in self.nodes:
            node.close()


@pytest.fixture
def hands(url):
    """Two exomocks."""
    with closing(Hands(url)) as found:
        yield found


@pytest.mark.parametrize("save", [True, False])
class TestTheClock:
    def test_that_is_frozen_stays_exactly_where_it_was(self, hands, save):
        """However long it takes until the next owner opens the account."""
        hands.nodes[0].make("acc", rate=0.0)
        hands.nodes[0].advance("acc", 17)
        hands.pass_on(save=save, ahead=3600 * SECOND)
        assert hands.time(1) == NOON + 17 * SECOND
        hands.walls[1] += 100 * SECOND
        assert hands.time(1) == NOON + 17 * SECOND

    def test_that_runs_goes_on_as_if_nothing_had_happened(self, hands, save):
        """Its line is kept: the time in between passes too, as fast as it was last set."""
        hands.nodes[0].make("acc", rate=1.0)
        hands.walls[0] += 10 * SECOND
        hands.nodes[0].control("PUT", "acc", "/clock", json={"rate": 60})
        hands.walls[0] += 2 * SECOND
        hands.pass_on(save=save, ahead=3 * SECOND)
        assert hands.time(1) == NOON + (10 + 5 * 60) * SECOND
        assert hands.nodes[1].control("GET", "acc", "/clock").json()["rate"] == 60

    def test_never_runs_back_although_a_machine_is_behind(self, hands, save):
        """A call that was placed is never later than the account's time."""
        hands.nodes[0].make("acc", rate=1.0)
        hands.walls[0] += 50 * SECOND
        hands.nodes[0].connect("acc")
        hands.pass_on(save=save, ahead=-30 * SECOND)
        assert hands.time(1) == NOON + 50 * SECOND

    def test_goes_on_after_an_advance_from_where_that_came(self, hands, save):
        """What the advance added stays."""
        hands.nodes[0].make("acc", rate=1.0)
        hands.nodes[0].connect("acc")
        hands.nodes[0].advance("acc", 3600)
        hands.pass_on(save=save, ahead=5 * SECOND)
        assert hands.time(1) == NOON + 3605 * SECOND


class TestTakingOver:
    def test_twice_gives_the_same_account(self, hands):
        """An account that is open is opened no second time."""
        hands.nodes[0].make("acc")
        hands.pass_on(save=True)
        world = hands.nodes[1].accounts.world("acc")
        assert hands.nodes[1].accounts.take("acc") is world

    def test_gives_a_reset_the_beginning_that_the_account_had(self, hands):
        """Also where it went on by another scenario and another rate."""
        hands.nodes[0].make("acc", rate=0.0)
        first = hands.nodes[0].control("GET", "acc", "").json()
        hands.nodes[0].give("acc", "rules: [{leg1: busy}]")
        hands.nodes[0].control("PUT", "acc", "/clock", json={"rate": 5})
        hands.pass_on(save=False)
        world = hands.nodes[1].accounts.world("acc")
        assert (world.scenario.name, world.rate) == ("scenario", 5)
        again = hands.nodes[1].control("POST", "acc", "/reset").json()
        assert (again["scenario"], again["clock"]) == (first["scenario"], first["clock"])

    def test_goes_on_counting_the_connects_of_a_minute(self, url):
        """A rate limit holds although the account has changed hands within the minute."""
        with closing(Hands(url, "account: {rate_limit: 2/min}")) as hands:
            hands.nodes[0].make("acc", rate=0.0)
            before = [hands.nodes[0].connect("acc", each).status_code for each in range(2)]
            hands.pass_on(save=False)
            after = hands.nodes[1].connect("acc", 3).status_code
            assert [*before, after] == [200, 200, 429]

    def test_makes_wanted_accounts_once(self, url):
        """Whoever begins first makes them; their time is that of their beginning."""
        wanted = [NewAccount("acc", "key", "token", time=NOON, rate=0.0)]
        with closing(Hands(url)) as hands:
            for node in hands.nodes:
                node.exchange.engine.making.begin_shared(wanted, NOON)
            assert ["acc" in node.accounts.worlds for node in hands.nodes] == [True, False]
            renewed = [NewAccount("acc", "key", "other")]
            hands.nodes[1].exchange.engine.making.begin_shared(renewed, NOON)
            hands.pass_on(save=True)
            assert hands.nodes[1].accounts.world("acc").token == "other"


class TestARestart:
    """Of an embedded server on its database: docs/settings.md, "What a restart ... keeps"."""

    def test_keeps_what_was_laid_down_and_what_it_has_counted(self, tmp_path):
        """Faults, twists and next fates go on; a lifted fault stays lifted."""
        scenario = "faults: [{name: odd, when: {path: Calls/connect, nth: 1}, answer: html}]"
        for start in range(2):
            with Exomock(
                scenario, Settings(rate=0), database=tmp_path / "calls.db", start_at=NOON
            ) as mock:
                world = mock.exchange.engine.worlds["exomock"]
                if start == 0:
                    mock.fault("html", when={"path": "Calls*"}, times=2)
                    mock.twist(drop=True, times=3)
                    mock.next(calls=3, leg1="busy")
                    mock.exchange.engine.faults.remove(world, "scenario-1")
                    before = seen(world)
                assert seen(world) == before

    def test_counts_the_faults_of_another_scenario_anew(self, tmp_path):
        """The texts of a scenario that is no more are forgotten."""
        struck = []
        for text in (FAULTY, FAULTY, FAULTY.replace("nth: 2", "nth: 1")):
            node = Node(f"sqlite:///{tmp_path}/calls.db", text, shared=False)
            with closing(node):
                if "acc" not in node.accounts.worlds:
                    node.make("acc")
                struck.append(node.connect("acc").status_code)
        assert struck == [200, 503, 503]


def seen(world):
    """What was laid down in an account, and what it has counted."""
    return (
        [(each.id, each.since, each.said, each.asked, each.struck) for each in world.faults],
        [(each.id, each.since, each.said, each.asked, each.struck) for each in world.overlays],
        [(each.script, each.calls) for each in world.nexts],
        (world.laid.faults_made, world.overlays.made, world.laid.lifted),
    )
