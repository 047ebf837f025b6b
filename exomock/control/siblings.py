"""What siblings have answered for themselves, where an answer concerns all accounts."""

import json
from typing import Any, NamedTuple

from flask import Response, request

from exomock.forwarding.sharing import Sharing

SIBLINGS = "exomock.siblings"
"""Where the front leaves what each sibling has answered, in the WSGI environment."""

CLUSTER = "exomock.cluster"
"""Where it leaves the cluster; not there where one process is all."""

LEAVES_OUT = "X-Exomock-Leaves-Out"
"""The header of a stream that names the processes whose accounts it leaves out."""

_GOOD, _NONE = 200, 404


class Others(NamedTuple):
    """
    What the siblings have answered.

    Args:
        said: The answers of those that have something.
        left_out: Of each that could not be heard, its name and why.
    """

    said: list[dict[str, Any]]
    left_out: list[dict[str, str]]


def others() -> Others | None:
    """What the siblings have answered to this request; None where there is one process."""
    if SIBLINGS not in request.environ:
        return None
    said, left_out = [], []
    for heard in request.environ[SIBLINGS]:
        if heard.status == _GOOD:
            said.append(json.loads(heard.body))
        elif heard.status != _NONE:
            why = heard.why or f"it answered {heard.status}"
            left_out.append({"process": heard.process.shown, "why": why})
    return Others(said, left_out)


def left_out(elsewhere: Others | None) -> dict[str, Any]:
    """What an answer says of processes that could not be heard; nothing where all were."""
    return {"left_out": elsewhere.left_out} if elsewhere and elsewhere.left_out else {}


def cluster() -> Sharing | None:
    """The cluster that the answering process belongs to, None where one process is all."""
    found: Sharing | None = request.environ.get(CLUSTER)
    return found


def own_accounts_alone(response: Response) -> Response:
    """Say in an answer which processes' accounts it leaves out."""
    here = cluster()
    names = [] if here is None else [each.shown for each in here.others()]
    if names:
        response.headers[LEAVES_OUT] = ", ".join(names)
    return response
