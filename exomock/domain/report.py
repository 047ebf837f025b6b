"""What may become of a message: one table of our words, Exotel's codes, names and statuses."""

from typing import NamedTuple


class Report(NamedTuple):
    """
    What has become of a message.

    Args:
        word: Ours, which scenarios use.
        code: DetailedStatusCode.
        name: DetailedStatus.
        status: Status.
    """

    word: str
    code: int
    name: str
    status: str

    @property
    def sent(self) -> bool:
        """Whether it was sent."""
        return self.status == "sent"

    @property
    def final(self) -> bool:
        """Whether nothing more becomes of it."""
        return self.status not in ("queued", "sending", "submitted")


# Source: exotel-v1.md section 12 (V; 20005, 20006, the three on the way and 23005 agree with
# captures). The words are ours. `failed-dnd` is spelled `failed_dnd` on one page of the vendor's.
FAILED, FAILED_DND = "failed", "failed-dnd"

_ON_THE_WAY = (
    Report("queued", 21010, "PENDING_TO_OPERATOR", "queued"),
    Report("sending", 21015, "SENDING_TO_OPERATOR", "sending"),
    Report("submitted", 21020, "PENDING_ON_OPERATOR", "submitted"),
)
_ENDS = (
    Report("delivered", 20005, "DELIVERED_TO_HANDSET", "sent"),
    Report("operator", 20006, "DELIVERED_TO_OPERATOR", "sent"),
    Report("dnd", 23005, "FAILED_REJECTED_DND", FAILED_DND),
    Report("invalid", 23010, "FAILED_INVALID_DESTINATION_NUMBER", FAILED),
    Report("spam", 23015, "FAILED_SPAM_DETECTED", FAILED),
    Report("blacklisted", 23020, "FAILED_REJECTED_BLACKLIST", FAILED),
    Report("no_route", 23030, "FAILED_UNAVAILABLE_ROUTE", FAILED),
    Report("unreachable", 23035, "FAILED_SUBSCRIBER_UNAVAILABLE", FAILED),
    Report("unknown_number", 23040, "FAILED_SUBSCRIBER_UNKNOWN", FAILED),
    Report("expired", 23050, "FAILED_EXPIRED", FAILED),
    Report("rejected", 23060, "FAILED_REJECTED", FAILED),
    Report("invalid_message", 23070, "FAILED_INVALID_MESSAGE", FAILED),
    Report("invalid_sender", 23072, "FAILED_INVALID_SENDER_ID", FAILED),
    Report("dlt_sender", 23080, "SENDER_BLOCKED_BY_DLT", FAILED),
    Report("dlt_entity", 23081, "ENTITY_BLOCKED_BY_DLT", FAILED),
    Report("dlt_template", 23082, "TEMPLATE_BLOCKED_BY_DLT", FAILED),
    Report("dlt_scrubbing", 23083, "FAILED_DLT_SCRUBBING_ERROR", FAILED),
    Report("dlt_consent", 23084, "FAILED_DLT_CONSENT_ERROR", FAILED),
    # UNVERIFIED: the names of 23182 and 23185, which the contract abbreviates; live messages with a
    # template that is unknown, or does not match, would settle them.
    Report("template_invalid", 23181, "DLT_TEMPLATE_ID_INVALID", FAILED),
    Report("template_not_found", 23182, "DLT_TEMPLATE_NOT_FOUND", FAILED),
    Report("template_inactive", 23183, "DLT_TEMPLATE_ID_INACTIVE", FAILED),
    Report("template_blacklisted", 23184, "DLT_TEMPLATE_ID_BLACKLISTED", FAILED),
    Report("template_mismatch", 23185, "DLT_TEMPLATE_DOES_NOT_MATCH", FAILED),
    Report("dlt_length", 23186, "DLT_LENGTH_EXCEEDED", FAILED),
    Report("entity_not_found", 23281, "DLT_ENTITY_NOT_FOUND", FAILED),
    Report("system_error", 24010, "FAILED_SYSTEM_ERROR", FAILED),
    Report("handset_error", 24105, "FAILED_HANDSET_ERROR", FAILED),
    Report("operator_error", 24110, "FAILED_OPERATOR_ERROR", FAILED),
    Report("subscriber_error", 24120, "FAILED_SUBSCRIBER_ERROR", FAILED),
    Report("unknown_error", 24990, "FAILED_UNKNOWN_ERROR", FAILED),
)
# UNVERIFIED: how Exotel shows a message that came in; a captured one would settle it.
RECEIVED = Report("received", 0, "", "received")

REPORTS: dict[int, Report] = {each.code: each for each in (*_ON_THE_WAY, *_ENDS, RECEIVED)}
"""All there are, by their code."""

OUTCOMES: dict[str, Report] = {each.word: each for each in _ENDS}
"""How a message that was sent may end, by our word."""

STATUSES = tuple(dict.fromkeys(each.status for each in REPORTS.values()))
"""Every Status of a message."""

DELIVERED, DND, INVALID = (OUTCOMES[word] for word in ("delivered", "dnd", "invalid"))
UNREACHABLE, EXPIRED, OPERATOR = (OUTCOMES[word] for word in ("unreachable", "expired", "operator"))


def outcome_named(text: str) -> Report | None:
    """The outcome of that word (`-` is `_`), code or name; None if there is none."""
    word = text.strip().replace("-", "_")
    found = OUTCOMES.get(word)
    if found is not None:
        return found
    return next((each for each in _ENDS if text in (str(each.code), each.name)), None)
