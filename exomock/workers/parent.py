"""The parent of workers: it has the ports and the file, and ends with all of them."""

import os
import signal
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from exomock.announced import kept
from exomock.banner import banner, started
from exomock.claims import Claim, listening
from exomock.domain.scenario import Scenario
from exomock.engine import NewAccount
from exomock.leaving import is_told
from exomock.listening import BACKLOG
from exomock.logs import set_up
from exomock.metrics import SHARED
from exomock.printer import say
from exomock.settings import Settings
from exomock.storage.folders import TemporaryFolder
from exomock.storage.store import Store
from exomock.workers.crew import Crew
from exomock.workers.spec import Spec, ports_of

_ENDING = ("SIGINT", "SIGTERM", "SIGHUP")

_LONGEST_PATH = 100
"""Bytes of the path of a Unix socket: Linux takes 107, macOS 103."""


@dataclass(frozen=True, slots=True)
class Parent:
    """
    What `exomock serve --workers N` was told, and has prepared.

    Args:
        claims: Addresses to listen on.
        settings: As the workers will have them.
        said: The command line's texts by field, with everything in them that was drawn.
        scenario: Of accounts that have none of their own.
        store: The database, held for as long as there are workers.
        database: Its URL.
        durable: Whether the database must survive a power cut.
        accounts: Accounts that must be there.
        clock: How `--clock` was written, for the banner.
        tells: Whether there is a line for each thing that happens.
    """

    claims: Sequence[Claim]
    settings: Settings
    said: Mapping[str, Any]
    scenario: Scenario
    store: Store
    database: str
    durable: bool
    accounts: tuple[NewAccount, ...]
    clock: str
    tells: bool

    @property
    def url(self) -> str:
        """Where a client on this machine finds the server."""
        return self.claims[0].url

    @property
    def secure_url(self) -> str | None:
        """And by https, where it speaks that."""
        return next((each.url for each in self.claims if each.identity), None)

    @property
    def workers(self) -> int:
        """How many there are."""
        return int(self.said["workers"])


def serve(parent: Parent) -> None:
    """
    Serve by workers until told to end; returns then.

    Raises:
        click.ClickException: A worker could not be started; it has said why.
    """
    as_json = parent.said["log"] == "json"
    set_up("warning", as_json=as_json, worker="parent")
    parent.store.tell(parent.url)
    _bury_all(parent.store)
    with _folder() as folder, _signals() as (read, write):
        claims = [listening(each, BACKLOG) for each in parent.claims]
        crew = Crew(
            [_spec(parent, claims, folder, number + 1) for number in range(parent.workers)],
            [each.holder.fileno() for each in claims],
            {SHARED: str(folder)},
            lambda spec: _bury(parent.store, spec),
            lambda: _ring(write),
        )
        crew.start()
        try:
            telling = threading.Thread(target=_announce, args=(parent, crew), daemon=True)
            telling.start()
            os.read(read, 1)
        finally:
            for name in _ENDING:  # nothing may interrupt the clean-up
                signal.signal(getattr(signal, name), _let_pass)
            crew.end()
            telling.join()
    if crew.broken:
        raise click.ClickException("a worker could not be started; it says above why")
    if as_json:
        say(kind="stopped")


@contextmanager
def _signals() -> Iterator[tuple[int, int]]:
    """
    A pipe that has a byte once a signal says to end.

    A handler may do no more than write there: it runs between any two steps of the main thread,
    which may hold whatever lock an event would need.
    """
    read, write = os.pipe()
    for name in _ENDING:
        signal.signal(getattr(signal, name), lambda *_: _ring(write))
    if is_told():  # before, and it was lost
        _ring(write)
    try:
        yield read, write
    finally:
        os.close(read)
        os.close(write)


def _let_pass(*_: object) -> None:
    # No SIG_IGN: a worker that is started in this moment would inherit it, and not hear its end.
    pass


def _ring(write: int) -> None:
    os.write(write, b".")


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder of this user's alone, whose path is short enough for sockets."""
    own = TemporaryFolder("serve")
    if len(os.fsencode(own.path / "worker-99")) > _LONGEST_PATH:
        own.close()
        own = TemporaryFolder("serve", short=True)
    try:
        yield own.path
    finally:
        own.close()


def _spec(parent: Parent, claims: Sequence[Claim], folder: Path, number: int) -> Spec:
    name = f"worker-{number}"
    accounts = [[each.sid or "", each.key or "", each.token or ""] for each in parent.accounts]
    return Spec(
        name, dict(parent.said), accounts, parent.database, parent.durable, str(folder / name),
        parent.url, ports_of(claims),
    )  # fmt: skip


def _bury_all(store: Store) -> None:
    """End the leases of workers that a killed parent has left in a file that is ours alone now."""
    if not store.shared:
        for each in store.processes.living():
            store.processes.leave(each.id)


def _bury(store: Store, spec: Spec) -> None:
    for each in store.processes.living():
        if (each.url, each.name) == (spec.url, spec.name):
            store.processes.leave(each.id)


def _announce(parent: Parent, crew: Crew) -> None:
    """Print the banner once every worker takes requests."""
    if not crew.wait_until_ready():
        return
    shown = kept(parent.store, parent.accounts, parent.scenario)
    if parent.said["log"] == "json":
        say(**started(parent, shown), workers=parent.workers)
    else:
        banner(parent, shown)
        sys.stdout.flush()
