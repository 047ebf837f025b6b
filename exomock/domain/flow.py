"""The Url of a flow call: which flow it leads to; the one place that reads it."""

import re
from typing import NamedTuple

# Source: exotel-v1.md section 2: start_voice is documented (S), the others are old forms (V/C).
_FLOW = re.compile(
    r"https?://my\.(?:in\.)?exotel\.(?:com|in)"
    r"/(?:[^/?#]+/exoml/start_voice|exoml/start|[^/?#]+/exoml/start)/(?P<app>[^/?#]+)/?"
)

FLOW_URL = "http://my.exotel.com/{sid}/exoml/start_voice/{app_id}"
"""The documented form. Source: exotel-v1.md section 2 (S)."""


class Flow(NamedTuple):
    """
    The flow that a Url leads to.

    Args:
        app: Its app id; the whole Url where that has none of the known forms.
        lost: Whether the Url leads to no flow.
    """

    app: str
    lost: bool


def flow_of(url: str) -> Flow:
    """The flow that a Url leads to."""
    found = _FLOW.fullmatch(url.partition("?")[0])
    return Flow(found["app"], lost=False) if found else Flow(url, lost=True)
