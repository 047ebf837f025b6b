"""Every setting, once: command line, environment, documentation and tests read it here."""

from collections.abc import Mapping
from typing import Any

from exomock.addresses import (
    BaseUrl,
    HostAlias,
    HostName,
    ServerUrl,
    TelephoneNumber,
    WebOrigin,
)
from exomock.kinds import (
    ClockRate,
    Credentials,
    Each,
    Flag,
    Maybe,
    Moment,
    OneOf,
    PemFile,
    Real,
    RetryTimes,
    Seconds,
    Text,
    Token,
    Whole,
)
from exomock.setting import SaidSettings, Setting


class Options(SaidSettings):
    """
    The rows; an instance has the values that were said.

    Args:
        said: Texts by field name; an empty one, or none, is the default.
    """

    def __init__(self, said: Mapping[str, Any]) -> None:
        super().__init__({row.field: said.get(row.field) or row.unsaid for row in SETTINGS})

    host = Setting(
        Text(),
        "localhost",
        "Address to listen on; localhost is both loopback addresses.",
    )
    port = Setting(Whole(0, 65_535), "8080", "Port to listen on; 0 picks a free one and prints it.")
    tls = Setting(Flag(), "", "https beside http, under Exotel's names, as `exomock ca` has it.")
    tls_port = Setting(
        Whole(0, 65_535),
        "8443",
        "Port of https; 0 picks a free one and prints it.",
    )
    scenario = Setting(
        Each(Text()),
        "default",
        "Scenario file or folder, or the name of a shipped one; several add up.",
    )
    workers = Setting(
        Whole(1, 64),
        "1",
        "Processes of this machine that share the port and the database.",
    )
    max_forwards = Setting(
        Whole(1, 10_000),
        "512",
        "How many requests for accounts of other processes are sent on to them at once.",
    )
    watch = Setting(Flag(), "", "Scenario files are read again when they change.")
    database = Setting(
        Text(),
        "",
        "File that keeps the calls, or URL of it (sqlite:///calls.db) or of PostgreSQL "
        "(postgresql+psycopg://user:password@host/name); without it a temporary file goes when "
        "the server goes.",
    )
    advertise = Setting(
        Maybe(ServerUrl()),
        "",
        "Where other processes on the same database reach this one, as http://10.0.0.1:8080; "
        "without it, where it listens.",
    )
    lease = Setting(
        Real(1, 3600, unit="seconds"),
        "5",
        "How long a process on a shared database lives without a sign; then others take its "
        "accounts over.",
    )
    lease_renewal = Setting(
        Real(0.1, 1200, unit="seconds"),
        "1",
        "How often such a process gives a sign; at most a third of --lease.",
    )
    account = Setting(
        Each(Credentials()),
        "exomock:exomock-key:exomock-token",
        "An account as SID:KEY:TOKEN; may be repeated.",
    )
    seed = Setting(
        Maybe(Whole(0, 10**18, "a whole number, 0 or more")),
        "",
        "Whole number that makes chance reproducible; without it, drawn at start.",
    )
    clock = Setting(
        ClockRate(),
        "real",
        "How account time runs: real, x60 (a minute a second), x0.5, frozen.",
    )
    late_fields = Setting(
        Maybe(Seconds(0, 86_400)),
        "",
        "How long after a call's end its Duration, Price and details are filled in; "
        "else the scenario says, or 0.",
    )
    inbound_to = Setting(
        Maybe(TelephoneNumber()),
        "",
        "Number of the agent whom inbound calls ring: their To; without it, To is the ExoPhone.",
    )
    # UNVERIFIED: the agent (C) or the ExoPhone (a note of 2026, c); exotel-flows.md section 6. GET
    # Calls of a live inbound call after an agent was rung would settle it.
    flow_to = Setting(
        OneOf(("agent", "exophone")),
        "agent",
        "To of an inbound call in a flow once an agent was rung: the agent, or the ExoPhone.",
    )
    recording_base = Setting(
        Maybe(BaseUrl()),
        "",
        "URL in front of every RecordingUrl, as https://recordings.exotel.com; without it, the "
        "host that the client used.",
    )
    recording_bytes = Setting(
        Whole(0, 2**40, unit="bytes"),
        "67108864",
        "How much recordings that were made keep together, on disk.",
    )
    # UNVERIFIED: the spacing; the times of three tries of a live callback would settle it.
    callback_retry_after = Setting(
        RetryTimes(),
        "300,900",
        "How long after a failed try of a StatusCallback the second and the third come.",
    )
    callback_timeout = Setting(
        Real(0.1, 60, unit="seconds"),
        "15",
        "How long a receiver may take in all.",
    )
    # Source: exotel-flows.md section 2 (C: four code bases, for Connect and Gather).
    question_timeout = Setting(
        Real(0.1, 60, unit="seconds"),
        "5",
        "How long your server may take in all for a question of a flow.",
    )
    callback_ca = Setting(
        Maybe(PemFile()),
        "",
        "PEM file of the authority that signs your receivers' https.",
    )
    callback_threads = Setting(
        Whole(1, 1000),
        "32",
        "How many StatusCallbacks are on the wire at once.",
    )
    allow_callbacks_to = Setting(
        Each(HostName()),
        "",
        "Host that callbacks may go to although it is neither loopback nor private; * is "
        "any, but for link-local and metadata addresses.",
    )
    allow_origin = Setting(
        Each(WebOrigin()),
        "",
        "Origin of a web page that may use v1, as http://localhost:3000; * is any.",
    )
    host_alias = Setting(
        Each(HostAlias()),
        "",
        "HOST=OTHER: callbacks to HOST go to OTHER, as localhost=host.docker.internal.",
    )
    now = Setting(Maybe(Moment()), "", "Account time at the start, as 2026-03-01T10:00:00+05:30.")
    open = Setting(
        Flag(),
        "",
        "Open house on any address: an unseen account Sid makes itself on its first request.",
    )
    control_token = Setting(
        Maybe(Token()),
        "",
        "Bearer token of the control API, needed beyond loopback; auto draws and prints one.",
    )
    max_accounts = Setting(Whole(1, 1_000_000), "10000", "How many accounts there may be.")
    max_history = Setting(
        Whole(0, 100_000_000),
        "1000000",
        "How many past calls a scenario may make.",
    )
    scenario_bytes = Setting(
        Whole(0, 2**40, unit="bytes"),
        "1048576",
        "How long all accounts' own scenarios may be; the same text counts once.",
    )
    max_snapshots = Setting(
        Whole(0, 1_000_000),
        "1000",
        "How many snapshots are kept, of all accounts.",
    )
    snapshot_bytes = Setting(
        Whole(0, 2**40, unit="bytes"),
        "8388608",
        "How much all snapshots keep together.",
    )
    max_delays = Setting(Whole(0, 1000), "40", "How many answers may wait, hang or drip at once.")
    max_waiters = Setting(
        Whole(0, 1000),
        "32",
        "How many requests may wait at once (/_exomock/…/wait).",
    )
    max_streams = Setting(
        Whole(0, 10_000),
        "100",
        "How many clients may follow what happens at once (/_exomock/…/events).",
    )
    max_advance_events = Setting(Whole(1, 10**9), "200000", "How many events one advance may play.")
    max_advance_wall = Setting(
        Real(0.1, 86_400, unit="seconds"),
        "300",
        "How long one advance may take, wall time.",
    )
    journal_entries = Setting(
        Whole(0, 10**7),
        "10000",
        "How many requests an account's journal keeps.",
    )
    journal_bytes = Setting(
        Whole(0, 2**40, unit="bytes"),
        "16777216",
        "How much all journals keep together.",
    )
    events_kept = Setting(
        Whole(0, 10**7),
        "10000",
        "How many things that happened an account keeps for readers of its news.",
    )
    events_bytes = Setting(
        Whole(0, 2**40, unit="bytes"),
        "8388608",
        "How much the news of all accounts keep together.",
    )
    max_time_out = Setting(
        Whole(1, 14_400, unit="seconds"),
        "60",
        "Longest TimeOut of Calls/connect; a longer one is cut to it.",
    )
    default_caller_id = Setting(
        Flag(),
        "",
        "Calls/connect without a CallerId goes out on the account's first ExoPhone.",
    )
    unknown_message = Setting(
        OneOf(("404", "200")),
        "404",
        "HTTP status for a message that is not there; the body says 404 with either.",
    )
    max_body = Setting(
        Whole(1024, 2**30, unit="bytes"),
        "2097152",
        "Longest request body; a longer one is a 413.",
    )
    body_timeout = Setting(
        Real(0.1, 3600, unit="seconds"),
        "10",
        "How long the body of a request may stop for; then it is dropped, and answered 408.",
    )
    threads = Setting(
        Whole(1, 1000),
        "80",
        "Server threads: how many requests are answered at once.",
    )
    log_level = Setting(
        OneOf(("debug", "info", "warning", "error")),
        "info",
        "debug, info, warning or error.",
    )
    quiet = Setting(Flag(), "", "Warnings and errors only: no line for each thing that happens.")
    log = Setting(
        OneOf(("text", "json")),
        "text",
        "text, or json: stderr holds a JSON object a line, the banner among them.",
    )


SETTINGS: tuple[Setting[Any], ...] = tuple(
    row for row in vars(Options).values() if isinstance(row, Setting)
)
