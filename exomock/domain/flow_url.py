"""The Url of a flow call: which flow it leads to; the one place that reads it."""

import re
from typing import NamedTuple

# Source: exotel-v1.md section 2: `{sid}/exoml/start_voice/{id}` is documented (S). The others are
# old forms (V/C): `start` for `start_voice`, without the Sid, `start/{id}` alone. A template whose
# Sid is empty leaves two slashes.
_FLOW = re.compile(
    r"(?i:https?://my\.(?:in\.)?exotel\.(?:com|in))(?::[0-9]+)?"
    r"/+(?:(?:[^/?#]+/+)?exoml/+)?(?:start_voice|start)/+(?P<app>[^/?#]+)/*"
)

FLOW_URL = "http://my.exotel.com/{sid}/exoml/start_voice/{app_id}"
"""The documented form. Source: exotel-v1.md section 2 (S)."""


class FlowUrl(NamedTuple):
    """
    The flow that a Url leads to.

    Args:
        app: Its app id; the whole Url where that has none of the known forms.
        lost: Whether the Url leads to no flow.
    """

    app: str
    lost: bool


def flow_of(url: str) -> FlowUrl:
    """The flow that a Url leads to."""
    found = _FLOW.fullmatch(re.split(r"[?#]", url, maxsplit=1)[0])
    return FlowUrl(found["app"], lost=False) if found else FlowUrl(url, lost=True)
