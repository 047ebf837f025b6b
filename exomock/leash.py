"""`python -m exomock.leash …`: the command line, which ends when its standard input does."""

import os
import signal
import sys
import threading

from exomock.__main__ import main
from exomock.standard import open_closed


def _watch() -> None:
    """End as Ctrl-C does once the other end of standard input is gone, however that came."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    # A killed test run runs no clean-up: its server would live on, and keep its port.
    open_closed()  # a leash that was never there is one that nobody holds
    threading.Thread(target=_watch, daemon=True).start()
    main()
