"""What a wrong path, method or Sid should have been: the sentences of a 404 and a 405."""

import re
from difflib import get_close_matches

from exomock.api.fields import short
from exomock.api.visit import Visit
from exomock.domain.sid import SID_LENGTH

PATHS = (
    "", "Calls", "Calls/connect", "Calls/{CallSid}", "Calls/{CallSid}/Legs", "Numbers/{number}",
    "CustomerWhitelist", "CustomerWhitelist/{number}", "IncomingPhoneNumbers",
    "IncomingPhoneNumbers/{Sid}", "Balance", "Sms/send", "Sms/bulksend",
    "SMS/Messages/{SmsSid}",
)  # fmt: skip
"""What follows the account in the paths of v1 that are imitated."""

_ENDING = re.compile(r"\.(xml|json)\s*$", re.IGNORECASE)
_HEAD = ("v1", "Accounts")
_LONGEST = 300
_NEAR = 0.5


def right_spelling(visit: Visit) -> str | None:
    """
    Say how a path is spelled that differs from a known one in case or ending only.

    Args:
        visit: A request that led nowhere.

    Returns:
        A sentence; None if no known path is that near.
    """
    if len(visit.path) > _LONGEST:
        return None
    ending = _ENDING.search(visit.route)
    plain = visit.route[: ending.start()] if ending else visit.route
    known = _known(plain)
    if known is None or known == visit.route:
        return None
    right = known + (".json" if visit.as_json or (ending and ending[1].lower() == "json") else "")
    reasons = []
    if plain != known:
        reasons.append("the case of letters matters in paths")
    if ending:
        reasons.append("a path ends in .json for JSON, and in nothing for XML")
    return f"{'; '.join(reasons)}: the right spelling is {right}"


def _known(route: str) -> str | None:
    """A route in its right spelling, None if it is none whatever the case of its letters."""
    segments = route.split("/")[1:]
    if len(segments) < 3 or [s.lower() for s in segments[:2]] != [s.lower() for s in _HEAD]:  # noqa: PLR2004
        return None
    rest = segments[3:]
    for path in PATHS:
        parts = path.split("/") if path else []
        if len(parts) == len(rest) and all(map(_is, parts, rest)):
            spelled = [
                here if part[0] == "{" else part for part, here in zip(parts, rest, strict=True)
            ]
            return "/" + "/".join([*_HEAD, segments[2], *spelled])
    return None


def _is(part: str, segment: str) -> bool:
    return part[0] == "{" or part.lower() == segment.lower()


def no_path(visit: Visit) -> str:
    """The sentence of a path that leads nowhere."""
    spelled = right_spelling(visit)
    if spelled:
        return f"there is no {short(visit.path)}: {spelled}"
    near = get_close_matches(visit.resource[:_LONGEST], PATHS[1:], n=1, cutoff=_NEAR)
    hint = f"; the nearest is {near[0]}" if near else f"; known here are {', '.join(PATHS[1:])}"
    where = "" if visit.account else "; v1 begins with /v1/Accounts/{Sid}"
    return f"there is no {short(visit.path)}{where}{hint}"


def no_method(visit: Visit, allowed: str) -> str:
    """
    The sentence of a path that has no such method.

    Args:
        visit: The request.
        allowed: The methods that it has.
    """
    said = f"{visit.method} is not possible on {short(visit.written or visit.path)}, {allowed} is"
    if visit.resource == "Calls":
        return f"{said}: GET Calls lists calls, POST Calls/connect places one"
    if visit.resource == "Calls/connect":
        return f"{said}: POST Calls/connect places a call, GET Calls/{{CallSid}} shows one"
    if visit.resource.startswith("Calls/"):
        sid = visit.resource.removeprefix("Calls/")
        return (
            f"{said}: v1 shows a call and has no hang-up, cancel or update; a test hangs up with "
            f"POST /_exomock/accounts/{visit.account}/calls/{short(sid)[1:-1]}/hangup"
        )
    return said


def no_message(sid: str) -> str:
    """The sentence of a Sid that no message of the account has."""
    return no_call(sid).replace("no call", "no message", 1).replace("all calls", "all messages", 1)


def no_exophone(name: str) -> str:
    """The sentence of a Sid that no ExoPhone of the account has."""
    return (
        f"no ExoPhone of this account has the Sid {short(name)}; GET IncomingPhoneNumbers lists "
        "them, and a number stands for its Sid"
    )


def no_call(sid: str) -> str:
    """The sentence of a Sid that no call of the account has."""
    said = f"no call of this account has the Sid {short(sid)}"
    if sid != sid.strip():
        return f"{said}: it begins or ends with a space or a line end, a Sid has none"
    if len(sid) != SID_LENGTH or not re.fullmatch("[0-9A-Za-z]*", sid):
        return (
            f"{said}: a Sid has {SID_LENGTH} letters and digits, this one has {len(sid)} characters"
        )
    return f"{said}; a reset forgets all calls, and each account has its own"
