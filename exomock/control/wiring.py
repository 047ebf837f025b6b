"""Control views reach the engine here, and whatever moves time."""

from flask import request

from exomock.api.wiring import engine
from exomock.delivery.courier import Courier
from exomock.engine import World
from exomock.heartbeat import Heartbeat
from exomock.places import Places

COURIER = "exomock.courier"
HEARTBEAT = "exomock.heartbeat"
WAITERS = "exomock.waiters"
STREAMS = "exomock.streams"


def courier() -> Courier:
    """The courier of the exomock that is answering."""
    found: Courier = request.environ[COURIER]
    return found


def heartbeat() -> Heartbeat:
    """What moves time in the exomock that is answering."""
    found: Heartbeat = request.environ[HEARTBEAT]
    return found


def waiters() -> Places:
    """The places there are for requests that wait."""
    found: Places = request.environ[WAITERS]
    return found


def streams() -> Places:
    """The places there are for streams."""
    found: Places = request.environ[STREAMS]
    return found


def world(sid: str) -> World:
    """
    The account of that Sid.

    Raises:
        AccountGone: There is none.
    """
    return engine().accounts.world(sid)
