"""What a running exomock was told."""

from dataclasses import dataclass

from exomock.every_setting import Options


@dataclass(frozen=True, slots=True)
class Settings:
    """
    The settings of a running exomock, read and fitted together; see `Options` for each.

    Args:
        rate: Account seconds per wall second.
        late_fields: Microseconds; None leaves it to the scenario.
        inbound_to: E.164; None leaves the ExoPhone.
        flow_to: Whose number To of an inbound call in a flow is: `agent` or `exophone`.
        recording_base: Scheme, host and perhaps a path, without a slash at its end; None is the
            host that the client used.
        recording_bytes: Bytes on disk.
        retry_after: Microseconds before the second and the third try.
        callback_timeout: Seconds of wall time.
        question_timeout: Seconds of wall time.
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
        default_caller_id: Whether a connect needs no CallerId.
        unknown_message: 404 or 200, as text.
        max_body: Bytes.
        body_timeout: Seconds of wall time.
        threads: How many requests may take their time at once.
        max_forwards: How many requests are sent on to other processes at once.
        advertise: Where other processes reach this one, without a slash at its end; None is where
            it listens.
        lease: Seconds.
        lease_renewal: Seconds, at most a third of `lease`.
    """

    rate: float = 1.0
    late_fields: int | None = Options.late_fields.fallback
    inbound_to: str | None = Options.inbound_to.fallback
    flow_to: str = Options.flow_to.fallback
    recording_base: str | None = Options.recording_base.fallback
    recording_bytes: int = Options.recording_bytes.fallback
    retry_after: tuple[int, int] = Options.callback_retry_after.fallback
    callback_timeout: float = Options.callback_timeout.fallback
    question_timeout: float = Options.question_timeout.fallback
    callback_ca: str | None = Options.callback_ca.fallback
    callback_threads: int = Options.callback_threads.fallback
    allow_callbacks_to: tuple[str, ...] = Options.allow_callbacks_to.fallback
    allow_origin: tuple[str, ...] = Options.allow_origin.fallback
    host_alias: tuple[tuple[str, str], ...] = Options.host_alias.fallback
    open_house: bool = Options.open.fallback
    control_token: str | None = Options.control_token.fallback
    control_token_drawn: bool = False
    loopback: bool = True
    max_accounts: int = Options.max_accounts.fallback
    max_history: int = Options.max_history.fallback
    max_snapshots: int = Options.max_snapshots.fallback
    scenario_bytes: int = Options.scenario_bytes.fallback
    snapshot_bytes: int = Options.snapshot_bytes.fallback
    max_delays: int = Options.max_delays.fallback
    max_waiters: int = Options.max_waiters.fallback
    max_streams: int = Options.max_streams.fallback
    max_turn_wait: float = 10.0
    max_advance_events: int = Options.max_advance_events.fallback
    max_advance_wall: float = Options.max_advance_wall.fallback
    max_advance_span: int = 400 * 86_400_000_000
    journal_entries: int = Options.journal_entries.fallback
    journal_bytes: int = Options.journal_bytes.fallback
    events_kept: int = Options.events_kept.fallback
    events_bytes: int = Options.events_bytes.fallback
    max_time_out: int = Options.max_time_out.fallback
    default_caller_id: bool = Options.default_caller_id.fallback
    unknown_message: str = Options.unknown_message.fallback
    max_body: int = Options.max_body.fallback
    body_timeout: float = Options.body_timeout.fallback
    threads: int = Options.threads.fallback
    max_forwards: int = Options.max_forwards.fallback
    advertise: str | None = Options.advertise.fallback
    lease: float = Options.lease.fallback
    lease_renewal: float = Options.lease_renewal.fallback
