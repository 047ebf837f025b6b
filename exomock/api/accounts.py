"""The account itself, which clients fetch to check their credentials; and what is not built yet."""

from flask import Blueprint, Response

from exomock.api.errors import Refused
from exomock.api.render import rendered
from exomock.api.wiring import engine, keep_for_second
from exomock.domain.refusals import Rejection
from exomock.ist import ist, ist_second

bp = Blueprint("accounts", __name__, url_prefix="/v1/Accounts/<account>")

ABSENT = ("AvailablePhoneNumbers", "Recordings")
"""Parts of v1 that are known and not imitated yet. Source: exotel-v1.md sections 10 and 12."""

OF_CALLS = ("ActiveLegs", "ExoVoiceAnalyze", "Recordings")
"""Parts of a call that are known and not imitated yet. Source: as for `ABSENT`."""

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


# UNVERIFIED: the name of a plan; the vendor's sample has this one (V).
PLAN = "Pay As You Go"


@bp.get("/Balance")
def balance(account: str) -> Response:
    """Say what is left of the account's money. Source: exotel-v1.md section 12 (V)."""
    left, second = engine().balance(account)
    keep_for_second(account, second)
    data = {
        "Balance": _rupees(left),
        "Currency": "INR",
        "PricingPlan": PLAN,
        "DateUpdated": ist_second(second),
    }
    why = "account.balance (1000.00 where the scenario says none), less what calls have cost"
    return rendered({"Account": {"AccountSid": account, "BalanceData": data}}, why=why)


def _rupees(thousandths: int) -> str:
    """An amount with two decimals, rounded to the nearest."""
    hundredths = (abs(thousandths) + 5) // 10
    sign = "-" if thousandths < 0 and hundredths else ""
    return f"{sign}{hundredths // 100}.{hundredths % 100:02d}"


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
