"""`python -m exomock.workers.worker`: one of several processes, told by its parent what to do."""

import os
import signal
import sys
import threading
from pathlib import Path

from exomock import collector
from exomock.claims import UnixClaim
from exomock.cluster.membership import Advertised
from exomock.every_setting import Options
from exomock.leaving import leave
from exomock.options import settings_of
from exomock.plain import masked, plain_lines
from exomock.printer import say
from exomock.scenarios import ScenarioError
from exomock.serving import Serving, serve
from exomock.storage.store import Store
from exomock.storage.trouble import DatabaseError
from exomock.workers.spec import Spec, read_spec

READY = b"ready\n"
"""What a worker writes to its parent once every address takes connections."""


def main() -> None:
    """Serve until the parent says so, or is gone."""
    collector.settle()
    # Ctrl-C and the end of a terminal reach the whole group; the parent passes its own end on.
    for name in ("SIGINT", "SIGHUP"):
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    spec = read_spec(_line())
    threading.Thread(target=_watch, name="exomock-leash", daemon=True).start()
    try:
        _serve(spec)
    except (DatabaseError, ScenarioError) as error:
        text = plain_lines(masked(f"{spec.name}: {error}"))
        if spec.said["log"] == "json":
            say(kind="error", message=text, status=1)
        else:
            print(f"exomock: {text}", file=sys.stderr)  # noqa: T201
        sys.exit(1)
    leave()


def _line() -> bytes:
    """The line on standard input, and no byte beyond it."""
    line = bytearray()
    while not line.endswith(b"\n"):
        byte = os.read(sys.stdin.fileno(), 1)
        if not byte:
            sys.exit(1)  # the parent is gone before it has said anything
        line += byte
    return bytes(line)


def _watch() -> None:
    """End once the parent is gone; standard input ends then, however the parent ended."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _serve(spec: Spec) -> None:
    said = Options(spec.said)
    reach = UnixClaim(Path(spec.socket))
    me = Advertised(spec.url, reach.url, spec.name, os.getpid(), int(said.workers))
    serving = Serving(
        [*spec.claims(), reach],
        settings_of(spec.said, said.clock),
        tuple(spec.said["scenario"]) or ("default",),
        Store(spec.database, durable=spec.durable, shared=True),
        spec.wanted(), said.seed or 0, spec.said["clock"], said.now, said.log_level, said.watch,
        said.quiet, said.log, me, spec.name, _ready,
    )  # fmt: skip
    serve(serving)


def _ready() -> None:
    os.write(sys.stdout.fileno(), READY)


if __name__ == "__main__":
    main()
