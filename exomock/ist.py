"""Indian Standard Time, the only zone Exotel writes and reads."""

from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

# Asia/Kolkata has had this one offset since 1945; a fixed zone needs no zone database, which
# Windows and slim images lack.
IST = timezone(timedelta(hours=5, minutes=30), "IST")

FORM = "%Y-%m-%d %H:%M:%S"


@lru_cache(maxsize=4096)
def ist_second(second: int) -> str:
    """A time (unix seconds) as Exotel writes it. Source: exotel-v1.md section 1."""
    return datetime.fromtimestamp(second, UTC).astimezone(IST).strftime(FORM)


def ist(time: int) -> str:
    """A time (microseconds since the epoch) as Exotel writes it. Source: exotel-v1.md section 1."""
    return ist_second(time // 1_000_000)


def iso(time: int) -> str:
    """A time (microseconds since the epoch) in full, `2026-03-01T12:00:00.000000+05:30`."""
    seconds, micro = divmod(time, 1_000_000)
    moment = datetime.fromtimestamp(seconds, IST).replace(microsecond=micro)
    return moment.isoformat(timespec="microseconds")


def from_iso(text: str) -> int:
    """
    The microseconds since the epoch of an ISO 8601 time; without a zone it is IST.

    Raises:
        ValueError: It is none.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=IST)
    whole = int(moment.replace(microsecond=0).timestamp())
    return whole * 1_000_000 + moment.microsecond


def unix_seconds(text: str) -> int:
    """
    The unix seconds of `YYYY-MM-DD HH:MM:SS` in IST.

    Raises:
        ValueError: It has another form, or names no day.
    """
    return int(datetime.strptime(text, FORM).replace(tzinfo=IST).timestamp())
