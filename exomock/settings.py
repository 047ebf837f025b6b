"""Every setting, once: command line, environment, documentation and tests read it here."""

from dataclasses import dataclass
from typing import NamedTuple


class Setting(NamedTuple):
    """
    One setting.

    Args:
        name: The command-line option without its dashes; the environment variable follows.
        default: What holds when nothing is said, as one would write it.
        unit: Seconds, bytes, …; empty where it has none.
        help: One sentence.
        multiple: Whether it may be given more than once (in the environment: separated by spaces).
        flag: Whether it is said without a value (in the environment: 1).
    """

    name: str
    default: str
    unit: str
    help: str
    multiple: bool = False
    flag: bool = False

    @property
    def variable(self) -> str:
        """Its environment variable."""
        return "EXOMOCK_" + self.name.upper().replace("-", "_")

    @property
    def field(self) -> str:
        """Its name in Python."""
        return self.name.replace("-", "_")


SETTINGS: tuple[Setting, ...] = (
    Setting("host", "localhost", "", "Address to listen on; localhost is both loopback addresses."),
    Setting("port", "8080", "", "Port to listen on; 0 picks a free one and prints it."),
    Setting(
        "scenario",
        "default",
        "",
        "Scenario file or folder, or the name of a shipped one; several add up.",
        True,
    ),
    Setting("watch", "", "", "Scenario files are read again when they change.", flag=True),
    Setting(
        "database",
        "",
        "",
        "SQLite URL (sqlite:///calls.db) or file that keeps the calls; without it a temporary file "
        "goes when the server goes.",
    ),
    Setting(
        "account",
        "exomock:exomock-key:exomock-token",
        "",
        "An account as SID:KEY:TOKEN; may be repeated.",
        True,
    ),
    Setting(
        "seed", "", "", "Whole number that makes chance reproducible; without it, drawn at start."
    ),
    Setting(
        "clock", "real", "", "How account time runs: real, x60 (a minute a second), x0.5, frozen."
    ),
    Setting(
        "late-fields",
        "",
        "seconds",
        "How long after a call's end its Duration, Price, EndTime and details are filled in; else "
        "the scenario says, or 0.",
    ),
    # UNVERIFIED: the spacing; the times of three tries of a live callback would settle it.
    Setting(
        "callback-retry-after",
        "300,900",
        "seconds",
        "How long after a failed try of a StatusCallback the second and the third come.",
    ),
    Setting("callback-timeout", "15", "seconds", "How long a receiver may take in all, 0.1 to 60."),
    Setting("callback-ca", "", "", "PEM file of the authority that signs your receivers' https."),
    Setting("callback-threads", "32", "", "How many StatusCallbacks are on the wire at once."),
    Setting(
        "allow-callbacks-to",
        "",
        "",
        "Host that callbacks may go to although it is neither loopback nor private; * is any, but "
        "for link-local and metadata addresses.",
        True,
    ),
    Setting(
        "allow-origin",
        "",
        "",
        "Origin of a web page that may use v1, as http://localhost:3000; * is any.",
        True,
    ),
    Setting(
        "host-alias",
        "",
        "",
        "HOST=OTHER: callbacks to HOST go to OTHER, as localhost=host.docker.internal.",
        True,
    ),
    Setting("now", "", "", "Account time at the start, as 2026-03-01T10:00:00+05:30."),
    Setting(
        "open",
        "",
        "",
        "Open house on any address: an unseen account Sid makes itself on its first request.",
        flag=True,
    ),
    Setting(
        "control-token",
        "",
        "",
        "Bearer token of the control API, needed beyond loopback; auto draws and prints one.",
    ),
    Setting("max-accounts", "10000", "", "How many accounts there may be."),
    Setting("max-history", "1000000", "", "How many past calls a scenario may make."),
    Setting("scenario-bytes", "8388608", "bytes", "How long all accounts' own scenarios may be."),
    Setting("max-snapshots", "1000", "", "How many snapshots are kept, of all accounts."),
    Setting("snapshot-bytes", "33554432", "bytes", "How much all snapshots keep together."),
    Setting("max-delays", "40", "", "How many answers may wait, hang or drip at once."),
    Setting("max-waiters", "32", "", "How many requests may wait at once (/_exomock/…/wait)."),
    Setting("max-advance-events", "200000", "", "How many events one advance may play."),
    Setting("max-advance-wall", "300", "seconds", "How long one advance may take, wall time."),
    Setting("journal-entries", "10000", "", "How many requests an account's journal keeps."),
    Setting("journal-bytes", "33554432", "bytes", "How much all journals keep together."),
    Setting("max-time-out", "60", "seconds", "Longest TimeOut that Calls/connect accepts."),
    Setting("max-body", "2097152", "bytes", "Longest request body; a longer one is a 413."),
    Setting(
        "body-timeout",
        "10",
        "seconds",
        "How long the body of a request may stop for; then it is dropped, and answered 408.",
    ),
    Setting("threads", "80", "", "Server threads: how many requests are answered at once."),
    Setting("log-level", "info", "", "debug, info, warning or error."),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """
    What a running exomock was told, parsed; see `SETTINGS` for each.

    Args:
        rate: Account seconds per wall second.
        late_fields: Microseconds; None leaves it to the scenario.
        retry_after: Microseconds before the second and the third try.
        callback_timeout: Seconds of wall time.
        allow_callbacks_to: Host names, lower case.
        allow_origin: Origins as browsers write them, lower case; * is any.
        host_alias: (host, other host) pairs, lower case.
        open_house: Whether an unseen account Sid makes itself.
        control_token: None where the control API asks for none.
        control_token_drawn: Whether exomock made it up, and so must show it.
        loopback: Whether the server listens on loopback alone.
        max_turn_wait: Seconds an advance waits for another one of the same account.
        max_advance_span: Microseconds of account time that one advance may cross.
        max_advance_wall: Seconds of wall time.
        max_time_out: Seconds.
        max_body: Bytes.
        body_timeout: Seconds of wall time.
        threads: How many requests may take their time at once.
    """

    rate: float = 1.0
    late_fields: int | None = None
    retry_after: tuple[int, int] = (300_000_000, 900_000_000)
    callback_timeout: float = 15.0
    callback_ca: str | None = None
    callback_threads: int = 32
    allow_callbacks_to: tuple[str, ...] = ()
    allow_origin: tuple[str, ...] = ()
    host_alias: tuple[tuple[str, str], ...] = ()
    open_house: bool = False
    control_token: str | None = None
    control_token_drawn: bool = False
    loopback: bool = True
    max_accounts: int = 10_000
    max_history: int = 1_000_000
    max_snapshots: int = 1000
    scenario_bytes: int = 8_388_608
    snapshot_bytes: int = 33_554_432
    max_delays: int = 40
    max_waiters: int = 32
    max_turn_wait: float = 10.0
    max_advance_events: int = 200_000
    max_advance_wall: float = 300.0
    max_advance_span: int = 400 * 86_400_000_000
    journal_entries: int = 10_000
    journal_bytes: int = 33_554_432
    max_time_out: int = 60
    max_body: int = 2_097_152
    body_timeout: float = 10.0
    threads: int = 80
