"""Looking a number up: its circle, operator, type, and whether it is on the DND list."""

from flask import Blueprint, Response

from exomock.api.fields import Parameters
from exomock.api.render import rendered
from exomock.api.wiring import engine, keep_for_second
from exomock.field import Telephone

bp = Blueprint("numbers", __name__, url_prefix="/v1/Accounts/<account>/Numbers")

_Asked = Parameters.from_dict({"number": Telephone(data_key="Number")})


@bp.get("/<number>")
def number(account: str, number: str) -> Response:
    """Say what is known of a number. Source: exotel-v1.md section 6 (S)."""
    asked = _Asked().load({"Number": number})["number"]
    keep_for_second(account, engine().second(account))
    info, why = engine().lookups.look_up(account, asked)
    record = {
        "PhoneNumber": asked.shown,
        "Circle": info.circle,
        "CircleName": info.circle_name,
        "Type": info.type,
        "Operator": info.operator,
        "OperatorName": info.operator_name,
        "DND": info.dnd,
    }
    return rendered({"Numbers": record}, why=why)
