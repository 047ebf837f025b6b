"""
The heartbeat: APScheduler looks, fifty times a second and more, for what has fallen due.

It never asks the system's clock whether it is time to beat. That clock steps, and a test's tools
(freezegun, time-machine) make it show anything: an interval trigger would list every beat that was
missed, and wait for every beat that is an hour ahead. Beats are counted by the stopwatch instead.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from math import inf
from typing import Any

from apscheduler.executors.debug import DebugExecutor
from apscheduler.job import Job
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.base import STATE_STOPPED
from apscheduler.triggers.base import BaseTrigger

from exomock.delivery.courier import Courier
from exomock.domain.clock import LATEST, SECOND
from exomock.engine import Due, Engine, World
from exomock.storage.trouble import DatabaseFault
from exomock.wall import rest, stopwatch

BEAT = 0.02
"""Seconds between beats at most: an alarm that is set during a rest may be so late."""

LEAST = 0.015
"""Seconds between beats at least: what falls due together is played by one transaction."""

_BETWEEN_SAVES = 1.0
"""Seconds after which the accounts' times are saved."""

_BEAT = timedelta(seconds=BEAT)

_log = logging.getLogger("exomock.heartbeat")


class _Again(BaseTrigger):  # type: ignore[misc]
    """A beat after whatever time it is: no beat is ever missed, none is ever far ahead."""

    def get_next_fire_time(self, _previous: datetime | None, now: datetime) -> datetime:
        return now + _BEAT


class _AlwaysDue(MemoryJobStore):  # type: ignore[misc]
    """A store whose jobs are due whenever the scheduler looks, whatever its clock shows."""

    def get_due_jobs(self, now: datetime) -> list[Job]:
        jobs: list[Job] = self.get_all_jobs()
        for job in jobs:
            job.next_run_time = now
        return jobs


def pause(ahead: float, took: float) -> float:
    """
    Seconds from the end of one beat to the next.

    Args:
        ahead: Seconds until the next alarm rings.
        took: Seconds that the beat took.
    """
    return max(min(ahead, BEAT - took), LEAST - took, 0)


class _Scheduler(BackgroundScheduler):  # type: ignore[misc]
    """
    APScheduler in a thread of its own that nothing ends but `shutdown`.

    Args:
        ahead: In how many seconds the next alarm rings.
    """

    def __init__(self, ahead: Callable[[], float], **told: Any) -> None:
        super().__init__(**told)
        self._ahead = ahead

    def _main_loop(self) -> None:
        while self.state != STATE_STOPPED:
            began, ahead = stopwatch(), BEAT
            self._event.clear()
            try:
                # Its return value, a wait by the system's clock, is ignored: that clock steps.
                self._process_jobs()
                ahead = self._ahead()
            except BaseException:  # noqa: BLE001
                # For example freezegun's `datetime.now` while it is being taken away.
                _log.exception("the scheduler could not look for its job")
            rest(self._event, pause(ahead, stopwatch() - began))


class Heartbeat:
    """
    Drives time in all accounts of an engine; lives as long as the server.

    One job that is always due, not one job a transition: a job that re-arms itself while it runs
    is lost.

    Args:
        engine: Whose accounts.
        courier: Sends what they come to owe.
    """

    def __init__(self, engine: Engine, courier: Courier) -> None:
        self._engine = engine
        self._courier = courier
        self._saved = stopwatch()
        self.last_beat: int | None = None
        # APScheduler would log every beat at INFO.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        self._scheduler = _Scheduler(
            self._ahead,
            jobstores={"default": _AlwaysDue()},
            # In the scheduler's own thread: there is no other job that would have to wait.
            executors={"default": DebugExecutor()},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
            timezone="UTC",
        )
        self._scheduler.add_job(self.beat, _Again())

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
        rang = engine.alarms.due(wall)
        try:
            for world in rang:
                # One account's trouble must not stop everybody's time.
                self._try(lambda: self._play(world, wall), f"account {world.sid}")  # noqa: B023
        finally:
            # Also after a failure: an alarm that stays off is a lost callback.
            for world in rang:
                engine.alarms.arm(world)
        if stopwatch() - self._saved >= _BETWEEN_SAVES:
            self._saved = stopwatch()
            self._try(engine.clocks.follow_machine, "the machine's time")
            self._try(engine.keeping.save_times, "the accounts' times")

    def _ahead(self) -> float:
        first = self._engine.alarms.first()
        if self.last_beat is not None and first <= self.last_beat:
            return inf  # of an account that could not be played: it is not tried more often
        return (first - self._engine.wall()) / SECOND

    def _play(self, world: World, wall: int) -> None:
        if world.alarmed(wall):
            self._send_due(world)
        if not world.ended and world.clock.at(wall) == LATEST:
            world.ended = True
            _log.warning(
                "account %s has come to the end of time, 2099-12-31T23:59:59 UTC, and stands still",
                world.sid,
            )

    def _send_due(self, world: World) -> None:
        dues: list[Due] = []
        try:
            dues = self._engine.agenda.run_due(world)
            self._courier.submit(dues)
        except Exception as error:
            # Nobody has them in hand now: they would stay `sending` for ever.
            self._engine.ledger.drop(dues, error)
            raise

    def _try(self, what: Callable[[], None], of: str) -> None:
        try:
            what()
        except DatabaseFault:
            # The database has said so in the log; the next beat tries again.
            return
        except Exception:  # noqa: BLE001
            _log.exception("%s could not be brought up to date", of)
