"""Time survives the machine: its clock steps, and a test's tools replace it, in the real parts."""

import os
import subprocess
import sys
import threading
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import requests

from conftest import Driver, Receiver, rows_of
from control.conftest import Control
from exomock.ist import from_iso
from exomock.server import Exomock
from exomock.settings import Settings
from serve.conftest import environment, serving, until

SHORT = """
rules:
  - leg1: {answer: 100ms}
    leg2: {answer: 100ms}
    talk: 300ms
"""
"""A call of half a second."""

HOUR = 3600
MIB = 1 << 20
FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)

linux = pytest.mark.skipif(sys.platform != "linux", reason="reads memory and CPU from /proc")


def resident(pid):
    """Bytes of memory that a process holds."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def tree(pid):
    """A process and all below it."""
    below = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(each for child in below for each in tree(int(child)))]


def cpu(pid):
    """Seconds of CPU that a process and those below it have taken."""
    ticks = [
        Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split() for each in tree(pid)
    ]
    return sum(int(each[11]) + int(each[12]) for each in ticks) / os.sysconf("SC_CLK_TCK")


class Watch:
    """Samples beats and account times over HTTP, and insists that none ever runs back."""

    def __init__(self, url, *sids):
        self.control, self.sids = Control(url), sids
        self.beats, self.times = [""], {sid: [""] for sid in sids}

    def look(self):
        """Sample once; the last beat."""
        self.beats.append(self.control.get("health")["last_beat"])
        for sid in self.sids:
            self.times[sid].append(self.control.get(f"accounts/{sid}/clock")["now"])
        for seen in (self.beats, *self.times.values()):
            assert seen == sorted(seen)
        return self.beats[-1]

    def beats_on(self):
        """Insist on a beat within a second from now, and on another after it."""
        for _ in range(2):
            last = self.look()
            until(lambda: self.look() > last, 1)  # noqa: B023

    def now(self, sid):
        """An account's time, microseconds since the epoch."""
        self.look()
        return from_iso(self.times[sid][-1])


def frozen(moment):
    """freezegun's frozen time."""
    return pytest.importorskip("freezegun").freeze_time(moment)


def travelled(moment, **how):
    """time-machine's time, which goes on from there."""
    return pytest.importorskip("time_machine").travel(moment, **how)


class TestATestsOwnClock:
    @pytest.mark.parametrize("rate", [0, 1, 60])
    @pytest.mark.parametrize(
        "travel",
        [
            pytest.param(lambda: frozen("2076-07-04"), id="freezegun, 2076"),
            pytest.param(lambda: frozen("2001-01-01"), id="freezegun, 2001"),
            pytest.param(lambda: travelled("2027-01-01"), id="time-machine, 2027"),
            pytest.param(lambda: travelled("2001-01-01", tick=False), id="time-machine, 2001"),
        ],
    )
    def test_moves_nothing_of_a_server_in_its_process(self, travel, rate, receiver):
        """Beats go on, no time runs back, and each callback comes once, within and after it."""
        with Exomock(SHORT, Settings(rate=rate)) as mock:
            watch, driver = Watch(mock.url, mock.sid), Driver(mock)
            watch.beats_on()
            before, memory = watch.now(mock.sid), resident(os.getpid())
            with travel():
                self.call(driver, receiver, rate)
                watch.beats_on()
                inside = watch.now(mock.sid)
            watch.beats_on()
            self.call(driver, receiver, rate)

            assert 0 <= inside - before <= 60_000_000 * max(rate, 1)
            assert 6 == len(receiver.wait_for(6)) == len(rows_of(mock))
            assert resident(os.getpid()) - memory < 20 * MIB
        driver.http.close()

    def call(self, driver, receiver, rate):
        """A call from its beginning to the last of its three callbacks."""
        had = len(receiver.got)
        driver.connect(StatusCallback=receiver.url, StatusCallbackEvents="terminal,answered")
        if rate == 0:
            driver.advance(2)
        receiver.wait_for(had + 3)

    def test_ends_no_wait_later(self):
        """A hanging receiver and `/wait` time out under a frozen clock as under any other."""
        release, receiver = threading.Event(), Receiver()
        receiver.answer = lambda _: release.wait(20) and 200
        with closing(receiver), Exomock(SHORT, Settings(rate=0, callback_timeout=0.3)) as mock:
            driver = Driver(mock)
            with frozen("2030-01-01"):
                driver.connect(StatusCallback=receiver.url)
                driver.advance(2)
                wait = f"{mock.url}/_exomock/accounts/{mock.sid}/wait"
                answer = requests.get(wait, {"idle": "true", "timeout": 0.2}, timeout=10)
            (row,) = rows_of(mock)
            release.set()
            driver.http.close()

        assert 408 == answer.status_code
        assert ["no answer within 0.3 s"] == [each.error for each in row.attempts]

    @pytest.mark.parametrize(
        "travel", [lambda: frozen("2030-01-01"), lambda: travelled("2027-1-1")]
    )
    def test_dates_no_server_that_starts_within_it(self, travel):
        """A new account shows the machine's time, not the one that was put in its place."""
        real = Settings(rate=1)
        with Exomock(settings=real) as outside, travel(), Exomock(settings=real) as inside:
            new, old = (Watch(each.url, each.sid).now(each.sid) for each in (inside, outside))

        assert abs(new - old) < 5_000_000


