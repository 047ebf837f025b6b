"""`python -m exomock`, and what the command `exomock` runs."""

import os
import signal
import sys

from exomock.standard import open_closed

_INTERRUPTED = 130
"""The status of a command that Ctrl-C ended, as shells have it."""


def main() -> None:
    """
    Run the command line.

    Until it is there, for half a second, an interrupt ends the process in silence: Python would
    print a traceback from the middle of some package's import.
    """
    signal.signal(signal.SIGINT, lambda *_: os._exit(_INTERRUPTED))
    open_closed()
    if sys.argv[1:2] == ["health"]:
        # Without the command line, whose import takes ten times as long as the question.
        from exomock.health_cli import main as health

        sys.exit(health(sys.argv[2:]))
    from exomock.cli import main as run  # after the line above, which is the point of it
    from exomock.leaving import leave_if_served

    run()
    leave_if_served()


if __name__ == "__main__":
    main()
