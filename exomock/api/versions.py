"""Other versions of the API: which of their parts are known, and not imitated."""

from exomock.api.errors import Refused
from exomock.api.fields import short
from exomock.api.paths import no_path
from exomock.api.visit import Visit
from exomock.domain.refusals import Rejection

# Source: exotel-v1.md sections 10 and 12; the campaigns of v2 are the vendor's own API.
PARTS = {
    "v2": (
        "campaigns", "contacts", "lists", "sms-campaigns", "message-campaigns",
        "incoming-phone-numbers", "users",
    ),
}  # fmt: skip
IMITATED = {"v1": None, "v2_beta": ("IncomingPhoneNumbers", "AvailablePhoneNumbers")}
"""Which parts of which versions are imitated; None is all that v1 has routes for."""


def is_imitated(visit: Visit) -> bool:
    """Whether a request leads to a version, and to a part of it, that is imitated."""
    parts = IMITATED.get(visit.version, ())
    return parts is None or visit.resource.partition("/")[0] in parts


def other_version(visit: Visit) -> Refused:
    """
    The refusal of a request to another version than v1: 501 by name, or 400; of `V1` a 404.

    Args:
        visit: A request whose version is not v1.
    """
    if visit.version.lower() == "v1":
        return Refused(Rejection.PATH, no_path(visit))
    part = visit.resource.partition("/")[0]
    if part in PARTS.get(visit.version, ()):
        named = f"{visit.version} {part}"
        why = f"exomock does not imitate {named} yet; it imitates v1, and the ExoPhones of v2_beta"
        return Refused(Rejection.ABSENT, why, part=named)
    return Refused(
        Rejection.VERSION,
        f"API version {short(visit.version)} is not supported; exomock imitates v1: "
        "/v1/Accounts/{Sid}/...",
    )
