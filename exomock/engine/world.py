"""
An account is a world: its credentials, scenario, clock, locks and alarm, in memory.

Theory
------

What moves: the account's time, and with it what falls due (`sources.py`). A reset, a restore and
the end begin a new *epoch*: a thread that finds another epoch than it began with changes nothing.
Every change raises the *version* after its commit, and wakes whoever waits. An account that goes to
another process is *left*: nobody changes it here any more (`handing.py`).

Who may, in which order. A thread that holds a lock waits only for locks further down; a lock that
is only tried may be anywhere. The suite checks both (`locks.py`).

====================  ==========================================  ================================
Lock                  What it guards                              Held over I/O
====================  ==========================================  ================================
gate (api/edge)       one v1 request in Flask at a time           the database
Worlds.lock           which accounts are open; steps of clocks    the database, never a receiver
World.turn            who moves the account's time                the database, and *receivers*
World.past            who makes the account's past                the database, batch by batch
World.state           the fields below, and the account's rows    the database, never a receiver
World.flight          callbacks in hand; the epoch of their rows  the database
Snapshots, Kinds,     a table of their own each                   the database (Snapshots), else
Ledger, Shelf, Books                                              nothing
Alarms                the heap, and `armed`                       nothing; it is innermost
Waiting.changed       `version`, and who waits for it             nothing; it is innermost
====================  ==========================================  ================================

- `turn`: a reset puts a new one in its place, so that nobody waits for an advance that is dead. Who
  holds an old one must change nothing: he compares it, or the epoch, once he has `state`.
- `state`: reads, connects and hang-ups take it alone, for microseconds. Of two accounts at once it
  is only tried, because two threads could wait for each other for ever.
- `flight`: the try of a callback is recorded without `state`, while calls are played. A restore
  changes rows and epoch under it, so that no late try changes a row of the new epoch.

What is not guarded, and why:

- Reads of one field (`clock`, `due_at`, `plays_at`, `epoch`, `version`, `alive`, `left`, `origin`,
  the length of `in_hand`). Each is one reference. Who acts on it looks again under `state`.
- A look at one moment (`Source.moment`), because a dictionary gives the old value or the new one.
- `ended`, which the beat sets: at worst the end of time is said twice in the log.
- `origin`, when the scenario's file has changed: one reference is replaced by another.
- `key` and `token`, which only the start of the server writes, before anybody asks.
"""

import math
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from exomock.domain.clock import LATEST, Clock
from exomock.domain.errors import AccountGone
from exomock.domain.fault import ArmedFault
from exomock.domain.message import MessageScript
from exomock.domain.scenario import SAYS_NOTHING, AccountOptions, Scenario
from exomock.domain.script import Script
from exomock.engine.alarms import Alarms, alarming
from exomock.engine.arrival import Arrival
from exomock.engine.births import born
from exomock.engine.items import AccountChange, Did
from exomock.engine.journal import Entry, Journal
from exomock.engine.laid import TEXT, LaidDown
from exomock.engine.locks import Rank, held, new_lock
from exomock.engine.news import News
from exomock.engine.nexts import Nexts
from exomock.engine.origin import Origin
from exomock.engine.overlays import Overlays
from exomock.storage.fence import NotOwner