class Machine:
    """A server whose machine's clock a test sets: libfaketime reads the offset from a file."""

    def __init__(self, file):
        self.file = file
        self.set(0)

    def set(self, seconds):
        """Let the machine's clock be so far from the right time."""
        new = self.file.with_suffix(".new")
        new.write_text(f"{seconds:+d}\n")
        new.replace(self.file)

    @property
    def faked(self):
        """The environment of a process on this machine."""
        return {
            "LD_PRELOAD": str(FAKETIME),
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_NO_CACHE": "1",
        }

    @contextmanager
    def serving(self, home, *options):
        """A server on a machine whose steady clock does not step, as that of a real one."""
        (home / "short.yaml").write_text(SHORT)
        options = ("--scenario", "short.yaml", "--clock", "real", *options)
        faked = self.faked | {"FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        with serving(home, *options, **faked) as server:
            yield server


@linux
@pytest.mark.skipif(FAKETIME is None, reason="libfaketime is not installed (apt: libfaketime)")
class TestAStepOfTheMachinesClock:
    STEPS = (1, 0, HOUR, 0, 60 * HOUR, 0)
    """Offsets: steps of plus and minus 1 s, 1 h and 60 h."""

    def test_stops_nothing_and_loses_nothing(self, tmp_path, receiver):
        """Beats go on within 1 s, memory and CPU stay, no time runs back, each callback comes."""
        machine = Machine(tmp_path / "offset")
        with machine.serving(tmp_path) as server:
            control = Control(server.url)
            fast = control.account("fast", clock={"rate": 60})
            still = control.account("still")
            watch = Watch(server.url, "exomock", "fast", "still")
            watch.beats_on()
            pid, memory = server.process.pid, self.memory(server)
            for offset in self.STEPS:
                for account in (Driver(server), fast):
                    account.connect(StatusCallback=receiver.url)
                began = cpu(pid)
                machine.set(offset)
                watch.beats_on()
                assert cpu(pid) - began < 2
            machine.set(60 * HOUR)  # what waits for the machine's time goes on

            got = receiver.wait_for(2 * len(self.STEPS))
            until(lambda: all(control.get(f"accounts/{s}/wait", idle="true") for s in watch.sids))
            assert self.memory(server) - memory < 20 * MIB
            assert len(got) == len({each.form["CallSid"] for each in got}) == len(receiver.got)
            assert still.made["clock"]["now"] == watch.times["still"][-1]
            assert [] == server.err.find("Traceback")

    def memory(self, server):
        return sum(resident(each) for each in tree(server.process.pid))

    def test_is_followed_by_a_real_clock_and_by_no_other(self, tmp_path):
        """Forward it jumps with the machine; backward it waits, until it is set or reset."""
        machine = Machine(tmp_path / "offset")
        with machine.serving(tmp_path) as server:
            Control(server.url).account("fast", clock={"rate": 60})
            watch = Watch(server.url, "exomock", "fast")
            real, fast = watch.now("exomock"), watch.now("fast")
            machine.set(HOUR)
            until(lambda: watch.now("exomock") - real >= HOUR * 1_000_000, 3)
            assert watch.now("fast") - fast < HOUR * 1_000_000
            machine.set(0)
            server.err.wait_for("the machine's time went back by 3600.* reset an account or set")
            still = watch.now("exomock")
            watch.beats_on()
            assert still == watch.now("exomock")
            control = Control(server.url)
            control.post("accounts/exomock/reset")
            reset = Watch(server.url, "exomock")
            assert reset.now("exomock") - real < 60_000_000
            reset.beats_on()
            assert reset.times["exomock"][1] < reset.times["exomock"][-1]

    def test_of_the_steady_clock_too_stops_no_beat(self, tmp_path):
        """As libfaketime does it by default; there Python's own locks never time out."""
        machine = Machine(tmp_path / "offset")
        steps = " ".join(map(str, self.STEPS))
        script = f"""
import select
from pathlib import Path
from exomock.ist import from_iso
from exomock.server import Exomock
from exomock.settings import Settings

with Exomock(settings=Settings(rate=1)) as mock:
    (world,), wall = mock.exchange.engine.worlds.values(), mock.exchange.engine.wall
    for offset in "{steps}".split():
        before, beats = world.clock.at(wall()), mock.exchange.heartbeat.last_beat
        Path({str(machine.file)!r}).write_text("+" + offset + "\\n")
        for _ in range(20):  # a beat within a second, on a machine that other work shares
            select.select([], [], [], 0.1)
            if mock.exchange.heartbeat.last_beat > beats:
                break
        print(world.clock.at(wall()) >= before, mock.exchange.heartbeat.last_beat > beats)
"""
        done = subprocess.run(
            [sys.executable, "-c", script],
            env=environment(tmp_path, **machine.faked),
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

        assert ["True True"] * len(self.STEPS) == done.stdout.splitlines()
        assert "Traceback" not in done.stderr

    def test_of_the_steady_clock_ends_no_rest_late(self, tmp_path):
        """It may come between the moment at which a rest begins and the one it is to end at."""
        machine = Machine(tmp_path / "offset")
        script = f"""
import select
import threading
from pathlib import Path
from exomock.wall import rest

rests, bell = [0] * 8, threading.Event()

def always(which):
    while True:
        rest(bell, 0.0005)
        rests[which] += 1

for each in range(8):
    threading.Thread(target=always, args=(each,), daemon=True).start()
file = Path({str(machine.file)!r})
for number in range(1200):
    file.with_suffix(".new").write_text("+216000\\n" if number % 2 else "+0\\n")
    file.with_suffix(".new").replace(file)
    select.select([], [], [], 0.001)
before = list(rests)
for _ in range(100):
    select.select([], [], [], 0.1)
    if all(now > then for now, then in zip(rests, before)):
        break
print(all(now > then for now, then in zip(rests, before)))
"""
        done = subprocess.run(
            [sys.executable, "-c", script],
            env=environment(tmp_path, **machine.faked),
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

        assert ("True\n", "") == (done.stdout, done.stderr)
