"""A view reaches the engine here, and notes in the WSGI environment facts about its answer."""

import math

from flask import request

from exomock.domain.clock import SECOND
from exomock.engine import Engine
from exomock.recording.addresses import base_of
from exomock.recording.cache import AudioCache

ENGINE = "exomock.engine"
STRUCK = "exomock.struck"
"""What a fault does to this request's answer."""
BEATEN = "exomock.beaten"
"""The Sids of calls or messages whose callbacks come before the answer to what placed them."""
AUDIO = "exomock.audio"
KEEP_UNTIL = "exomock.keep_until"
KEEP_FINAL = "exomock.keep_final"
ROUTE = "exomock.route"
"""The rule that took the request, for the metrics."""
METERS = "exomock.meters"


def engine() -> Engine:
    """The engine of the exomock that is answering."""
    found: Engine = request.environ[ENGINE]
    return found


def audio_cache() -> AudioCache:
    """Where the exomock that is answering keeps recordings."""
    found: AudioCache = request.environ[AUDIO]
    return found


def via() -> str:
    """The base URL by which the client of this request reaches this exomock; empty if none."""
    environ = request.environ
    return base_of(environ["wsgi.url_scheme"], environ.get("HTTP_HOST", ""))


def keep_for_good() -> None:
    """Note that this answer can change no more: only a reset of the account ends it."""
    request.environ[KEEP_FINAL] = True


def keep_for_second(account: str, second: int, wall: float = math.inf) -> None:
    """
    Note that this answer holds only while the account's clock shows `second`.

    A list searches up to now, so its answer is a function of the second as well.
    """
    keep_until(account, second + 1, wall)


def keep_until(account: str, second: int, wall: float = math.inf) -> None:
    """Note that this answer holds only until `second` (account time), and `wall` (microseconds)."""
    clock = engine().accounts.world(account).clock
    noted = request.environ.get(KEEP_UNTIL, math.inf)
    request.environ[KEEP_UNTIL] = min(clock.wall_of(second * SECOND), wall, noted)
