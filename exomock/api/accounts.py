"""The account itself, which clients fetch to check their credentials; and what is not built yet."""

from flask import Blueprint, Response

from exomock.api.errors import Refused
from exomock.api.render import rendered
from exomock.api.wiring import engine
from exomock.domain.refusals import Rejection
from exomock.ist import ist

bp = Blueprint("accounts", __name__, url_prefix="/v1/Accounts/<account>")

ABSENT = (
    "CustomerWhitelist", "IncomingPhoneNumbers", "AvailablePhoneNumbers", "Balance",
    "Recordings",
)  # fmt: skip
"""Parts of v1 that are known and not imitated yet. Source: exotel-v1.md sections 10 and 12."""

OF_CALLS = ("Legs", "ActiveLegs", "ExoVoiceAnalyze", "Recordings")
"""The same of a call."""

MASKED = "*" * 8
"""What stands for a token."""

_PART = f"/<any({', '.join(ABSENT)}):part>"
_OF_CALL = f"/Calls/<sid>/<any({', '.join(OF_CALLS)}):part>"
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


@bp.get("")
def account(account: str) -> Response:
    """
    Answer 200 for right credentials.

    Source: exotel-v1.md section 10 (C: five programs use it as their check; one captured answer of
    2025 has these fields). Its token is masked, because answers end in logs.
    """
    world = engine().accounts.world(account)
    created = ist(world.created)
    record = {
        "Sid": account,
        "FriendlyName": account,
        "Type": "Full",
        "Status": "active",
        "DateCreated": created,
        "DateUpdated": created,
        "AuthToken": MASKED,
        "Uri": None,
        "BillingType": "prepaid",
        "KycStatus": "completed",
    }
    return rendered({"Account": record}, why="the credentials are right")


@bp.route(_PART, methods=_METHODS)
@bp.route(f"{_PART}/<path:rest>", methods=_METHODS)
def absent(account: str, part: str, rest: str = "") -> Response:  # noqa: ARG001
    """Say that this part of v1 is not imitated yet."""
    raise _absent(part)


@bp.route(_OF_CALL, methods=_METHODS)
@bp.route(f"{_OF_CALL}/<path:rest>", methods=_METHODS)
def absent_of_call(account: str, sid: str, part: str, rest: str = "") -> Response:  # noqa: ARG001
    """Say that this part of a call is not imitated yet."""
    raise _absent(part)


def _absent(part: str) -> Refused:
    why = f"exomock does not imitate {part} of v1 yet; docs/fidelity.md lists what it does"
    return Refused(Rejection.ABSENT, why, part=part)
