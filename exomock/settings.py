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
    """

    name: str
    default: str
    unit: str
    help: str
    multiple: bool = False

    @property
    def variable(self) -> str:
        """Its environment variable."""
        return "EXOMOCK_" + self.name.upper().replace("-", "_")

    @property
    def field(self) -> str:
        """Its name in Python."""
        return self.name.replace("-", "_")


SETTINGS: tuple[Setting, ...] = (
    Setting("host", "127.0.0.1", "", "Address to listen on."),
    Setting("port", "8080", "", "Port to listen on; 0 picks a free one and prints it."),
    Setting(
        "scenario",
        "default",
        "",
        "Scenario file, or the name of a shipped one; several add up.",
        True,
    ),
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
        "0",
        "seconds",
        "How long after a call's end its Duration, Price, EndTime and details are filled in.",
    ),
    # UNVERIFIED: the spacing; the times of three tries of a live callback would settle it.
    Setting(
        "callback-retry-after",
        "300,900",
        "seconds",
        "How long after a failed StatusCallback the second and the third try come.",
    ),
    Setting("callback-timeout", "15", "seconds", "How long a receiver may take in all, 0.1 to 60."),
    Setting("callback-ca", "", "", "PEM file of the authority that signs your receivers' https."),
    Setting("callback-threads", "32", "", "How many StatusCallbacks are on the wire at once."),
    Setting("max-time-out", "60", "seconds", "Longest TimeOut that Calls/connect accepts."),
    Setting("max-body", "2097152", "bytes", "Longest request body; a longer one is a 413."),
    Setting("threads", "80", "", "Server threads: how many requests are answered at once."),
    Setting("log-level", "info", "", "debug, info, warning or error."),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """
    What a running exomock was told, parsed; see `SETTINGS` for each.

    Args:
        rate: Account seconds per wall second.
        late_fields: Microseconds.
        retry_after: Microseconds before the second and the third try.
        callback_timeout: Seconds of wall time.
        max_time_out: Seconds.
        max_body: Bytes.
    """

    rate: float = 1.0
    late_fields: int = 0
    retry_after: tuple[int, int] = (300_000_000, 900_000_000)
    callback_timeout: float = 15.0
    callback_ca: str | None = None
    callback_threads: int = 32
    max_time_out: int = 60
    max_body: int = 2_097_152
