"""A message as the v1 answers write it."""

from typing import Any

from exomock.domain.message import TextMessage
from exomock.ist import ist

# Source: exotel-v1.md section 12 (C, 2023, XML).
MESSAGE_KEYS = (
    "Sid", "AccountSid", "From", "To", "DateCreated", "DateUpdated", "DateSent", "Body",
    "Direction", "Uri", "ApiVersion", "Price", "Status", "SmsUnits", "DetailedStatusCode",
    "DetailedStatus",
)  # fmt: skip

NEVER = "1970-01-01 05:30:00"
"""DateSent in XML as long as a message was not sent. Source: exotel-v1.md section 12 (C)."""


def message_record(message: TextMessage, *, as_json: bool) -> dict[str, Any]:
    """
    A message, in an answer to a POST and to a GET alike.

    Args:
        message: As it is now.
        as_json: Whether the answer is JSON: its Uri ends in `.json`, and what is unset is null.

    Source:
        exotel-v1.md sections 10 and 12. UNVERIFIED: that Price is unset until it was sent; a
        captured answer to a GET would settle it.
    """
    report, sent, price = message.report, message.sent_at, message.price
    unsent = None if as_json else NEVER
    return {
        "Sid": message.sid,
        "AccountSid": message.account,
        "From": message.order.sender or message.order.from_,
        "To": message.order.to.shown,
        "DateCreated": ist(message.created),
        "DateUpdated": ist(message.changed_at),
        "DateSent": unsent if sent is None else ist(sent),
        "Body": message.order.body,
        "Direction": str(message.order.direction),
        "Uri": f"/v1/Accounts/{message.account}/SMS/Messages/{message.sid}"
        + (".json" if as_json else ""),
        "ApiVersion": None,
        "Price": None if price is None else six_decimals(price),
        "Status": report.status,
        "SmsUnits": message.order.units,
        "DetailedStatusCode": report.code,
        "DetailedStatus": report.name,
    }


def six_decimals(thousandths: int) -> str:
    """A price as messages have it."""
    return f"{thousandths // 1000}.{thousandths % 1000:03d}000"