@alarming("clock")
@dataclass(eq=False, slots=True, weakref_slot=True)
class World:
    """
    One account of a running exomock; lives until it is deleted or left, or the server ends.

    Args:
        sid: The account's Sid.
        key: Its API key.
        token: Its API token.
        seed: What the chance of its calls is drawn from.
        clock: Its time.
        scenario: What becomes of its calls.
        origin: How it began.
        journal: What clients sent to it.
        news: What has happened in it.
        collect: True records callbacks instead of sending any.
        options: What whoever made it said of it.
        made: Whether it came into being while the server ran.
        created: When it came into being, account time in microseconds.
        alive: Whether it is neither deleted nor left.
        left: Whether it goes to another process, or is another's already.
        epoch: Raised by a reset, a restore and the end: what belongs to an older one is dead.
        line: The clock that goes on when the advance under way has ended, None if none is.
        followed: Microseconds the machine was ahead of the wall when it last set the clock.
        ended: Whether it was said that the clock has come to the end of time.
        moments: When sources are due next (account time, microseconds); `Sources` writes it.
        due_at: The earliest moment of all sources, inf if nothing is to come; as `moments`.
        plays_at: As `due_at`, of those sources that send nothing.
        arrivals: The next call of each generator of the scenario.
        faults: What goes wrong with the API, in the order it is asked.
        laid: What of this and of the next four has to be kept.
        overlays: What is laid over the callbacks of calls that are placed.
        connects: When the connects of the last minute came, for the rate limit.
        nexts: What becomes of the next calls, whatever the scenario says.
        next_messages: The same of the next messages.
        lengths: How long audio files play that were read, microseconds, by URL.
        kinds: How many calls and messages of each fingerprint there were.
        knows_kinds: Whether `kinds` holds all of them, so that the database need not be asked.
        written: Whether there may be rows of it in the database, beside its own.
        kept: Whether its own row says all of it, but how far its time has come.
        in_hand: Callbacks that are to be sent or were, their fate not written yet.
        trailing: Callbacks of older epochs that are still in somebody's hands.
        telling: Whether an advance waits for receivers.
        version: Raised by every change, after its commit.
        alarms: Who is told when something falls due; None while nobody moves its time.
        armed: Wall time (microseconds) at which its alarm rings.
    """

    # Nobody's: set before other threads see the account, and as it was from then on. `alarms` is
    # the first field, because the setter of `clock` reads it.
    alarms: "Alarms[World] | None" = field(default=None, kw_only=True)
    sid: str
    key: str
    token: str
    seed: int

    # Guarded by `state`, and written together with the account's rows.
    clock: Clock
    scenario: Scenario
    origin: Origin
    journal: Journal = field(default_factory=Journal)  # has a lock of its own
    news: News = field(default_factory=News)  # has a lock of its own
    collect: bool = False
    options: AccountOptions = SAYS_NOTHING
    made: bool = False
    created: int = 0
    alive: bool = True
    left: bool = False
    epoch: int = field(default_factory=born)  # written under `flight` too
    line: Clock | None = None
    followed: int = 0
    ended: bool = False
    moments: dict[object, float] = field(default_factory=dict)
    due_at: float = math.inf
    plays_at: float = math.inf
    arrivals: list[Arrival] = field(default_factory=list)
    faults: list[ArmedFault] = field(default_factory=list)
    laid: LaidDown = field(default_factory=LaidDown)
    overlays: Overlays = field(default_factory=Overlays)
    # Lists, because an empty deque takes 760 bytes, and most accounts use neither.
    connects: list[int] = field(default_factory=list)
    nexts: Nexts[Script] = field(default_factory=Nexts)
    next_messages: Nexts[MessageScript] = field(default_factory=lambda: Nexts(TEXT))
    lengths: dict[str, int] = field(default_factory=dict)
    kinds: dict[str, int] = field(default_factory=dict)
    knows_kinds: bool = False
    written: bool = True
    kept: bool = False

    # Guarded by `flight`. Dictionaries stand for sets: an empty set takes 150 bytes more, and most
    # accounts are idle.
    in_hand: dict[object, None] = field(default_factory=dict)
    trailing: dict[object, None] = field(default_factory=dict)

    # Written by the one thread that has the turn.
    telling: bool = False

    # Guarded by the condition that waiters wait for, `news.waiting.changed`.
    version: int = field(default_factory=born)

    # Guarded by the lock of `alarms`.
    armed: float = math.inf

    turn: threading.Lock = field(default_factory=lambda: new_lock(Rank.TURN))
    past: threading.Lock = field(default_factory=lambda: new_lock(Rank.PAST))
    state: threading.Lock = field(default_factory=lambda: new_lock(Rank.STATE))
    flight: threading.Lock = field(default_factory=lambda: new_lock(Rank.FLIGHT))

    def held(self) -> None:
        """Assert that this thread holds `state`; does nothing in a server."""
        held(self.state)

    @property
    def rings_at(self) -> float:
        """
        Wall time (microseconds) from which on the heartbeat must look at it; inf if it need not.

        That is when something falls due, or once when its clock comes to the end of time.
        """
        if not self.alive:
            return math.inf
        due = self.due_at if self.ended else min(self.due_at, LATEST)
        return math.inf if due == math.inf else self.clock.wall_of(int(due))

    @property
    def rate(self) -> float:
        """How fast its time runs, also while an advance holds it."""
        return (self.line or self.clock).rate

    @property
    def in_flight(self) -> int:
        """How many callbacks of this epoch somebody has in hand."""
        return len(self.in_hand)

    @property
    def next_wall(self) -> float:
        """Wall time (microseconds) of the next transition; inf if there is none, or time stands."""
        return math.inf if self.plays_at == math.inf else self.clock.wall_of(int(self.plays_at))

    def alarmed(self, wall: int) -> bool:
        """Whether anything is due at this wall time."""
        return self.due_at <= self.clock.at(wall)

    @contextmanager
    def living(self) -> Iterator[None]:
        """
        Hold `state` of an account that is neither deleted nor left.

        Raises:
            AccountGone: It was deleted, while one waited.
            NotOwner: It goes to another process.
        """
        with self.state:
            if not self.alive:
                raise self.gone
            yield

    def over(self, epoch: int) -> bool:
        """Whether an epoch is over, so that nothing which belongs to it is to come."""
        return self.epoch != epoch or not self.alive

    @property
    def gone(self) -> Exception:
        """What is to be raised where it is not alive."""
        return NotOwner(self.sid) if self.left else AccountGone(self.sid)

    def begin_epoch(self) -> None:
        """
        Let what belongs to the time before be dead; `state` and `flight` are held.

        Who waits for something of it wakes with the next `touch`. An advance that is under way
        keeps its old turn, so that the next one need not wait for it.
        """
        self.held()
        held(self.flight)
        # Set the turn before the epoch: a thread that reads the new epoch must find the new turn.
        self.turn = new_lock(Rank.TURN)
        self.epoch += 1
        self.trailing |= self.in_hand
        self.in_hand = {}
        self.line, self.telling, self.ended = None, False, False
        self.lengths.clear()

    @property
    def idle(self) -> bool:
        """Whether nothing is due any more, and no callback is on the wire."""
        return self.due_at == math.inf and self.in_flight == 0

    def touch(self) -> None:
        """Say that something has changed, after its commit: whoever waits looks again."""
        if self.alarms is not None:
            self.alarms.note(self)
        changed = self.news.waiting.changed
        with changed:
            # Under the lock: of two threads that add at once, one could set it back to a version
            # that was seen before, and a kept answer of that version would be taken for new.
            self.version += 1
            changed.notify_all()

    def heard(self, entry: Entry, size: int | None = None) -> None:
        """Note a request, in the journal and in the news; `size` is the entry's, where known."""
        size = entry.size if size is None else size
        self.news.request(self.journal.add(entry, size), size)

    def tell(self, did: Did, wall: int, subject: str | int | None = None, **data: object) -> None:
        """Tell of a change by the control API, after its commit, as in `AccountChange`."""
        self.news.change(AccountChange(self.clock.at(wall), did, subject, data))

    def wait_for(self, so: Callable[[], bool], seconds: float, pause: float = 0.0) -> bool:
        """
        Wait at most `seconds` of wall time until `so()` holds; whether it came to hold in time.

        It is asked at once and after each change, but not twice within `pause` seconds.
        """
        return self.news.waiting.until(so, lambda: self.version, seconds, pause)
