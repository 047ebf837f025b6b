"""The beat goes on whatever a beat raises, and looks only at who is due."""

import math

import pytest

from conftest import Driver
from exomock.domain.number import Number
from exomock.domain.order import Order
from exomock.engine import NewAccount
from exomock.heartbeat import BEAT, LEAST, pause
from exomock.server import Exomock
from exomock.settings import Settings
from serve.conftest import until

SHORT = "\nrules: [{leg1: {answer: 100ms}, leg2: {answer: 100ms}, talk: 100ms}]\n"


class Faulty:
    """A function that raises the first time it is called, then does what it always did."""

    def __init__(self, real, error, times=1):
        self.real, self.error, self.left = real, error, times

    def __call__(self, *given):
        if self.left:
            self.left -= 1
            raise self.error
        return self.real(*given)


ERRORS = [RuntimeError("no"), KeyboardInterrupt()]


class TestABeatThatFails:
    @pytest.mark.parametrize("error", ERRORS, ids=repr)
    @pytest.mark.parametrize("where", ["run_due", "submit", "wall", "save_times", "follow_machine"])
    def test_is_followed_by_one_that_does_its_work(self, where, error, monkeypatch, receiver):
        """No alarm is lost: the callback comes, once."""
        with Exomock(SHORT, Settings(rate=1)) as mock:
            exchange = mock.exchange
            owner = {
                "run_due": exchange.engine.agenda,
                "submit": exchange.courier,
                "wall": exchange.engine,
                "save_times": exchange.engine.keeping,
                "follow_machine": exchange.engine.clocks,
            }[where]
            driver = Driver(mock)
            driver.connect()
            faulty = Faulty(getattr(owner, where), error, 1)
            exchange.heartbeat._saved = -math.inf  # what is done once a second is next
            monkeypatch.setattr(owner, where, faulty)
            until(lambda: faulty.left == 0)
            monkeypatch.undo()
            driver.connect(StatusCallback=receiver.url)

            assert 1 == len(receiver.wait_for(1))
            driver.http.close()

    def test_may_be_the_scheduler_s_own(self, monkeypatch):
        """freezegun's `datetime.now` raises while it is being taken away."""
        from apscheduler.schedulers import base

        class Broken:
            now = Faulty(base.datetime.now, IndexError("list index out of range"))

        with Exomock() as mock:
            monkeypatch.setattr(base, "datetime", Broken)
            until(lambda: Broken.now.left == 0)
            monkeypatch.undo()
            last = mock.exchange.heartbeat.last_beat
            until(lambda: mock.exchange.heartbeat.last_beat > last)


@pytest.mark.parametrize(
    ("ahead", "took", "rests"),
    [
        (math.inf, 0.0, BEAT),  # nothing is due: an alarm may be set meanwhile
        (math.inf, 0.017, BEAT - 0.017),
        (math.inf, 5.0, 0),  # a beat that took long is followed at once
        (0.018, 0.001, 0.018),  # known: met when it rings
        (0.004, 0.001, LEAST - 0.001),  # but not before the least
        (0.002, 0.016, 0.002),
        (-0.003, 0.004, LEAST - 0.004),  # it has rung during the beat
        (3600.0, 0.001, BEAT - 0.001),
    ],
)
def test_a_beat_comes_when_the_next_alarm_rings_and_neither_too_soon_nor_too_late(
    ahead, took, rests
):
    """A callback whose moment is known is not late for the beat."""
    assert rests == pytest.approx(pause(ahead, took))


class TestAnIdleAccount:
    def test_is_not_looked_at(self):
        """Of 1,000 accounts with running clocks a beat finds the one in which a call is placed."""
        mock = Exomock(SHORT, Settings(rate=1))
        engine = mock.exchange.engine
        mock.exchange.heartbeat._scheduler.pause()  # it would hear the alarms first
        for number in range(1000):
            engine.making.make(NewAccount(f"idle{number}", rate=1, collect=True))
        alarms, number = engine.alarms, Number("09811100001", "+919811100001")
        alarms.changed()
        assert [] == alarms.due(engine.wall() + 3_600_000_000)

        engine.connect("idle7", Order(number, number, number))
        found = alarms.due(engine.wall() + 3_600_000_000)

        assert ["idle7"] == [world.sid for world in found]
        assert found == alarms.changed()
        mock.close()
