"""What is told of a text message: its StatusCallback, and the query of the GET to an sms_url."""

import json
from typing import Any

from exomock.delivery.payload import URLENCODED, Body
from exomock.domain.message import TextMessage
from exomock.ist import ist

# Source: exotel-v1.md section 10 and 12 (V): these fields; CustomField only if it was set.
MESSAGE_ORDER = (
    "SmsSid", "To", "Status", "SmsUnits", "DetailedStatus", "DetailedStatusCode", "DateSent",
    "CustomField",
)  # fmt: skip


def message_body(message: TextMessage) -> Body:
    """
    The body of a message's callback: a form, or JSON where the request asked for it.

    Args:
        message: As it was when the callback came to be owed.

    Source:
        exotel-v1.md section 12 (V). UNVERIFIED: that the form is urlencoded, and that DateSent of
        a failed message is empty; a captured callback would settle both.
    """
    values, twist = _values(message), message.twist
    if twist.status is not None:
        values["Status"] = twist.status
    values = {name: value for name, value in values.items() if name not in twist.without}
    values.update(twist.extra)
    claims = twist.content_type or ""
    if message.order.callback_json:
        return Body("application/json", (), json.dumps(values), claims=claims)
    fields = tuple((name, "" if each is None else str(each)) for name, each in values.items())
    return Body(URLENCODED, fields, claims=claims)


def _values(message: TextMessage) -> dict[str, Any]:
    report, sent = message.report, message.sent_at
    values = {
        "SmsSid": message.sid,
        "To": message.order.to.shown,
        "Status": report.status,
        "SmsUnits": message.order.units,
        "DetailedStatus": report.name,
        "DetailedStatusCode": report.code,
        "DateSent": None if sent is None else ist(sent),
    }
    field = message.order.custom_field
    return values if field is None else values | {"CustomField": field}


def received_query(message: TextMessage) -> tuple[tuple[str, str], ...]:
    """
    What an ExoPhone's `sms_url` is asked by a GET when somebody texts it.

    Source: the contract of issue 13, "Inbound SMS": SmsSid, From, To, Body, Date.
    """
    return (
        ("SmsSid", message.sid),
        ("From", message.order.sender),
        ("To", message.order.to.shown),
        ("Body", message.order.body),
        ("Date", ist(message.created)),
    )
