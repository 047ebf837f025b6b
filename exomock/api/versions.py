"""Other versions of the API: which of their parts are known, and not imitated."""

from exomock.api.errors import Refused
from exomock.api.fields import short
from exomock.api.paths import no_path
from exomock.api.visit import Visit
from exomock.domain.refusals import Rejection

# Source: exotel-v1.md sections 10 and 12; the campaigns of v2 are the vendor's own API.
PARTS = {
    "v2": ("campaigns", "contacts", "lists"),
    "v2_beta": ("IncomingPhoneNumbers", "AvailablePhoneNumbers"),
}
_RESOURCE = 4
"""Where the resource stands among the segments of `/v2/accounts/{Sid}/campaigns`."""


def other_version(visit: Visit) -> Refused:
    """
    The refusal of a request to another version than v1: 501 by name, or 400; of `V1` a 404.

    Args:
        visit: A request whose version is not v1.
    """
    if visit.version.lower() == "v1":
        return Refused(Rejection.PATH, no_path(visit))
    part = next(iter(visit.route.split("/")[_RESOURCE:]), "")
    if part in PARTS.get(visit.version, ()):
        named = f"{visit.version} {part}"
        why = f"exomock does not imitate {named} yet; it imitates the voice API of v1"
        return Refused(Rejection.ABSENT, why, part=named)
    return Refused(
        Rejection.VERSION,
        f"API version {short(visit.version)} is not supported; exomock imitates v1: "
        "/v1/Accounts/{Sid}/...",
    )
