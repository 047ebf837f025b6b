"""How a control view reaches what it acts on."""

import threading

from flask import current_app

from exomock.api.wiring import engine
from exomock.delivery.courier import Courier
from exomock.engine import World

COURIER = "exomock.courier"
WAITERS = "exomock.waiters"


def courier() -> Courier:
    """The courier of the app that is answering."""
    found: Courier = current_app.extensions[COURIER]
    return found


def waiters() -> threading.Semaphore:
    """The places there are for requests that wait."""
    found: threading.Semaphore = current_app.extensions[WAITERS]
    return found


def world(sid: str) -> World:
    """
    The account of that Sid.

    Raises:
        AccountGone: There is none.
    """
    return engine().accounts.world(sid)
