"""The heartbeat: APScheduler looks, fifty times a second, for what has fallen due."""

import logging

from apscheduler.executors.debug import DebugExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from exomock.delivery.courier import Courier
from exomock.engine import Due, Engine

BEAT = 0.02
"""Seconds between beats; a callback is on average half a beat late for it."""

BEATS_BETWEEN_SAVES = 50

_log = logging.getLogger("exomock.heartbeat")


class Heartbeat:
    """
    Drives time in all accounts of an engine; lives as long as the server.

    One interval job, not one job a transition: a job that re-arms itself while it runs is lost.

    Args:
        engine: Whose accounts.
        courier: Sends what they come to owe.
    """

    def __init__(self, engine: Engine, courier: Courier) -> None:
        self._engine = engine
        self._courier = courier
        self._beats = 0
        self.last_beat: int | None = None
        # A beat that comes while another still runs is dropped; that is meant, not worth a line.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        self._scheduler = BackgroundScheduler(
            # In the scheduler's own thread: there is no other job that would have to wait.
            executors={"default": DebugExecutor()},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
            timezone="UTC",
        )
        self._scheduler.add_job(self.beat, "interval", seconds=BEAT)

    def start(self) -> None:
        """Begin to beat."""
        self._scheduler.start()

    def stop(self) -> None:
        """Beat no more; the beat under way is finished."""
        self._scheduler.shutdown(wait=True)

    def beat(self) -> None:
        """Play what is due in every account, and hand its callbacks over."""
        engine = self._engine
        wall = self.last_beat = engine.wall()
        for world in list(engine.worlds.values()):
            if world.alarmed(wall):
                dues: list[Due] = []
                try:
                    dues = engine.agenda.run_due(world)
                    self._courier.submit(dues)
                except Exception as error:  # noqa: BLE001
                    engine.agenda.ledger.drop(dues, error)
                    # One account's trouble must not stop everybody's time.
                    _log.exception("account %s could not be brought up to date", world.sid)
        self._beats += 1
        if self._beats % BEATS_BETWEEN_SAVES == 0:
            engine.accounts.save_times()
