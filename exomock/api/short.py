"""Which requests are short: answered at once, without waiting for anything that may take long."""

import re
import threading
from wsgiref.types import WSGIEnvironment

from exomock.api.wiring import account_of
from exomock.engine import Engine

# A connect and a call's details read a constant number of rows. A list counts all calls there are.
_SHORT = re.compile(r"/v1/Accounts/[^/]+/Calls(?:\.json)?/[^/]+")


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
        world = self._engine.worlds.get(account_of(path))
        return (
            world is not None
            and not world.faults
            and _SHORT.fullmatch(path) is not None
            and not self._gate.locked()
            and not world.state.locked()
            and not self._engine.store.writes
        )
