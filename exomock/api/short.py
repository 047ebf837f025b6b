"""Which requests are short: answered at once, without waiting for anything that may take long."""

import re
import threading
from wsgiref.types import WSGIEnvironment

from exomock.api.edge import BODY
from exomock.api.visit import visit_of
from exomock.engine import Engine, World

# A connect, a send and the details of a call or message read a bounded number of rows. A list
# counts all calls there are, and a bulksend may place a hundred messages.
_CALL = re.compile(r"Calls/[^/]+|Sms/send|S(?:MS|ms)/Messages/[^/]+")
_CONTROL = "/_exomock/"
_MAKE = "POST", "/_exomock/accounts"
# Tests ask these before and after each of their cases, so each microsecond counts.
_ACCOUNT = re.compile(r"(GET|POST) /_exomock/accounts/([^/]+)(|/clock|/reset)")

_SMALL = 1_000
"""Bytes of a body that is read and checked in no time."""


class Short:
    """
    Tells short requests from others; lives as long as the app.

    A short one may be answered in the loop that also accepts connections. So whatever it needs
    must be free now: a lock that an advance over 10,000 calls holds would hold up everybody.

    Args:
        engine: Whose accounts.
        gate: Held while a v1 request is answered.
    """

    def __init__(self, engine: Engine, gate: threading.Lock) -> None:
        self._engine = engine
        self._gate = gate

    def __call__(self, environ: WSGIEnvironment) -> bool:
        """Whether everything that the answer needs is free."""
        path = environ["PATH_INFO"]
        if path.startswith(_CONTROL):
            return self._control(environ["REQUEST_METHOD"], path, environ.get(BODY, b""))
        visit = visit_of(environ)
        world = self._engine.worlds.get(visit.account)
        return (
            world is not None
            and not world.faults
            and visit.version == "v1"
            and _CALL.fullmatch(visit.resource) is not None
            and not self._gate.locked()
            and self._free(world)
        )

    def _free(self, world: World) -> bool:
        return not world.state.locked() and not self._engine.store.writes

    def _control(self, method: str, path: str, body: bytes) -> bool:
        if len(body) > _SMALL:
            return False
        if (method, path) == _MAKE:
            return self._makes_little(body)
        found = _ACCOUNT.fullmatch(f"{method} {path}")
        world = found and self._engine.worlds.get(found[2])
        if not found or not world:
            return False
        if found[1] == "GET":
            return found[3] != "/reset"
        return found[3] == "/reset" and self._resets_little(world)

    def _makes_little(self, body: bytes) -> bool:
        """Whether a new account begins with nothing to read and with no past to make."""
        accounts = self._engine.accounts
        return (
            b"scenario" not in body
            and b"\\" not in body  # JSON spells any key by escapes, too
            and not accounts.scenario.past
            and not accounts.changing
            and not self._engine.store.writes
        )

    def _resets_little(self, world: World) -> bool:
        """Whether there is nothing of an account to delete, to wait for or to make."""
        return (
            not world.written
            and not world.in_hand
            and not world.trailing
            and not world.origin.scenario.past
            and not world.scenario.past
            and self._free(world)
        )
